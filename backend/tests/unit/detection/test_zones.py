"""Support, resistance, blocks, gaps, premium: drawn by hand, and against the slow reference."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from candle_strategies import SIDEWAYS, any_params, any_series, bars, path
from hyperbot.detection import DetectionParams
from hyperbot.detection.params import StructureParams, ZoneParams
from slow import pool
from slow.comparison import assert_same, checked, detected

FAMILY = ("zone.",)
NEIGHBOURS = StructureParams(left=1, right=1)


def with_zones(**changes: float) -> DetectionParams:
    return DetectionParams(structure=NEIGHBOURS, zone=ZoneParams(**changes))


#            110
#            █ █ 105
#      108   █ · · · · ·      a bullish gap: 102 to 105
# 102  █ · · · · · · · ·
#   █  █
LEAVES_A_GAP = ((100, 102, 99, 101), (101, 108, 101, 107), (107, 110, 105, 109))


def test_a_gap_is_known_at_its_third_candle_and_fresh():
    facts = checked(bars(*LEAVES_A_GAP, (109, 110, 106, 108)), with_zones())

    assert facts["zone.fair_value_gap"].tolist() == [0, 0, 1, 0]
    assert facts["zone.bullish_gap.low"].tolist() == [0, 0, 102, 102]
    assert facts["zone.bullish_gap.high"].tolist() == [0, 0, 105, 105]
    assert facts["zone.bullish_gap.fresh"].tolist() == [0, 0, 1, 1]
    assert facts["zone.bullish_gap.age"].tolist() == [-1, -1, 0, 1]
    assert facts["zone.bullish_gap.touches"].tolist() == [0, 0, 0, 0]
    assert facts["zone.bullish_gap.distance"].tolist()[:2] == [100, 100]
    assert facts["zone.bullish_gap.distance"][3] == pytest.approx((108 - 105) / ((7 + 5 + 4) / 3))
    assert not facts["zone.bearish_gap.high"].any()


def test_a_gap_is_touched_once_per_visit_and_filled_by_a_close_through_it():
    facts = checked(
        bars(
            *LEAVES_A_GAP,
            (108, 109, 104, 106),  # the first touch
            (106, 107, 103, 104),  # still in it: the same visit
            (106, 109, 106, 108),  # away
            (108, 108, 102, 102),  # the second visit, closing at its edge
            (102, 103, 100, 101),  # closed through
            (101, 102, 101, 102),
        ),
        with_zones(),
    )

    assert facts["zone.bullish_gap.mitigated"].tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert facts["zone.bullish_gap.touches"].tolist() == [0, 0, 0, 1, 1, 1, 2, 0, 0]
    assert facts["zone.bullish_gap.fresh"].tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert facts["zone.bullish_gap.inside"].tolist() == [0, 0, 0, 0, 1, 0, 1, 0, 0]
    assert facts["zone.bullish_gap.ended"].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0]
    assert facts["zone.bullish_gap.high"].tolist() == [0, 0, *[105] * 5, 0, 0]


def test_touched_and_closed_through_in_one_candle_counts_as_both():
    facts = checked(bars(*LEAVES_A_GAP, (109, 109, 98, 99)), with_zones())

    assert facts["zone.bullish_gap.mitigated"][3] == 1
    assert facts["zone.bullish_gap.ended"][3] == 1


def test_a_coloured_gap_needs_a_middle_candle_of_its_colour():
    black_middle = ((100, 102, 99, 101), (108, 109, 101, 107), (107, 110, 105, 109))

    assert checked(bars(*black_middle), with_zones())["zone.fair_value_gap"][2] == 1
    facts = checked(bars(*black_middle), with_zones(gap_coloured=True))
    assert facts["zone.fair_value_gap"][2] == 0


def test_a_gap_smaller_than_its_share_of_the_range_is_none():
    # The gap is 3, the average true range (7 + 5) / 2.
    for gap, found in ((0.5, 1), (0.51, 0)):
        facts = checked(bars(*LEAVES_A_GAP), with_zones(gap=gap))

        assert facts["zone.fair_value_gap"].tolist() == [0, 0, found]


def test_of_too_many_gaps_the_farthest_goes():
    three = (*LEAVES_A_GAP, (109, 120, 109, 119), (119, 122, 115, 121))
    kept = checked(bars(*three, (121, 121, 104, 106)), with_zones(open_zones=1))

    assert kept["zone.fair_value_gap"].tolist() == [0, 0, 1, 1, 1, 0]
    assert kept["zone.bullish_gap.high"].tolist() == [0, 0, 105, 109, 115, 0]
    assert kept["zone.bullish_gap.ended"][-1] == 1  # the one from 110; the others had gone before


def test_a_gap_that_is_itself_the_farthest_of_too_many_is_told_but_not_kept():
    into_it_and_up = (
        (109, 110, 102, 102.2),
        (102.2, 102.5, 102, 102.3),
        (102.3, 104, 102.2, 104),
        (104, 106, 104, 105),  # a gap from 102.5 to 104, under the one from 102 to 105
    )
    facts = checked(bars(*LEAVES_A_GAP, *into_it_and_up), with_zones(open_zones=1))

    assert facts["zone.fair_value_gap"].tolist() == [0, 0, 1, 0, -1, 0, 1]
    assert facts["zone.bullish_gap.low"].tolist() == [0, 0, *[102] * 5]
    assert facts["zone.bullish_gap.high"].tolist() == [0, 0, *[105] * 5]


#        110        112
#        █ █      █ 111     closes above the swing high at 110
#      █ █ ▒ 102  █
#      █   ▒ █ █  █         ▒ 108 to 102: the last black candle before the move
BREAKS_UPWARD = (
    (100, 104, 99, 103),
    (103, 110, 102, 108),
    (108, 109, 101, 102),
    (102, 107, 100, 106),
    (106, 112, 105, 111),
)


def test_the_last_opposite_body_before_a_break_is_an_order_block():
    facts = checked(
        bars(
            *BREAKS_UPWARD,
            (111, 113, 109, 112),
            (112, 112, 107, 110),  # comes back to it
            (110, 110, 99, 101),  # closes through it
            (101, 103, 100, 102),
        ),
        with_zones(),
    )

    assert facts["zone.order_block"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert facts["zone.bullish_block.low"].tolist() == [0, 0, 0, 0, 102, 102, 102, 0, 0]
    assert facts["zone.bullish_block.high"].tolist() == [0, 0, 0, 0, 108, 108, 108, 0, 0]
    assert facts["zone.bullish_block.age"].tolist() == [-1, -1, -1, -1, 0, 1, 2, -1, -1]
    assert facts["zone.bullish_block.mitigated"].tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert facts["zone.bullish_block.fresh"].tolist() == [0, 0, 0, 0, 1, 1, 0, 0, 0]
    assert facts["zone.bullish_block.ended"].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0]


def test_a_break_without_an_opposite_candle_near_makes_no_block():
    facts = checked(bars(*BREAKS_UPWARD), with_zones(block_candles=1))

    assert facts["structure.bos"][4] == 1
    assert facts["zone.order_block"][4] == 0


def test_two_breaks_share_the_block_of_their_last_opposite_candle():
    again = (
        *BREAKS_UPWARD,
        (111, 116, 110, 115),
        (115, 115.5, 109.5, 115.25),  # confirms the high at 116
        (115.25, 118, 114, 117),  # breaks it: the last black candle is the same
    )
    facts = checked(bars(*again), with_zones())

    assert facts["structure.bos"].tolist() == [0, 0, 0, 0, 1, 0, 0, 1]
    assert facts["zone.order_block"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0]


def test_a_change_of_character_makes_a_block_only_where_asked():
    turns = (
        *BREAKS_UPWARD,
        (111, 113, 108, 109),
        (109, 110, 104, 105),
        (105, 106, 98, 99),
    )
    without, asked = (
        checked(bars(*turns), with_zones(block_on_choch=asked)) for asked in (False, True)
    )

    assert without["structure.choch"][7] == -1
    assert without["zone.order_block"][7] == 0
    assert asked["zone.order_block"][7] == -1
    assert asked["zone.bearish_block.low"][7] == 106
    assert asked["zone.bearish_block.high"][7] == 111


#     █     █     █     █
#   █ █ █ █ █ █ █ █ █ █ █ █
#   100   101    100.5  90      three lows within reach of each other, then a far one
LOWS = (
    (105, 107, 104, 105),
    (105, 106, 100, 104),
    (104, 109, 103, 108),
    (108, 109, 101, 105),
    (105, 110, 104, 109),
    (109, 110, 100.5, 104),
    (104, 108, 103, 107),
    (107, 108, 90, 104),
    (104, 109, 103, 108),
)


def test_near_swings_merge_into_one_support():
    facts = checked(bars(*LOWS), with_zones())

    assert facts["zone.support.touches"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 3]
    assert facts["zone.support.low"].tolist() == [0, 0, *[100] * 7]
    assert facts["zone.support.high"].tolist() == [0, 0, 100, 100, *[101] * 5]
    assert facts["zone.support.age"].tolist() == [-1, -1, *range(7)]
    assert facts["zone.support.untouched"].tolist() == [-1, -1, 0, 1, 0, 1, 0, 1, 2]


@pytest.mark.parametrize(("reach", "touches"), [(0.25, 2), (0.24, 1)])
def test_a_swing_exactly_within_reach_joins_a_support(reach, touches):
    # A low of 100.25 after one of 99, and an average range of 5.
    second = ((103, 105.25, 100.25, 101), (101, 105.5, 100.5, 105))
    facts = checked(bars(*path(*SIDEWAYS[4:12]), *second), with_zones(merge=reach))

    assert facts["candle.atr"][-1] == 5
    assert facts["structure.swing_low.price"][-1] == 100.25
    assert facts["zone.support.touches"][-1] == touches


def test_of_too_many_supports_the_weakest_goes():
    only_one = checked(bars(*LOWS), with_zones(zones=1))
    never_merged = checked(bars(*LOWS), with_zones(zones=2, merge=0))

    assert only_one["zone.support.low"][-1] == 90
    assert only_one["zone.support.touches"][-1] == 1
    # 100 went for 100.5, and 101 for 90: the nearest is 100.5.
    assert never_merged["zone.support.low"].tolist() == [0, 0, 100, 100, 101, 101, 101, 101, 100.5]


def test_above_the_middle_of_the_last_leg_is_premium():
    #  110 high, 100 low: the middle is 105
    leg = (*BREAKS_UPWARD[:4], (106, 109, 105, 107.5))
    for close, side, position in ((107.5, 1, 0.75), (105, 0, 0.5), (102, -1, 0.2)):
        facts = checked(bars(*leg, (105, 109.5, 101, close)), with_zones())

        assert facts["zone.premium"][-1] == side
        assert facts["zone.leg_position"][-1] == pytest.approx(position)


@settings(max_examples=200)
@given(any_series(), any_params())
def test_zones_are_what_the_slow_reference_says(series, params):
    pool.assert_family_is_same(series, params, *FAMILY)


@pytest.mark.parametrize("kind", pool.KINDS)
def test_zones_of_a_long_series_are_what_the_slow_reference_says(kind):
    columns = pool.family(pool.expected(kind), *FAMILY)
    assert_same(detected(pool.seeded(kind)), columns, of=kind)


@pytest.mark.parametrize("file", pool.REAL_FILES)
def test_zones_of_real_candles_are_what_the_slow_reference_says(real_candles: Path, file: str):
    series, columns = pool.real(real_candles / file)
    assert_same(detected(series), pool.family(columns, *FAMILY), of=file)


@pytest.mark.parametrize("kind", ["bullish_block", "bearish_block", "bullish_gap", "bearish_gap"])
@pytest.mark.parametrize(
    ("name", "values", "least"),
    [
        ("mitigated", [1], 200),
        ("ended", [1], 200),
        ("fresh", [1], 1000),
        ("inside", [1], 1000),
        ("touches", [0, 1, 2, 3], 200),
    ],
)
def test_the_pool_shows_zones_that_come_are_touched_and_end(kind, name, values, least):
    seen = pool.counts(f"zone.{kind}.{name}")
    assert {value: seen[value] for value in values if seen[value] < least} == {}


@pytest.mark.parametrize(
    ("name", "values", "least"),
    [
        ("order_block", [-1, 1], 200),
        ("fair_value_gap", [-1, 1], 1000),
        ("premium", [-1, 0, 1], 100),
        ("support.inside", [1], 200),
        ("resistance.inside", [1], 200),
        ("support.touches", [1, 2, 3, 4], 1000),
        ("resistance.touches", [1, 2, 3, 4], 1000),
        ("support.untouched", [0], 500),
        ("resistance.untouched", [0], 500),
    ],
)
def test_the_pool_shows_levels_and_legs(name, values, least):
    seen = pool.counts(f"zone.{name}")
    assert {value: seen[value] for value in values if seen[value] < least} == {}


def test_a_zone_that_no_swing_joins_is_forgotten():
    remembered = checked(bars(*LOWS), with_zones(merge=0))
    forgotten = checked(bars(*LOWS), with_zones(merge=0, memory=1))
    assert remembered["zone.support.untouched"].max() > forgotten["zone.support.untouched"].max()
