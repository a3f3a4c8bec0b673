"""slow: candles in, columns of facts out, in plain Python that reads like the reference page."""

from __future__ import annotations

from hyperbot.detection import DetectionParams
from hyperbot.domain.market import CandleSeries
from slow import cycle, entries, measures, structure, zones
from slow.candles import Candles, Columns

FAMILIES = (measures.facts, structure.facts, zones.facts, cycle.facts, entries.facts)


def all_facts(series: CandleSeries, params: DetectionParams) -> Columns:
    """Every column of measures (ATR only), structure, zones, cycle and entries."""
    candles = Candles.of(series)
    found: Columns = {}
    for family in FAMILIES:
        found |= family(candles, params, found)
    return found
