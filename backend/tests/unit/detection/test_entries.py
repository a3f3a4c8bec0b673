"""Breakout, fakeout, onion, celery: drawn by hand, and against the slow reference."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from candle_strategies import SIDEWAYS, any_params, any_series, bars, path, series_from_rows
from hyperbot.detection import DetectionParams
from hyperbot.detection.params import CandleParams, EntryParams, StructureParams
from slow import pool
from slow.comparison import assert_same, checked, detected

FAMILY = ("candle.breakout", "candle.fakeout", "candle.onion", "candle.celery", "candle.celery.")
NEIGHBOURS = StructureParams(left=1, right=1)


def with_entries(tick: float = 0, **changes: float) -> DetectionParams:
    return DetectionParams(
        candle=CandleParams(tick=tick), structure=NEIGHBOURS, entry=EntryParams(**changes)
    )


#     110 ·············█ 112     closes above the swing high at 110
#      █               █
#    █ █ █ █ █         █
TO_A_LEVEL = (
    (100, 104, 99, 103),
    (103, 110, 102, 108),
    (108, 109, 101, 102),
    (102, 107, 100, 106),
    (106, 109, 103, 107),
)
BREAKS_OUT = (107, 113, 106, 112)


def test_a_close_beyond_a_level_with_body_is_a_breakout():
    facts = checked(bars(*TO_A_LEVEL, BREAKS_OUT), with_entries(breakout_volume=0))

    assert facts["candle.breakout"].tolist() == [0, 0, 0, 0, 0, 1]
    assert facts["candle.breakout.level"].tolist() == [0, 0, 0, 0, 0, 110]
    atr = (8 + 8 + 7 + 6 + 7) / 5
    clarity = 0.5 * (112 - 110 - 0.1 * atr) / atr + 0.5 * (5 / 7 - 0.5) / 0.5
    assert facts["candle.breakout.strength"][5] == pytest.approx(0.5 + 0.5 * clarity, abs=0.005)


@pytest.mark.parametrize(
    ("candle", "why"),
    [
        ((107, 113, 106, 110.5), "closes hardly beyond"),
        ((107, 117, 106, 112), "a small body"),
        ((107, 113, 102, 112), "a low under the last one"),
        ((113, 114, 106, 112), "black"),
    ],
)
def test_without_its_shape_it_is_no_breakout(candle, why):
    facts = checked(bars(*TO_A_LEVEL, candle), with_entries(breakout_volume=0))

    assert not facts["candle.breakout"].any(), why


def test_a_breakout_that_must_be_all_body_is_clear_in_that_half():
    facts = checked(
        bars(*TO_A_LEVEL, (107, 112, 107, 112)),
        with_entries(breakout_volume=0, breakout_body=1),
    )

    assert facts["candle.breakout"][-1] == 1
    assert facts["candle.breakout.strength"][-1] >= 0.75


def test_a_level_passed_before_does_not_break_out_again():
    facts = checked(
        bars(*TO_A_LEVEL, BREAKS_OUT, (112, 117, 111, 116)), with_entries(breakout_volume=0)
    )

    assert facts["candle.breakout"].tolist() == [0, 0, 0, 0, 0, 1, 0]


def test_a_breakout_needs_volume_against_the_twenty_before():
    quiet = [(104, 105, 103, 104, 10)] * 20
    level = [(*bar, 10) for bar in TO_A_LEVEL]
    for volume, found in ((15, 1), (14, 0), (0, 0)):
        facts = checked(series_from_rows([*quiet, *level, (*BREAKS_OUT, volume)]), with_entries())
        assert facts["candle.breakout"][-1] == found

    too_early = checked(series_from_rows([*level, (*BREAKS_OUT, 1000)]), with_entries())
    assert not too_early["candle.breakout"].any()


#   █ █ █ █           █  back above 100
#     100 ···········█····
#             █ 97  █
OVER_A_LOW = (
    (105, 107, 104, 105),
    (105, 106, 100, 104),
    (104, 109, 103, 108),
    (108, 109, 104, 105),
    (105, 107, 104.5, 105),
)


@pytest.mark.parametrize(
    ("candles", "row"),
    [
        ([(104, 105, 97, 103)], 5),
        ([(104, 105, 97, 98), (98, 104, 97.5, 103)], 6),
        ([(104, 105, 97, 98), (98, 99, 96, 98), (98, 104, 97.5, 103)], 7),
    ],
)
def test_the_first_close_back_inside_after_a_break_is_a_fakeout(candles, row):
    facts = checked(bars(*OVER_A_LOW, *candles, (103, 106, 102, 105)), with_entries())

    assert facts["candle.fakeout"].tolist() == [0] * row + [1, 0]
    assert facts["candle.fakeout.extreme"][row] == min(low for _, _, low, _ in candles)


def test_back_inside_too_late_is_no_fakeout():
    lingering = [(104, 105, 97, 98), (98, 99, 96, 98), (98, 99, 97, 98), (98, 104, 97.5, 103)]
    late = checked(bars(*OVER_A_LOW, *lingering), with_entries())
    patient = checked(bars(*OVER_A_LOW, *lingering), with_entries(fakeout_candles=4))

    assert not late["candle.fakeout"].any()
    assert patient["candle.fakeout"].tolist() == [0] * 8 + [1]


def test_a_break_that_begins_outside_is_no_fakeout():
    # Closes under 100 without a wick far enough, then breaks further and comes back.
    facts = checked(
        bars(*OVER_A_LOW, (104, 104, 99.9, 99.9), (99.9, 104, 97, 103)),
        with_entries(fakeout_candles=2),
    )

    assert not facts["candle.fakeout"].any()


def test_a_flat_candle_is_no_fakeout():
    broken = (*OVER_A_LOW, (104, 105, 97, 98))
    for high, found in ((103.5, 1), (103, 0)):
        facts = checked(bars(*broken, (103, high, 103, 103)), with_entries())

        assert facts["candle.fakeout"][-1] == found


def test_a_turn_at_the_edge_of_a_range_is_an_onion():
    facts = checked(
        bars(*path(*SIDEWAYS), (100, 104, 99, 103), (103, 104, 102, 103.5)), with_entries()
    )

    assert facts["cycle.range.bottom"][-1] == 99
    assert facts["candle.onion"].tolist()[20:] == [0, -1, 0, 0, 1, 0]
    assert facts["candle.onion.strength"][24] == 1


def test_a_range_exactly_as_high_as_asked_has_onions():
    for height, found in ((2.2, True), (2.21, False)):  # 11, in averages of 5
        facts = checked(bars(*path(*SIDEWAYS, 103)), with_entries(onion_height=height))
        assert facts["candle.onion"].any() == found


def test_an_onion_may_begin_as_far_from_the_edge_as_its_limit():
    begins = (102, 106, 101.75, 105)  # 2.75 above the bottom, a quarter of 11
    for edge, found in ((0.25, 1), (0.24, 0)):
        facts = checked(bars(*path(*SIDEWAYS), begins), with_entries(onion_edge=edge))
        assert facts["candle.onion"][-1] == found
        assert facts["candle.onion.strength"][-1] == 0.5 * found


@pytest.mark.parametrize(("margin", "found"), [(0.1, 0), (0.09, 1)])
def test_a_close_exactly_at_the_limit_is_no_breakout(margin, found):
    at_limit = ((109, 110.5, 105.5, 107), (107, 111, 106, 110.5))  # the top of the range is 110
    facts = checked(
        bars(*path(*SIDEWAYS, 103, 106, 109), *at_limit),
        with_entries(breakout=margin, breakout_volume=0),
    )

    assert facts["candle.atr"][-1] == 5
    assert facts["candle.breakout"][-1] == found


@pytest.mark.parametrize(
    ("low", "close", "found"), [(98.5, 99.5, 1), (98.6, 99.5, 0), (98.5, 99.4, 0)]
)
def test_a_fakeout_needs_no_more_than_its_limit_on_both_sides(low, close, found):
    # The bottom of the range is 99, a tenth of the average range 0.5.
    facts = checked(bars(*path(*SIDEWAYS), (100, low + 5, low, close)), with_entries())

    assert facts["candle.atr"][-1] == 5
    assert facts["candle.fakeout"][-1] == found


def test_a_range_edge_comes_before_a_swing_in_a_breakout():
    facts = checked(
        bars(*path(*SIDEWAYS), (100, 109, 99.5, 109), (109, 115, 108, 114)), with_entries()
    )
    without = checked(
        bars(*path(*SIDEWAYS), (100, 109, 99.5, 109), (109, 115, 108, 114)),
        with_entries(breakout_volume=0),
    )

    assert not facts["candle.breakout"].any()  # a usual volume
    assert without["candle.breakout"][-1] == 1
    assert without["candle.breakout.level"][-1] == 110


def celery(*after: tuple[float, float, float, float], **changes: float) -> DetectionParams:
    """Facts of a signal candle from 100 to 109 and those after it."""
    params = with_entries(tick=1, celery_steeper_wick=False, **changes)
    return checked(bars((100, 110, 100, 109), *after), params)


#  111 - - - - - - - █ -   the stop order at 110 + 1 tick
#     █  █     █  █  █
#     █  █  █  █  █        106.5: a quarter of the range under the close
#     █     ·
#   - - - - - - - - - -    99: the stop, 1 tick under the low
COMES_BACK = (109, 109.5, 106, 107)
WAITS = (107, 109, 106.8, 107.2)
RISES = (107.5, 112, 107, 110)


def test_celery_is_armed_rests_and_is_filled():
    facts = celery((109, 109.5, 107, 108), COMES_BACK, WAITS, RISES, (110, 111, 105, 106))

    assert facts["candle.celery.state"].tolist() == [1, 1, 2, 2, 0, 0]
    assert facts["candle.celery"].tolist() == [0, 0, 0, 0, 1, 0]
    assert facts["candle.celery.trigger"].tolist() == [111] * 5 + [0]
    assert facts["candle.celery.stop"].tolist() == [99] * 5 + [0]
    depth = (109 - 106) / 10
    assert facts["candle.celery.strength"][4] == pytest.approx(0.5 + 0.5 * depth)


def test_celery_filled_by_a_candle_that_is_a_signal_tells_the_prices_of_the_fill():
    facts = celery(COMES_BACK, (107, 117, 107, 116))

    assert facts["candle.celery"].tolist() == [0, 0, 1]
    assert facts["candle.celery.state"].tolist() == [1, 2, 1]
    assert facts["candle.celery.trigger"].tolist() == [111, 111, 111]
    assert celery(COMES_BACK, (107, 117, 107, 116), COMES_BACK)["candle.celery.trigger"][-1] == 0


def test_a_flat_candle_that_gaps_over_the_trigger_fills_celery():
    facts = celery(COMES_BACK, (112, 112, 112, 112))

    assert facts["candle.celery"].tolist() == [0, 0, 1]
    assert facts["candle.celery.state"].tolist() == [1, 2, 0]


def test_a_short_celery_mirrors_a_long_one():
    facts = checked(
        bars((110, 110, 100, 101), (101, 104, 100.5, 103), (102.5, 103, 98, 100)),
        with_entries(tick=1, celery_steeper_wick=False),
    )

    assert facts["candle.celery.state"].tolist() == [-1, -2, 0]
    assert facts["candle.celery"].tolist() == [0, 0, -1]
    assert facts["candle.celery.trigger"].tolist() == [99] * 3
    assert facts["candle.celery.stop"].tolist() == [111] * 3


def test_an_armed_celery_is_cancelled_at_the_other_extreme():
    assert celery((109, 109, 100, 104))["candle.celery.state"].tolist() == [1, 0]
    assert celery((109, 109, 100.1, 104))["candle.celery.state"].tolist() == [1, 2]


def test_an_armed_celery_is_cancelled_when_the_price_does_not_come_back_in_time():
    stays = (109, 109.5, 107, 108)
    assert celery(stays, stays, stays, stays)["candle.celery.state"].tolist() == [1, 1, 1, 0, 0]


def test_a_resting_celery_is_cancelled_at_the_other_extreme_even_if_it_is_reached_as_well():
    facts = celery(COMES_BACK, (107, 112, 100, 105))

    assert facts["candle.celery.state"].tolist() == [1, 2, 0]
    assert not facts["candle.celery"].any()
    assert facts["candle.celery.trigger"].tolist() == [111, 111, 0]


def test_a_resting_celery_is_cancelled_when_its_time_is_over():
    facts = celery(COMES_BACK, WAITS, WAITS, WAITS, RISES)

    assert facts["candle.celery.state"].tolist() == [1, 2, 2, 2, 0, 0]
    assert not facts["candle.celery"].any()


def test_a_new_signal_takes_over_while_armed_but_not_while_resting():
    higher = (109, 119, 109, 118)
    armed = celery(higher)
    assert armed["candle.celery.trigger"].tolist() == [111, 120]
    assert armed["candle.celery.stop"].tolist() == [99, 108]

    falls = (106.5, 106.5, 102, 102.5)  # a short signal
    resting = celery(COMES_BACK, falls)
    assert resting["candle.celery.state"].tolist() == [1, 2, 2]


def test_a_switched_off_signal_arms_nothing():
    assert not celery(celery_small_wick=False)["candle.celery.state"].any()


@settings(max_examples=200)
@given(any_series(), any_params())
def test_entries_are_what_the_slow_reference_says(series, params):
    pool.assert_family_is_same(series, params, *FAMILY)


@pytest.mark.parametrize("kind", pool.KINDS)
def test_entries_of_a_long_series_are_what_the_slow_reference_says(kind):
    columns = pool.family(pool.expected(kind), *FAMILY)
    assert_same(detected(pool.seeded(kind)), columns, of=kind)


@pytest.mark.parametrize("file", pool.REAL_FILES)
def test_entries_of_real_candles_are_what_the_slow_reference_says(real_candles: Path, file: str):
    series, columns = pool.real(real_candles / file)
    assert_same(detected(series), pool.family(columns, *FAMILY), of=file)


@pytest.mark.parametrize(
    ("name", "values", "least"),
    [
        ("breakout", [-1, 1], 100),
        ("fakeout", [-1, 1], 200),
        ("onion", [-1, 1], 200),
        ("celery", [-1, 1], 500),
        ("celery.state", [-2, -1, 0, 1, 2], 1000),
    ],
)
def test_the_pool_shows_entries_in_every_direction(name, values, least):
    seen = pool.counts(f"candle.{name}")
    assert {value: seen[value] for value in values if seen[value] < least} == {}


def test_the_pool_shows_strengths_of_every_size():
    for name in ("breakout", "fakeout", "onion", "celery"):
        strengths = pool.counts(f"candle.{name}.strength")
        assert min(strengths) == 0
        assert max(strengths) > 0.95
        assert len(strengths) > 10
