"""From a rule that is met to a signal: every entry, stop and last target, on both sides."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_builders import COIN, LIQUIDITY, RULES, TICK
from hyperbot.detection.compiled_rules import compile_rules
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.money import exact
from hyperbot.exchange.instruments import instrument_of
from hyperbot.trading.trade_setup import Moments, all_beyond, plan_of, signals_of
from rule_builders import rule

MINUTES_15 = 900_000
TS = MINUTES_15 * np.arange(1, 5)
CANDLES = CandleSeries(
    COIN,
    "15m",
    TS,
    open=[100, 101, 103, 104],
    high=[104, 106, 105, 107],
    low=[96, 97, 98, 99],
    close=[101, 103, 104, 106],
    volume=[1, 1, 1, 1],
)
SUPPORT = {"kind": "zone", "zone": "support", "max_distance_atr": 1}
FACTS = {
    "candle.atr": 2.0,
    "structure.swing_low.price": 95.5,
    "structure.swing_high.price": 108.5,
    "cycle.range.bottom": 94.0,
    "cycle.range.top": 112.0,
    "candle.fakeout.extreme": 93.0,
    "candle.celery.stop": 92.0,
    "candle.celery.trigger": 107.25,
    "zone.support.low": 97.0,
    "zone.support.high": 97.5,
    "zone.resistance.low": 109.0,
    "zone.resistance.high": 110.0,
}


def signals(facts=FACTS, *, rows=(3,), **fields):
    """What a rule gives at the closes of `rows`, by side."""
    asked = rule(**({"direction": "both"} | fields))
    found = {}
    for compiled in compile_rules([asked]).sides:
        moments = Moments(
            CANDLES,
            np.array(rows),
            np.linspace(0.5, 1, len(rows)),
            lambda group, name: np.full(len(rows), facts.get(name, 0.0)),
            lambda i: LIQUIDITY,
        )
        given = signals_of(compiled, plan_of(asked), moments, RULES)
        found[compiled.side] = list(given)
    return found


def one(**fields):
    """The signal of each side at the last close."""
    return {side: given[0] for side, given in signals(**fields).items()}


def stopped(beyond, **more):
    return {"risk_params": {"stop": {"beyond": beyond, "buffer_ticks": 0} | more}}


@pytest.mark.parametrize(
    ("fields", "long", "short"),
    [
        (stopped("signal"), "99", "107"),
        (stopped("signal") | {"entry_type": "engulfing"}, "98", "107"),
        (stopped("signal") | {"entry_type": "morning_star_gapless"}, "97", "107"),
        (stopped("previous_candle"), "98", "105"),
        (stopped("swing"), "95.5", "108.5"),
        (stopped("zone") | {"conditions": [SUPPORT]}, "97", "110"),
        (stopped("range"), "94", "112"),
        (stopped("fakeout") | {"entry_type": "fakeout"}, "93", "93"),
        (stopped("celery") | {"entry_type": "celery"}, "92", "92"),
        (stopped("atr", atr_multiple=1.5), "103", "109"),
        (stopped("signal", buffer_ticks=3), "98.97", "107.03"),
        (stopped("signal", buffer_atr=0.5), "98", "108"),
        (stopped("signal", buffer_atr=0.5, buffer_ticks=2), "97.98", "108.02"),
        (stopped("atr", atr_multiple=1, buffer_atr=0.5), "103", "109"),
    ],
)
def test_each_stop_lies_beyond_its_anchor(fields, long, short):
    given = one(**fields)
    assert (given[1].stop, given[-1].stop) == (Decimal(long), Decimal(short))


LIMIT, STOP = {"order": "limit", "valid_candles": 3}, {"order": "stop", "valid_candles": 3}


@pytest.mark.parametrize(
    ("fields", "kind", "long", "short"),
    [
        ({}, "market", "106", "106"),
        ({"entry_order": LIMIT | {"at": "signal_open"}}, "limit", "104", "104"),
        ({"entry_order": LIMIT | {"at": "signal_close"}}, "limit", "106", "106"),
        ({"entry_order": LIMIT | {"at": "signal_middle"}}, "limit", "103", "103"),
        (
            {"entry_order": LIMIT | {"at": "zone_edge"}, "conditions": [SUPPORT]},
            "limit",
            "97.5",
            "109",
        ),
        ({"entry_order": STOP | {"at": "signal_high"}}, "stop", "107.01", "98.99"),
        ({"entry_type": "celery"}, "stop", "107.25", "107.25"),
    ],
)
def test_each_entry_lies_at_its_level(fields, kind, long, short):
    given = one(**fields)
    assert {each.entry for each in given.values()} == {kind}
    assert (given[1].price, given[-1].price) == (Decimal(long), Decimal(short))
    ends = {each.valid_until for each in given.values()}
    close = int(TS[-1]) + MINUTES_15
    assert ends == {None if kind == "market" else close + 3 * MINUTES_15}


def taken_at(level):
    return {"risk_params": {"targets": [{"r": 3, "share": 1, "level": level}]}}


@pytest.mark.parametrize(
    ("level", "changed", "long", "short"),
    [
        (None, {}, None, None),
        ("far_side", {}, "112", "94"),
        ("far_side", {"cycle.range.top": 0.0, "cycle.range.bottom": 0.0}, None, None),
        ("next_level", {}, "109", "97.5"),
        ("next_level", {"zone.resistance.low": 0.0, "zone.support.high": 0.0}, None, None),
        # The nearest level lies behind: there is none to come.
        ("next_level", {"zone.resistance.low": 105.0, "zone.support.high": 107.0}, None, None),
        ("next_level", {"zone.resistance.low": 106.0, "zone.support.high": 106.0}, None, None),
    ],
)
def test_each_last_target_lies_at_its_level(level, changed, long, short):
    given = one(facts=FACTS | changed, **taken_at(level))
    wanted = [None if price is None else Decimal(price) for price in (long, short)]
    assert [given[1].last_level, given[-1].last_level] == wanted


@pytest.mark.parametrize(
    "fields",
    [
        stopped("swing", buffer_ticks=5, buffer_atr=1),
        stopped("range", buffer_ticks=5),
        stopped("zone", buffer_ticks=5) | {"conditions": [SUPPORT]},
        stopped("fakeout", buffer_ticks=5) | {"entry_type": "fakeout"},
    ],
)
def test_a_stop_without_its_anchor_is_0_whatever_its_buffer(fields):
    """The risk manager refuses it and says so."""
    given = one(facts={"candle.atr": 2.0}, **fields)
    assert {each.stop for each in given.values()} == {Decimal(0)}


def test_an_entry_without_its_level_is_0():
    asked = {"entry_order": LIMIT | {"at": "zone_edge"}, "conditions": [SUPPORT]}
    assert {each.price for each in one(facts={}, **asked).values()} == {Decimal(0)}
    assert {each.price for each in one(facts={}, entry_type="celery").values()} == {Decimal(0)}


@pytest.mark.parametrize(
    ("zone", "direction", "long", "short"),
    [
        ("order_block", "with", "bullish_block", "bearish_block"),
        ("fair_value_gap", "against", "bearish_gap", "bullish_gap"),
    ],
)
def test_the_zone_is_the_one_that_the_first_condition_names(zone, direction, long, short):
    half = {"kind": "zone", "zone": "discount"}
    asked = {"kind": "zone", "zone": zone, "direction": direction, "max_distance_atr": 1}
    facts = {f"zone.{long}.low": 91.0, f"zone.{short}.high": 113.0}
    given = one(facts=facts, conditions=[half, asked, SUPPORT], **stopped("zone"))
    assert (given[1].stop, given[-1].stop) == (Decimal(91), Decimal(113))


def test_what_would_lie_before_the_first_candle_is_the_first():
    (first, *_) = signals(rows=(0, 2), entry_type="three_inside", **stopped("signal"))[1]
    assert first.stop == 96


def test_a_signal_is_known_at_the_close_and_named_by_it():
    early, late = signals(rows=(1, 3))[1]
    assert [early.at, late.at] == [int(TS[1]) + MINUTES_15, int(TS[3]) + MINUTES_15]
    assert early.id == f"{COIN}|le-15m|v1|long|{early.at}"
    assert (early.score, late.score) == (0.5, 1.0)
    assert (late.coin, late.liquidity, late.size) == (COIN, LIQUIDITY, None)
    assert late.stop == 99 - TICK  # buffer of a tick unless another is named


def test_a_plan_is_what_the_rule_says_in_milliseconds():
    risk = {"risk_percent": 0.5, "time_stop_candles": 4, "cooldown_candles": 2}
    plan = plan_of(rule(version=7, risk_params=risk | {"max_concurrent": 3}))
    assert (plan.rule_id, plan.rule_version, plan.risk_percent) == ("le-15m", 7, Decimal("0.5"))
    assert (plan.timeframe_ms, plan.time_stop_ms) == (MINUTES_15, 4 * MINUTES_15)
    assert (plan.cooldown_ms, plan.max_concurrent) == (2 * MINUTES_15, 3)
    assert [(t.r, t.share, t.then) for t in plan.targets] == [
        (Decimal(1), Decimal("0.5"), "breakeven"),
        (Decimal(2), Decimal("0.5"), "none"),
    ]
    assert plan_of(rule()).time_stop_ms is None


def test_of_zones_of_either_direction_the_nearer_one_is_taken():
    asked = {"kind": "zone", "zone": "order_block", "direction": "any", "max_distance_atr": 9}
    facts = {
        "zone.bullish_block.low": 91.0,
        "zone.bullish_block.distance": 2.0,
        "zone.bearish_block.low": 95.0,
        "zone.bearish_block.distance": 1.0,
    }
    given = one(facts=facts, conditions=[asked], **stopped("zone"))
    farther = one(
        facts=facts | {"zone.bearish_block.distance": 3.0}, conditions=[asked], **stopped("zone")
    )
    assert (given[1].stop, farther[1].stop) == (Decimal(95), Decimal(91))


PRICES = st.one_of(
    st.decimals("0.00001", "200000", places=8).map(float),
    st.decimals("0.01", "200000", places=2).map(float),
    st.integers(1, 10**6).map(float),
    st.floats(1e-5, 2e5),
    st.just(0.0),
)


@given(st.lists(PRICES, max_size=9), st.integers(-1000, 1000), st.sampled_from(["BTC", "DOGE"]))
def test_ticks_added_to_many_prices_are_those_added_as_decimals(prices, ticks, coin):
    instrument = instrument_of(coin, 1.0)
    moved = all_beyond(np.array(prices, float), ticks, instrument)
    for price, got in zip(prices, moved.tolist(), strict=True):
        level = exact(price)
        assert got == (float(level + ticks * instrument.tick(level)) if price else 0.0)
