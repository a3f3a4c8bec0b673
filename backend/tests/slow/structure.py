"""Structure, as the reference page reads: swings, labels, breaks and sweeps.

Everything is told for highs; what is said of lows is said of the highs of the mirrored candles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from hyperbot.detection import DetectionParams
from hyperbot.detection.params import StructureParams
from slow.candles import Candles, Columns, side_of_middle, sign

DEEPEST = 100
MOST = 127


@dataclass(frozen=True)
class Swing:
    """One swing: its candle, the candle at whose close it is known, and what it is like."""

    candle: int
    known: int
    price: float
    label: int
    equals_last: bool


def is_swing_high(candles: Candles, m: int, params: StructureParams) -> bool:
    first, last = m - params.left, m + params.right
    if first < 0 or last not in candles.rows:
        return False
    high = candles.high[m]
    if params.left_ties:
        stands_out = all(high >= before for before in candles.high[first:m])
    else:
        stands_out = all(high > before for before in candles.high[first:m])
    return stands_out and all(high >= after for after in candles.high[m + 1 : last + 1])


def swing_highs(candles: Candles, atr: list[float], params: StructureParams) -> list[Swing]:
    """All swing highs, in the order in which they become known."""
    swings: list[Swing] = []
    for m in candles.rows:
        if not is_swing_high(candles, m, params):
            continue
        price, known = candles.high[m], m + params.right
        label, equals_last = 0, False
        if swings:
            label = sign(price - swings[-1].price)
            equals_last = abs(price - swings[-1].price) <= params.equal * atr[known]
        swings.append(Swing(m, known, price, label, equals_last))
    return swings


def swing_lows(candles: Candles, atr: list[float], params: StructureParams) -> list[Swing]:
    """All swing lows: the highs of the mirrored candles, turned back."""
    return [
        Swing(swing.candle, swing.known, -swing.price, -swing.label, swing.equals_last)
        for swing in swing_highs(candles.mirrored(), atr, params)
    ]


def last_known(swings: list[Swing], candles: Candles) -> list[Swing | None]:
    """At each candle, the swing that was confirmed last, at or before its close."""
    known = {swing.known: swing for swing in swings}
    latest: list[Swing | None] = []
    for i in candles.rows:
        latest.append(known.get(i, latest[-1] if latest else None))
    return latest


class Break(NamedTuple):
    """A swing passed at one candle."""

    direction: int
    swing: Swing
    turns: bool


def breaks(
    candles: Candles, highs: list[Swing], lows: list[Swing], params: StructureParams
) -> list[Break | None]:
    """At each candle, the break that happens there."""
    last_high, last_low = last_known(highs, candles), last_known(lows, candles)
    broken: set[tuple[int, int]] = set()
    trend = 0
    result: list[Break | None] = []
    for i in candles.rows:
        passed = {}
        high = last_high[i - 1] if i > 0 else None
        low = last_low[i - 1] if i > 0 else None
        top = candles.high[i] if params.break_by_wick else candles.close[i]
        bottom = candles.low[i] if params.break_by_wick else candles.close[i]
        if high is not None and (1, high.candle) not in broken and top > high.price:
            passed[1] = high
        if low is not None and (-1, low.candle) not in broken and bottom < low.price:
            passed[-1] = low
        direction = candles.colour(i) if len(passed) == 2 else sum(passed)
        if direction == 0:
            result.append(None)
            continue
        swing = passed[direction]
        result.append(Break(direction, swing, turns=trend == -direction))
        broken.add((direction, swing.candle))
        trend = direction
    return result


class Sweep(NamedTuple):
    """What was swept on one side at one candle."""

    levels: int
    depth: float
    of_equals: bool


def sweeps_of_highs(
    candles: Candles, highs: list[Swing], atr: list[float], params: StructureParams
) -> list[Sweep]:
    """At each candle, what its wick swept above."""
    becomes_known = {swing.known: swing for swing in highs}
    levels: list[Swing] = []
    result: list[Sweep] = []
    for i in candles.rows:
        high, close = candles.high[i], candles.close[i]
        swept, staying = [], []
        for level in levels:
            if high > level.price and close >= level.price:
                continue
            if high > level.price and high >= level.price + params.sweep * atr[i]:
                swept.append(level)
            else:
                staying.append(level)
        levels = staying
        if i in becomes_known:
            levels.append(becomes_known[i])
        if len(levels) > params.levels:
            # `max` takes the first of several that are equally far: the one created first.
            levels.remove(max(levels, key=lambda level: level.price))
        depth = max(((high - level.price) / atr[i] for level in swept), default=0.0)
        result.append(Sweep(len(swept), depth, any(level.equals_last for level in swept)))
    return result


def swing_columns(kind: str, swings: list[Swing], candles: Candles) -> Columns:
    known = {swing.known: swing for swing in swings}
    latest = last_known(swings, candles)
    return {
        f"structure.swing_{kind}": [int(i in known) for i in candles.rows],
        f"structure.swing_{kind}.price": [swing.price if swing else 0.0 for swing in latest],
        f"structure.swing_{kind}.age": [
            i - swing.candle if swing else -1 for i, swing in enumerate(latest)
        ],
        f"structure.{kind}_label": [swing.label if swing else 0 for swing in latest],
        f"structure.equal_{kind}s": [
            int(i in known and known[i].equals_last) for i in candles.rows
        ],
    }


def break_columns(found: list[Break | None]) -> Columns:
    trend, trends = 0, []
    for one in found:
        trend = one.direction if one else trend
        trends.append(trend)
    return {
        "structure.bos": [one.direction if one and not one.turns else 0 for one in found],
        "structure.choch": [one.direction if one and one.turns else 0 for one in found],
        "structure.trend": trends,
        "structure.break_level": [one.swing.price if one else 0.0 for one in found],
        "structure.break_age": [i - one.swing.candle if one else -1 for i, one in enumerate(found)],
    }


def sweep_columns(candles: Candles, above: list[Sweep], below: list[Sweep]) -> Columns:
    directions, depths = [], []
    for i in candles.rows:
        high, low = above[i], below[i]
        if high.levels and low.levels:
            direction = side_of_middle(candles.close[i], candles.high[i], candles.low[i])
        else:
            direction = int(low.levels > 0) - int(high.levels > 0)
        directions.append(direction)
        depth_by_direction = {-1: high.depth, 1: low.depth, 0: max(high.depth, low.depth)}
        depths.append(min(depth_by_direction[direction], DEEPEST))
    return {
        "structure.sweep": directions,
        "structure.swept_highs": [min(sweep.levels, MOST) for sweep in above],
        "structure.swept_lows": [min(sweep.levels, MOST) for sweep in below],
        "structure.swept_equal": [
            int(above[i].of_equals or below[i].of_equals) for i in candles.rows
        ],
        "structure.sweep_depth": depths,
    }


def facts(candles: Candles, params: DetectionParams, found: Columns) -> Columns:
    atr = found["candle.atr"]
    highs = swing_highs(candles, atr, params.structure)
    lows = swing_lows(candles, atr, params.structure)
    mirrored = candles.mirrored()
    highs_of_mirrored = swing_highs(mirrored, atr, params.structure)
    return {
        **swing_columns("high", highs, candles),
        **swing_columns("low", lows, candles),
        **break_columns(breaks(candles, highs, lows, params.structure)),
        **sweep_columns(
            candles,
            above=sweeps_of_highs(candles, highs, atr, params.structure),
            below=sweeps_of_highs(mirrored, highs_of_mirrored, atr, params.structure),
        ),
    }
