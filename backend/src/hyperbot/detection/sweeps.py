"""Sweeps: wicks that take the stops beyond a swing and close back inside."""

from __future__ import annotations

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    HIGH_LEVELS,
    LOW_LEVELS,
    TABLE_LOW,
    TABLE_TOUCHES,
    Memory,
    Outputs,
    kernel,
    part,
)
from hyperbot.detection.market_structure import (
    EQUAL_HIGHS,
    EQUAL_LOWS,
    SWING_HIGH,
    SWING_HIGH_PRICE,
    SWING_LOW,
    SWING_LOW_PRICE,
    sign,
)
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR
from hyperbot.domain.market import CLOSE, HIGH, LOW

SWEEP_MARGIN = param("structure.sweep")
LEVELS = param("structure.levels")

SWEEP = row("structure.sweep")
SWEPT_HIGHS = row("structure.swept_highs")
SWEPT_LOWS = row("structure.swept_lows")
SWEPT_EQUAL = row("structure.swept_equal")
SWEEP_DEPTH = row("structure.sweep_depth")

DEEPEST = 100.0
NONE_TAKEN = (0, 0, False, 0.0)


@kernel
def take_levels(
    table: NDArray[float64], size: int, wick: float, close: float, margin: float
) -> tuple[int, int, bool, float]:
    """The levels that a candle trades beyond: (how many leave, swept, any equal, depth).

    Levels are heights (lows negated), the nearest last. Those up to the close were passed; those
    above it that the wick exceeds by `margin` were swept; together they are the end of the list.
    """
    left, swept, any_equal, depth = size, 0, False, 0.0
    while left > 0:
        level = table[TABLE_LOW, left - 1]
        if wick <= level:
            break
        if close < level:
            if wick < level + margin:
                break
            swept += 1
            any_equal = any_equal or table[TABLE_TOUCHES, left - 1] > 0.0
            depth = max(depth, wick - level)
        left -= 1
    return size - left, swept, any_equal, depth


@kernel
def add_level(table: NDArray[float64], size: int, level: float, equal: bool, most: int) -> int:
    """Insert a level in its place, the farthest from the market first; returns the new size."""
    place = size
    while place > 0 and table[TABLE_LOW, place - 1] < level:
        place -= 1
    if size == most:
        if place == 0:
            return size
        for k in range(place - 1):
            table[TABLE_LOW, k] = table[TABLE_LOW, k + 1]
            table[TABLE_TOUCHES, k] = table[TABLE_TOUCHES, k + 1]
        place -= 1
    else:
        for k in range(size, place, -1):
            table[TABLE_LOW, k] = table[TABLE_LOW, k - 1]
            table[TABLE_TOUCHES, k] = table[TABLE_TOUCHES, k - 1]
        size += 1
    table[TABLE_LOW, place] = level
    table[TABLE_TOUCHES, place] = equal
    return size


@kernel
def advance_sweeps(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Wicks beyond unswept swings that close back inside."""
    highs, lows = memory.tables[HIGH_LEVELS], memory.tables[LOW_LEVELS]
    high_count, low_count = memory.sizes[HIGH_LEVELS], memory.sizes[LOW_LEVELS]
    most, factor = int(memory.params[LEVELS]), memory.params[SWEEP_MARGIN]
    averages = facts.prices[ATR]
    for i in range(first, last):
        high, low, close = candles[HIGH, i], candles[LOW, i], candles[CLOSE, i]
        over, under = NONE_TAKEN, NONE_TAKEN
        if high_count > 0 and high > highs[TABLE_LOW, high_count - 1]:
            over = take_levels(highs, high_count, high, close, factor * averages[i])
            high_count -= over[0]
        if low_count > 0 and -low > lows[TABLE_LOW, low_count - 1]:
            under = take_levels(lows, low_count, -low, -close, factor * averages[i])
            low_count -= under[0]
        write_sweep(i, over, under, (2.0 * close - (high + low), averages[i]), facts)
        if facts.flags[SWING_HIGH, i]:
            level, equal = facts.prices[SWING_HIGH_PRICE, i], facts.flags[EQUAL_HIGHS, i] != 0
            high_count = add_level(highs, high_count, level, equal, most)
        if facts.flags[SWING_LOW, i]:
            level, equal = -facts.prices[SWING_LOW_PRICE, i], facts.flags[EQUAL_LOWS, i] != 0
            low_count = add_level(lows, low_count, level, equal, most)
    memory.sizes[HIGH_LEVELS], memory.sizes[LOW_LEVELS] = high_count, low_count


@part
def write_sweep(
    i: int,
    over: tuple[int, int, bool, float],
    under: tuple[int, int, bool, float],
    above_middle_and_atr: tuple[float, float],
    facts: Outputs,
) -> None:
    """The facts about what a candle took above (`over`) and below (`under`)."""
    above_middle, average = above_middle_and_atr
    direction = swept_side(over[1], under[1], above_middle)
    depth = max(over[3], under[3])
    if direction != 0:
        depth = under[3] if direction > 0 else over[3]
    facts.flags[SWEEP, i] = direction
    facts.flags[SWEPT_HIGHS, i] = min(over[1], 127)
    facts.flags[SWEPT_LOWS, i] = min(under[1], 127)
    facts.flags[SWEPT_EQUAL, i] = over[2] or under[2]
    facts.ratios[SWEEP_DEPTH, i] = min(depth / average, DEEPEST) if depth > 0.0 else 0.0


@kernel
def swept_side(highs: int, lows: int, above_middle: float) -> int:
    """Against the side that was swept; if both, by the half of the candle that it closes in."""
    if highs > 0 and lows > 0:
        return sign(above_middle)
    return int(lows > 0) - int(highs > 0)
