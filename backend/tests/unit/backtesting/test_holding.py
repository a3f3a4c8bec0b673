"""What buying and keeping would have made: the curve against a ledger kept by hand, in cents."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.backtesting.holding import benchmarks, hold_curve
from hyperbot.backtesting.market_history import NO_FUNDING, CoinHistory, Funding
from hyperbot.domain.costs import FREE, CostModel
from hyperbot.domain.market import CandleSeries
from hyperbot.exchange.instruments import instrument_of
from result_builders import BEGIN, DAY, HOUR, curve

CENT = 0.005
CASH = 10_000


def coin(opens, closes, *, name="BTC", since=BEGIN, funding=None, step="1h"):
    """Candles from `since` on; `funding` are (hours after BEGIN, rate)."""
    opened, close = np.array(opens, float), np.array(closes, float)
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    ms = CandleSeries(name, step, [], [], [], [], [], []).timeframe.ms
    ts = since + ms * np.arange(close.size)
    paid = NO_FUNDING
    if funding:
        hours, rates = zip(*funding, strict=True)
        paid = Funding(BEGIN + HOUR * np.array(hours, np.int64), np.array(rates, float))
    series = CandleSeries(name, step, ts, opened, high, low, close, np.ones(close.size))
    return CoinHistory(series, instrument_of(name, 100.0), paid)


def account(hours):
    """Moments of the account, an hour apart, beginning with the cash."""
    return curve([CASH] * (hours + 1), HOUR)


def held(histories, hours, costs=FREE, since=0):
    span = (BEGIN + since * HOUR, BEGIN + hours * HOUR)
    return hold_curve(histories, span, account(hours), costs).tolist()


def test_one_coin_without_costs_goes_with_its_price():
    told = held([coin([100, 110, 99], [110, 99, 120])], 3)
    # Bought at 100: worth the cash until the first close.
    assert told == pytest.approx([10_000, 11_000, 9_900, 12_000])


def test_two_coins_share_the_money():
    up, down = coin([100, 110], [110, 120]), coin([50, 45], [45, 40], name="ETH")
    # 5,000 each: 1.1 and 0.9, then 1.2 and 0.8.
    assert held([up, down], 2) == pytest.approx([10_000, 10_000, 10_000])
    assert held([up, up], 2) == pytest.approx([10_000, 11_000, 12_000])


def test_fee_spread_and_funding_are_those_of_a_ledger_kept_by_hand():
    costs = CostModel(taker=Decimal("0.001"), half_spread=Decimal("0.002"))
    history = coin(
        [200, 210, 190],
        [210, 190, 220],
        funding=[(-1, 0.5), (1, 0.01), (2, -0.02), (3, 0.5)],
    )
    # Paid is 200 * 1.002 = 200.40 a coin and 0.2004 of fee: 10,000 / 200.6004 = 49.850349 coins.
    coins = 10_000 / (200.4 * 1.001)
    assert coins == pytest.approx(49.850349)
    # At 1 o'clock 1 % of 210 is due, 2.10 a coin; at 2 o'clock 2 % of 190 comes back, 3.80.
    ledger = [
        10_000.00,
        10_468.57,  # 49.850349 * 210
        9_366.88,  # 49.850349 * (190 - 2.10)
        11_051.82,  # 49.850349 * (220 - 2.10 + 3.80)
    ]
    assert held([history], 3, costs) == pytest.approx(ledger, abs=CENT)


def test_a_coin_that_begins_late_is_bought_late():
    early = coin([100] * 4, [100] * 4)
    late = coin([50, 60], [60, 75], name="ETH", since=BEGIN + 2 * HOUR, funding=[(0, 0.9)])
    told = held([early, late], 4)
    assert told == pytest.approx([10_000, 10_000, 10_000, 5_000 + 6_000, 5_000 + 7_500])


def test_a_coin_that_ends_early_keeps_its_last_price_and_pays_no_more():
    gone = coin([100, 120], [120, 130], funding=[(1, 0.1), (5, 0.5), (50, 0.5)])
    assert held([gone], 4) == pytest.approx([10_000, 12_000, 11_800, 11_800, 11_800])


def test_a_span_in_the_middle_buys_at_its_own_first_open():
    history = coin([10, 100, 150, 300], [100, 150, 300, 1], funding=[(1, 0.0), (2, 0.1)])
    told = held([history], 3, since=1)
    # Moments before the purchase are cash; the candle after the span is not looked at.
    assert told == pytest.approx([10_000, 10_000, 15_000, 30_000 - 1_500])


def test_a_coin_without_candles_in_the_span_is_cash():
    outside = coin([100, 100], [100, 300], since=BEGIN + 90 * HOUR)
    assert held([outside], 3) == [10_000] * 4


def test_no_part_falls_below_nothing():
    ruined = coin([100, 100, 100], [100, 100, 100], funding=[(1, 3.0)])
    steady = coin([100, 100, 100], [100, 100, 100], name="ETH")
    assert held([ruined, steady], 3) == pytest.approx([10_000, 10_000, 5_000, 5_000])


prices = st.lists(st.floats(1, 1_000), min_size=2, max_size=12)


@given(prices, st.floats(0, 0.01), st.floats(0, 0.01))
def test_costs_only_ever_take(closes, taker, spread):
    opens = [closes[0], *closes[:-1]]
    costs = replace(FREE, taker=Decimal(str(taker)), half_spread=Decimal(str(spread)))
    hours = len(closes)
    with_costs = held([coin(opens, closes)], hours, costs)
    free = held([coin(opens, closes)], hours)
    for one, other in zip(with_costs[1:], free[1:], strict=True):
        assert one * (1 + taker) * (1 + spread) == pytest.approx(other)
        assert one <= other * (1 + 1e-12)


@given(prices, prices)
def test_equal_parts_add_up(one, other):
    histories = [coin([each[0], *each[:-1]], each) for each in (one, other)]
    hours = max(len(one), len(other))
    together = held(histories, hours)
    alone = [held([history], hours) for history in histories]
    assert together == pytest.approx(np.mean(alone, axis=0).tolist())


def test_benchmarks_in_numbers():
    told = curve([CASH] * 4, DAY)
    hold, cash = benchmarks(told, np.array([10_000.0, 12_000.0, 9_000.0, 11_000.0]))
    assert (hold.name, hold.net) == ("hold", 1_000)
    assert hold.total_return == pytest.approx(0.1)
    assert hold.max_drawdown == pytest.approx(0.25)
    assert hold.sharpe is None  # too few days
    assert (cash.name, cash.net, cash.total_return) == ("cash", 0, 0)
    assert (cash.max_drawdown, cash.sharpe) == (0, None)


def test_benchmarks_of_a_long_time_have_a_ratio():
    told = curve([CASH] * 61, DAY)
    hold, cash = benchmarks(told, 10_000 * 1.01 ** (np.arange(61) % 7))
    assert hold.sharpe is not None
    assert cash.sharpe is None


def test_payments_of_the_first_candle_are_paid():
    """A day's candle holds the payments of all its hours, from that of the purchase on."""
    history = coin([100, 100], [100, 100], step="1d", funding=[(0, 0.01), (12, 0.02), (24, 0.03)])
    moments = curve([CASH] * 3, DAY)
    told = hold_curve([history], (BEGIN, BEGIN + 2 * DAY), moments, FREE)
    assert told.tolist() == pytest.approx([10_000, 9_700, 9_400])
