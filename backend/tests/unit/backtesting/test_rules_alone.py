"""Each rule by itself: hand-made cases, and the trades of a run that had room for all of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest_builders import synthetic_market, terms_of
from hyperbot.backtesting.backtest import Market, play, scan_market
from hyperbot.backtesting.coin_alone import funding_before
from hyperbot.backtesting.market_history import CoinHistory, Funding
from hyperbot.backtesting.price_grid import next_ticks, round_prices
from hyperbot.backtesting.rules_alone import clustered_error, coins_alone, rules_alone
from hyperbot.backtesting.scanner import Scan, Swings
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.domain.costs import FREE, CostModel
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.money import exact
from hyperbot.domain.rule_errors import parse_rule
from hyperbot.domain.signals import PlannedTarget
from hyperbot.exchange.instruments import instrument_of
from hyperbot.trading.risk_limits import RiskLimits
from result_builders import BEGIN, DAY, HOUR, plan, signal

HUNDRED = Decimal(100)
PENDING = -1
ROOMY = RiskLimits(
    daily_loss_percent=HUNDRED,
    max_leverage=100,
    coin_exposure=HUNDRED,
    total_exposure=HUNDRED,
    least_stop_percent=Decimal("0.01"),
    most_atr_percent=HUNDRED,
    most_cost_share=HUNDRED,
    liquidation_buffer=Decimal(1),
)
WITHOUT_IMPACT = CostModel(impact=Decimal(0))
ONE_TARGET = (PlannedTarget(Decimal(1), Decimal(1)),)


def market_of(rows, coin="BTC", funding=((), ())):
    """Hourly candles (open, high, low, close) from BEGIN on."""
    columns = np.array(rows, float).T
    ts = BEGIN + HOUR * np.arange(len(rows))
    series = CandleSeries(coin, "1h", ts, *columns, np.ones(len(rows)))
    paid = Funding(np.array(funding[0], np.int64), np.array(funding[1], float))
    history = CoinHistory(series, instrument_of(coin, 100.0), paid)
    return Market((history,), BEGIN, int(series.close_ts[-1]))


def scan_of(signals, swings=None):
    found = {}
    for each in signals:
        found.setdefault(each.at, []).append(each)
    return Scan({at: tuple(each) for at, each in found.items()}, swings or {})


def at_close(row, rule="one", side=1, stop=90, targets=ONE_TARGET, **fields):
    of_plan = {name: fields.pop(name) for name in ("cooldown_ms", "time_stop_ms") if name in fields}
    made = signal("BTC", side, BEGIN + (row + 1) * HOUR, rule, stop=Decimal(str(stop)), **fields)
    return replace(made, plan=plan(rule, targets=targets, **of_plan))


def alone(market, scan, rules=("one",), limits=ROOMY, costs=FREE):
    scans = {history.coin: scan for history in market.histories}
    return rules_alone(coins_alone(market, scans, limits, SimulationRules(costs)), rules)


FLAT = (100, 101, 99, 100)
UP = (100, 112, 99, 111)
DOWN = (100, 101, 85, 88)


def test_a_win_a_loss_and_one_left_open():
    market = market_of([FLAT, UP, FLAT, DOWN, FLAT, FLAT])
    (told,) = alone(market, scan_of([at_close(row) for row in (0, 2, 4)]))
    assert (told.signals, told.trades, told.pending, told.wins) == (3, 2, 1, 1)
    assert (told.mean_r, told.total_r, told.profit_factor) == pytest.approx((0, 0, 1))
    assert (told.error_r, told.doubtful_share) == (None, 0)  # one day


def test_a_rule_without_signals_is_told_too():
    told, nothing = alone(market_of([FLAT, UP]), scan_of([at_close(0)]), ("one", "other"))
    assert (told.trades, told.profit_factor) == (1, None)
    assert (nothing.rule, nothing.signals, nothing.trades, nothing.total_r) == ("other", 0, 0, 0)
    assert {nothing.mean_r, nothing.error_r, nothing.profit_factor, nothing.doubtful_share} == {
        None
    }


def test_rules_do_not_take_the_coin_from_each_other():
    market = market_of([FLAT, FLAT, UP, FLAT])
    scan = scan_of([at_close(0), at_close(0, "two"), at_close(1, "two")])
    assert [told.trades for told in alone(market, scan, ("one", "two"))] == [1, 1]


def test_of_one_moment_the_best_score_is_traded():
    worse, better = at_close(0, score=0.5), at_close(0, side=-1, stop=111, score=0.9)
    (told,) = alone(market_of([FLAT, DOWN, FLAT]), scan_of([worse, better]))
    assert (told.trades, told.total_r) == (1, 1)


def test_only_what_is_heard_in_the_span_counts():
    market = market_of([FLAT, UP, FLAT, UP, FLAT, UP])
    span = Market(market.histories, BEGIN + HOUR, BEGIN + 4 * HOUR)
    scan = scan_of([at_close(row) for row in (0, 2, 4)] + [replace(at_close(2), at=BEGIN + 7)])
    (told,) = alone(span, scan)
    assert (told.signals, told.trades) == (1, 1)


@pytest.mark.parametrize(
    "refused",
    [
        {"stop": 100},
        {"stop": 101},
        {"stop": 0},
        {"stop": 99.9},
        {"stop": 50},
        {"side": -1, "stop": 99},
        {"price": Decimal(0)},
        {"price": Decimal("NaN")},
        {"entry": "limit", "price": Decimal(102)},
        {"entry": "stop", "price": Decimal(98)},
        {"targets": (PlannedTarget(None, Decimal(1)),)},
        {"targets": (PlannedTarget(None, Decimal(1)),), "last_level": Decimal(95)},
    ],
)
def test_what_the_risk_manager_would_refuse_is_left_out(refused):
    limits = replace(ROOMY, least_stop_percent=Decimal("0.2"), most_stop_percent=Decimal(40))
    (told,) = alone(market_of([FLAT, UP, FLAT]), scan_of([at_close(0, **refused)]), limits=limits)
    assert (told.signals, told.trades, told.pending) == (1, 0, 0)


def test_costs_that_eat_the_trade_are_refused():
    market, scan = market_of([FLAT, UP, FLAT]), scan_of([at_close(0, stop=99)])
    # Fees 2 x 0.045, spread 2 x 0.01 and two slips of 0.02 ATR of 5 on a distance of 1.
    for most, trades in (("0.30", 0), ("0.31", 1)):
        limits = replace(ROOMY, most_cost_share=Decimal(most))
        (told,) = alone(market, scan, limits=limits, costs=WITHOUT_IMPACT)
        assert told.trades == trades


def test_too_wild_a_market_and_one_without_trades_are_refused():
    calm = replace(ROOMY, most_atr_percent=Decimal("4.9"))
    assert alone(market_of([FLAT, UP]), scan_of([at_close(0)]), limits=calm)[0].trades == 0
    still = CandleSeries("BTC", "1h", [BEGIN, BEGIN + HOUR], *[[100, 100]] * 4, [0, 1])
    history = CoinHistory(still, instrument_of("BTC", 100.0))
    market = Market((history,), BEGIN, BEGIN + 2 * HOUR)
    assert alone(market, scan_of([at_close(0)]))[0].pending == 0
    assert alone(market, scan_of([at_close(1)]))[0].signals == 1


def test_costs_and_funding_are_between_gross_and_net():
    hours = BEGIN + HOUR * np.arange(4)
    market = market_of([FLAT, FLAT, FLAT, UP], funding=(hours, (0.5, 0.5, 0.001, 0.002)))
    costs = replace(FREE, taker=Decimal("0.001"), maker=Decimal("0.0005"))
    (told,) = alone(market, scan_of([at_close(0)]), costs=costs)
    # 1R is 10: fees of 0.1 and 0.055, funding of 0.1 and 0.2; of the entry candle none.
    assert told.mean_gross_r == pytest.approx(1)
    assert told.mean_r == pytest.approx(1 - (0.1 + 0.055 + 0.1 + 0.2) / 10)
    assert list(funding_before(market.histories[0])) == pytest.approx([0, 50, 100, 100.1, 100.3])


def test_a_time_stop_and_a_cooldown_are_kept():
    market = market_of([FLAT] * 12)
    given = [at_close(row, time_stop_ms=2 * HOUR, cooldown_ms=3 * HOUR) for row in range(9)]
    (told,) = alone(market, scan_of(given))
    # Entered in rows 1 and 6: left on the opens of 3 and 8; 3 hours from 3 are over when 5 closed.
    assert (told.trades, told.pending, told.doubtful_share) == (2, 0, 0)


def test_a_stop_trails_one_tick_behind_the_swing():
    ladder = (
        PlannedTarget(Decimal(1), Decimal("0.5"), "trail"),
        PlannedTarget(Decimal(9), Decimal("0.5")),
    )
    market = market_of([FLAT, UP, (111, 112, 110, 111), (111, 111, 100, 100), FLAT])
    swings = {
        (HOUR, 1): Swings(np.array([BEGIN + 3 * HOUR, BEGIN + 9 * HOUR]), np.array([108.0, 1.0])),
        (HOUR, -1): Swings(np.array([], np.int64), np.array([])),
    }
    (told,) = alone(market, scan_of([at_close(0, targets=ladder)], swings))
    assert told.total_r == pytest.approx(0.5 + 0.5 * (108 - 0.1 - 100) / 10)


def test_the_error_takes_a_day_as_one_draw():
    results, days = np.array([1.0, 1.0, -1.0, 2.0]), np.array([5, 5, 6, 9])
    mean = 0.75
    sums = [0.5, -1.75, 1.25]
    error = sqrt(3 / 2 * sum(each**2 for each in sums)) / 4
    assert clustered_error(results, days) == pytest.approx(error)
    assert results.mean() == mean
    assert clustered_error(results[:2], days[:2]) is None
    assert clustered_error(results[:0], days[:0]) is None
    one_a_day = clustered_error(results, np.arange(4))
    assert one_a_day == pytest.approx(results.std(ddof=1) / sqrt(4))


def test_trades_of_all_coins_count_and_days_are_those_of_entries():
    rows = [FLAT, UP] + [FLAT] * 23 + [DOWN]
    (one,), (two,) = market_of(rows).histories, market_of(rows, "ETH").histories
    market = Market((one, two), BEGIN, BEGIN + 2 * DAY)
    (told,) = alone(market, scan_of([at_close(0), at_close(24)]))
    assert (told.signals, told.trades, told.total_r) == (4, 4, 0)
    # Two days, each with a sum of 2 and of -2 around a mean of 0.
    assert told.error_r == pytest.approx(sqrt(2 / 1 * 8) / 4)


@given(
    st.lists(st.floats(1e-4, 9e5), min_size=1, max_size=20),
    st.sampled_from(("BTC", "SOL", "DOGE", "kPEPE")),
    st.sampled_from((1, -1)),
    st.booleans(),
)
def test_the_grid_is_that_of_the_instrument(prices, coin, toward, are_legal):
    instrument = instrument_of(coin, prices[0])
    if are_legal:
        prices = [float(instrument.round_price(exact(price), 0)) or 1.0 for price in prices]
    rounded = round_prices(instrument, np.array(prices), toward)
    told = [instrument.round_price(exact(price), toward) for price in prices]
    assert rounded.tolist() == [float(price) for price in told]
    legal = [price for price in told if price > 0]
    ticked = next_ticks(instrument, np.array([float(each) for each in legal]), toward)
    assert ticked.tolist() == [float(each + toward * instrument.tick(each)) for each in legal]


RULES = {
    "atr": {"stop": {"beyond": "atr", "atr_multiple": 2}, "cooldown_candles": 5},
    "swing": {"stop": {"beyond": "swing", "buffer_atr": 0.5}, "time_stop_candles": 12},
}
LADDER = [{"r": 0.5, "share": 0.3, "then": "breakeven"}, {"r": 2.5, "share": 0.7}]
TRAIL = [{"r": 0.5, "share": 0.3, "then": "trail"}, {"r": 2.5, "share": 0.7}]


@pytest.mark.parametrize(
    ("entry", "order", "risk", "targets", "timeframe"),
    [
        ("LE", None, "atr", LADDER, "15m"),
        ("LE", None, "swing", TRAIL, "15m"),
        (
            "small_wick",
            {"order": "limit", "at": "signal_middle", "valid_candles": 3},
            "atr",
            LADDER,
            "5m",
        ),
        (
            "engulfing",
            {"order": "stop", "at": "signal_high", "valid_candles": 4},
            "atr",
            TRAIL,
            "15m",
        ),
        ("engulfing", None, "atr", [{"r": 3, "share": 1, "level": "next_level"}], "5m"),
    ],
)
def test_a_run_with_room_for_all_makes_the_same_trades(entry, order, risk, targets, timeframe):
    rule = parse_rule(
        {
            "id": "one",
            "name": "One",
            "direction": "long" if entry == "engulfing" else "both",
            "entry_type": entry,
            "timeframe": timeframe,
            "conditions": [{"kind": "structure", "event": "trend", "timeframe": "1h"}],
            "confluence_required": {"min_score": 0.0},
            "risk_params": {"risk_percent": 0.1, "targets": targets, **RULES[risk]},
            **({"entry_order": order} if order else {}),
        }
    )
    market = synthetic_market(("BTC",), 6_000, seed=3, gaps=False)
    scans = scan_market(market, [rule])
    record = play(market, scans, terms_of(market, WITHOUT_IMPACT, ROOMY))
    simulation = SimulationRules(WITHOUT_IMPACT)
    (coin,) = coins_alone(market, scans, ROOMY, simulation)
    (told,) = rules_alone([coin], ["one"])
    trades = coin.simulated(coin.accepted("one"))
    moments = coin.candles.ts[trades.entry_row]
    ends = np.append(market.histories[0].base.ts, PENDING)[trades.exit_row].tolist()
    ours = dict(zip(moments.tolist(), zip(ends, trades.net_r.tolist(), strict=True), strict=True))
    theirs = {trade.opened_at: (_end(trade), float(trade.r)) for trade in record.trades}
    assert told.trades + told.pending == len(ours) > 30
    # A target off its tick may be met or missed: only after such a trade others may follow.
    is_apart, unlike = False, 0
    for at in sorted(ours.keys() | theirs.keys()):
        if at not in ours or at not in theirs:
            assert is_apart
            continue
        is_apart = ours[at][0] != theirs[at][0]
        unlike += is_apart
        if not is_apart and ours[at][0] != PENDING:
            assert ours[at][1] == pytest.approx(theirs[at][1], abs=0.05)
    assert unlike <= 0.1 * len(theirs)


def _end(trade):
    return PENDING if trade.closed_at is None else trade.exits[-1].at
