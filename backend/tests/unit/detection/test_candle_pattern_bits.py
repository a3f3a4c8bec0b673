"""What all candle patterns keep: the same bits however they are run, mirrors, finite numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candle_strategies import (
    MARKETS,
    any_series,
    grid_series,
    market,
    mirrored,
    series_from_rows,
)
from hyperbot.detection import DetectionParams, Facts, detect
from hyperbot.detection.detector import NOT_TAKEN, advance, new_memory
from hyperbot.detection.facts import empty_stores
from hyperbot.detection.params import CandleParams
from hyperbot.domain.market import CandleSeries
from slow.comparison import detected
from slow.pattern_comparison import DEFAULTS, GAPLESS, OURS, checked


@pytest.mark.parametrize("kind", MARKETS)
def test_what_talib_finds_the_gap_free_variant_finds_too(kind):
    facts = detect(market(kind, seed=3, candles=20_000))
    candles_move = facts["candle.body_share"] > 0
    after_a_move = np.append(False, candles_move[:-1])  # a flat candle before is no harami
    for name in GAPLESS:
        classical, gapless = facts[name.removesuffix("_gapless")], facts[name]
        enough = np.arange(len(gapless)) >= 13
        found = (classical != 0) & enough & (after_a_move | ("three_inside" not in name))
        assert (gapless[found] == classical[found]).all(), name


MIRROR = {
    **{f"candle.{name}": (f"candle.{name}", -1) for name in ("marubozu", "belt_hold", "engulfing")},
    **{f"candle.{name}": (f"candle.{name}", -1) for name in ("three_outside", "three_inside")},
    **{f"candle.{name}": (f"candle.{name}", -1) for name in ("harami", "harami_cross")},
    "candle.outside_bar": ("candle.outside_bar", -1),
    "candle.inside_bar": ("candle.inside_bar", 1),
    "candle.doji": ("candle.doji", 1),
    "candle.long_legged_doji": ("candle.long_legged_doji", 1),
    "candle.dragonfly_doji": ("candle.gravestone_doji", 1),
    "candle.gravestone_doji": ("candle.dragonfly_doji", 1),
    "candle.morning_star": ("candle.evening_star", -1),
    "candle.evening_star": ("candle.morning_star", -1),
    "candle.piercing_gapless": ("candle.dark_cloud_cover_gapless", -1),
    "candle.morning_star_gapless": ("candle.evening_star_gapless", -1),
    "candle.engulfing_gapless": ("candle.engulfing_gapless", -1),
    "candle.harami_gapless": ("candle.harami_gapless", -1),
    "candle.three_inside_gapless": ("candle.three_inside_gapless", -1),
    "candle.three_outside_gapless": ("candle.three_outside_gapless", -1),
}
NEEDS_LONG_SECOND = "candle.piercing_gapless"  # dark cloud cover does not
REACH = 3
"""how many candles back a pattern looks at a colour"""


@given(grid_series())
def test_a_mirrored_series_turns_the_patterns_around(series):
    facts, image = detect(series), detect(mirrored(series))
    # A candle without a body is white in both worlds, so leave out what looks at one.
    bodiless = (series.open == series.close).tolist()
    near = np.array([any(bodiless[max(0, i - REACH) : i + 1]) for i in range(len(series))], bool)
    for name, (other, sign) in MIRROR.items():
        expected_image, got = sign * facts[name][~near], image[other][~near]
        if name == NEEDS_LONG_SECOND:
            got = np.where(expected_image == 0, 0, got)
        assert (expected_image == got).all(), name


def in_pieces(series: CandleSeries, cuts: list[int]) -> dict[str, bytes]:
    """The bytes of all stores when the kernels run from cut to cut."""
    memory, stores = tuple(new_memory(DEFAULTS)), empty_stores(len(series))
    for store in stores.values():
        store.fill(99)  # what a kernel does not write shows
    for first, end in zip([0, *cuts], [*cuts, len(series)], strict=True):
        advance(series.columns, first, end, memory, tuple(stores.values()), NOT_TAKEN)
    return {store.name: values.tobytes() for store, values in stores.items()}


@settings(max_examples=50)
@given(any_series(), st.data())
def test_any_split_of_the_candles_gives_the_same_bits(series, data):
    cuts = data.draw(st.lists(st.integers(0, len(series)), max_size=8).map(sorted))
    assert in_pieces(series, cuts) == in_pieces(series, [])


@pytest.mark.parametrize("cuts", [range(1, 3000), range(17, 3000, 23), [1023, 1024, 2049]])
def test_candle_by_candle_and_across_blocks_gives_the_same_bits(cuts):
    series = market("real numbers", seed=6, candles=3000)
    assert in_pieces(series, list(cuts)) == in_pieces(series, [])


def as_percentages(facts: Facts) -> dict[str, str]:
    return {name: sha256(facts[name].tobytes()).hexdigest() for name in OURS}


SERIES_WITHOUT_COMPILER = [(kind, 7, 120) for kind in MARKETS]


def test_without_the_compiler_the_same_code_gives_the_same_bits():
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "from test_candle_pattern_bits import *\n"
        "for which in SERIES_WITHOUT_COMPILER: print(as_percentages(detected(market(*which))))\n"
    )
    tests = Path(__file__).resolve().parents[2]
    path = os.pathsep.join((str(tests), str(Path(__file__).parent)))
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )

    compiled = [str(as_percentages(detected(market(*which)))) for which in SERIES_WITHOUT_COMPILER]
    assert done.stdout.splitlines() == compiled


DEGENERATE = {
    "flat": [(1.0, 1.0, 1.0, 1.0, 0.0)] * 40,
    "tiny prices": [(1e-9, 3e-9, 1e-9, 2e-9, 1e-9), (2e-9, 3e-9, 1e-9, 1e-9, 1.0)] * 20,
    "huge prices": [(1e9, 1e12, 1e-9, 2e9, 1e24), (2e9, 3e9, 1e9, 1e9, 0.0)] * 20,
    "hardly any volume before much": [(1.0, 2.0, 1.0, 2.0, 5e-324)] * 25 + [(2, 2, 1, 1, 1e24)],
    "a body of one ulp": [(1.0, 1e12, 1e-12, 1.0 + 2**-52, 1.0)] * 30,
}


@pytest.mark.parametrize("kind", DEGENERATE)
@pytest.mark.parametrize("candle", [CandleParams(), CandleParams(tick=1e-300, weak_body=0)])
def test_degenerate_candles_give_finite_facts(kind, candle):
    facts = checked(series_from_rows(DEGENERATE[kind]), DetectionParams(candle=candle))
    for name in OURS:
        assert np.isfinite(facts[name]).all(), name


def test_ratios_are_bounded():
    much = checked(series_from_rows(DEGENERATE["hardly any volume before much"]))
    thin = checked(series_from_rows(DEGENERATE["a body of one ulp"]))

    assert much["candle.volume_ratio"][-1] == np.float32(1e9)
    assert thin["candle.wick_ratio"].max() == np.float32(1e9)
