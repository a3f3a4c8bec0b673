"""A rule's signals with one thing changed: everything else stays, and sides stay sides."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alone_builders import coin_of
from hyperbot.backtesting.rule_signals import FOREVER, RuleSignals
from hyperbot.backtesting.signal_changes import later, moved, stops_times, targets_times
from hyperbot.domain.signals import PlannedTarget
from result_builders import BEGIN, HOUR, candles, plan

MARKET, LIMIT, STOP = range(3)
LADDER = (
    PlannedTarget(Decimal(1), Decimal("0.5"), "breakeven"),
    PlannedTarget(Decimal("2.5"), Decimal("0.5")),
)


def sent(coin, rows, side=1, kind=MARKET, *, ahead=0.0, level=8.0, waits=None, **of_plan):
    """Signals with the entry `ahead` of the close, a stop 4 behind and a level before it."""
    rows = np.array(rows, np.int64)
    shape = rows.shape
    sides = np.broadcast_to(np.array(side, np.int64), shape).copy()
    close = coin.candles.close[rows]
    entry = close + sides * ahead
    until = np.full(shape, FOREVER)
    if waits is not None:
        until = coin.candles.close_ts[rows] + waits * HOUR
    return RuleSignals(
        plan=plan("a", **({"targets": LADDER} | of_plan)),
        row=rows,
        side=sides,
        kind=np.full(shape, kind),
        entry=entry,
        stop=entry - 4.0 * sides,
        level=entry + level * sides,
        valid_until=until,
        atr=coin.history.atr[rows + 1],
        is_thin=np.zeros(shape, np.bool_),
    )


def unchanged(one, other, *names):
    for name in RuleSignals._fields[1:]:
        if name not in names:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


FLAT = coin_of(candles(closes=[100.0] * 48))
"""hourly, ranges of 2"""


def test_later_is_one_candle_of_the_timeframe_at_the_same_prices():
    one = sent(FLAT, [3, 10, 46, 47])
    told = later(one, FLAT)
    assert told.row.tolist() == [4, 11, 47]  # the last would be heard after the end
    unchanged(told, one.where([0, 1, 2]), "row")


def test_later_counts_candles_that_the_rule_looks_at():
    one = sent(FLAT, [3, 43, 44], timeframe_ms=4 * HOUR)
    assert later(one, FLAT).row.tolist() == [7, 47]


def test_later_does_not_wait_longer():
    one = sent(FLAT, [3], kind=LIMIT, ahead=-1.0, waits=3)
    assert later(one, FLAT).valid_until.tolist() == [BEGIN + 7 * HOUR]


def test_an_order_that_is_over_before_it_is_heard_is_no_trade():
    dipping = coin_of(candles(closes=[100, 100, 100, 98, 98, 98], wick=0.5))
    one = sent(dipping, [1], kind=LIMIT, ahead=-1.0, waits=2)
    assert dipping.simulated(one).entry_row.tolist() == [3]
    assert dipping.simulated(later(one, dipping)).entry_row.tolist() == [3]
    over = sent(dipping, [1], kind=LIMIT, ahead=-1.0, waits=1)
    assert len(dipping.simulated(over)) == 0
    assert len(dipping.simulated(later(over, dipping))) == 0


def test_an_entry_at_market_whose_stop_was_passed_is_no_trade():
    falling = coin_of(candles(closes=[100, 100, 95, 95, 95], wick=0.5))
    one = sent(falling, [1])  # stop at 96
    assert len(falling.simulated(one)) == 1
    assert len(falling.simulated(later(one, falling))) == 0


@pytest.mark.parametrize(("side", "stops"), [(1, (96.8, 95.2)), (-1, (103.2, 104.8))])
def test_stops_move_by_a_share_of_their_distance(side, stops):
    one = sent(FLAT, [3, 4], side)
    for factor, stop in zip((0.8, 1.2), stops, strict=True):
        told = stops_times(one, factor)
        assert told.stop.tolist() == pytest.approx([stop, stop])
        unchanged(told, one, "stop")
        assert told.plan == one.plan


@pytest.mark.parametrize(("side", "levels"), [(1, (106.4, 109.6)), (-1, (93.6, 90.4))])
def test_targets_move_by_a_share_of_their_distance(side, levels):
    one = sent(FLAT, [3], side)
    for factor, level, rs in zip(("0.8", "1.2"), levels, ((0.8, 2), (1.2, 3)), strict=True):
        told = targets_times(one, Decimal(factor))
        assert told.level.tolist() == pytest.approx([level])
        unchanged(told, one, "level")
        assert [float(each.r) for each in told.plan.targets] == pytest.approx(rs)
        assert [(each.share, each.then) for each in told.plan.targets] == [
            (each.share, each.then) for each in LADDER
        ]
        assert replace(told.plan, targets=LADDER) == one.plan


def test_a_target_at_the_level_alone_stays_one_and_no_level_stays_none():
    alone = (PlannedTarget(None, Decimal(1)),)
    one = sent(FLAT, [3, 4], targets=alone)._replace(level=np.array([np.nan, 108.0]))
    told = targets_times(one, Decimal("1.2"))
    assert told.plan.targets == alone
    np.testing.assert_allclose(told.level, [np.nan, 109.6])
    assert np.isnan(moved(one, FLAT, np.array([9, 9])).level).tolist() == [True, False]


def test_a_target_that_would_lie_below_zero_is_none():
    deep = sent(FLAT, [3], -1, level=90.0)
    placed = FLAT.acceptable(targets_times(deep, Decimal("1.2")))
    assert np.isnan(placed.level).tolist() == [True]


@pytest.mark.parametrize("side", [1, -1])
def test_moved_keeps_the_distances_in_atr_and_the_waiting_time(side):
    """Ranges of 2 at 100, then of 4 at 50: all distances double."""
    closes, wicks = np.array([100.0] * 30 + [50.0] * 30), np.array([1.0] * 30 + [2.0] * 30)
    base = candles(closes=closes)
    series = type(base)(
        *("BTC", "1h", base.ts, closes, closes + wicks, closes - wicks, closes, np.ones(60))
    )
    coin = coin_of(series)
    one = sent(coin, [20], side, STOP, ahead=1.0, waits=5)
    told = moved(one, coin, np.array([50]))
    assert told.entry.tolist() == pytest.approx([50 + side * 2.0])
    assert told.stop.tolist() == pytest.approx([50 + side * (2.0 - 8.0)])
    assert told.level.tolist() == pytest.approx([50 + side * (2.0 + 16.0)])
    assert told.atr.tolist() == pytest.approx([4.0])
    assert told.valid_until.tolist() == [BEGIN + 56 * HOUR]
    unchanged(told, one, "row", "entry", "stop", "level", "atr", "valid_until")


def test_moved_signals_are_in_order_and_those_without_an_end_have_none():
    one = sent(FLAT, [5, 6, 7], [1, -1, 1], LIMIT, ahead=-1.0)
    told = moved(one, FLAT, np.array([40, 20, 30]))
    assert told.row.tolist() == [20, 30, 40]
    assert told.side.tolist() == [-1, 1, 1]
    assert told.valid_until.tolist() == [FOREVER] * 3


def test_where_nothing_moved_before_nothing_can_be_carried():
    """Without a range there is no measure for distances: such a setup is not traded."""
    base = candles(closes=[100.0] * 40)
    still = type(base)("BTC", "1h", base.ts, *[np.full(40, 100.0)] * 4, np.ones(40))
    coin = coin_of(still)
    told = moved(sent(coin, [5]), coin, np.array([30]))
    assert told.stop.tolist() == told.entry.tolist() == [100.0]
    assert not coin.is_acceptable(told).any()


WALK = coin_of(
    candles(closes=100 * np.exp(np.cumsum(np.random.default_rng(4).normal(0, 0.01, 300))))
)


@given(
    st.lists(
        st.tuples(st.integers(0, 299), st.integers(0, 299), st.sampled_from((1, -1))), max_size=8
    ),
    st.sampled_from((MARKET, LIMIT, STOP)),
    st.floats(-1, 1),
)
def test_a_stop_stays_behind_its_entry_and_a_level_before_it(drawn, kind, ahead):
    rows, targets, sides = ([each[place] for each in drawn] for place in range(3))
    one = sent(WALK, rows, np.array(sides, np.int64), kind, ahead=ahead)
    for told in (
        moved(one, WALK, np.array(targets, np.int64)),
        stops_times(one, 0.8),
        stops_times(one, 1.2),
        targets_times(one, Decimal("0.8")),
        later(one, WALK),
    ):
        assert (told.side * (told.entry - told.stop) > 0).all()
        assert (told.side * (told.level - told.entry) > 0).all()
        assert set(told.kind.tolist()) <= {kind}


@given(st.lists(st.integers(0, 299), max_size=8))
def test_moving_back_and_forth_changes_nothing(rows):
    one = sent(WALK, sorted(rows), waits=4)
    told = moved(moved(one, WALK, one.row), WALK, one.row)
    for name in RuleSignals._fields[1:]:
        np.testing.assert_allclose(getattr(told, name), getattr(one, name))


def test_no_signals_stay_none():
    none = sent(FLAT, [])
    for told in (
        later(none, FLAT),
        stops_times(none, 0.8),
        targets_times(none, Decimal("0.8")),
        moved(none, FLAT, none.row),
    ):
        assert told.row.size == 0
