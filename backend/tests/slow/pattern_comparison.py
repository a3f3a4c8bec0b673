"""Facts of the candle pattern kernels against their slow reference, given what structure says."""

from __future__ import annotations

import numpy as np

from hyperbot.detection import DetectionParams, Facts
from hyperbot.detection.registry import COLUMNS
from hyperbot.domain.market import CandleSeries
from slow import candle_patterns, gapless_patterns
from slow.candles import Candles, Columns
from slow.comparison import assert_same, detected

DEFAULTS = DetectionParams()
ENTRIES = ("candle.celery.", "candle.breakout.", "candle.fakeout.", "candle.onion.")
OURS = tuple(
    column.name
    for column in COLUMNS
    if column.name.startswith("candle.") and not f"{column.name}.".startswith(ENTRIES)
)
GAPLESS = tuple(name for name in OURS if name.endswith("_gapless"))
NEEDS = (
    "candle.atr",
    "structure.swept_lows",
    "structure.swept_highs",
    "zone.support.low",
    "zone.resistance.high",
)


def expected(series: CandleSeries, params: DetectionParams, facts: Facts) -> Columns:
    """What the slow reference says, given what structure and zones say."""
    candles = Candles.of(series)
    found = {name: facts[name].tolist() for name in NEEDS}
    return candle_patterns.facts(candles, params, found) | gapless_patterns.facts(candles)


def checked(series: CandleSeries, params: DetectionParams = DEFAULTS) -> Facts:
    """The facts of the kernels, once the slow reference has said the same."""
    facts = detected(series, params)
    assert_same(facts, expected(series, params, facts))
    return facts


ONE_RANGE = 20


def series_of_one_range(candles: int, seed: int, widest_gap: int) -> CandleSeries:
    """Candles that are all 20 high: every tolerance is a whole number, so ties are everywhere.

    Equal is 1, Near 4, Far 12, a very short wick under 2. Without gaps the ATR is 20.
    """
    rng = np.random.default_rng(seed)
    colour = np.sign(rng.normal(0, 1, candles) + np.sin(np.arange(candles) / 5))
    body = (colour * rng.choice((0, 1, 2, 5, 10, 15, 18, 19, 20), candles)).astype(int)
    gap = rng.integers(-widest_gap, widest_gap + 1, candles) * (rng.random(candles) < 0.5)
    free = ONE_RANGE - abs(body)
    lower = (free * rng.choice((0, 0.1, 0.5, 0.9, 1), candles)).astype(int)
    close = 1_000_000 + np.cumsum(gap + body)
    opened = close - body
    low = np.minimum(opened, close) - lower
    times = np.arange(candles) * 60_000
    volume = np.ones(candles)
    return CandleSeries("TEST", "1m", times, opened, low + ONE_RANGE, low, close, volume)
