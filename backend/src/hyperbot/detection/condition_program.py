"""Conditions compiled to flat arrays, one program per timeframe and set of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperbot.detection.condition_kernels import Program, carry, evaluate
from hyperbot.detection.condition_tests import (
    Alternative,
    alternatives_of,
    celery_order_waits,
)
from hyperbot.detection.facts import Stores
from hyperbot.detection.params import DetectionParams
from hyperbot.detection.registry import ROWS, Store
from hyperbot.domain.market import Timeframe
from hyperbot.domain.rule_conditions import Condition, SessionCondition
from hyperbot.domain.rule_fields import window_minutes
from hyperbot.domain.rule_parameters import Parameters
from hyperbot.domain.rule_vocabulary import SESSION_HOURS, WEEKDAYS

_STORES = {store: number for number, store in enumerate(Store)}
_DAY_MS = 86_400_000
# 1970-01-01 was a Thursday.
_EPOCH_WEEKDAY = WEEKDAYS.index("thursday")


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition as one side of a rule asks it, on the timeframe it looks at."""

    condition: Condition
    timeframe: Timeframe
    side: int
    mirrored: bool
    is_celery_order: bool = False
    """the trigger of a rule whose stop order waits at the celery's trigger"""

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """One of these must be met."""
        if self.is_celery_order:
            return (celery_order_waits(self.side),)
        return alternatives_of(self.condition, self.side, mirrored=self.mirrored)


def compile_conditions(asked: Sequence[Asked]) -> Program:
    """The program of conditions that share a timeframe and parameters."""
    comparisons: list[tuple[float, ...]] = []
    alternatives: list[tuple[int, int]] = []
    strengths: list[tuple[float, float, float]] = []
    conditions: list[tuple[int, int, int]] = []
    for each in asked:
        start = len(alternatives)
        for alternative in each.alternatives:
            begin = len(comparisons)
            for column, least, most, sign in alternative.comparisons:
                store, row = ROWS[column]
                comparisons.append((_STORES[store], row, sign, least, most))
            alternatives.append((begin, len(comparisons)))
            strengths.append(_strength(alternative))
        conditions.append((start, len(alternatives), each.condition.within))
    return Program(
        np.array(comparisons, dtype=np.float64).reshape(-1, 5),
        np.array(alternatives, dtype=np.int64).reshape(-1, 2),
        np.array(strengths, dtype=np.float64).reshape(-1, 3),
        np.array(conditions, dtype=np.int64).reshape(-1, 3),
    )


def _strength(alternative: Alternative) -> tuple[float, float, float]:
    if not alternative.strength:
        return -1.0, 0.0, 0.0
    store, row = ROWS[alternative.strength]
    return _STORES[store], row, alternative.scale


def new_carry(program: Program) -> NDArray[np.float64]:
    """The carried state of conditions that were never met: (conditions, 2)."""
    state = np.zeros((len(program.conditions), 2))
    state[:, 0] = np.inf
    return state


def run(
    program: Program, stores: Stores, span: tuple[int, int], carried: NDArray[np.float64]
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Met and strength, (conditions, n) each, of the facts in columns span[0]..span[1]-1."""
    count = span[1] - span[0]
    results = (
        np.empty((len(program.conditions), count), dtype=np.int8),
        np.empty((len(program.conditions), count), dtype=np.float32),
    )
    holds = np.empty(count, dtype=np.int8)
    evaluate(tuple(program), tuple(stores.values()), span, carried, holds, results)
    return results


def run_clock(
    asked: Sequence[Asked], close_ts: NDArray[np.int64], carried: NDArray[np.float64]
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The same as `run` for sessions, of candles that close at `close_ts`."""
    met = np.empty((len(asked), close_ts.size), dtype=np.int8)
    for row, each in enumerate(asked):
        assert isinstance(each.condition, SessionCondition)  # noqa: S101 - for the type checker
        met[row] = in_session(each.condition, close_ts)
    strengths = met.astype(np.float32)
    for row, each in enumerate(asked):
        carry(each.condition.within, carried[row], met[row], strengths[row])
    return met, strengths


def in_session(condition: SessionCondition, close_ts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each candle closes (ms UTC) in one of the windows, on one of the weekdays."""
    # The close is the first moment after the candle: one that closes at 16:00 was traded before.
    last_ms = close_ts - 1
    minutes = last_ms % _DAY_MS // 60_000
    hours = (SESSION_HOURS[name] for name in condition.sessions)
    windows = [(60 * begin, 60 * end) for begin, end in hours]
    windows += [window for text in condition.windows if (window := window_minutes(text))]
    inside = np.full(close_ts.shape, fill_value=not windows)
    for begin, end in windows:
        if begin < end:
            inside |= (begin <= minutes) & (minutes < end)
        else:
            inside |= (begin <= minutes) | (minutes < end)
    if condition.weekdays:
        days = (last_ms // _DAY_MS + _EPOCH_WEEKDAY) % 7
        inside &= np.isin(days, [WEEKDAYS.index(day) for day in condition.weekdays])
    return inside


def with_parameters(params: DetectionParams, parameters: Parameters) -> DetectionParams:
    """The detection parameters with those that a condition sets for itself."""
    changes: dict[str, dict[str, Any]] = {}
    for name, value in parameters.items():
        family, field = name.split(".")
        changes.setdefault(family, {})[field] = value
    families = {name: replace(getattr(params, name), **values) for name, values in changes.items()}
    return replace(params, **families)
