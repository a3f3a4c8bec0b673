from dataclasses import replace
from decimal import Decimal

import pytest

from hyperbot.domain.actions import Enter, SignalAccepted, SignalRefused
from hyperbot.domain.costs import FREE, CostModel, Liquidity
from hyperbot.domain.events import SignalFound, TradingHalted, TradingResumed
from hyperbot.trading.risk_manager import Approved, Refused, RiskLimits, RiskManager
from hyperbot.trading.situation import Situation
from trade_builders import CANDLE_MS, MINUTE_MS, NOON, closed, instrument, plan, signal, targets

ORDER = [
    "halted",
    "stale_data",
    "coin_free",
    "rule_concurrency",
    "cooldown",
    "max_positions",
    "daily_loss",
    "market_conditions",
    "price_sanity",
    "costs",
    "risk",
    "market_size",
    "size",
    "minimum_notional",
    "leverage",
    "margin",
    "liquidation",
    "coin_exposure",
    "total_exposure",
]
CASH = Decimal(10_000)


def situation(**fields):
    return Situation(NOON, CASH, CASH, closed())._replace(**fields)


def review(given=None, limits=None, costs=FREE, coin_rules=None, **fields):
    rules = coin_rules or instrument()
    manager = RiskManager(limits or RiskLimits(), costs, {rules.coin: rules})
    return manager.review(given or signal(), situation(**fields))


def failed(verdict):
    return [check.name for check in verdict.checks if not check.passed]


def test_a_sane_signal_passes_all_checks_in_their_order():
    verdict = review()
    assert isinstance(verdict, Approved)
    assert [check.name for check in verdict.checks] == ORDER
    assert failed(verdict) == []
    assert verdict.entry.size == 50  # 1 % of 10000 is 100, 2 a coin
    assert verdict.risk == 100
    assert verdict.stop.price == 98
    assert (verdict.entry.side, verdict.stop.side) == (1, -1)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("halted", {"halt": "person"}),
        ("stale_data", {"at": NOON + 16 * MINUTE_MS}),
        ("stale_data", {"newest": closed(NOON - 16 * MINUTE_MS)}),
        ("market_conditions", {"newest": closed(volume=0.0)}),
        ("coin_free", {"is_coin_free": False}),
        ("rule_concurrency", {"rule_trades": 1}),
        ("cooldown", {"cooled_at": NOON + 1}),
        ("max_positions", {"engagements": 5}),
        ("daily_loss", {"day_loss_percent": Decimal(5)}),
        ("minimum_notional", {"equity": Decimal("1.9")}),
        ("minimum_notional", {"free_cash": Decimal("0.9")}),
    ],
)
def test_each_state_of_the_account_refuses_by_its_name(name, fields):
    verdict = review(**fields)
    assert isinstance(verdict, Refused)
    assert failed(verdict) == [name]


@pytest.mark.parametrize(
    "fields",
    [
        {"at": NOON + 15 * MINUTE_MS},
        {"newest": closed(volume=0.0, high=101.0)},
        {"cooled_at": NOON},
        {"engagements": 4},
        {"day_loss_percent": Decimal("4.99")},
        {"rule_trades": 0},
        {"equity": Decimal("20.1")},
    ],
)
def test_the_last_value_within_a_limit_passes(fields):
    assert isinstance(review(**fields), Approved)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"stop": Decimal(101)}, "losing side"),
        ({"stop": Decimal(100)}, "losing side"),
        ({"stop": Decimal(0)}, "stop price, above"),
        ({"stop": Decimal(-5)}, "stop price, above"),
        ({"price": Decimal(0)}, "entry price, above"),
        ({"stop": Decimal("99.96")}, "at least"),
        ({"stop": Decimal(79)}, "at most"),
        ({"price": Decimal("NaN")}, "numbers"),
        ({"stop": Decimal("sNaN")}, "numbers"),
        ({"last_level": Decimal("Infinity")}, "numbers"),
        ({"size": Decimal("1e40")}, "numbers"),
        ({"liquidity": Liquidity(Decimal("NaN"), Decimal(0))}, "numbers"),
        ({"entry": "stop", "price": Decimal(99)}, "stop entry"),
        ({"entry": "limit", "price": Decimal(101)}, "limit entry"),
        ({"plan": plan(targets=targets((None, "1")))}, "target"),
        ({"plan": plan(targets=targets((None, "1"))), "last_level": Decimal(99)}, "target"),
    ],
)
def test_prices_that_are_no_trade_are_refused_with_the_flaw(fields, words):
    verdict = review(signal(**fields))
    assert isinstance(verdict, Refused)
    sanity = verdict.checks[ORDER.index("price_sanity")]
    assert not sanity.passed
    assert words in sanity.sentence
    assert all(str(check) for check in verdict.checks)


@pytest.mark.parametrize(
    "fields",
    [
        {"stop": Decimal("99.95")},
        {"stop": Decimal(80), "liquidity": Liquidity(Decimal(1), Decimal(1000))},
        {"entry": "stop", "price": Decimal(101)},
        {"entry": "limit", "price": Decimal(99)},
        {"plan": plan(targets=targets((None, "1"))), "last_level": Decimal(104)},
    ],
)
def test_prices_that_are_a_trade_pass(fields):
    assert isinstance(review(signal(**fields)), Approved)


def test_a_short_is_the_mirror_of_a_long():
    verdict = review(signal(side=-1))
    assert isinstance(verdict, Approved)
    assert (verdict.stop.price, verdict.stop.side, verdict.entry.size) == (102, 1, 50)
    assert failed(review(signal(side=-1, stop=Decimal(98))))[0] == "price_sanity"


def test_a_coin_without_rules_or_candles_is_refused_not_raised():
    manager = RiskManager(RiskLimits(), FREE, {})
    assert "price_sanity" in failed(manager.review(signal(), situation()))
    assert failed(review(newest=None))[:3] == ["stale_data", "market_conditions", "price_sanity"]


def test_a_market_that_is_too_wild_is_refused():
    wild = Liquidity(Decimal("10.01"), Decimal(1000))
    assert failed(review(signal(liquidity=wild))) == ["market_conditions"]
    assert failed(review(signal(liquidity=Liquidity(Decimal(10), Decimal(1000))))) == []


@pytest.mark.parametrize("percent", ["2.01", "0", "-1", "NaN"])
def test_a_rule_that_risks_too_much_or_nothing_is_refused(percent):
    verdict = review(signal(plan=plan(risk_percent=Decimal(percent))))
    assert "risk" in failed(verdict)


def test_a_size_that_was_asked_for_is_not_shrunk_but_refused():
    assert failed(review(signal(size=Decimal(50)))) == []
    assert failed(review(signal(size=Decimal("50.1")))) == ["risk"]
    accepted = review(signal(size=Decimal("7.1234567")))
    assert accepted.entry.size == Decimal("7.123")
    assert "size" in failed(review(signal(size=Decimal(0))))
    assert "coin_exposure" in failed(review(signal(size=Decimal(501))))
    assert "total_exposure" in failed(review(signal(size=Decimal(1)), total_value=CASH * 10))
    assert failed(review(signal(size=Decimal(50)), free_cash=Decimal(100))) == ["margin"]


def test_sizes_shrink_to_exposure_and_margin():
    tight = signal(stop=Decimal("99.9"))  # 1000 coins by risk alone
    assert review(tight).entry.size == 500
    assert review(tight, total_value=CASH * 9).entry.size == 100
    by_margin = review(tight, free_cash=Decimal(1000))
    assert by_margin.entry.size * 100 / by_margin.leverage <= 1000
    assert review(tight, free_cash=Decimal(1000)).leverage == 10


def test_no_room_left_means_no_size():
    verdict = review(total_value=CASH * 10)
    assert failed(verdict)[:2] == ["size", "minimum_notional"]
    assert failed(review(free_cash=Decimal(-1)))[0] == "size"
    assert failed(review(free_cash=Decimal(-1), total_value=CASH * 10))[0] == "size"
    assert "total_exposure" in failed(review(equity=Decimal(0)))


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("distance", ["0.5", "2", "5", "10", "19"])
def test_leverage_is_the_highest_that_keeps_the_liquidation_beyond_the_stop(side, distance):
    limits = RiskLimits(max_leverage=40)
    stop = Decimal(100) - side * Decimal(distance)
    verdict = review(signal(side=side, stop=stop), limits)
    rate = Decimal(1) / 80
    buffer = limits.liquidation_buffer * Decimal(distance)

    def liquidation(leverage):
        return 100 - side * (Decimal(100) / leverage - 100 * rate) / (1 - rate * side)

    assert side * (100 - liquidation(verdict.leverage)) >= buffer
    if verdict.leverage < 40:
        assert side * (100 - liquidation(verdict.leverage + 1)) < buffer


def test_tiers_limit_the_leverage_of_large_positions():
    rules = instrument(tiers=((0, 40), (3000, 5)))
    assert review(coin_rules=rules).leverage == 5
    assert review(signal(size=Decimal(10)), coin_rules=rules).leverage == 10


def test_no_leverage_at_all_is_refused():
    short = signal(side=-1, stop=Decimal(140))
    limits = RiskLimits(most_stop_percent=Decimal(50), liquidation_buffer=Decimal(5))
    assert failed(review(short, limits)) == ["leverage", "liquidation"]


def test_cross_needs_equity_above_maintenance_with_all_at_their_stops():
    limits = RiskLimits(is_isolated=False)
    accepted = review(limits=limits, room_at_stops=CASH)
    assert isinstance(accepted, Approved)
    assert accepted.leverage == 10
    assert failed(review(limits=limits, room_at_stops=Decimal(150))) == ["liquidation"]


def test_costs_make_the_position_smaller():
    dear = CostModel()
    assert review(costs=dear).entry.size < review().entry.size
    assert review(costs=dear).risk <= 100


def test_the_stop_is_rounded_outward_and_entries_by_their_kind():
    odd = {"price": Decimal("100.0004"), "stop": Decimal("98.0004")}
    limit = review(signal(entry="limit", **odd), newest=closed(close=101.0))
    assert (limit.entry.price, limit.stop.price) == (Decimal("100.0"), Decimal("98.000"))
    stop = review(signal(entry="stop", **odd))
    assert stop.entry.price == Decimal("100.01")
    short = review(signal(side=-1, stop=Decimal("102.001")))
    assert short.stop.price > Decimal("102.001")


def test_engine_says_what_it_decided(desk):
    note, enter = desk.signal()
    assert isinstance(note, SignalAccepted)
    assert isinstance(enter, Enter)
    assert (note.size, note.risk) == (enter.entry.size, 100)
    refused = desk.handle(SignalFound(NOON, signal()))
    assert [type(action) for action in refused] == [SignalRefused]
    assert refused[0].reason == "coin_free"


def test_signals_are_judged_by_the_state_of_the_engine(desk):
    desk.handle(TradingHalted(NOON, "a person"))
    assert desk.signal()[0].reason == "halted"
    desk.handle(TradingResumed(NOON))
    desk.signal()
    assert desk.signal(coin="ETH")[0].reason == "rule_concurrency"
    other = plan(rule_id="other", max_concurrent=2)
    assert isinstance(desk.signal(coin="ETH", plan=other)[0], SignalAccepted)


def test_a_rule_cools_down_in_the_coin_after_a_trade(desk):
    patient = plan(cooldown_ms=2 * CANDLE_MS)
    desk.open(plan=patient)
    desk.handle(closed(NOON + MINUTE_MS))
    desk.stop_out(at=NOON + CANDLE_MS)
    desk.handle(closed(NOON + CANDLE_MS + MINUTE_MS))  # counted from the close of that candle
    early = NOON + 3 * CANDLE_MS + MINUTE_MS - 1
    assert desk.signal(plan=patient, at=early)[0].reason == "cooldown"
    later = replace(signal(plan=patient), at=early + 1, id="later")
    assert isinstance(desk.signal(later)[0], SignalAccepted)


def test_a_stop_so_near_that_costs_eat_the_trade_is_refused():
    verdict = review(signal(stop=Decimal("99.7")), costs=CostModel())
    assert isinstance(verdict, Refused)
    assert verdict.reason == "costs"
    (check,) = [check for check in verdict.checks if check.name == "costs"]
    # Both fees of 0.045 % and half spreads of 0.01 % on a distance of 0.3 %, and some of the ATR.
    assert check.value > Decimal("0.0011") / Decimal("0.003")
    assert isinstance(review(signal(stop=Decimal(98)), costs=CostModel()), Approved)


def test_checks_that_nobody_looked_at_are_made_when_they_are_read():
    verdict = review(halt="no more")
    assert verdict.reason == "halted"
    assert [check.name for check in verdict.checks] == ORDER
    assert verdict.checks[1:3] == tuple(verdict.checks)[1:3]
    assert verdict.checks == review(halt="no more").checks


def test_a_position_is_no_larger_than_what_the_market_usually_trades():
    thin = Liquidity(Decimal(1), Decimal(3))
    assert review(signal(liquidity=thin)).entry.size == 3
    asked = review(signal(liquidity=thin, size=Decimal(4)))
    assert asked.reason == "market_size"
    silent = review(signal(liquidity=Liquidity(Decimal(1), Decimal(0))))
    assert silent.reason == "market_size"
