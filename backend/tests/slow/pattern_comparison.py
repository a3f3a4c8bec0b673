"""Facts of the candle pattern kernels against their slow reference, given what structure says."""

from __future__ import annotations

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
