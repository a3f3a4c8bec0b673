"""Swings, gaps and their first touches agree with smartmoneyconcepts, once each is told when known.

Theirs puts a swing at its own candle and a gap at its middle one, before either can be known; ours
are told at the candle that confirms them. Moved to that candle, not one may differ.
"""

from __future__ import annotations

import warnings
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from candle_builders import random_walk
from hyperbot.detection import DetectionParams, Facts, detect
from hyperbot.detection.params import StructureParams, ZoneParams
from hyperbot.domain.market import COLUMN_NAMES, CandleSeries
from hyperbot.storage.candle_files import read_candles

LENGTHS = (3, 5, 10)
MOST_CANDLES = 20_000  # theirs scans the rest of the series for each gap
MOST_COUNTED = 127

Swing = tuple[int, int]  # candle, +1 high or -1 low


@pytest.fixture(scope="module")
def smc() -> ModuleType:
    """Their functions; importing them prints an advertisement and may warn."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("SMC_CREDIT", "0")
        warnings.simplefilter("ignore")
        import smartmoneyconcepts

        return smartmoneyconcepts.smc


def as_theirs(length: int) -> DetectionParams:
    """Their rules in our words: `length - 1` candles before, where ties count, and `length` after;
    any gap of the middle candle's colour, however small, and none forgotten while it is open."""
    return DetectionParams(
        structure=StructureParams(left=length - 1, right=length, left_ties=True),
        zone=ZoneParams(gap=0.0, gap_coloured=True, open_zones=4096),
    )


def continuous(seed: int) -> CandleSeries:
    """A walk off any price grid, so that no two extremes tie."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 1e-3, MOST_CANDLES)))
    opened = close * np.exp(rng.normal(0, 2e-4, MOST_CANDLES))
    opened[1:] = close[:-1] * np.exp(rng.normal(0, 2e-4, MOST_CANDLES - 1))
    wicks = rng.exponential(5e-4, (2, MOST_CANDLES))
    return CandleSeries(
        "TEST",
        "1m",
        np.arange(MOST_CANDLES) * 60_000,
        opened,
        np.maximum(opened, close) * np.exp(wicks[0]),
        np.minimum(opened, close) * np.exp(-wicks[1]),
        close,
        np.ones(MOST_CANDLES),
    )


def frame_of(series: CandleSeries):
    import pandas as pd

    return pd.DataFrame(dict(zip(COLUMN_NAMES, series.columns, strict=True)))


def their_swings(smc: ModuleType, series: CandleSeries, length: int) -> list[Swing]:
    """Without the first and the last row: theirs sets those to the kind opposite to the nearest
    swing, whatever the candles are, so that drawn lines reach both ends."""
    rows = smc.swing_highs_lows(frame_of(series), swing_length=length)["HighLow"].to_numpy()
    return [
        (int(row), int(rows[row]))
        for row in np.flatnonzero(~np.isnan(rows))
        if 0 < row < len(rows) - 1
    ]


def our_swings(facts: Facts, length: int) -> list[Swing]:
    """At their own candles, a candle that is both counted as a high alone, as theirs does.

    Without those before candle `2 * length - 1`: theirs looks at a window of `2 * length` rows that
    it has moved `length` rows back, so it knows none before although the candles would do.
    """
    highs = np.flatnonzero(facts["structure.swing_high"]) - length
    lows = np.setdiff1d(np.flatnonzero(facts["structure.swing_low"]) - length, highs)
    swings = sorted([(int(row), 1) for row in highs] + [(int(row), -1) for row in lows])
    return [swing for swing in swings if swing[0] >= 2 * length - 1]


def one_of_each_run(swings: list[Swing], series: CandleSeries) -> list[Swing]:
    """Theirs keeps the extreme one of swings of one kind in a row, the earlier on ties. That looks
    ahead (a later swing of the run takes an earlier one away), so ours never does it."""
    kept: list[Swing] = []
    for row, side in swings:
        if not kept or kept[-1][1] != side:
            kept.append((row, side))
            continue
        heights = series.high if side > 0 else -series.low
        if heights[row] > heights[kept[-1][0]]:
            kept[-1] = (row, side)
    return kept


def assert_swings_agree(smc: ModuleType, series: CandleSeries, length: int) -> int:
    facts = detect(series, as_theirs(length))
    ours = one_of_each_run(our_swings(facts, length), series)
    theirs = their_swings(smc, series, length)
    assert ours == theirs
    return len(theirs)


def assert_gaps_agree(smc: ModuleType, series: CandleSeries) -> int:
    facts, gaps = detect(series, as_theirs(5)), smc.fvg(frame_of(series))
    sides = np.nan_to_num(gaps["FVG"].to_numpy())
    # Theirs at the middle candle, ours at the next one, whose close makes the gap known.
    np.testing.assert_array_equal(facts["zone.fair_value_gap"][1:], sides[:-1])
    np.testing.assert_array_equal(sides[-1:], 0)
    for side, kind in ((1, "bullish_gap"), (-1, "bearish_gap")):
        middles = np.flatnonzero(sides == side)
        known = middles + 1
        # Its edges are told at that candle, unless an older gap, touched but open, is nearer still.
        is_told = facts[f"zone.{kind}.age"][known] == 0
        assert is_told.mean() > 0.8
        for edge, theirs in (("low", "Bottom"), ("high", "Top")):
            told = facts[f"zone.{kind}.{edge}"][known[is_told]]
            wanted = gaps[theirs].to_numpy()[middles[is_told]]
            np.testing.assert_array_equal(told, wanted, f"{kind} {edge}")
        touched = gaps["MitigatedIndex"].to_numpy()[middles].astype(np.int64)
        assert_first_touches(facts[f"zone.{kind}.mitigated"], touched[touched > 0])
    return int(np.count_nonzero(sides))


def assert_first_touches(ours: NDArray[np.int8], theirs: NDArray[np.int64]) -> None:
    """How many gaps each candle touches first; theirs says 0 for a gap that none touches."""
    counts = np.bincount(theirs, minlength=ours.size)
    assert counts.max() < MOST_COUNTED
    np.testing.assert_array_equal(ours, counts)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("seed", [1, 2])
def test_swings_of_random_candles_agree(smc, seed, length):
    assert assert_swings_agree(smc, continuous(seed), length) > 500


@pytest.mark.parametrize("length", LENGTHS)
def test_swings_of_candles_full_of_ties_agree(smc, length):
    coarse = random_walk(MOST_CANDLES, seed=3)
    columns = np.round(coarse.columns * 4) / 4
    series = CandleSeries("TEST", "5m", coarse.ts, *columns)

    assert assert_swings_agree(smc, series, length) > 500


@pytest.mark.parametrize("seed", [1, 2])
def test_gaps_of_random_candles_agree(smc, seed):
    assert assert_gaps_agree(smc, continuous(seed)) > 500


def real_series(real_candles) -> list[CandleSeries]:
    files = sorted(real_candles.glob("*/*.parquet"))
    assert files
    return [read_candles(file)[-MOST_CANDLES:] for file in files]


def test_swings_of_real_candles_agree(smc, real_candles):
    found = [assert_swings_agree(smc, series, 5) for series in real_series(real_candles)]

    assert min(found) > 50


def test_gaps_of_real_candles_agree(smc, real_candles):
    found = [assert_gaps_agree(smc, series) for series in real_series(real_candles)]

    assert min(found) > 50
