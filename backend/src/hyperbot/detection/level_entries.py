"""Entries at levels: breakout, fakeout and onion."""

from __future__ import annotations

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.clarity import grade, up_to_one
from hyperbot.detection.kernel import ORIGIN, ORIGIN_STATE, Memory, Outputs, kernel, part
from hyperbot.detection.market_structure import SWING_HIGH_PRICE, SWING_LOW_PRICE, sign
from hyperbot.detection.params import param
from hyperbot.detection.ranges import RANGE_ACTIVE, RANGE_BOTTOM, RANGE_TOP
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR
from hyperbot.domain.market import CLOSE, HIGH, LOW, OPEN, VOLUME

BREAKOUT_MARGIN = param("entry.breakout")
BREAKOUT_BODY = param("entry.breakout_body")
BREAKOUT_VOLUME = param("entry.breakout_volume")
FAKEOUT_MARGIN = param("entry.fakeout")
FAKEOUT_CANDLES = param("entry.fakeout_candles")
ONION_HEIGHT = param("entry.onion_height")
ONION_EDGE = param("entry.onion_edge")

BREAKOUT = row("candle.breakout")
BREAKOUT_LEVEL = row("candle.breakout.level")
FAKEOUT = row("candle.fakeout")
FAKEOUT_EXTREME = row("candle.fakeout.extreme")
ONION = row("candle.onion")

VOLUME_PERIOD = 20


@part
def level_above(i: int, side: int, which: int, facts: Outputs) -> float:
    """The level ahead of a move to `side` at row i (0 the range's edge, 1 the swing); 0 if none."""
    if which == 0:
        edge = facts.prices[RANGE_TOP if side > 0 else RANGE_BOTTOM, i]
        return edge if facts.flags[RANGE_ACTIVE, i] != 0 else 0.0
    return facts.prices[SWING_HIGH_PRICE if side > 0 else SWING_LOW_PRICE, i]


@kernel
def has_volume(candles: NDArray[float64], i: int, candle: int, least: float) -> bool:
    """Whether the volume is at least `least` means of the 20 before (always, if `least` is 0)."""
    if least == 0.0:
        return True
    volume = candles[VOLUME, i]
    if candle < VOLUME_PERIOD or volume <= 0.0:
        return False
    total = 0.0
    for back in range(VOLUME_PERIOD, 0, -1):
        total += candles[VOLUME, i - back]
    return volume >= least * (total / VOLUME_PERIOD)


@part
def passes(side: int, close: float, before: float, level: float, margin: float) -> bool:
    """Whether the close passes a level (0: none) by the margin that the close before had not."""
    return (level > 0.0) & (side * close > side * level + margin) & (side * before <= side * level)


@kernel
def advance_breakouts(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Closes beyond a level with body and volume."""
    params = memory.params
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    for i in range(first, last):
        facts.flags[BREAKOUT, i] = 0
        facts.prices[BREAKOUT_LEVEL, i] = 0.0
        if origin + i == 0:
            continue
        close, before, average = candles[CLOSE, i], candles[CLOSE, i - 1], facts.prices[ATR, i]
        side = sign(close - candles[OPEN, i])
        margin = params[BREAKOUT_MARGIN] * average
        edge, swing = level_above(i - 1, side, 0, facts), level_above(i - 1, side, 1, facts)
        by_edge = passes(side, close, before, edge, margin)
        # One test for all, since one branch that is seldom taken is cheaper than several.
        if (side == 0) | (not (by_edge | passes(side, close, before, swing, margin))):
            continue
        level = edge if by_edge else swing
        beyond = side * (close - level) - margin
        clarity = breakout_clarity(candles, i, origin + i, side, (beyond, average), params)
        if clarity >= 0.0:
            facts.flags[BREAKOUT, i] = side * grade(clarity)
            facts.prices[BREAKOUT_LEVEL, i] = level


@kernel
def breakout_clarity(
    candles: NDArray[float64],
    i: int,
    candle: int,
    side: int,
    beyond_and_atr: tuple[float, float],
    params: NDArray[float64],
) -> float:
    """How clear a close beyond its level is as a breakout; -1 if it lacks body, floor or volume."""
    reach = candles[HIGH, i] - candles[LOW, i]
    body, least = abs(candles[CLOSE, i] - candles[OPEN, i]), params[BREAKOUT_BODY]
    wick = LOW if side > 0 else HIGH
    if body < least * reach or side * candles[wick, i] < side * candles[wick, i - 1]:
        return -1.0
    if not has_volume(candles, i, candle, params[BREAKOUT_VOLUME]):
        return -1.0
    beyond, average = beyond_and_atr
    return 0.5 * up_to_one(beyond, average) + 0.5 * up_to_one(body / reach - least, 1.0 - least)


@kernel
def failed_break(
    candles: NDArray[float64], i: int, side: int, level: float, margin_and_count: tuple[float, int]
) -> float:
    """The extreme of a break against `side` that fails at candle i; 0 if there is none."""
    margin, count = margin_and_count
    wick, line = (LOW if side > 0 else HIGH), side * level
    if level <= 0.0 or side * candles[CLOSE, i] < line + margin:
        return 0.0
    start = i - count + 1
    while start <= i and side * candles[wick, start] > line - margin:
        start += 1
    if start > i or side * candles[CLOSE, start - 1] < line:
        return 0.0
    extreme = candles[wick, i]
    for k in range(start, i):
        if side * candles[CLOSE, k] >= line + margin:
            return 0.0
        if side * candles[wick, k] < side * extreme:
            extreme = candles[wick, k]
    return extreme


@part
def fakeout_at(
    candles: NDArray[float64],
    i: int,
    side: int,
    margin_and_count: tuple[float, int],
    facts: Outputs,
) -> tuple[float, float]:
    """(extreme, level) of the first level whose break failed to `side`; (0, 0) if none."""
    for which in range(2):
        level = level_above(i - margin_and_count[1], -side, which, facts)
        extreme = failed_break(candles, i, side, level, margin_and_count)
        if extreme > 0.0:
            return extreme, level
    return 0.0, 0.0


@part
def may_fail(
    side: int, close: float, extreme: float, levels: tuple[float, float], margin: float
) -> bool:
    """Whether price went beyond one of the levels (0: none) and closes back inside it."""
    edge, swing = levels
    by_edge = (side * extreme <= side * edge - margin) & (side * close >= side * edge + margin)
    by_swing = (side * extreme <= side * swing - margin) & (side * close >= side * swing + margin)
    return ((edge > 0.0) & by_edge) | ((swing > 0.0) & by_swing)


@kernel
def advance_fakeouts(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """The first close back inside after price went beyond a level."""
    params = memory.params
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    count = int(params[FAKEOUT_CANDLES])
    for i in range(first, last):
        facts.flags[FAKEOUT, i] = 0
        facts.prices[FAKEOUT_EXTREME, i] = 0.0
        if origin + i < count or candles[HIGH, i] == candles[LOW, i]:
            continue
        average, close = facts.prices[ATR, i], candles[CLOSE, i]
        margin = params[FAKEOUT_MARGIN] * average
        lowest, highest = candles[LOW, i], candles[HIGH, i]
        for k in range(i - count + 1, i):
            lowest, highest = min(lowest, candles[LOW, k]), max(highest, candles[HIGH, k])
        floors = level_above(i - count, -1, 0, facts), level_above(i - count, -1, 1, facts)
        ceilings = level_above(i - count, 1, 0, facts), level_above(i - count, 1, 1, facts)
        up = may_fail(1, close, lowest, floors, margin)
        if not (up | may_fail(-1, close, highest, ceilings, margin)):
            continue
        low, floor = fakeout_at(candles, i, 1, (margin, count), facts)
        high, ceiling = fakeout_at(candles, i, -1, (margin, count), facts)
        side = int(low > 0.0) - int(high > 0.0)
        if low > 0.0 and high > 0.0:
            side = sign(close - candles[OPEN, i])
        if side == 0:
            continue
        extreme, level = (low, floor) if side > 0 else (high, ceiling)
        deep = up_to_one(side * (level - extreme) - margin, average)
        back = up_to_one(side * (close - level) - margin, average)
        facts.flags[FAKEOUT, i] = side * grade(0.5 * deep + 0.5 * back)
        facts.prices[FAKEOUT_EXTREME, i] = extreme


@kernel
def advance_onions(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Turns at the edge of the active range."""
    params = memory.params
    for i in range(first, last):
        facts.flags[ONION, i] = 0
        if facts.flags[RANGE_ACTIVE, i] == 0:
            continue
        top, bottom = facts.prices[RANGE_TOP, i], facts.prices[RANGE_BOTTOM, i]
        close, height = candles[CLOSE, i], top - bottom
        side = sign(close - candles[OPEN, i])
        tall = height >= params[ONION_HEIGHT] * facts.prices[ATR, i]
        if side == 0 or not tall or close < bottom or close > top:
            continue
        away = abs(candles[LOW, i] - bottom) if side > 0 else abs(candles[HIGH, i] - top)
        near = params[ONION_EDGE] * height
        if away <= near:
            clarity = 1.0 - away / near if near > 0.0 else 1.0
            facts.flags[ONION, i] = side * grade(clarity)
