"""Candles and facts to one interactive page, so that a person can look and judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperbot.charting import layers
from hyperbot.charting.compact import coded, decimals_of
from hyperbot.charting.fact_table import CheckedFacts, FactTable
from hyperbot.charting.page import CHART, page
from hyperbot.charting.trade_layers import DrawnTrade, trade_layer
from hyperbot.charting.zone_lives import BLOCK, GAP, zone_layer, zone_lives
from hyperbot.detection.params import DetectionParams
from hyperbot.detection.registry import COLUMNS, Column, Store
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries

MOST_CANDLES = 20_000
"""how many candles one page draws at most"""

ENTRY_TYPES = (
    "candle.liquidity_engulf",
    "candle.le_weak",
    "candle.small_wick",
    "candle.steeper_wick",
    "candle.no_wick",
    "candle.celery",
    "candle.celery_candle",
    "candle.breakout",
    "candle.fakeout",
    "candle.onion",
)
"""the patterns of the teaching material: shown at first, the classical ones when asked for"""

WITHOUT_DIRECTION = (
    "candle.doji",
    "candle.dragonfly_doji",
    "candle.gravestone_doji",
    "candle.long_legged_doji",
    "candle.inside_bar",
    "candle.celery_candle",
    "candle.no_wick",
)
"""patterns whose sign is no direction of a trade: +1 where present, or the side without wick"""

_RATIO_DECIMALS = 3
_VOLUME_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the candles come from, as the page's head tells it."""

    source: str
    is_synthetic: bool = False
    note: str = ""


def chart_page(  # noqa: PLR0913 - a chart draws all of these
    series: CandleSeries,
    facts: FactTable,
    provenance: Provenance,
    *,
    first: int = 0,
    params: DetectionParams | None = None,
    trades: Sequence[DrawnTrade] | None = None,
) -> str:
    """An HTML page with the candles from row `first` on and all that `facts` tell of them.

    `facts` are those of the whole series, so that zones and swings from before `first` are drawn;
    `params` are those they were detected with; None for `trades` draws a page without any place for
    them. Raises InvalidInput for no or too many candles, and
    for facts that lack a column or belong to other candles.
    """
    shown = len(series) - first
    if not 0 < shown <= MOST_CANDLES:
        raise InvalidInput(
            f"a chart draws 1 to {MOST_CANDLES:,} candles, not {max(shown, 0):,}:"
            " choose a span with --from and --to"
        )
    checked = CheckedFacts(facts, len(series))
    window = series[first:]
    decimals = decimals_of(window.columns[:4])
    data = {
        "coin": series.coin,
        "timeframe": str(series.timeframe),
        "source": provenance.source,
        "synthetic": provenance.is_synthetic,
        "note": provenance.note,
        "decimals": decimals,
        "candles": _candles(window, decimals),
        "layers": _layers(series, checked, params or DetectionParams(), first),
        "trades": None if trades is None else trade_layer(trades, series, first),
        "facts": [_fact(column, checked, first, decimals) for column in COLUMNS],
    }
    return page(CHART, f"{series.coin} {series.timeframe} - hyperbot chart", data)


def _layers(
    series: CandleSeries, facts: CheckedFacts, params: DetectionParams, first: int
) -> dict[str, dict[str, list[Any]]]:
    lives = zone_lives(series, facts, params.zone)
    drawn = {
        "phases": layers.phases(facts),
        "ranges": layers.ranges(facts),
        "levels": layers.levels(facts),
        "blocks": zone_layer(lives, BLOCK),
        "gaps": zone_layer(lives, GAP),
        "swings": layers.swings(facts),
        "breaks": layers.breaks(facts),
        "sweeps": layers.sweeps(series, facts),
    }
    return {name: layers.clipped(layer, first) for name, layer in drawn.items()}


def _candles(window: CandleSeries, decimals: int) -> dict[str, Any]:
    step = window.timeframe.ms // 1000
    seconds = window.ts // 1000
    jumps = np.flatnonzero(np.diff(seconds, prepend=seconds[0] - step) != step)
    return {
        "start": int(seconds[0]),
        "step": step,
        "jumps": [[int(row), int(seconds[row])] for row in jumps],
        "open": _rounded(window.open, decimals),
        "high": _rounded(window.high, decimals),
        "low": _rounded(window.low, decimals),
        "close": _rounded(window.close, decimals),
        "volume": [float(f"{volume:.{_VOLUME_DIGITS}g}") for volume in window.volume],
    }


def _rounded(values: NDArray[np.float64], decimals: int) -> list[Any]:
    rounded = np.round(values, decimals)
    listed: list[Any] = (rounded.astype(np.int64) if decimals == 0 else rounded).tolist()
    return listed


def _fact(column: Column, facts: CheckedFacts, first: int, decimals: int) -> dict[str, Any]:
    values = facts[column.name][first:]
    if column.graded:
        strength = facts[f"{column.name}.strength"][first:]
        values = values.astype(np.int64) * np.round(100 * strength).astype(np.int64)
    elif column.store is Store.RATIO:
        values = np.round(values.astype(np.float64), _RATIO_DECIMALS)
    elif column.store is Store.PRICE:
        values = np.round(values, decimals + 2)
    else:
        values = values.astype(np.int64)
    return {
        "name": column.name,
        "unit": "graded" if column.graded else column.unit,
        "meaning": column.meaning,
        "entry": column.name in ENTRY_TYPES,
        "neutral": column.name in WITHOUT_DIRECTION,
        "values": coded(values),
    }
