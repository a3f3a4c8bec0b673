"""Market structure: swings, the breaks that carry or turn the trend, and sweeps."""

from __future__ import annotations

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    HIGH_LEVELS,
    LOW_LEVELS,
    ORIGIN,
    ORIGIN_STATE,
    STRUCTURE_STATE,
    TABLE_LOW,
    TABLE_TOUCHES,
    Memory,
    Outputs,
    kernel,
)
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR
from hyperbot.domain.market import CLOSE, HIGH, LOW, OPEN

LEFT = param("structure.left")
RIGHT = param("structure.right")
LEFT_TIES = param("structure.left_ties")
BREAK_BY_WICK = param("structure.break_by_wick")
SWEEP_MARGIN = param("structure.sweep")
EQUAL_MARGIN = param("structure.equal")
LEVELS = param("structure.levels")

SWING_HIGH = row("structure.swing_high")
SWING_LOW = row("structure.swing_low")
SWING_HIGH_PRICE = row("structure.swing_high.price")
SWING_LOW_PRICE = row("structure.swing_low.price")
SWING_HIGH_AGE = row("structure.swing_high.age")
SWING_LOW_AGE = row("structure.swing_low.age")
HIGH_LABEL = row("structure.high_label")
LOW_LABEL = row("structure.low_label")
EQUAL_HIGHS = row("structure.equal_highs")
EQUAL_LOWS = row("structure.equal_lows")
BOS = row("structure.bos")
CHOCH = row("structure.choch")
TREND = row("structure.trend")
BREAK_LEVEL = row("structure.break_level")
BREAK_AGE = row("structure.break_age")
SWEEP = row("structure.sweep")
SWEPT_HIGHS = row("structure.swept_highs")
SWEPT_LOWS = row("structure.swept_lows")
SWEPT_EQUAL = row("structure.swept_equal")
SWEEP_DEPTH = row("structure.sweep_depth")

DEEPEST = 100.0

_HIGH, _HIGH_CANDLE, _HIGH_LABEL, _LOW, _LOW_CANDLE, _LOW_LABEL = range(6)
_TREND, _BROKEN_HIGH, _BROKEN_LOW = range(6, 9)
"""_BROKEN_*: number of the swing candle that was broken last, plus 1, so that 0 means none"""


@kernel
def advance_structure(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Swings, then breaks and sweeps of the swings that were known one candle before."""
    advance_swings(candles, first, last, memory, facts)
    advance_breaks(candles, first, last, memory, facts)
    advance_sweeps(candles, first, last, memory, facts)


@kernel
def sign(value: float) -> int:
    """-1, 0 or +1."""
    return int(value > 0) - int(value < 0)


@kernel
def is_swing(
    heights: NDArray[float64], side: float, middle: int, reach: tuple[int, int, bool]
) -> bool:
    """Whether `middle` is a top of `side * heights`; `reach` is (left, right, left_ties)."""
    left, right, ties = reach
    top = side * heights[middle]
    for k in range(1, right + 1):
        if side * heights[middle + k] > top:
            return False
    for k in range(1, left + 1):
        before = side * heights[middle - k]
        if before > top or (before == top and not ties):
            return False
    return True


@kernel
def advance_swings(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Confirm swings `right` candles after they were made."""
    state, params = memory.state[STRUCTURE_STATE], memory.params
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    left, right = int(params[LEFT]), int(params[RIGHT])
    reach = (left, right, params[LEFT_TIES] != 0.0)
    for i in range(first, last):
        candle, middle = origin + i, i - right
        possible = candle - right - left >= 0
        near = params[EQUAL_MARGIN] * facts.prices[ATR, i]
        found = possible and is_swing(candles[HIGH], 1.0, middle, reach)
        equal = False
        if found:
            price, before = candles[HIGH, middle], state[_HIGH]
            if before > 0.0:
                equal = abs(price - before) <= near
                state[_HIGH_LABEL] = sign(price - before)
            state[_HIGH], state[_HIGH_CANDLE] = price, candle - right
        facts.flags[SWING_HIGH, i] = found
        facts.flags[EQUAL_HIGHS, i] = equal
        found = possible and is_swing(candles[LOW], -1.0, middle, reach)
        equal = False
        if found:
            price, before = candles[LOW, middle], state[_LOW]
            if before > 0.0:
                equal = abs(price - before) <= near
                state[_LOW_LABEL] = sign(price - before)
            state[_LOW], state[_LOW_CANDLE] = price, candle - right
        facts.flags[SWING_LOW, i] = found
        facts.flags[EQUAL_LOWS, i] = equal
        write_swings(i, candle, state, facts)


@kernel
def write_swings(i: int, candle: int, state: NDArray[float64], facts: Outputs) -> None:
    """The last confirmed swings, for candle i."""
    facts.prices[SWING_HIGH_PRICE, i] = state[_HIGH]
    facts.prices[SWING_LOW_PRICE, i] = state[_LOW]
    facts.counts[SWING_HIGH_AGE, i] = candle - state[_HIGH_CANDLE] if state[_HIGH] > 0.0 else -1
    facts.counts[SWING_LOW_AGE, i] = candle - state[_LOW_CANDLE] if state[_LOW] > 0.0 else -1
    facts.flags[HIGH_LABEL, i] = state[_HIGH_LABEL]
    facts.flags[LOW_LABEL, i] = state[_LOW_LABEL]


@kernel
def advance_breaks(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """BOS and CHoCH: the close (or wick) passes the last unbroken swing."""
    state = memory.state[STRUCTURE_STATE]
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    by_wick = memory.params[BREAK_BY_WICK] != 0.0
    for i in range(first, last):
        candle, direction, level, age = origin + i, 0, 0.0, -1
        if candle > 0:
            high, low = facts.prices[SWING_HIGH_PRICE, i - 1], facts.prices[SWING_LOW_PRICE, i - 1]
            top = candles[HIGH, i] if by_wick else candles[CLOSE, i]
            bottom = candles[LOW, i] if by_wick else candles[CLOSE, i]
            high_candle = candle - 1 - facts.counts[SWING_HIGH_AGE, i - 1]
            low_candle = candle - 1 - facts.counts[SWING_LOW_AGE, i - 1]
            up = high > 0.0 and top > high and state[_BROKEN_HIGH] != high_candle + 1
            down = low > 0.0 and bottom < low and state[_BROKEN_LOW] != low_candle + 1
            if up and down:
                direction = sign(candles[CLOSE, i] - candles[OPEN, i])
            else:
                direction = int(up) - int(down)
            if direction > 0:
                level, age, state[_BROKEN_HIGH] = high, candle - high_candle, high_candle + 1
            elif direction < 0:
                level, age, state[_BROKEN_LOW] = low, candle - low_candle, low_candle + 1
        turned = direction * state[_TREND] < 0
        if direction != 0:
            state[_TREND] = direction
        facts.flags[CHOCH, i] = direction if turned else 0
        facts.flags[BOS, i] = 0 if turned else direction
        facts.flags[TREND, i] = state[_TREND]
        facts.prices[BREAK_LEVEL, i] = level
        facts.counts[BREAK_AGE, i] = age


@kernel
def take_levels(
    table: NDArray[float64], size: int, wick: float, close: float, margin: float
) -> tuple[int, int, bool, float]:
    """Pop the levels that a candle trades beyond: (size left, swept, any equal, depth).

    Levels are heights (lows negated), the nearest last. Those up to the close were passed; those
    above it that the wick exceeds by `margin` were swept; together they are the end of the list.
    """
    swept, any_equal, depth = 0, False, 0.0
    while size > 0:
        level = table[TABLE_LOW, size - 1]
        if wick <= level:
            break
        if close < level:
            if wick < level + margin:
                break
            swept += 1
            any_equal = any_equal or table[TABLE_TOUCHES, size - 1] > 0.0
            depth = max(depth, wick - level)
        size -= 1
    return size, swept, any_equal, depth


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
    most = int(memory.params[LEVELS])
    for i in range(first, last):
        high, low, close = candles[HIGH, i], candles[LOW, i], candles[CLOSE, i]
        average = facts.prices[ATR, i]
        margin = memory.params[SWEEP_MARGIN] * average
        high_count, swept_highs, equal_high, high_depth = take_levels(
            highs, high_count, high, close, margin
        )
        low_count, swept_lows, equal_low, low_depth = take_levels(
            lows, low_count, -low, -close, margin
        )
        direction = swept_side(swept_highs, swept_lows, 2.0 * close - (high + low))
        depth = max(high_depth, low_depth)
        if direction != 0:
            depth = low_depth if direction > 0 else high_depth
        facts.flags[SWEEP, i] = direction
        facts.flags[SWEPT_HIGHS, i] = min(swept_highs, 127)
        facts.flags[SWEPT_LOWS, i] = min(swept_lows, 127)
        facts.flags[SWEPT_EQUAL, i] = equal_high or equal_low
        facts.ratios[SWEEP_DEPTH, i] = min(depth / average, DEEPEST) if depth > 0.0 else 0.0
        if facts.flags[SWING_HIGH, i]:
            level, equal = facts.prices[SWING_HIGH_PRICE, i], facts.flags[EQUAL_HIGHS, i] != 0
            high_count = add_level(highs, high_count, level, equal, most)
        if facts.flags[SWING_LOW, i]:
            level, equal = -facts.prices[SWING_LOW_PRICE, i], facts.flags[EQUAL_LOWS, i] != 0
            low_count = add_level(lows, low_count, level, equal, most)
    memory.sizes[HIGH_LEVELS], memory.sizes[LOW_LEVELS] = high_count, low_count


@kernel
def swept_side(highs: int, lows: int, above_middle: float) -> int:
    """Against the side that was swept; if both, by the half of the candle that it closes in."""
    if highs > 0 and lows > 0:
        return sign(above_middle)
    return int(lows > 0) - int(highs > 0)
