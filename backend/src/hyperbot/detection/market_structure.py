"""Market structure: swings, and the breaks that carry or turn the trend."""

from __future__ import annotations

from numpy import float64, int8, int32
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    ORIGIN,
    ORIGIN_STATE,
    STRUCTURE_STATE,
    Memory,
    Outputs,
    kernel,
    part,
)
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR
from hyperbot.domain.market import CLOSE, HIGH, LOW, OPEN

LEFT = param("structure.left")
RIGHT = param("structure.right")
LEFT_TIES = param("structure.left_ties")
BREAK_BY_WICK = param("structure.break_by_wick")
EQUAL_MARGIN = param("structure.equal")

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

_HIGH, _LOW = 0, 3
"""price, candle number and label of the last swing, one after the other"""
_TREND, _BROKEN_HIGH, _BROKEN_LOW = range(6, 9)
"""_BROKEN_*: number of the swing candle that was broken last, plus 1, so that 0 means none"""


@kernel
def sign(value: float) -> int:
    """-1, 0 or +1."""
    return int(value > 0) - int(value < 0)


@kernel
def mark_swings(
    heights: NDArray[float64],
    side: int,
    reach: tuple[int, int, bool],
    found: NDArray[int8],
) -> None:
    """Where `side * heights` tops its neighbours; `reach` is (left, right, left_ties).

    found[j] is about heights[left + j]; heights (left + found.size + right,).
    """
    left, right, ties = reach
    count = found.size
    middle = heights[left : left + count]
    for j in range(count):
        found[j] = 1
    for k in range(1, right + 1):
        later = heights[left + k : left + k + count]
        for j in range(count):
            found[j] &= side * later[j] <= side * middle[j]
    for k in range(1, left + 1):
        before = heights[left - k : left - k + count]
        for j in range(count):
            lower = side * before[j] < side * middle[j]
            found[j] &= lower | (ties & (before[j] == middle[j]))


@kernel
def advance_swings(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Confirm swings `right` candles after they were made."""
    params, origin = memory.params, int(memory.state[ORIGIN_STATE, ORIGIN])
    left, right = int(params[LEFT]), int(params[RIGHT])
    reach = (left, right, params[LEFT_TIES] != 0.0)
    known = min(max(first, left + right - origin), last)
    for row_, heights, side in (
        (SWING_HIGH, candles[HIGH], 1),
        (SWING_LOW, candles[LOW], -1),
    ):
        found = facts.flags[row_]
        found[first:known] = 0
        if known < last:
            window = heights[known - right - left : last]
            mark_swings(window, side, reach, found[known:last])
    remember_highs(candles, first, last, memory, facts)
    remember_lows(candles, first, last, memory, facts)


@kernel
def remember_highs(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """The last confirmed swing high, its age and label."""
    found, equals = facts.flags[SWING_HIGH], facts.flags[EQUAL_HIGHS]
    columns = facts.prices[SWING_HIGH_PRICE], facts.counts[SWING_HIGH_AGE], facts.flags[HIGH_LABEL]
    remember_swings(candles[HIGH], first, last, (_HIGH, found, equals), columns, memory, facts)


@kernel
def remember_lows(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """The last confirmed swing low, its age and label."""
    found, equals = facts.flags[SWING_LOW], facts.flags[EQUAL_LOWS]
    columns = facts.prices[SWING_LOW_PRICE], facts.counts[SWING_LOW_AGE], facts.flags[LOW_LABEL]
    remember_swings(candles[LOW], first, last, (_LOW, found, equals), columns, memory, facts)


@part
def remember_swings(
    heights: NDArray[float64],
    first: int,
    last: int,
    kind: tuple[int, NDArray[int8], NDArray[int8]],
    columns: tuple[NDArray[float64], NDArray[int32], NDArray[int8]],
    memory: Memory,
    facts: Outputs,
) -> None:
    """Carry the last swing of one kind; `kind` is (its place in the state, found, equals)."""
    place, found, equals = kind
    prices, ages, labels = columns
    state, averages = memory.state[STRUCTURE_STATE], facts.prices[ATR]
    origin, right = int(memory.state[ORIGIN_STATE, ORIGIN]), int(memory.params[RIGHT])
    near = memory.params[EQUAL_MARGIN]
    price, made, label = state[place], int(state[place + 1]), int(state[place + 2])
    for i in range(first, last):
        equals[i] = 0
        if found[i]:
            before, price = price, heights[i - right]
            made = origin + i - right
            if before > 0.0:
                equals[i] = abs(price - before) <= near * averages[i]
                label = sign(price - before)
        prices[i] = price
        ages[i] = origin + i - made if price > 0.0 else -1
        labels[i] = label
    state[place], state[place + 1], state[place + 2] = price, made, label


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
