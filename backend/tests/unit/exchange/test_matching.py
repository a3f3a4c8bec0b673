"""What fills within one candle: told for a long from 100 and mirrored for a short."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_builders import COIN, TICK, Story, answers, drive, exchange, fills
from hyperbot.domain.costs import CostModel
from hyperbot.domain.events import OrderFilled
from hyperbot.exchange.simulated import Doubt

BOTH_SIDES = pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
CALM = (100, 101, 99, 100)


def _opened(side: int, entry: str = "market", price: float | None = None, **settings: object):
    """An exchange that was asked to enter at 100 with a stop at 95; and what to answer to it."""
    story = Story(side)
    market = exchange(**settings)
    assert market.perform(story.enter(entry, price)) == []
    respond = answers(
        entry=[story.place("target", "target", 110, 0.5)],
        target=[story.move("stop", "breakeven", 100)],
    )
    return story, market, respond


@BOTH_SIDES
@pytest.mark.parametrize(
    ("name", "candle", "order", "price", "is_doubtful"),
    [
        # The eight cases in which backtesters disagree; the ninth shows a plain target.
        ("both in one candle: the stop", (100, 111, 94, 100), "stop", 95, True),
        ("opens at 90: at the open", (90, 97, 89, 96), "stop", 90, False),
        ("opens at 93, then 97: at the open", (93, 97, 92, 96), "stop", 93, False),
        (
            "opens at 115: a resting limit fills at its price",
            (115, 116, 114, 115),
            "target",
            110,
            0,
        ),
        ("low = stop exactly: filled", (100, 101, 95, 100), "stop", 95, False),
        ("high = target exactly: not filled", (100, 110, 99, 100), None, 0, False),
        ("high one tick through: filled", (100, 110.01, 101, 105), "target", 110, False),
    ],
)
def test_a_position_open_before(side, name, candle, order, price, is_doubtful):
    story, market, respond = _opened(side)
    drive(market, [story.bar(0, *CALM)], respond)
    found = drive(market, [story.bar(1, *candle)], respond)
    assert fills(found)[:1] == ([(order, story.at(price))] if order else []), name
    assert [e.is_doubtful for e in found[:1]] == ([bool(is_doubtful)] if order else [])
    assert market.doubts == ([Doubt(COIN, 1)] if is_doubtful else [])


@BOTH_SIDES
def test_a_market_entry_fills_at_the_next_open(side):
    story, market, respond = _opened(side)
    found = drive(market, [story.bar(0, 101, 102, 100, 101)], respond)
    assert fills(found) == [("entry", story.at(101))]


@BOTH_SIDES
def test_the_stop_is_looked_at_on_the_candle_of_the_entry(side):
    story, market, respond = _opened(side)
    found = drive(market, [story.bar(0, 100, 101, 94, 96)], respond)
    assert fills(found) == [("entry", story.at(100)), ("stop", story.at(95))]
    assert market.doubts == []


@BOTH_SIDES
def test_a_touch_fills_when_it_is_asked_for(side):
    story, market, respond = _opened(side, through_ticks=0)
    found = drive(market, [story.bar(0, *CALM), story.bar(1, 101, 110, 101, 105)], respond)
    assert fills(found)[-1] == ("target", story.at(110))


@BOTH_SIDES
@pytest.mark.parametrize(
    ("kind", "price", "candles", "fill", "is_maker"),
    [
        ("stop_entry", 103, [(104, 105, 103, 104)], 104, False),  # beyond at the open
        ("stop_entry", 103, [(101, 103, 100, 102)], 103, False),
        ("stop_entry", 103, [(101, 102.99, 100, 102)], None, False),
        ("limit", 98, [(97, 99, 96, 98)], 97, False),  # marketable on its first candle
        ("limit", 98, [(100, 101, 99, 100), (97, 99, 96, 98)], 98, True),  # later: rests
        ("limit", 98, [(100, 101, 98, 100)], None, False),  # a touch
        ("limit", 98, [(100, 101, 97.99, 100)], 98, True),
    ],
)
def test_entries(side, kind, price, candles, fill, is_maker):
    story, market, _ = _opened(side, kind, price)
    found = drive(market, [story.bar(ts, *candle) for ts, candle in enumerate(candles)])
    assert fills(found) == ([("entry", story.at(fill))] if fill else [])
    assert [e.is_maker for e in found] == ([is_maker] if fill else [])


@BOTH_SIDES
def test_a_limit_and_its_stop_jumped_over_together(side):
    story, market, _ = _opened(side, "limit", 98)
    found = drive(market, [story.bar(0, *CALM), story.bar(1, 90, 91, 89, 90)])
    assert fills(found) == [("entry", story.at(98)), ("stop", story.at(90))]


@BOTH_SIDES
@pytest.mark.parametrize(
    ("intrabar", "names"),
    [
        ("pessimistic", ["entry", "stop"]),
        ("optimistic", ["entry", "target"]),  # closes above the stop: the low came before
    ],
)
def test_a_stop_entry_does_not_know_whether_the_low_came_before_it(side, intrabar, names):
    story, market, respond = _opened(side, "stop_entry", 101, intrabar=intrabar)
    respond = answers(entry=[story.place("target", "target", 110, 0.5)])
    found = drive(market, [story.bar(0, 100, 111, 94, 105)], respond)
    assert [name for name, _ in fills(found)] == names
    assert found[1].is_doubtful
    assert market.doubts == [Doubt(COIN, 0)]


@BOTH_SIDES
@pytest.mark.parametrize("intrabar", ["pessimistic", "optimistic"])
def test_a_stop_entry_that_closes_beyond_its_stop_was_stopped(side, intrabar):
    story, market, _ = _opened(side, "stop_entry", 101, intrabar=intrabar)
    found = drive(market, [story.bar(0, 100, 102, 94, 94.5)])
    assert fills(found) == [("entry", story.at(101)), ("stop", story.at(95))]
    assert market.doubts == []


@BOTH_SIDES
@pytest.mark.parametrize(
    ("intrabar", "close", "names", "is_doubtful"),
    [
        ("pessimistic", 105, ["entry"], True),  # the high may have come before the limit
        ("optimistic", 105, ["entry", "target"], True),
        ("pessimistic", 110.01, ["entry", "target"], False),  # the close came after it
        ("optimistic", 110.01, ["entry", "target"], False),
    ],
)
def test_the_target_of_a_limit_filled_in_this_candle(side, intrabar, close, names, is_doubtful):
    story, market, _ = _opened(side, "limit", 98, intrabar=intrabar)
    respond = answers(entry=[story.place("target", "target", 110, 0.5)])
    found = drive(market, [story.bar(0, 100, 111, 97, close)], respond)
    assert [name for name, _ in fills(found)] == names
    assert bool(market.doubts) == is_doubtful


@BOTH_SIDES
@pytest.mark.parametrize(
    ("intrabar", "candle", "names", "is_doubtful"),
    [
        # The low may have come before the target, when the stop was still at 95.
        ("pessimistic", (101, 111, 99, 105), ["target", "breakeven"], True),
        ("optimistic", (101, 111, 99, 105), ["target"], True),
        # The close comes last: the new stop was certainly hit.
        ("pessimistic", (101, 111, 99, 99.5), ["target", "breakeven"], False),
        ("optimistic", (101, 111, 99, 99.5), ["target", "breakeven"], False),
        ("pessimistic", (101, 111, 100.5, 105), ["target"], False),
        # The first stop was hit for certain: if the target came first, the low came after it.
        ("optimistic", (101, 111, 94, 105), ["target", "breakeven"], True),
        ("pessimistic", (101, 111, 94, 105), ["stop"], True),
    ],
)
def test_a_stop_moved_to_breakeven_within_the_candle(side, intrabar, candle, names, is_doubtful):
    story, market, respond = _opened(side, intrabar=intrabar)
    drive(market, [story.bar(0, *CALM)], respond)
    found = drive(market, [story.bar(1, *candle)], respond)
    assert [name for name, _ in fills(found)] == names
    assert [doubt.ts for doubt in market.doubts] == [1] * is_doubtful
    assert any(e.is_doubtful for e in found) <= is_doubtful


@BOTH_SIDES
@pytest.mark.parametrize(
    ("finer", "name"),
    [
        ([(101, 111, 100, 110), (110, 110, 94, 100)], "target"),
        ([(101, 102, 94, 96), (96, 111, 96, 100)], "stop"),
    ],
)
def test_finer_candles_decide_what_came_first(side, finer, name):
    story, market, _ = _opened(side)
    respond = answers(entry=[story.place("target", "target", 110, 1)])
    drive(market, [story.bar(0, *CALM)], respond)
    bars = [story.bar(10 + i, *prices) for i, prices in enumerate(finer)]
    found = drive(market, [story.bar(10, 101, 111, 94, 100)], respond, bars)
    assert [fill for fill, _ in fills(found)] == [name]
    assert found[0].at in {10, 11}
    assert market.doubts == []
    assert market.positions == {}


@BOTH_SIDES
def test_the_targets_are_taken_in_their_order(side):
    story, market, _ = _opened(side)
    ladder = [story.place(f"t{price}", "target", price, 0.25) for price in (120, 106, 110)]
    found = drive(market, [story.bar(0, 100, 130, 100, 125)], answers(entry=ladder))
    names = [name for name, _ in fills(found)]
    assert names == ["entry", "t106", "t110", "t120"]
    assert market.positions[COIN].size == Decimal("0.25")


@BOTH_SIDES
def test_a_close_waits_for_the_next_open(side):
    story, market, _ = _opened(side)
    drive(market, [story.bar(0, *CALM)], answers(entry=[story.place("end", "close", None)]))
    assert market.reach(COIN).at_next
    found = drive(market, [story.bar(1, 103, 104, 96, 100)])
    assert fills(found) == [("end", story.at(103))]


@BOTH_SIDES
def test_slippage_is_against_us_and_on_the_tick_grid(side):
    story = Story(side)
    market = exchange(CostModel(half_spread=Decimal("0.0001"), atr_share=Decimal("0.0021")))
    market.perform(story.enter())
    found = drive(market, [story.bar(0, *CALM), story.bar(1, 100, 100, 94, 95)])
    entry, stop = (e for e in found if isinstance(e, OrderFilled))
    assert story.side * (entry.price - 100) == Decimal("0.02")  # 0.0144 and up to the tick
    assert entry.slippage == Decimal("0.02")
    assert story.side * (story.at(95) - stop.price) == Decimal("0.02")


def test_a_marketable_limit_never_fills_beyond_its_limit():
    story, market = Story(), exchange(CostModel(half_spread=Decimal("0.05")))
    market.perform(story.enter("limit", 101))
    found = drive(market, [story.bar(0, *CALM)])
    assert fills(found) == [("entry", Decimal(101))]
    assert not found[0].is_maker


prices = st.integers(9_000, 11_000).map(lambda ticks: ticks / 100)


@given(
    candle=st.lists(prices, min_size=4, max_size=4),
    stop=st.integers(9_500, 9_900),
    intrabar=st.sampled_from(["pessimistic", "optimistic"]),
    side=st.sampled_from([1, -1]),
)
def test_a_stop_is_never_better_than_trigger_and_open(candle, stop, intrabar, side):
    story, market, respond = _opened(side, intrabar=intrabar)
    drive(market, [story.bar(0, *CALM)], respond)
    market.perform(story.move("stop", "moved", stop / 100))
    opened, close, *_ = candle
    bar = story.bar(1, opened, max(candle), min(candle), close)
    for event in drive(market, [bar], respond):
        if event.order_id in {"moved", "breakeven"}:
            trigger = Decimal(stop) / 100 if event.order_id == "moved" else Decimal(100)
            worst = min(trigger, Decimal(str(opened)))
            assert side * event.price <= side * story.at(worst)


@given(high=st.integers(10_000, 11_100), ticks=st.integers(0, 3))
def test_a_limit_needs_the_ticks_asked_for(high, ticks):
    story, market, _ = _opened(1, through_ticks=ticks)
    respond = answers(entry=[story.place("target", "target", 110, 1)])
    found = drive(market, [story.bar(0, 100, high / 100, 100, 100)], respond)
    is_filled = "target" in dict(fills(found))
    assert is_filled == (Decimal(high) / 100 >= 110 + ticks * TICK)
