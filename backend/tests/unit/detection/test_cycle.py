"""Drive, range, liquidity: drawn by hand, and against the slow reference."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given

from candle_strategies import any_params, any_series, bars
from hyperbot.detection import DetectionParams
from hyperbot.detection.params import CycleParams, StructureParams
from slow import pool
from slow.comparison import assert_same, checked, detected

FAMILY = ("cycle.",)
UNKNOWN, DRIVE, RANGE, LIQUIDITY = range(4)

Bar = tuple[float, float, float, float]


def with_cycle(**changes: float) -> DetectionParams:
    return DetectionParams(structure=StructureParams(left=1, right=1), cycle=CycleParams(**changes))


def path(*closes: float) -> list[Bar]:
    """Candles that open at the last close and have a wick of 1 on both sides."""
    return [
        (before, max(before, close) + 1, min(before, close) - 1, close)
        for before, close in pairwise(closes)
    ]


#  110   /\    /\    /\    /\        the highs at 110, the lows at 99, every six candles
#       /  \  /  \  /  \  /  \
#   99      \/    \/    \/
SWING = (100, 103, 106, 109, 106, 103)
SIDEWAYS = (*(SWING * 4), 100)
STEPS_TO_RANGE = 20


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


@pytest.mark.parametrize("changes", [{"range_least": 2.5}, {"range_most": 2}])
def test_edges_too_near_or_too_far_from_each_other_are_no_range(changes):
    facts = checked(bars(*path(*SIDEWAYS)), with_cycle(**changes))

    assert not facts["cycle.range.active"].any()


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


def test_a_falling_drive_points_down():
    facts = checked(bars(*path(*(300 - close for close in STAIRS))), with_cycle())

    assert facts["cycle.phase"][-1] == DRIVE
    assert facts["cycle.direction"][-1] == -1


def poke_over_top(close: float) -> Bar:
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
