"""Callables in, the least time each took out: taken in turns, so that noise hits all alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

WIDEST_SPREAD = 0.15
REPEATED = 3
"""A least time counts as found when this many of a task's times lie within WIDEST_SPREAD of it."""


class Timing(NamedTuple):
    """The best of several rounds; `cpu` and `wall` may come from different rounds."""

    cpu: float
    """least seconds of this process's processor time"""
    wall: float
    """least seconds by the clock"""
    spread: float
    """how far the REPEATED-best processor time lies above the best, as a share of it"""
    rounds: int

    @property
    def told(self) -> str:
        """How sure this is, for a reader of the results."""
        wide = ", WIDE" if self.spread > WIDEST_SPREAD else ""
        return f"{self.rounds} rounds, spread {self.spread:.0%}{wide}"


class _Times:
    def __init__(self) -> None:
        self.cpu: list[float] = []
        self.wall: list[float] = []

    def take(self, task: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        task()
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)

    @property
    def spread(self) -> float:
        best = sorted(self.cpu)[:REPEATED]
        return best[-1] / best[0] - 1

    def best(self) -> Timing:
        return Timing(min(self.cpu), min(self.wall), self.spread, len(self.cpu))


def in_turns(
    tasks: Mapping[str, Callable[[], object]],
    *,
    least: int = 7,
    most: int = 60,
    seconds: float = 20.0,
    warm: bool = True,
) -> dict[str, Timing]:
    """Time all tasks round by round, each once a round, forwards and backwards by turns.

    After `least` rounds it ends as soon as every spread is narrow, and in any case after `most`
    rounds or `seconds` by the clock.
    """
    times = {name: _Times() for name in tasks}
    if warm:
        for task in tasks.values():
            task()
    until, order = time.perf_counter() + seconds, list(tasks)
    gc.collect()
    gc.disable()
    try:
        for done in range(most):
            narrow = done and all(each.spread <= WIDEST_SPREAD for each in times.values())
            if done >= least and (narrow or time.perf_counter() > until):
                break
            for name in order:
                times[name].take(tasks[name])
            order.reverse()
    finally:
        gc.enable()
    return {name: each.best() for name, each in times.items()}
