"""Facts to things that can be drawn: swings, breaks, sweeps, phases, ranges.

A layer is a dict of equally long columns. Rows count from the first candle of the series; `row` is
the candle at which a thing became known, `origin` the earlier candle it is about.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperbot.charting.fact_table import CheckedFacts, Runs, runs_of
from hyperbot.domain.market import CandleSeries

Layer = dict[str, NDArray[Any]]

_ROW_COLUMNS = ("row", "origin", "start", "end", "touched", "source")
NEVER = -1


def clipped(layer: Layer, first: int) -> dict[str, list[Any]]:
    """The things that reach row `first` or later, with rows counted from there.

    A row before `first` comes out negative; NEVER stays NEVER only where a column may hold it,
    so `touched` before `first` becomes 0.
    """
    last_row = layer["end"] if "end" in layer else layer["row"]
    kept = {name: column[last_row >= first] for name, column in layer.items()}
    for name in _ROW_COLUMNS:
        if name in kept:
            kept[name] = kept[name] - first
    if "touched" in kept:
        was_touched = layer["touched"][last_row >= first] != NEVER
        kept["touched"] = np.where(was_touched, np.maximum(kept["touched"], 0), NEVER)
    return {name: column.tolist() for name, column in kept.items()}


def swings(facts: CheckedFacts) -> Layer:
    """Swing highs (side 1) and lows (-1) at their candle, with the candle of confirmation."""
    parts = [_swings_of(facts, kind, side) for kind, side in (("high", 1), ("low", -1))]
    merged = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(merged["origin"], kind="stable")
    return {name: column[order] for name, column in merged.items()}


def _swings_of(facts: CheckedFacts, kind: str, side: int) -> Layer:
    rows = np.flatnonzero(facts[f"structure.swing_{kind}"])
    return {
        "row": rows,
        "origin": rows - facts[f"structure.swing_{kind}.age"][rows],
        "price": facts[f"structure.swing_{kind}.price"][rows],
        "side": np.full(rows.size, side),
        "label": facts[f"structure.{kind}_label"][rows],
        "equal": facts[f"structure.equal_{kind}s"][rows],
    }


def breaks(facts: CheckedFacts) -> Layer:
    """Breaks of structure and changes of character, from the broken swing to the break."""
    bos, choch = facts["structure.bos"], facts["structure.choch"]
    rows = np.flatnonzero((bos != 0) | (choch != 0))
    return {
        "row": rows,
        "origin": rows - facts["structure.break_age"][rows],
        "level": facts["structure.break_level"][rows],
        "direction": np.where(bos[rows] != 0, bos[rows], choch[rows]),
        "turns": (choch[rows] != 0).astype(np.int8),
    }


def sweeps(series: CandleSeries, facts: CheckedFacts) -> Layer:
    """Candles that took levels, with the nearest level taken (0 where both sides were)."""
    highs, lows = facts["structure.swept_highs"], facts["structure.swept_lows"]
    rows = np.flatnonzero((highs != 0) | (lows != 0))
    direction = facts["structure.sweep"][rows]
    depth = (facts["structure.sweep_depth"] * facts["candle.atr"])[rows]
    level = np.where(direction > 0, series.low[rows] + depth, series.high[rows] - depth)
    return {
        "row": rows,
        "direction": direction,
        "level": np.where(direction == 0, 0.0, level),
        "highs": highs[rows],
        "lows": lows[rows],
        "equal": facts["structure.swept_equal"][rows],
    }


def phases(facts: CheckedFacts) -> Layer:
    """Stretches of one phase and direction."""
    phase, direction = facts["cycle.phase"], facts["cycle.direction"]
    runs = runs_of(phase, direction)
    known = phase[runs.start] != 0
    start, end = runs.start[known], runs.end[known]
    return {"start": start, "end": end, "phase": phase[start], "direction": direction[start]}


def ranges(facts: CheckedFacts) -> Layer:
    """Active ranges with their frozen edges and, at their end, their touches."""
    top, bottom = facts["cycle.range.top"], facts["cycle.range.bottom"]
    active = facts["cycle.range.active"]
    runs = runs_of(active, top, bottom)
    is_range = active[runs.start] != 0
    start, end = runs.start[is_range], runs.end[is_range]
    touches = facts["cycle.range.touches"][end]
    return {
        "start": start,
        "end": end,
        "low": bottom[start],
        "high": top[start],
        "touches": touches,
    }


def levels(facts: CheckedFacts) -> Layer:
    """The nearest support (side -1) and resistance (1) zones, for as long as they were nearest."""
    parts = [_levels_of(facts, kind, side) for kind, side in (("support", -1), ("resistance", 1))]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _levels_of(facts: CheckedFacts, kind: str, side: int) -> Layer:
    low, high = facts[f"zone.{kind}.low"], facts[f"zone.{kind}.high"]
    runs = _joined(runs_of(low, high), low, high)
    return {
        "start": runs.start,
        "end": runs.end,
        "low": low[runs.start],
        "high": high[runs.start],
        "touches": facts[f"zone.{kind}.touches"][runs.end],
        "side": np.full(runs.start.size, side),
    }


_SHORT_ABSENCE = 12  # candles for which a zone may stop being the nearest without a new rectangle


def _joined(runs: Runs, low: NDArray[Any], high: NDArray[Any]) -> Runs:
    starts: list[int] = []
    ends: list[int] = []
    latest: dict[tuple[float, float], int] = {}
    for start, end in zip(runs.start.tolist(), runs.end.tolist(), strict=True):
        edges = (float(low[start]), float(high[start]))
        if edges == (0.0, 0.0):
            continue
        known = latest.get(edges)
        if known is not None and start - ends[known] <= _SHORT_ABSENCE:
            ends[known] = end
            continue
        latest[edges] = len(starts)
        starts.append(start)
        ends.append(end)
    return Runs(np.array(starts, np.int64), np.array(ends, np.int64))
