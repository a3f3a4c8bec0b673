"""Celery: a signal candle, a step back into it, then a stop order at its extreme."""

from __future__ import annotations

from typing import NamedTuple

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.clarity import grade, up_to_one
from hyperbot.detection.kernel import (
    ENTRY_STATE,
    ORIGIN,
    ORIGIN_STATE,
    Memory,
    Outputs,
    kernel,
    part,
)
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

IDLE, ARMED, RESTING = 0.0, 1.0, 2.0


class Setup(NamedTuple):
    """A signal candle and what became of it; heights are prices times `side`."""

    step: float
    side: float
    since: float
    top: float
    bottom: float
    close: float
    retraced: float


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


@part
def follow_setup(
    setup: Setup, top: float, bottom: float, candle: float, params: NDArray[float64]
) -> tuple[float, float, bool]:
    """One candle more (`top`, `bottom` are its heights): (step, retraced, whether it is filled)."""
    waited = candle - setup.since >= params[WAIT]
    deep = setup.close - params[RETRACE] * (setup.top - setup.bottom)
    if bottom <= setup.bottom:
        return IDLE, setup.retraced, False
    if setup.step == RESTING:
        filled = top >= setup.top + params[TICK]
        return (IDLE if filled | waited else RESTING), setup.retraced, filled
    if bottom <= deep:
        return RESTING, bottom, False
    return (IDLE if waited else ARMED), setup.retraced, False


@kernel
def advance_celery(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """One setup at a time; cancelled before filled where a candle could do both."""
    state, params = memory.state[ENTRY_STATE], memory.params
    origin, tick = int(memory.state[ORIGIN_STATE, ORIGIN]), params[TICK]
    setup = Setup(state[0], state[1], state[2], state[3], state[4], state[5], state[6])
    highs, lows, closes = candles[HIGH], candles[LOW], candles[CLOSE]
    grades, steps = facts.flags[CELERY], facts.flags[CELERY_STATE]
    triggers, stops = facts.prices[CELERY_TRIGGER], facts.prices[CELERY_STOP]
    for i in range(first, last):
        candle, filled, told, side = float(origin + i), False, setup, setup.side
        if setup.step != IDLE:
            top, bottom = (highs[i], lows[i]) if side > 0.0 else (-lows[i], -highs[i])
            step, retraced, filled = follow_setup(setup, top, bottom, candle, params)
            since = setup.since if step == setup.step else candle
            setup = Setup(step, side, since, setup.top, setup.bottom, setup.close, retraced)
        signal = float(signal_side(i, params, facts))
        if (setup.step != RESTING) & (signal != 0.0):
            top, bottom = (highs[i], lows[i]) if signal > 0.0 else (-lows[i], -highs[i])
            setup = Setup(ARMED, signal, candle, top, bottom, signal * closes[i], 0.0)
        told = told if filled else setup
        shown = filled | (setup.step != IDLE)
        triggers[i] = told.side * (told.top + tick) if shown else 0.0
        stops[i] = told.side * (told.bottom - tick) if shown else 0.0
        steps[i] = setup.step * setup.side
        grades[i] = 0
        if filled:
            depth = up_to_one(told.close - told.retraced, told.top - told.bottom)
            grades[i] = told.side * grade(depth)
    state[0], state[1], state[2], state[3] = setup.step, setup.side, setup.since, setup.top
    state[4], state[5], state[6] = setup.bottom, setup.close, setup.retraced
