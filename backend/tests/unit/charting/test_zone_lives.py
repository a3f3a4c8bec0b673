"""The zones that are drawn are those that detection followed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candle_strategies import bars, market
from fact_builders import facts_with
from hyperbot.charting.fact_table import CheckedFacts
from hyperbot.charting.layers import NEVER
from hyperbot.charting.zone_lives import BLOCK, CLOSED_THROUGH, GAP, LIVE, PUSHED_OUT, zone_lives
from hyperbot.detection import DetectionParams, detect
from hyperbot.detection.params import ZoneParams
from hyperbot.domain.errors import InvalidInput

KINDS = {"block": BLOCK, "gap": GAP}
SIDES = {"bullish": 1, "bearish": -1}


def lives_of(series, said, params=None):
    facts = CheckedFacts(facts_with(len(series), said), len(series))
    return zone_lives(series, facts, params or ZoneParams())


def of_side(lives, kind, side):
    return [life for life in lives if (life.kind, life.direction) == (KINDS[kind], SIDES[side])]


def per_row(rows, candles):
    return np.bincount(np.array(rows, dtype=np.int64), minlength=candles).tolist()


zone_params = st.builds(
    ZoneParams,
    block_candles=st.integers(1, 12),
    block_on_choch=st.booleans(),
    gap=st.sampled_from((0.0, 0.1, 0.5)),
    open_zones=st.sampled_from((1, 2, 5, 64)),
)


@settings(max_examples=25)
@given(
    kind=st.sampled_from(("trend", "mixed", "gaps", "real numbers")),
    seed=st.integers(0, 1000),
    zone=zone_params,
)
def test_touches_and_ends_agree_with_the_facts_at_every_candle(kind, seed, zone):
    series = market(kind, seed, 400)
    facts = detect(series, DetectionParams(zone=zone))
    lives = zone_lives(series, CheckedFacts(facts, len(series)), zone)
    for zone_kind in KINDS:
        for side in SIDES:
            told = of_side(lives, zone_kind, side)
            touched = [life.touched for life in told if life.touched != NEVER]
            ended = [life.end for life in told if life.fate == CLOSED_THROUGH]
            name = f"zone.{side}_{zone_kind}"
            assert per_row(touched, 400) == facts[f"{name}.mitigated"].tolist()
            assert per_row(ended, 400) == facts[f"{name}.ended"].tolist()


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), zone=zone_params)
def test_the_nearest_zone_of_the_last_candle_is_among_those_still_live(seed, zone):
    series = market("mixed", seed, 400)
    facts = detect(series, DetectionParams(zone=zone))
    lives = zone_lives(series, CheckedFacts(facts, len(series)), zone)
    for kind in KINDS:
        for side in SIDES:
            live = [life for life in of_side(lives, kind, side) if life.fate == LIVE]
            assert len(live) <= zone.open_zones
            name = f"zone.{side}_{kind}"
            told = (facts[f"{name}.low"][-1], facts[f"{name}.high"][-1])
            if not live:
                assert told == (0, 0)
            else:
                assert told in {(life.low, life.high) for life in live}


GAP_UP = [(10, 11, 9, 11), (11, 16, 11, 16), (16, 18, 14, 17)]


def test_a_gap_lies_between_the_wicks_of_its_neighbours():
    series = bars(*GAP_UP, (17, 18, 16, 17), (17, 17, 13, 14), (14, 14, 13, 13), (13, 13, 9, 10))
    (gap,) = lives_of(series, {"zone.fair_value_gap": {2: 1}})
    assert (gap.low, gap.high, gap.source, gap.start) == (11, 14, 0, 2)
    assert (gap.touched, gap.touches) == (4, 1)
    assert (gap.fate, gap.end) == (CLOSED_THROUGH, 6)


def test_a_zone_that_nothing_touched_lives_to_the_last_candle():
    (gap,) = lives_of(bars(*GAP_UP, (17, 19, 16, 18)), {"zone.fair_value_gap": {2: 1}})
    assert (gap.fate, gap.end, gap.touched, gap.touches) == (LIVE, 3, NEVER, 0)


def test_leaving_and_coming_back_are_two_touches():
    outside, inside = (17, 18, 16, 17), (17, 18, 13, 17)
    series = bars(*GAP_UP, inside, inside, outside, inside)
    (gap,) = lives_of(series, {"zone.fair_value_gap": {2: 1}})
    assert gap.touches == 2


def test_too_many_live_zones_push_out_the_one_farthest_from_the_market():
    series = bars(*GAP_UP, (17, 23, 17, 23), (23, 26, 21, 25))
    told = {"zone.fair_value_gap": {2: 1, 4: 1}}
    first, second = lives_of(series, told, ZoneParams(open_zones=1))
    assert (first.fate, first.end) == (PUSHED_OUT, 4)
    assert second.fate == LIVE


def test_a_block_is_the_body_of_the_last_opposite_candle():
    series = bars((5, 6, 4, 5.5), (5.5, 6, 3, 4), (4, 8, 4, 7), (7, 9, 6, 8))
    (block,) = lives_of(series, {"zone.order_block": {3: 1}})
    assert (block.kind, block.source, block.low, block.high) == (BLOCK, 1, 4, 5.5)


def test_facts_of_other_candles_are_refused_in_a_sentence():
    rising = bars((5, 6, 4, 5.5), (5.5, 7, 5, 6), (6, 8, 6, 7))
    with pytest.raises(InvalidInput, match="order block at candle 2"):
        lives_of(rising, {"zone.order_block": {2: 1}})
