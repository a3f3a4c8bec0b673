"""Celery: a signal candle, a step back into it, then a stop order at its extreme."""

from __future__ import annotations

from typing import NamedTuple

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    ENTRY_STATE,
    ORIGIN,
    ORIGIN_STATE,
    Memory,
    Outputs,
    kernel,
)
from hyperbot.detection.level_entries import grade, up_to_one
from hyperbot.detection.market_structure import sign
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.domain.market import CLOSE, HIGH, LOW

TICK = param("candle.tick")
RETRACE = param("entry.celery_retrace")
WAIT = param("entry.celery_wait")
BY_SMALL_WICK = param("entry.celery_small_wick")
BY_STEEPER_WICK = param("entry.celery_steeper_wick")
BY_ENGULF = param("entry.celery_engulf")

CELERY = row("candle.celery")
CELERY_STATE = row("candle.celery.state")
CELERY_TRIGGER = row("candle.celery.trigger")
CELERY_STOP = row("candle.celery.stop")
SMALL_WICK = row("candle.small_wick")
STEEPER_WICK = row("candle.steeper_wick")
LIQUIDITY_ENGULF = row("candle.liquidity_engulf")

IDLE, ARMED, RESTING = range(3)


class _State(NamedTuple):
    """Positions in the family's row of `Memory.state`; heights are lows and highs times side."""

    step: int
    side: int
    since: int
    top: int
    bottom: int
    close: int
    retraced: int


S = _State(*range(len(_State._fields)))


@kernel
def signal_side(i: int, params: NDArray[float64], facts: Outputs) -> int:
    """Direction of the first arming pattern that candle i shows; 0 if none."""
    if params[BY_ENGULF] != 0.0 and facts.flags[LIQUIDITY_ENGULF, i] != 0:
        return sign(facts.flags[LIQUIDITY_ENGULF, i])
    if params[BY_SMALL_WICK] != 0.0 and facts.flags[SMALL_WICK, i] != 0:
        return sign(facts.flags[SMALL_WICK, i])
    if params[BY_STEEPER_WICK] != 0.0:
        return sign(facts.flags[STEEPER_WICK, i])
    return 0


@kernel
def follow_setup(
    top: float, bottom: float, candle: int, state: NDArray[float64], params: NDArray[float64]
) -> int:
    """Move the setup on by one candle (`top`, `bottom` are its heights); the grade of a fill or 0."""
    waited = candle - state[S.since] >= params[WAIT]
    if bottom <= state[S.bottom]:
        state[S.step] = IDLE
    elif state[S.step] == RESTING:
        if top >= state[S.top] + params[TICK]:
            state[S.step] = IDLE
            depth = state[S.close] - state[S.retraced]
            return grade(up_to_one(depth, state[S.top] - state[S.bottom]))
        if waited:
            state[S.step] = IDLE
    elif bottom <= state[S.close] - params[RETRACE] * (state[S.top] - state[S.bottom]):
        state[S.step], state[S.since], state[S.retraced] = RESTING, candle, bottom
    elif waited:
        state[S.step] = IDLE
    return 0


@kernel
def advance_celery(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """One setup at a time; cancelled before filled where a candle could do both."""
    state, params = memory.state[ENTRY_STATE], memory.params
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    for i in range(first, last):
        candle, filled, side = origin + i, 0, int(state[S.side])
        high, low = candles[HIGH, i], candles[LOW, i]
        if state[S.step] != IDLE:
            top, bottom = (high, low) if side > 0 else (-low, -high)
            filled = side * follow_setup(top, bottom, candle, state, params)
        trigger = side * (state[S.top] + params[TICK])
        stop = side * (state[S.bottom] - params[TICK])
        if state[S.step] != RESTING:
            signal = signal_side(i, params, facts)
            if signal != 0:
                state[S.step], state[S.side], state[S.since] = ARMED, signal, candle
                state[S.top], state[S.bottom] = (high, low) if signal > 0 else (-low, -high)
                state[S.close] = signal * candles[CLOSE, i]
                if filled == 0:
                    trigger = signal * (state[S.top] + params[TICK])
                    stop = signal * (state[S.bottom] - params[TICK])
        told = filled != 0 or state[S.step] != IDLE
        facts.flags[CELERY, i] = filled
        facts.flags[CELERY_STATE, i] = state[S.step] * state[S.side]
        facts.prices[CELERY_TRIGGER, i] = trigger if told else 0.0
        facts.prices[CELERY_STOP, i] = stop if told else 0.0
