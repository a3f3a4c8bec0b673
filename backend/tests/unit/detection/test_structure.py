"""Swings, breaks and sweeps: drawn by hand, and against the slow reference."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from candle_strategies import SIDEWAYS, any_params, any_series, bars, path
from hyperbot.detection import DetectionParams
from hyperbot.detection.params import StructureParams
from slow import pool
from slow.comparison import assert_same, checked, detected

FAMILY = ("structure.", "candle.atr")


def with_structure(**changes: float) -> DetectionParams:
    return DetectionParams(structure=StructureParams(**{"left": 1, "right": 1, **changes}))


#        110 ·
#   104 · █ █     107
#       █ █ █   · █
#       █ · █ █ █
#         a   b · 100      a: swing high 110, known at b
RISE_AND_DIP = (
    (100, 104, 99, 103),
    (103, 110, 102, 108),
    (108, 109, 101, 102),
    (102, 107, 100, 106),
)
CLOSES_ABOVE = (106, 112, 105, 111)


def test_a_close_beyond_the_last_swing_breaks_structure_once():
    facts = checked(bars(*RISE_AND_DIP, CLOSES_ABOVE, (111, 115, 110, 114)), with_structure())

    assert facts["structure.swing_high"].tolist() == [0, 0, 1, 0, 0, 0]
    assert facts["structure.swing_high.price"].tolist() == [0, 0, 110, 110, 110, 110]
    assert facts["structure.swing_high.age"].tolist() == [-1, -1, 1, 2, 3, 4]
    assert facts["structure.bos"].tolist() == [0, 0, 0, 0, 1, 0]
    assert facts["structure.choch"].tolist() == [0] * 6
    assert facts["structure.trend"].tolist() == [0, 0, 0, 0, 1, 1]
    assert facts["structure.break_level"].tolist() == [0, 0, 0, 0, 110, 0]
    assert facts["structure.break_age"].tolist() == [-1, -1, -1, -1, 3, -1]


def test_a_close_at_the_swing_breaks_nothing():
    facts = checked(bars(*RISE_AND_DIP, (106, 112, 105, 110)), with_structure())

    assert not facts["structure.bos"].any()


def test_the_first_break_against_the_trend_changes_character():
    #          111 · 113
    #       110  █  █ ·
    #    103 █   █    █
    #            100    █ 99      the swing low at 100 gives way
    facts = checked(
        bars(
            *RISE_AND_DIP,
            CLOSES_ABOVE,
            (111, 113, 108, 109),
            (109, 110, 104, 105),
            (105, 106, 98, 99),
            (99, 100, 96, 97),
        ),
        with_structure(),
    )

    assert facts["structure.bos"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert facts["structure.choch"].tolist() == [0, 0, 0, 0, 0, 0, 0, -1, 0]
    assert facts["structure.trend"].tolist() == [0, 0, 0, 0, 1, 1, 1, -1, -1]
    assert facts["structure.break_level"][7] == 100
    assert facts["structure.break_age"][7] == 4


def test_by_wick_the_colour_decides_a_candle_that_passes_both_swings():
    both_ways = (*RISE_AND_DIP, (106, 109, 105, 108))  # a swing low at 100 beside the high at 110
    for close, direction in ((104, 1), (102, -1), (103, 0)):
        facts = checked(bars(*both_ways, (103, 111, 99, close)), with_structure(break_by_wick=True))

        assert facts["structure.bos"][-1] == direction
        assert facts["structure.break_level"][-1] == {1: 110, -1: 100, 0: 0}[direction]


def test_a_wick_beyond_a_swing_that_closes_back_sweeps_it_once():
    #    110      111
    #     █        ·
    #   █ █ █ █ █  █ back at 107
    facts = checked(
        bars(*RISE_AND_DIP, (106, 111, 105, 107), (107, 110.5, 104, 108)), with_structure()
    )
    atr = (8 + 8 + 7 + 6) / 4

    assert facts["structure.sweep"].tolist() == [0, 0, 0, 0, -1, 0]
    assert facts["structure.swept_highs"].tolist() == [0, 0, 0, 0, 1, 0]
    assert facts["structure.swept_equal"].tolist() == [0] * 6
    assert facts["structure.sweep_depth"][4] == pytest.approx(1 / atr)
    assert not facts["structure.bos"].any()


def test_a_wick_that_hardly_passes_leaves_the_level_for_later():
    facts = checked(
        bars(*RISE_AND_DIP, (106, 111, 105, 107), (107, 116, 106, 108)), with_structure(sweep=0.5)
    )

    assert facts["structure.swept_highs"].tolist() == [0, 0, 0, 0, 0, 1]


def test_a_sweep_of_equal_highs_says_so():
    #     110     110    112
    #      █       █      ·
    #    █ █ █ █ █ █ █ █  █ back at 107
    facts = checked(
        bars(
            *RISE_AND_DIP,
            (106, 110, 104, 105),
            (105, 107, 103, 106),
            (106, 112, 105, 107),
        ),
        with_structure(),
    )

    assert facts["structure.equal_highs"].tolist() == [0, 0, 0, 0, 0, 1, 0]
    assert facts["structure.high_label"].tolist() == [0] * 7
    assert facts["structure.swept_highs"][-1] == 2
    assert facts["structure.swept_equal"][-1] == 1


@pytest.mark.parametrize(("margin", "found"), [(0.1, 1), (0.09, 0)])
def test_highs_exactly_as_far_from_each_other_as_allowed_are_equal(margin, found):
    # 110.5 after 110, and an average range of 5.
    differs = bars(
        *path(*SIDEWAYS[:8]), (103, 108, 103, 106), (106, 110.5, 105.5, 109), *path(109, 106)
    )
    facts = checked(differs, with_structure(equal=margin))

    assert facts["structure.swing_high.price"][-1] == 110.5
    assert facts["structure.equal_highs"][-1] == found


@pytest.mark.parametrize(("margin", "found"), [(0.25, 1), (0.26, 0)])
def test_a_wick_exactly_as_far_beyond_as_asked_sweeps(margin, found):
    # 2 above the swing high, and an average range of (8 + 8 + 7 + 9) / 4.
    facts = checked(bars(*RISE_AND_DIP, (106, 112, 103, 107)), with_structure(sweep=margin))

    assert facts["structure.swept_highs"][-1] == found
    assert facts["structure.sweep_depth"][-1] == 0.25 * found


def test_both_sides_swept_are_decided_by_where_the_candle_closes():
    before = (*RISE_AND_DIP, (106, 109, 105, 108))
    for close, direction in ((106, 1), (104, -1), (105, 0)):
        facts = checked(bars(*before, (103, 112, 98, close)), with_structure())

        assert facts["structure.sweep"][-1] == direction
        assert facts["structure.swept_highs"][-1] == facts["structure.swept_lows"][-1] == 1


def test_labels_stay_until_the_next_swing_of_their_kind():
    facts = checked(
        bars(
            *RISE_AND_DIP,
            (106, 114, 105, 111),  # a higher high than 110
            (111, 112, 103, 104),
            (104, 108, 103.5, 106),  # a higher low than 100
        ),
        with_structure(),
    )

    assert facts["structure.high_label"].tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert facts["structure.low_label"].tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_left_ties_decide_whether_an_equal_high_before_forbids_a_swing():
    plateau = bars((1, 3, 1, 2), (2, 5, 2, 4), (4, 5, 3, 4), (4, 4, 3, 3))
    strict = checked(plateau, with_structure())
    tolerant = checked(plateau, with_structure(left_ties=True))

    assert strict["structure.swing_high"].tolist() == [0, 0, 1, 0]
    assert tolerant["structure.swing_high"].tolist() == [0, 0, 1, 1]


@settings(max_examples=200)
@given(any_series(), any_params())
def test_structure_is_what_the_slow_reference_says(series, params):
    pool.assert_family_is_same(series, params, *FAMILY)


@pytest.mark.parametrize("kind", pool.KINDS)
def test_structure_of_a_long_series_is_what_the_slow_reference_says(kind):
    columns = pool.family(pool.expected(kind), *FAMILY)
    assert_same(detected(pool.seeded(kind)), columns, of=kind)


@pytest.mark.parametrize("file", pool.REAL_FILES)
def test_structure_of_real_candles_is_what_the_slow_reference_says(real_candles: Path, file: str):
    series, columns = pool.real(real_candles / file)
    assert_same(detected(series), pool.family(columns, *FAMILY), of=file)


@pytest.mark.parametrize(
    ("name", "values", "least"),
    [
        ("swing_high", [1], 1000),
        ("swing_low", [1], 1000),
        ("high_label", [-1, 0, 1], 500),
        ("low_label", [-1, 0, 1], 500),
        ("equal_highs", [1], 100),
        ("equal_lows", [1], 100),
        ("bos", [-1, 1], 200),
        ("choch", [-1, 1], 200),
        ("trend", [-1, 1], 2000),
        ("sweep", [-1, 1], 300),
        ("swept_highs", [1, 2, 3], 10),
        ("swept_lows", [1, 2, 3], 10),
        ("swept_equal", [1], 50),
    ],
)
def test_the_pool_shows_structure_in_every_direction(name, values, least):
    seen = pool.counts(f"structure.{name}")
    assert {value: seen[value] for value in values if seen[value] < least} == {}
