"""Market cycle: drive, range or liquidity, and how clearly."""

from __future__ import annotations

from typing import NamedTuple

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    BLOCK,
    CYCLE_STATE,
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

_STEPS, _RATIOS, _EDGE_SWEEPS = range(3)
"""scratch rows"""


@kernel
def advance_cycle(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Efficiency, then the ranges, then the phases that follow from both."""
    for start in range(first, last, BLOCK):
        end = min(start + BLOCK, last)
        advance_efficiency(candles, start, end, memory, facts)
        advance_ranges(candles, start, end, memory, facts)
        advance_phases(candles, start, end, memory, facts)


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
def advance_ranges(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Ranges start, go on and end; sweeps of their edges go to the scratch."""
    state, params = memory.state[CYCLE_STATE], memory.params
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    ratios, sweeps = memory.scratch[_RATIOS], memory.scratch[_EDGE_SWEEPS]
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
        facts.counts[RANGE_AGE, i] = origin + i - state[S.range_start] if active else -1
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
        state[S.range_start], state[S.touches] = candle, 4.0
        state[S.closes_above], state[S.closes_below] = 0.0, 0.0


@kernel
def advance_phases(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Liquidity while it is on, else the drive or range that was confirmed last."""
    state, params = memory.state[CYCLE_STATE], memory.params
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    ratios, edge_sweeps, closes = (
        memory.scratch[_RATIOS],
        memory.scratch[_EDGE_SWEEPS],
        candles[CLOSE],
    )
    all_bos, all_choch = facts.flags[BOS], facts.flags[CHOCH]
    sweeps, depths = facts.flags[SWEEP], facts.ratios[SWEEP_DEPTH]
    high_labels, low_labels = facts.flags[HIGH_LABEL], facts.flags[LOW_LABEL]
    actives, tops, bottoms = (
        facts.flags[RANGE_ACTIVE],
        facts.prices[RANGE_TOP],
        facts.prices[RANGE_BOTTOM],
    )
    for i in range(first, last):
        candle, efficiency, active = origin + i, ratios[i - first], actives[i] != 0
        broke = int(all_bos[i]) + int(all_choch[i])
        if broke != 0:
            remember_break(int(all_bos[i]), broke, candle, state)
        deep = sweeps[i] != 0 and depths[i] >= params[LIQUIDITY_SWEEP]
        sweep = int(sweeps[i]) if deep else int(edge_sweeps[i - first])
        inside = active and bottoms[i] <= closes[i] <= tops[i]
        advance_liquidity(inside, candle, broke, sweep, state, params)
        move = sign(closes[i] - closes[i - PERIOD]) if candle >= PERIOD else 0
        labels = int(high_labels[i]) + int(low_labels[i])
        drives = drive_of(candle, move, efficiency, labels, state, params)
        advance_base(drives, active, state, params)
        phase, direction = int(state[S.base_phase]), int(state[S.base_direction])
        if state[S.liquidity] != 0.0:
            phase, direction = LIQUIDITY, int(state[S.liquidity])
        shown = phase * 10 + direction
        if state[S.shown] != shown:
            state[S.shown], state[S.shown_start] = shown, candle
        facts.flags[PHASE, i] = phase
        facts.flags[DIRECTION, i] = direction
        facts.counts[AGE, i] = candle - state[S.shown_start] if phase != UNKNOWN else -1
        facts.ratios[CONFIDENCE, i] = confidence_of(
            (phase, direction), candle, efficiency, (labels, active), state, params
        )


@kernel
def remember_break(bos: int, broke: int, candle: int, state: NDArray[float64]) -> None:
    """When each direction last broke structure."""
    if bos > 0:
        state[S.up_bos] = candle + 1
    if bos < 0:
        state[S.down_bos] = candle + 1
    if broke > 0:
        state[S.up_break] = candle + 1
    if broke < 0:
        state[S.down_break] = candle + 1


@kernel
def advance_liquidity(
    inside: bool,
    candle: int,
    broke: int,
    sweep: int,
    state: NDArray[float64],
    params: NDArray[float64],
) -> None:
    """A sweep turns liquidity on; a break, time or three closes inside a range turn it off."""
    if broke != 0:
        if state[S.liquidity] != 0.0:
            state[S.base_phase], state[S.base_direction] = DRIVE, broke
        state[S.liquidity] = 0.0
    elif sweep != 0:
        state[S.liquidity], state[S.liquidity_start], state[S.closes_inside] = sweep, candle, 0.0
    elif state[S.liquidity] != 0.0:
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
def drive_of(
    candle: int,
    move: int,
    efficiency: float,
    labels: int,
    state: NDArray[float64],
    params: NDArray[float64],
) -> int:
    """Direction of a drive that this candle speaks for, 0 if none; `labels` is +2 for HH and HL."""
    if move == 0 or efficiency < params[DRIVE_RATIO]:
        return 0
    supported = labels == 2 * move or bos_supports(candle, move, params[BREAK_CANDLES], state)
    return move if supported else 0


@kernel
def advance_base(
    drive: int, active: bool, state: NDArray[float64], params: NDArray[float64]
) -> None:
    """Drive or range takes over after `confirm` equal candidates in a row."""
    phase = DRIVE if drive != 0 else (RANGE if active else UNKNOWN)
    candidate = phase * 10 + drive
    if phase == UNKNOWN:
        state[S.candidates] = 0.0
    else:
        again = state[S.candidates] > 0.0 and state[S.candidate] == candidate
        state[S.candidates] = state[S.candidates] + 1.0 if again else 1.0
        if state[S.candidates] >= params[CONFIRM]:
            state[S.base_phase], state[S.base_direction] = phase, drive
    state[S.candidate] = candidate


@kernel
def confidence_of(
    phase_and_direction: tuple[int, int],
    candle: int,
    efficiency: float,
    labels_and_active: tuple[int, bool],
    state: NDArray[float64],
    params: NDArray[float64],
) -> float:
    """How clearly the present candle still meets its phase, 0..1."""
    phase, direction = phase_and_direction
    labels, active = labels_and_active
    drive = params[DRIVE_RATIO]
    if phase == DRIVE:
        moving = min(1.0, efficiency / (2.0 * drive)) if drive > 0.0 else 1.0
        labelled = 0.25 if labels == 2 * direction else 0.0
        broken = 0.25 if bos_supports(candle, direction, params[BREAK_CANDLES], state) else 0.0
        return 0.5 * moving + labelled + broken
    if phase == RANGE:
        calm = max(0.0, 1.0 - efficiency / drive) if drive > 0.0 else 0.0
        return (0.5 if active else 0.0) + 0.5 * calm
    if phase == LIQUIDITY:
        return 1.0 - (candle - state[S.liquidity_start]) / params[LIQUIDITY_CANDLES]
    return 0.0
