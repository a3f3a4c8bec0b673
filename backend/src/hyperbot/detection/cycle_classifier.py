"""Market cycle: drive, range or liquidity, and how clearly."""

from __future__ import annotations

from typing import NamedTuple

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    BLOCK,
    CYCLE_STATE,
    LOOKBACK,
    ORIGIN,
    ORIGIN_STATE,
    Memory,
    Outputs,
    kernel,
)
from hyperbot.detection.market_structure import (
    BOS,
    CHOCH,
    HIGH_LABEL,
    LOW_LABEL,
    SWEEP,
    SWEEP_DEPTH,
    SWING_HIGH,
    SWING_HIGH_PRICE,
    SWING_LOW,
    SWING_LOW_PRICE,
    sign,
    swept_side,
)
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR
from hyperbot.domain.market import CLOSE, HIGH, LOW

PERIOD = 20
DRIVE_RATIO = param("cycle.drive")
BREAK_CANDLES = param("cycle.break_candles")
RANGE_EDGE = param("cycle.range_edge")
RANGE_LEAST = param("cycle.range_least")
RANGE_MOST = param("cycle.range_most")
RANGE_END = param("cycle.range_end")
LIQUIDITY_SWEEP = param("cycle.liquidity_sweep")
LIQUIDITY_CANDLES = param("cycle.liquidity_candles")
LIQUIDITY_INSIDE = param("cycle.liquidity_inside")
CONFIRM = param("cycle.confirm")

PHASE = row("cycle.phase")
DIRECTION = row("cycle.direction")
CONFIDENCE = row("cycle.confidence")
AGE = row("cycle.age")
EFFICIENCY = row("cycle.efficiency_ratio")
RANGE_ACTIVE = row("cycle.range.active")
RANGE_TOP = row("cycle.range.top")
RANGE_BOTTOM = row("cycle.range.bottom")
RANGE_AGE = row("cycle.range.age")
RANGE_TOUCHES = row("cycle.range.touches")

UNKNOWN, DRIVE, RANGE, LIQUIDITY = range(4)


class _State(NamedTuple):
    """Positions in the family's row of `Memory.state`."""

    last_high: int
    high_before: int
    last_low: int
    low_before: int
    active: int
    top: int
    bottom: int
    range_start: int
    touches: int
    closes_above: int
    closes_below: int
    liquidity: int
    """direction of the sweep while a liquidity phase is on, else 0"""
    liquidity_start: int
    closes_inside: int
    base_phase: int
    base_direction: int
    candidate: int
    candidates: int
    shown: int
    shown_start: int
    up_bos: int
    down_bos: int
    up_break: int
    down_break: int
    """*_bos, *_break: number of the candle of the last one, plus 1"""


S = _State(*range(len(_State._fields)))

_STEPS, _RATIOS = 0, 1
"""scratch rows"""


@kernel
def advance_cycle(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Ranges, sweeps and drives of each candle, and the phase that they add up to."""
    for start in range(first, last, BLOCK):
        end = min(start + BLOCK, last)
        advance_efficiency(candles, start, end, memory, facts)
        for i in range(start, end):
            efficiency = memory.scratch[_RATIOS, i - start]
            advance_phase(candles, i, efficiency, memory, facts)


@kernel
def advance_efficiency(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Net move over path, 20 candles; kept in double precision in the scratch."""
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    known = max(first, PERIOD - origin)
    ratios = memory.scratch[_RATIOS]
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
def advance_phase(
    candles: NDArray[float64], i: int, efficiency: float, memory: Memory, facts: Outputs
) -> None:
    """One candle: its range, its sweep, its candidate, its phase."""
    state, params = memory.state[CYCLE_STATE], memory.params
    candle = int(memory.state[ORIGIN_STATE, ORIGIN]) + i
    edge_sweep = sweep_of_range(candles, i, state, params, facts)
    remember_swings_and_breaks(i, candle, state, facts)
    advance_range(candles, i, efficiency, memory, facts)
    advance_liquidity(candles, i, edge_sweep, memory, facts)
    move = sign(candles[CLOSE, i] - candles[CLOSE, i - PERIOD]) if candle >= PERIOD else 0
    advance_base(
        candle, move, efficiency, memory, facts.flags[HIGH_LABEL, i] + facts.flags[LOW_LABEL, i]
    )
    write_phase(i, efficiency, memory, facts)


@kernel
def sweep_of_range(
    candles: NDArray[float64],
    i: int,
    state: NDArray[float64],
    params: NDArray[float64],
    facts: Outputs,
) -> int:
    """Direction of a sweep of an edge of the range that was active before this candle."""
    if state[S.active] == 0.0:
        return 0
    high, low, close = candles[HIGH, i], candles[LOW, i], candles[CLOSE, i]
    margin = params[LIQUIDITY_SWEEP] * facts.prices[ATR, i]
    top = high >= state[S.top] + margin and close < state[S.top]
    bottom = low <= state[S.bottom] - margin and close > state[S.bottom]
    return swept_side(int(top), int(bottom), 2.0 * close - (high + low))


@kernel
def remember_swings_and_breaks(
    i: int, candle: int, state: NDArray[float64], facts: Outputs
) -> None:
    """The last two swings of each kind, and when each direction last broke structure."""
    if facts.flags[SWING_HIGH, i]:
        state[S.high_before] = state[S.last_high]
        state[S.last_high] = facts.prices[SWING_HIGH_PRICE, i]
    if facts.flags[SWING_LOW, i]:
        state[S.low_before] = state[S.last_low]
        state[S.last_low] = facts.prices[SWING_LOW_PRICE, i]
    bos, broke = facts.flags[BOS, i], facts.flags[BOS, i] + facts.flags[CHOCH, i]
    if bos > 0:
        state[S.up_bos] = candle + 1
    if bos < 0:
        state[S.down_bos] = candle + 1
    if broke > 0:
        state[S.up_break] = candle + 1
    if broke < 0:
        state[S.down_break] = candle + 1


@kernel
def advance_range(
    candles: NDArray[float64], i: int, efficiency: float, memory: Memory, facts: Outputs
) -> None:
    """A range starts, goes on or ends."""
    state, params = memory.state[CYCLE_STATE], memory.params
    candle = int(memory.state[ORIGIN_STATE, ORIGIN]) + i
    close, average = candles[CLOSE, i], facts.prices[ATR, i]
    if state[S.active] != 0.0:
        margin = params[RANGE_END] * average
        above, below = close > state[S.top] + margin, close < state[S.bottom] - margin
        state[S.closes_above] = state[S.closes_above] + 1.0 if above else 0.0
        state[S.closes_below] = state[S.closes_below] + 1.0 if below else 0.0
        if max(state[S.closes_above], state[S.closes_below]) >= 2.0:
            state[S.active] = 0.0
            return
        near = params[RANGE_EDGE] * average
        if facts.flags[SWING_HIGH, i] and abs(state[S.last_high] - state[S.top]) <= near:
            state[S.touches] += 1.0
        if facts.flags[SWING_LOW, i] and abs(state[S.last_low] - state[S.bottom]) <= near:
            state[S.touches] += 1.0
    elif candle >= PERIOD and efficiency <= params[DRIVE_RATIO]:
        start_range(close, average, candle, state, params)


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
        state[S.range_start], state[S.touches] = candle, 4.0
        state[S.closes_above], state[S.closes_below] = 0.0, 0.0


@kernel
def advance_liquidity(
    candles: NDArray[float64], i: int, edge_sweep: int, memory: Memory, facts: Outputs
) -> None:
    """A sweep turns liquidity on; a break, time or three closes inside turn it off."""
    state, params = memory.state[CYCLE_STATE], memory.params
    candle = int(memory.state[ORIGIN_STATE, ORIGIN]) + i
    broke = facts.flags[BOS, i] + facts.flags[CHOCH, i]
    deep = facts.ratios[SWEEP_DEPTH, i] >= params[LIQUIDITY_SWEEP]
    sweep = int(facts.flags[SWEEP, i]) if deep and facts.flags[SWEEP, i] != 0 else edge_sweep
    if broke != 0:
        if state[S.liquidity] != 0.0:
            state[S.base_phase], state[S.base_direction] = DRIVE, broke
        state[S.liquidity] = 0.0
    elif sweep != 0:
        state[S.liquidity], state[S.liquidity_start], state[S.closes_inside] = sweep, candle, 0.0
    elif state[S.liquidity] != 0.0:
        close = candles[CLOSE, i]
        inside = state[S.active] != 0.0 and state[S.bottom] <= close <= state[S.top]
        state[S.closes_inside] = state[S.closes_inside] + 1.0 if inside else 0.0
        if candle - state[S.liquidity_start] >= params[LIQUIDITY_CANDLES]:
            state[S.liquidity] = 0.0
        elif state[S.closes_inside] >= params[LIQUIDITY_INSIDE]:
            state[S.liquidity] = 0.0
            state[S.base_phase], state[S.base_direction] = RANGE, 0.0


@kernel
def bos_supports(candle: int, direction: int, within: float, state: NDArray[float64]) -> bool:
    """A BOS in this direction within the last candles, and no break against it."""
    bos = state[S.up_bos] if direction > 0 else state[S.down_bos]
    against = state[S.down_break] if direction > 0 else state[S.up_break]
    recent = bos > 0.0 and candle - (bos - 1.0) < within
    return recent and (against == 0.0 or candle - (against - 1.0) >= within)


@kernel
def advance_base(candle: int, move: int, efficiency: float, memory: Memory, labels: int) -> None:
    """Drive or range takes over after `confirm` equal candidates; `labels` is +2 for HH and HL."""
    state, params = memory.state[CYCLE_STATE], memory.params
    phase, direction = UNKNOWN, 0
    if (
        move != 0
        and efficiency >= params[DRIVE_RATIO]
        and (labels == 2 * move or bos_supports(candle, move, params[BREAK_CANDLES], state))
    ):
        phase, direction = DRIVE, move
    elif state[S.active] != 0.0:
        phase = RANGE
    candidate = phase * 10 + direction
    if phase == UNKNOWN:
        state[S.candidates] = 0.0
    else:
        again = state[S.candidates] > 0.0 and state[S.candidate] == candidate
        state[S.candidates] = state[S.candidates] + 1.0 if again else 1.0
        if state[S.candidates] >= params[CONFIRM]:
            state[S.base_phase], state[S.base_direction] = phase, direction
    state[S.candidate] = candidate


@kernel
def write_phase(i: int, efficiency: float, memory: Memory, facts: Outputs) -> None:
    """The facts of one candle, from the state after it."""
    state, params = memory.state[CYCLE_STATE], memory.params
    candle = int(memory.state[ORIGIN_STATE, ORIGIN]) + i
    phase, direction = int(state[S.base_phase]), int(state[S.base_direction])
    if state[S.liquidity] != 0.0:
        phase, direction = LIQUIDITY, int(state[S.liquidity])
    shown = phase * 10 + direction
    if state[S.shown] != shown:
        state[S.shown], state[S.shown_start] = shown, candle
    active = state[S.active] != 0.0
    facts.flags[PHASE, i] = phase
    facts.flags[DIRECTION, i] = direction
    facts.counts[AGE, i] = candle - state[S.shown_start] if phase != UNKNOWN else -1
    facts.flags[RANGE_ACTIVE, i] = active
    facts.prices[RANGE_TOP, i] = state[S.top] if active else 0.0
    facts.prices[RANGE_BOTTOM, i] = state[S.bottom] if active else 0.0
    facts.counts[RANGE_AGE, i] = candle - state[S.range_start] if active else -1
    facts.flags[RANGE_TOUCHES, i] = min(state[S.touches], 127.0) if active else 0.0
    confidence = 0.0
    drive = params[DRIVE_RATIO]
    if phase == DRIVE:
        labels = facts.flags[HIGH_LABEL, i] + facts.flags[LOW_LABEL, i]
        confidence = 0.5 * (min(1.0, efficiency / (2.0 * drive)) if drive > 0.0 else 1.0)
        confidence += 0.25 * (labels == 2 * direction)
        confidence += 0.25 * bos_supports(candle, direction, params[BREAK_CANDLES], state)
    elif phase == RANGE:
        calm = max(0.0, 1.0 - efficiency / drive) if drive > 0.0 else 0.0
        confidence = 0.5 * active + 0.5 * calm
    elif phase == LIQUIDITY:
        confidence = 1.0 - (candle - state[S.liquidity_start]) / params[LIQUIDITY_CANDLES]
    facts.ratios[CONFIDENCE, i] = confidence
