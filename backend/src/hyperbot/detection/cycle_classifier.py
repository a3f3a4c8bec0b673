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
    part,
)
from hyperbot.detection.market_structure import BOS, CHOCH, HIGH_LABEL, LOW_LABEL
from hyperbot.detection.params import param
from hyperbot.detection.ranges import (
    EDGE_SWEEPS,
    PERIOD,
    RANGE_ACTIVE,
    RANGE_BOTTOM,
    RANGE_TOP,
    RATIOS,
    advance_efficiency,
    advance_ranges,
)
from hyperbot.detection.registry import row
from hyperbot.detection.sweeps import SWEEP, SWEEP_DEPTH
from hyperbot.domain.market import CLOSE

DRIVE_RATIO = param("cycle.drive")
BREAK_CANDLES = param("cycle.break_candles")
LIQUIDITY_SWEEP = param("cycle.liquidity_sweep")
LIQUIDITY_CANDLES = param("cycle.liquidity_candles")
LIQUIDITY_INSIDE = param("cycle.liquidity_inside")
CONFIRM = param("cycle.confirm")

PHASE = row("cycle.phase")
DIRECTION = row("cycle.direction")
CONFIDENCE = row("cycle.confidence")
AGE = row("cycle.age")

UNKNOWN, DRIVE, RANGE, LIQUIDITY = range(4)


class _State(NamedTuple):
    """Positions in the family's row of `Memory.state`."""

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
    bos: int
    bos_side: int
    up_break: int
    down_break: int
    """bos, *_break: number of the candle of the last one, plus 1"""


S = _State(*range(len(_State._fields)))

_SUPPORTS, _DRIVES, _LIQUIDITY_AGES = range(3, 6)
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
def advance_phases(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Liquidity while it is on, else the drive or range that was confirmed last."""
    find_supports(first, last, memory, facts)
    find_drives(candles, first, last, memory, facts)
    follow_phases(candles, first, last, memory, facts)
    rate_phases(first, last, memory, facts)


@kernel
def find_supports(first: int, last: int, memory: Memory, facts: Outputs) -> None:
    """+1 or -1 in the scratch while a BOS that way, with no break against it, is recent."""
    state, supports = memory.state[CYCLE_STATE], memory.scratch[_SUPPORTS]
    origin, within = int(memory.state[ORIGIN_STATE, ORIGIN]), memory.params[BREAK_CANDLES]
    all_bos, all_choch = facts.flags[BOS], facts.flags[CHOCH]
    bos, side = state[S.bos], int(state[S.bos_side])
    broken = (state[S.up_break], state[S.down_break])
    for i in range(first, last):
        candle = origin + i
        if all_bos[i] != 0:
            bos, side = candle + 1.0, int(all_bos[i])
        if all_bos[i] + all_choch[i] > 0:
            broken = (candle + 1.0, broken[1])
        elif all_bos[i] + all_choch[i] < 0:
            broken = (broken[0], candle + 1.0)
        against = broken[1] if side > 0 else broken[0]
        recent = (bos > 0.0) & (candle - (bos - 1.0) < within)
        free = (against == 0.0) | (candle - (against - 1.0) >= within)
        supports[i - first] = side if recent & free else 0
    state[S.bos], state[S.bos_side] = bos, side
    state[S.up_break], state[S.down_break] = broken


@kernel
def find_drives(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Direction of the drive that each candle speaks for, in the scratch; 0 if none."""
    drives = memory.scratch[_DRIVES]
    known = min(max(first, PERIOD - int(memory.state[ORIGIN_STATE, ORIGIN])), last)
    drives[: known - first] = 0.0
    if known == last:
        return
    least, skipped, count = memory.params[DRIVE_RATIO], known - first, last - known
    ratios = memory.scratch[RATIOS, skipped : skipped + count]
    supports = memory.scratch[_SUPPORTS, skipped : skipped + count]
    closes, earlier = candles[CLOSE, known:last], candles[CLOSE, known - PERIOD : last - PERIOD]
    highs, lows = facts.flags[HIGH_LABEL, known:last], facts.flags[LOW_LABEL, known:last]
    found = drives[skipped : skipped + count]
    for k in range(count):
        move = int(closes[k] > earlier[k]) - int(closes[k] < earlier[k])
        supported = (supports[k] == move) | (highs[k] + lows[k] == 2 * move)
        found[k] = move if (ratios[k] >= least) & supported else 0.0


@kernel
def follow_phases(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """The phase of each candle, from its sweep, its breaks, its drive and its range."""
    state, params = memory.state[CYCLE_STATE], memory.params
    origin, least = int(memory.state[ORIGIN_STATE, ORIGIN]), params[LIQUIDITY_SWEEP]
    edge_sweeps, drives = memory.scratch[EDGE_SWEEPS], memory.scratch[_DRIVES]
    all_bos, all_choch = facts.flags[BOS], facts.flags[CHOCH]
    sweeps, depths = facts.flags[SWEEP], facts.ratios[SWEEP_DEPTH]
    actives, closes = facts.flags[RANGE_ACTIVE], candles[CLOSE]
    tops, bottoms = facts.prices[RANGE_TOP], facts.prices[RANGE_BOTTOM]
    phases, directions, ages = facts.flags[PHASE], facts.flags[DIRECTION], facts.counts[AGE]
    starts = memory.scratch[_LIQUIDITY_AGES]
    for i in range(first, last):
        candle, active = origin + i, actives[i] != 0
        deep = sweeps[i] != 0 and depths[i] >= least
        sweep = int(sweeps[i]) if deep else int(edge_sweeps[i - first])
        broke = int(all_bos[i]) + int(all_choch[i])
        if broke != 0 or sweep != 0 or state[S.liquidity] != 0.0:
            inside = active and bottoms[i] <= closes[i] <= tops[i]
            advance_liquidity(inside, candle, broke, sweep, state, params)
        advance_base(int(drives[i - first]), active, state, params)
        on = state[S.liquidity] != 0.0
        phase = LIQUIDITY if on else int(state[S.base_phase])
        direction = int(state[S.liquidity] if on else state[S.base_direction])
        if state[S.shown] != phase * 10 + direction:
            state[S.shown], state[S.shown_start] = phase * 10 + direction, candle
        phases[i] = phase
        directions[i] = direction
        ages[i] = candle - state[S.shown_start] if phase != UNKNOWN else -1
        starts[i - first] = candle - state[S.liquidity_start]


@kernel
def rate_phases(first: int, last: int, memory: Memory, facts: Outputs) -> None:
    """How clearly each candle still meets its phase, 0..1."""
    count, drive = last - first, memory.params[DRIVE_RATIO]
    lasting = memory.params[LIQUIDITY_CANDLES]
    ratios, supports = memory.scratch[RATIOS, :count], memory.scratch[_SUPPORTS, :count]
    ages = memory.scratch[_LIQUIDITY_AGES, :count]
    phases, directions = facts.flags[PHASE, first:last], facts.flags[DIRECTION, first:last]
    highs, lows = facts.flags[HIGH_LABEL, first:last], facts.flags[LOW_LABEL, first:last]
    actives = facts.flags[RANGE_ACTIVE, first:last]
    rated = facts.ratios[CONFIDENCE, first:last]
    divisor = drive if drive > 0.0 else 1.0
    for k in range(count):
        share = ratios[k] / divisor if drive > 0.0 else 2.0
        moving = share / 2.0 if share < 2.0 else 1.0
        labelled = 0.25 if highs[k] + lows[k] == 2 * directions[k] else 0.0
        broken = 0.25 if supports[k] == directions[k] else 0.0
        calm = 1.0 - share if share < 1.0 else 0.0
        held = 0.5 if actives[k] != 0 else 0.0
        confidence = 0.0
        confidence = 0.5 * moving + labelled + broken if phases[k] == DRIVE else confidence
        confidence = held + 0.5 * calm if phases[k] == RANGE else confidence
        confidence = 1.0 - ages[k] / lasting if phases[k] == LIQUIDITY else confidence
        rated[k] = confidence


@part
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
            state[S.candidates] = 0.0
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
            state[S.candidates] = 0.0


@part
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
