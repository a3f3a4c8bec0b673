"""How straight price moves, and the ranges in which it does not."""

from __future__ import annotations

from typing import NamedTuple

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    ORIGIN,
    ORIGIN_STATE,
    RANGE_STATE,
    Memory,
    Outputs,
    kernel,
)
from hyperbot.detection.market_structure import (
    SWING_HIGH,
    SWING_HIGH_PRICE,
    SWING_LOW,
    SWING_LOW_PRICE,
)
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.sweeps import swept_side
from hyperbot.detection.true_range import ATR
from hyperbot.domain.market import CLOSE, HIGH, LOW

PERIOD = 20
DRIVE_RATIO = param("cycle.drive")
RANGE_EDGE = param("cycle.range_edge")
RANGE_LEAST = param("cycle.range_least")
RANGE_MOST = param("cycle.range_most")
RANGE_END = param("cycle.range_end")
LIQUIDITY_SWEEP = param("cycle.liquidity_sweep")

EFFICIENCY = row("cycle.efficiency_ratio")
RANGE_ACTIVE = row("cycle.range.active")
RANGE_TOP = row("cycle.range.top")
RANGE_BOTTOM = row("cycle.range.bottom")
RANGE_AGE = row("cycle.range.age")
RANGE_TOUCHES = row("cycle.range.touches")

_STEPS, RATIOS, EDGE_SWEEPS = range(3)
"""scratch rows: steps between closes, efficiency in double precision, sweeps of a range's edge"""


class _State(NamedTuple):
    """Positions in the family's row of `Memory.state`."""

    last_high: int
    high_before: int
    last_low: int
    low_before: int
    active: int
    top: int
    bottom: int
    start: int
    touches: int
    closes_above: int
    closes_below: int


S = _State(*range(len(_State._fields)))


@kernel
def advance_efficiency(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Net move over path, 20 candles; kept in double precision in the scratch."""
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    known = max(first, PERIOD - origin)
    ratios = memory.scratch[RATIOS]
    ratios[: last - first] = 0.0
    if known < last:
        count = last - known
        closes = candles[CLOSE, known - PERIOD : last]
        steps = memory.scratch[_STEPS, : count + PERIOD - 1]
        later, earlier = closes[1:], closes[:-1]
        for k in range(steps.size):
            steps[k] = abs(later[k] - earlier[k])
        path = ratios[known - first : last - first]
        for lag in range(PERIOD):
            shifted = steps[lag : lag + count]
            for k in range(count):
                path[k] += shifted[k]
        start, end = closes[:count], closes[PERIOD:]
        for k in range(count):
            total = path[k]
            ratio = abs(end[k] - start[k]) / (total if total > 0.0 else 1.0)
            path[k] = ratio if total > 0.0 else 0.0
    written = facts.ratios[EFFICIENCY, first:last]
    for k in range(written.size):
        written[k] = ratios[k]


@kernel
def advance_ranges(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Ranges start, go on and end; sweeps of their edges go to the scratch."""
    state, params = memory.state[RANGE_STATE], memory.params
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    ratios, sweeps = memory.scratch[RATIOS], memory.scratch[EDGE_SWEEPS]
    averages, closes = facts.prices[ATR], candles[CLOSE]
    new_highs, new_lows = facts.flags[SWING_HIGH], facts.flags[SWING_LOW]
    highs, lows = facts.prices[SWING_HIGH_PRICE], facts.prices[SWING_LOW_PRICE]
    for i in range(first, last):
        close, average, sweep = closes[i], averages[i], 0
        if new_highs[i]:
            state[S.high_before], state[S.last_high] = state[S.last_high], highs[i]
        if new_lows[i]:
            state[S.low_before], state[S.last_low] = state[S.last_low], lows[i]
        if state[S.active] != 0.0:
            sweep = sweep_of_range(candles, i, average, state, params)
            if range_ends(close, average, state, params):
                state[S.active] = 0.0
            else:
                near = params[RANGE_EDGE] * average
                state[S.touches] += new_highs[i] and abs(highs[i] - state[S.top]) <= near
                state[S.touches] += new_lows[i] and abs(lows[i] - state[S.bottom]) <= near
        elif origin + i >= PERIOD and ratios[i - first] <= params[DRIVE_RATIO]:
            start_range(close, average, origin + i, state, params)
        sweeps[i - first] = sweep
        active = state[S.active] != 0.0
        facts.flags[RANGE_ACTIVE, i] = active
        facts.prices[RANGE_TOP, i] = state[S.top] if active else 0.0
        facts.prices[RANGE_BOTTOM, i] = state[S.bottom] if active else 0.0
        facts.counts[RANGE_AGE, i] = origin + i - state[S.start] if active else -1
        facts.flags[RANGE_TOUCHES, i] = min(state[S.touches], 127.0) if active else 0.0


@kernel
def sweep_of_range(
    candles: NDArray[float64],
    i: int,
    average: float,
    state: NDArray[float64],
    params: NDArray[float64],
) -> int:
    """Direction of a sweep of an edge of the active range; 0 if none."""
    high, low, close = candles[HIGH, i], candles[LOW, i], candles[CLOSE, i]
    margin = params[LIQUIDITY_SWEEP] * average
    top = high >= state[S.top] + margin and close < state[S.top]
    bottom = low <= state[S.bottom] - margin and close > state[S.bottom]
    return swept_side(int(top), int(bottom), 2.0 * close - (high + low))


@kernel
def range_ends(
    close: float, average: float, state: NDArray[float64], params: NDArray[float64]
) -> bool:
    """Whether this is the second close in a row beyond the same edge."""
    margin = params[RANGE_END] * average
    above, below = close > state[S.top] + margin, close < state[S.bottom] - margin
    state[S.closes_above] = state[S.closes_above] + 1.0 if above else 0.0
    state[S.closes_below] = state[S.closes_below] + 1.0 if below else 0.0
    return max(state[S.closes_above], state[S.closes_below]) >= 2.0


@kernel
def start_range(
    close: float, average: float, candle: int, state: NDArray[float64], params: NDArray[float64]
) -> None:
    """If the last two highs and the last two lows frame the close, they are a range."""
    if state[S.high_before] == 0.0 or state[S.low_before] == 0.0:
        return
    near = params[RANGE_EDGE] * average
    if abs(state[S.last_high] - state[S.high_before]) > near:
        return
    if abs(state[S.last_low] - state[S.low_before]) > near:
        return
    top = max(state[S.last_high], state[S.high_before])
    bottom = min(state[S.last_low], state[S.low_before])
    height = top - bottom
    tall = params[RANGE_LEAST] * average <= height <= params[RANGE_MOST] * average
    if tall and bottom <= close <= top:
        state[S.active] = 1.0
        state[S.top], state[S.bottom] = top, bottom
        state[S.start], state[S.touches] = candle, 4.0
        state[S.closes_above], state[S.closes_below] = 0.0, 0.0
