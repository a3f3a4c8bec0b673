"""Measures, gap-free, plain and content patterns: drawn by hand, and against the slow reference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candle_strategies import (
    MARKETS,
    any_params,
    any_series,
    bars,
    market,
    mirrored,
    series_from_rows,
)
from hyperbot.detection import DetectionParams, Facts, detect
from hyperbot.detection.params import CandleParams, StructureParams
from slow import pool
from slow.comparison import detected
from slow.pattern_comparison import DEFAULTS, GAPLESS, OURS, checked, expected, series_of_one_range

any_candle_params = st.builds(
    CandleParams,
    tick=st.sampled_from((0, 0, 1, 2)),
    engulf_wick=st.sampled_from((0.35, 0, 1)),
    engulf_close=st.sampled_from((0.65, 0, 1)),
    engulf_range=st.sampled_from((0.7, 0, 1.5)),
    weak_body=st.sampled_from((0.5, 0, 1, 2)),
    weak_wick=st.sampled_from((0.15, 0, 1)),
    weak_progress=st.sampled_from((0.1, 0, 2)),
    small_wick=st.sampled_from((0.15, 0, 0.5)),
    small_wick_body=st.sampled_from((0.6, 0, 1, 2)),
    steeper_wick=st.sampled_from((0.33, 0, 1)),
    steeper_wick_ratio=st.sampled_from((1.5, 0, 1)),
    steeper_wick_close=st.sampled_from((0.5, 0, 1)),
    no_wick=st.sampled_from((0.02, 0, 0.3)),
    celery_body=st.sampled_from((0.25, 0, 1)),
    celery_wick=st.sampled_from((0.25, 0, 0.4)),
    celery_balance=st.sampled_from((0.3, 0, 1)),
    pin_wick=st.sampled_from((2 / 3, 0.4, 1)),
    pin_body=st.sampled_from((0.25, 0, 0.6)),
)
params_of_candles = st.one_of(any_params(), st.builds(DetectionParams, candle=any_candle_params))


def test_the_slow_reference_and_talib_have_all_columns_between_them():
    series = market("walk", seed=1, candles=1)
    told = expected(series, DEFAULTS, detected(series))
    by_talib = {name.removesuffix("_gapless") for name in GAPLESS} | {
        f"candle.{name}"
        for name in (
            *("doji", "dragonfly_doji", "gravestone_doji", "long_legged_doji", "hammer"),
            *("hanging_man", "spinning_top", "marubozu", "belt_hold", "harami_cross"),
        )
    }

    assert set(OURS) - set(told) == by_talib | {"candle.atr"}


@given(any_series(), params_of_candles)
def test_kernels_say_what_the_slow_reference_says(series, params):
    checked(series, params)


@pytest.mark.parametrize("kind", MARKETS)
def test_long_series_have_the_facts_of_the_slow_reference(kind):
    checked(market(kind, seed=1, candles=2000))


@pytest.mark.parametrize("widest_gap", [0, 1, 4])
def test_candles_on_which_every_tolerance_is_met_exactly_have_the_facts_of_the_reference(
    widest_gap,
):
    least_is_the_average = DetectionParams(candle=CandleParams(engulf_range=1))
    checked(series_of_one_range(6000, 2, widest_gap), least_is_the_average)


@pytest.mark.parametrize("file", pool.REAL_FILES)
def test_real_candles_have_the_facts_of_the_slow_reference(file, real_candles):
    series, _ = pool.real(real_candles / file)
    checked(series)


def test_every_pattern_occurs_on_both_sides_where_it_has_two():
    one_sided = {
        "candle.celery_candle": {1},
        "candle.inside_bar": {1},
        "candle.inverted_hammer_gapless": {1},
        "candle.piercing_gapless": {1},
        "candle.morning_star_gapless": {1},
        "candle.three_white_soldiers_gapless": {1},
        "candle.shooting_star_gapless": {-1},
        "candle.dark_cloud_cover_gapless": {-1},
        "candle.evening_star_gapless": {-1},
        "candle.three_black_crows_gapless": {-1},
    }
    of_the_content = {"liquidity_engulf", "le_weak", "small_wick", "steeper_wick", "no_wick"}
    names = {*GAPLESS, *one_sided, "candle.pin_bar", "candle.outside_bar"}
    names |= {f"candle.{name}" for name in of_the_content}
    facts = [detect(market(kind, seed=1, candles=4000)) for kind in MARKETS]
    for name in names:
        seen = set().union(*(set(one[name].tolist()) for one in facts))
        assert seen == {0} | one_sided.get(name, {1, -1}), name


def with_candle(**changes: float) -> DetectionParams:
    return DetectionParams(
        structure=StructureParams(left=1, right=1), candle=CandleParams(**changes)
    )


def last(facts: Facts, name: str) -> tuple[int, float]:
    """Direction and strength at the last candle."""
    return int(facts[f"candle.{name}"][-1]), round(float(facts[f"candle.{name}.strength"][-1]), 2)


def test_measures_of_a_candle():
    facts = checked(bars((100, 110, 90, 105)))

    assert facts["candle.body_share"][0] == 0.25
    assert facts["candle.close_position"][0] == 0.75
    assert facts["candle.wick_ratio"][0] == 3


def test_a_flat_candle_has_no_share_lies_half_way_and_matches_nothing():
    facts = checked(bars(*[(100, 101, 99, 100)] * 15, *[(100, 100, 100, 100)] * 3))

    assert facts["candle.body_share"][-1] == 0
    assert facts["candle.close_position"][-1] == 0.5
    assert facts["candle.wick_ratio"][-1] == 0
    patterns = [name for name in facts if name.startswith("candle.") and name.endswith(".strength")]
    assert not any(facts[name][-3:].any() for name in patterns)


def test_volume_is_measured_by_the_twenty_candles_before():
    rows = [(100, 101, 99, 100, volume) for volume in (*[2.0] * 20, 5.0, 0.0)]
    facts = checked(series_from_rows(rows))

    assert facts["candle.volume_ratio"].tolist() == [0] * 20 + [2.5, 0]


def test_liquidity_engulf_is_clearer_if_it_takes_a_level():
    before = [(100, 103, 98, 99), (99, 102, 96, 101), (101, 104, 100, 103), (103, 104, 101, 102)]
    takes_last_low = (101, 106, 99, 106)
    takes_swing_low = (101, 107, 95, 107)

    # A swing low at 96 is known from candle 2 on; without an upper wick the other half is full.
    assert last(checked(bars(*before, takes_last_low), with_candle()), "liquidity_engulf") == (
        1,
        0.75,
    )
    assert last(checked(bars(*before, takes_swing_low), with_candle()), "liquidity_engulf") == (
        1,
        1,
    )


@pytest.mark.parametrize(
    ("candle", "why"),
    [
        ((101, 106, 101, 106), "the low is not below the last one"),
        ((101, 106, 99, 104), "the close is not over the last high"),
        ((101, 110, 99, 105.5), "too long an upper wick"),
    ],
)
def test_without_its_shape_it_is_no_liquidity_engulf(candle, why):
    before = [(100, 103, 98, 99), (99, 102, 96, 101), (101, 104, 100, 103), (103, 104, 101, 102)]

    assert last(checked(bars(*before, candle), with_candle()), "liquidity_engulf") == (0, 0), why


def test_liquidity_engulf_holds_where_each_of_its_limits_is_met_exactly():
    first, engulfs = (100, 105, 95, 96), (96, 114, 94, 107)  # wick 0.35, close 0.65, range 1 ATR
    params = with_candle(engulf_range=1)
    up, down = bars(first, engulfs), mirrored(bars(first, engulfs))

    assert last(checked(up, params), "liquidity_engulf") == (1, 0.5)
    assert last(checked(down, params), "liquidity_engulf") == (-1, 0.5)


def test_a_third_white_candle_that_gets_nowhere_is_a_signal_against_white():
    rise = [(100 + 4 * k, 105 + 4 * k, 99 + 4 * k, 104 + 4 * k) for k in range(10)]
    weak, strong = (140, 141.1, 138, 141), (140, 144, 139, 144)

    # Body 1 of at most 0.5 * 4: half of the limit is unused.
    facts = checked(bars(*rise, weak), with_candle(weak_progress=0.3))
    assert last(facts, "le_weak") == (-1, 0.75)
    assert last(checked(bars(*rise, strong), with_candle(weak_progress=0.3)), "le_weak") == (0, 0)


def test_small_wick_is_a_large_body_with_hardly_a_wick_where_it_came_from():
    assert last(checked(bars((100, 110, 99, 109))), "small_wick") == (
        1,
        round(
            int(100 * (0.5 + 0.25 * (1 - 1 / 1.65) + 0.25 * (9 / 11 - 0.6) / 0.4) + 0.5) / 100, 2
        ),
    )
    assert last(checked(bars((100, 110, 98, 109))), "small_wick") == (0, 0)  # wick 2 of 12
    assert last(checked(bars((109, 110, 99, 100))), "small_wick")[0] == -1


def test_steeper_wick_rejects_and_tells_of_a_wick_longer_than_the_last():
    facts = checked(bars((100, 102, 97, 101), (101, 104, 94, 103), (103, 106, 97, 105)))

    assert facts["candle.steeper_wick"].tolist() == [1, 1, 1]
    assert facts["candle.steeper_wick.longer"].tolist() == [0, 1, 0]
    assert last(checked(bars((103, 112, 101, 102))), "steeper_wick")[0] == -1


def test_no_wick_on_both_sides_goes_by_colour():
    assert last(checked(bars((100, 110, 98, 110))), "no_wick") == (1, 1)
    assert last(checked(bars((100, 110, 100, 108))), "no_wick") == (-1, 1)
    assert last(checked(bars((100, 110, 100, 110))), "no_wick") == (1, 1)
    assert last(checked(bars((110, 110, 100, 100))), "no_wick") == (-1, 1)
    assert last(checked(bars((100, 101, 99, 100)), with_candle(tick=1)), "no_wick") == (0, 0)


def test_celery_candle_and_pin_bar_by_their_wicks():
    assert last(checked(bars((100, 105, 96, 101))), "celery_candle") == (1, 0.78)
    assert last(checked(bars((100, 105, 99, 101))), "celery_candle") == (0, 0)  # wicks 4 and 1 of 6
    assert last(checked(bars((100, 101.5, 90, 101))), "pin_bar")[0] == 1
    assert last(checked(bars((100, 111, 99.5, 101))), "pin_bar")[0] == -1
    assert last(checked(bars((100, 106, 90, 101))), "pin_bar") == (0, 0)  # body not in the third


def test_inside_and_outside_bars_are_strict():
    first = (100, 110, 90, 105)
    assert last(checked(bars(first, (100, 109, 91, 105))), "inside_bar") == (1, 1)
    assert last(checked(bars(first, (100, 110, 91, 105))), "inside_bar") == (0, 0)
    assert last(checked(bars(first, (100, 111, 89, 105))), "outside_bar") == (1, 1)
    assert last(checked(bars(first, (105, 111, 89, 100))), "outside_bar") == (-1, 1)
    assert last(checked(bars(first, (100, 111, 89, 100))), "outside_bar") == (0, 0)
    assert last(checked(bars(first, (100, 111, 90, 105))), "outside_bar") == (0, 0)


QUIET = [(100, 101, 97, 98), (98, 101, 97, 100)] * 6


def test_on_candles_without_gaps_only_the_gap_free_variants_see_a_morning_star():
    star = [(100, 101, 89, 90), (90, 91, 88, 89), (89, 99, 88, 98)]
    facts = checked(bars(*QUIET, *star))

    assert last(facts, "morning_star") == (0, 0)
    assert last(facts, "morning_star_gapless") == (1, 1)


def test_gap_free_engulfing_is_weaker_if_the_close_only_comes_near_the_last_open():
    black = (100, 101, 97, 98)
    for close, strength in ((100.5, 1), (100, 0.8), (99.9, 0.8), (99.7, 0)):
        facts = checked(bars(*QUIET, black, (97.9, 101, 97, close)))  # Equal is 0.05 * 4
        assert last(facts, "engulfing_gapless") == (int(strength > 0), strength)
