"""Drive, range, liquidity: drawn by hand, and against the slow reference."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings

from candle_strategies import SIDEWAYS, any_params, any_series, bars, path
from hyperbot.detection import DetectionParams
from hyperbot.detection.params import CycleParams, StructureParams
from slow import pool
from slow.comparison import assert_same, checked, detected

FAMILY = ("cycle.",)
UNKNOWN, DRIVE, RANGE, LIQUIDITY = range(4)


def with_cycle(**changes: float) -> DetectionParams:
    return DetectionParams(structure=StructureParams(left=1, right=1), cycle=CycleParams(**changes))


def test_two_equal_highs_and_lows_become_a_range_once_twenty_candles_are_known():
    facts = checked(bars(*path(*SIDEWAYS)), with_cycle())

    assert facts["cycle.range.active"].tolist() == [0] * 20 + [1] * 4
    assert facts["cycle.range.top"].tolist() == [0] * 20 + [110] * 4
    assert facts["cycle.range.bottom"].tolist() == [0] * 20 + [99] * 4
    assert facts["cycle.range.age"].tolist() == [-1] * 20 + [0, 1, 2, 3]
    # A high at candle 20 is known at 21: one touch more.
    assert facts["cycle.range.touches"].tolist() == [0] * 20 + [4, 5, 5, 5]
    # Range once two candles in a row say so.
    assert facts["cycle.phase"].tolist()[-5:] == [UNKNOWN, UNKNOWN, RANGE, RANGE, RANGE]
    assert facts["cycle.age"].tolist()[-4:] == [-1, 0, 1, 2]
    assert facts["cycle.direction"].tolist() == [0] * 24


def test_a_range_ends_at_the_second_close_in_a_row_beyond_an_edge():
    returns = checked(bars(*path(*SIDEWAYS, 106, 112, 109, 112, 109)), with_cycle())
    leaves = checked(bars(*path(*SIDEWAYS, 106, 112, 113, 108)), with_cycle())

    assert returns["cycle.range.active"].tolist()[20:] == [1] * 9
    assert leaves["cycle.range.active"].tolist()[20:] == [1, 1, 1, 1, 1, 1, 0, 0]
    assert leaves["cycle.range.top"][-1] == 0
    assert leaves["cycle.range.age"][-1] == -1


def test_a_close_hardly_beyond_an_edge_does_not_count():
    facts = checked(bars(*path(*SIDEWAYS, 106, 110.2, 110.3, 110.1)), with_cycle())

    assert facts["cycle.range.active"].tolist()[20:] == [1] * 8


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"range_least": 2.2}, True),  # 11, in averages of 5
        ({"range_least": 2.21}, False),
        ({"range_most": 2.2}, True),
        ({"range_most": 2.19}, False),
    ],
)
def test_edges_too_near_or_too_far_from_each_other_are_no_range(changes, found):
    facts = checked(bars(*path(*SIDEWAYS)), with_cycle(**changes))

    assert facts["cycle.range.active"].any() == found


@pytest.mark.parametrize(("range_end", "is_active"), [(0.1, 1), (0.09, 0)])
def test_closes_at_the_limit_beyond_an_edge_do_not_end_a_range(range_end, is_active):
    # All of them range over 5, so the limit is 110.5.
    limit = ((109, 112, 107, 110.5), (110.5, 112.5, 107.5, 110.5))
    facts = checked(bars(*path(*SIDEWAYS, 103, 106, 109), *limit), with_cycle(range_end=range_end))

    assert facts["cycle.range.active"][-1] == is_active


@pytest.mark.parametrize(("range_edge", "is_active"), [(0.2, 1), (0.19, 0)])
def test_edges_may_differ_by_as_much_as_their_limit(range_edge, is_active):
    # One high of three is 111 instead of 110: 0.2 averages of 5 more.
    differs = bars(
        *path(*SIDEWAYS[:14]), (106, 111, 106, 109), *path(*SIDEWAYS[15:]), (100, 104, 99, 103)
    )
    facts = checked(differs, with_cycle(range_edge=range_edge))

    assert facts["cycle.range.active"][20] == is_active


def test_an_efficient_way_between_equal_edges_is_no_range():
    # Not before candle 21 does the way made in twenty candles come to 0.
    facts = checked(bars(*path(*SIDEWAYS)), with_cycle(drive=0))

    assert facts["cycle.range.active"].tolist()[20:] == [0, 1, 1, 1]


#            /
#         /\/    two up, one down: higher highs and higher lows all the way
#      /\/
#   /\/
STAIRS = tuple(100 + 3 * (i // 3) + (0, 3, 5)[i % 3] for i in range(36))


def test_higher_highs_and_lows_on_an_efficient_way_are_a_drive():
    facts = checked(bars(*path(*STAIRS)), with_cycle())

    assert facts["cycle.phase"].tolist()[:21] == [UNKNOWN] * 21
    assert facts["cycle.phase"].tolist()[21:] == [DRIVE] * 14
    assert facts["cycle.direction"].tolist()[21:] == [1] * 14
    assert facts["cycle.age"].tolist()[21:] == list(range(14))
    assert facts["cycle.efficiency_ratio"][20] == pytest.approx(21 / 48, abs=0.1)
    assert (facts["cycle.confidence"][21:] > 0.5).all()


@pytest.mark.parametrize(("least", "phase"), [(0.5, DRIVE), (0.51, UNKNOWN)])
def test_a_way_exactly_as_efficient_as_asked_is_a_drive(least, phase):
    climbs = [100 + 2 * (i // 2) + 3 * (i % 2) for i in range(24)]  # +3, -1, +3, -1, ...
    facts = checked(bars(*path(*climbs)), with_cycle(drive=least))

    assert set(facts["cycle.efficiency_ratio"].tolist()) == {0, 0.5}
    assert facts["cycle.phase"][-1] == phase


@pytest.mark.parametrize(("least", "phase"), [(0.25, LIQUIDITY), (0.26, UNKNOWN)])
def test_a_sweep_exactly_as_deep_as_asked_starts_liquidity(least, phase):
    # Above the swing high at 110 by 2, with an average range of (8 + 8 + 7 + 9) / 4.
    sweeps = bars(
        (100, 104, 99, 103),
        (103, 110, 102, 108),
        (108, 109, 101, 102),
        (102, 107, 100, 106),
        (106, 112, 103, 107),
    )
    facts = checked(sweeps, with_cycle(liquidity_sweep=least))

    assert facts["structure.sweep_depth"][-1] == 0.25
    assert facts["cycle.phase"][-1] == phase


def test_a_way_that_leads_nowhere_is_no_drive_however_little_is_asked():
    #  120 \        /\ 120 again, after breaks on the way up
    #   100 \_/\/\/
    falls, climbs = range(120, 98, -2), (106, 104, 110, 108, 114, 112, 118, 116, 122, 120, 126)
    facts = checked(bars(*path(120, *falls, *climbs)), with_cycle(drive=0, confirm=1))

    assert facts["structure.bos"][19] == 1
    assert facts["cycle.efficiency_ratio"][20] == 0
    assert facts["cycle.phase"].tolist()[20:] == [UNKNOWN, DRIVE]


def test_a_falling_drive_points_down():
    facts = checked(bars(*path(*(300 - close for close in STAIRS))), with_cycle())

    assert facts["cycle.phase"][-1] == DRIVE
    assert facts["cycle.direction"][-1] == -1


def poke_over_top(close: float) -> tuple[float, float, float, float]:
    return (103, 113, 102, close)


def test_a_sweep_of_the_range_is_liquidity_until_three_closes_inside():
    facts = checked(
        bars(*path(*SIDEWAYS, 103), poke_over_top(104), *path(104, 105, 106, 105, 106)),
        with_cycle(),
    )

    assert facts["cycle.phase"].tolist()[24:] == [RANGE, *[LIQUIDITY] * 3, RANGE, RANGE]
    assert facts["cycle.direction"].tolist()[24:] == [0, -1, -1, -1, 0, 0]
    assert facts["cycle.age"].tolist()[25:] == [0, 1, 2, 0, 1]
    assert facts["cycle.confidence"].tolist()[25:28] == pytest.approx([1, 0.9, 0.8])


def test_liquidity_ends_by_age():
    facts = checked(
        bars(*path(*SIDEWAYS, 103), poke_over_top(104), *path(104, 105, 106, 105, 106)),
        with_cycle(liquidity_candles=2),
    )

    assert facts["cycle.phase"].tolist()[25:] == [LIQUIDITY, LIQUIDITY, RANGE, RANGE, RANGE]


def test_a_break_ends_liquidity_in_a_drive():
    facts = checked(
        bars(*path(*SIDEWAYS, 103), poke_over_top(104), (104, 104, 97, 98)),
        with_cycle(),
    )

    assert facts["structure.bos"][-1] + facts["structure.choch"][-1] == -1
    assert facts["cycle.phase"].tolist()[25:] == [LIQUIDITY, DRIVE]
    assert facts["cycle.direction"].tolist()[25:] == [-1, -1]


def test_a_sweep_restarts_liquidity_in_its_own_direction():
    facts = checked(
        bars(*path(*SIDEWAYS, 103), poke_over_top(104), (104, 105, 96, 103), *path(103, 104)),
        with_cycle(),
    )

    assert facts["cycle.phase"].tolist()[25:] == [LIQUIDITY] * 3
    assert facts["cycle.direction"].tolist()[25:] == [-1, 1, 1]
    assert facts["cycle.age"].tolist()[25:] == [0, 0, 1]


@settings(max_examples=200)
@given(any_series(), any_params())
def test_the_cycle_is_what_the_slow_reference_says(series, params):
    pool.assert_family_is_same(series, params, *FAMILY)


@pytest.mark.parametrize("kind", pool.KINDS)
def test_the_cycle_of_a_long_series_is_what_the_slow_reference_says(kind):
    columns = pool.family(pool.expected(kind), *FAMILY)
    assert_same(detected(pool.seeded(kind)), columns, of=kind)


@pytest.mark.parametrize("file", pool.REAL_FILES)
def test_the_cycle_of_real_candles_is_what_the_slow_reference_says(real_candles: Path, file: str):
    series, columns = pool.real(real_candles / file)
    assert_same(detected(series), pool.family(columns, *FAMILY), of=file)


@pytest.mark.parametrize(
    ("name", "values", "least"),
    [
        ("phase", [UNKNOWN, DRIVE, RANGE, LIQUIDITY], 200),
        ("range.active", [1], 2000),
        ("range.age", [0], 100),
        ("range.touches", [4, 5, 6, 7], 50),
    ],
)
def test_the_pool_shows_every_phase(name, values, least):
    seen = pool.counts(f"cycle.{name}")
    assert {value: seen[value] for value in values if seen[value] < least} == {}


def changes_of_phase() -> set[tuple[int, int, int, int]]:
    """Phase and direction before and after, wherever one of them changes in the pool."""
    changes = set()
    for kind in pool.KINDS:
        columns = pool.expected(kind)
        told = list(zip(columns["cycle.phase"], columns["cycle.direction"], strict=True))
        changes |= {(*a, *b) for a, b in pairwise(told) if a != b}
    return changes


def test_the_pool_shows_every_way_from_phase_to_phase():
    phases = [(RANGE, 0), *((phase, side) for phase in (DRIVE, LIQUIDITY) for side in (-1, 1))]
    ways = {(*a, *b) for a in phases for b in phases if a != b}
    assert ways - changes_of_phase() == set()
