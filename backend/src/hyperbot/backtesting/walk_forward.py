"""Walk-forward: what was chosen on the past is judged on the time after it, and on nothing else.

A trade belongs to the time at which it was entered, but its result is known only at its exit. So a
fold learns from trades that were over before its training ended (purged), and between training and
test lies a stretch that neither uses (embargo): what happens then still hangs together with both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import Fatal, InvalidInput

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
MOST_FOLDS = 1000


class Dated(NamedTuple):
    """Results and when they were begun and known: (n,) each, times in ms UTC."""

    entries: Integers
    exits: Integers
    results: Floats

    def where(self, mask: Mask) -> Dated:
        """Some of them."""
        return Dated(self.entries[mask], self.exits[mask], self.results[mask])


@dataclass(frozen=True, slots=True)
class Fold:
    """Train on [train_since, train_until), test on [since, until); times in ms UTC.

    Raises InvalidInput for a fold whose training does not end an embargo before its test.
    """

    train_since: int
    train_until: int
    since: int
    until: int
    embargo_ms: int

    def __post_init__(self) -> None:
        if self.embargo_ms < 0:
            raise InvalidInput(f"an embargo of {self.embargo_ms} ms must not be negative")
        if not self.train_since <= self.train_until <= self.since - self.embargo_ms:
            raise InvalidInput(
                f"training until {self.train_until} reaches into the embargo of {self.embargo_ms}"
                f" ms before the test, which begins at {self.since}"
            )
        if self.until <= self.since:
            raise InvalidInput(f"the test from {self.since} to {self.until} has no time")

    def train(self, entries: Integers, exits: Integers) -> Mask:
        """Trades to learn from: entered in the training, and over by its end."""
        learnt: Mask = (entries >= self.train_since) & (exits < self.train_until)
        return learnt

    def test(self, entries: Integers) -> Mask:
        """Trades to judge by: entered in the test."""
        judged: Mask = (entries >= self.since) & (entries < self.until)
        return judged


def folds(since: int, until: int, count: int, embargo_ms: int) -> tuple[Fold, ...]:
    """The span in `count` equal stretches; each but the first is a test, trained on all before it.

    Raises InvalidInput for fewer than 2, or for so many that an embargo eats a whole stretch.
    """
    if not 2 <= count <= MOST_FOLDS:
        raise InvalidInput(f"{count} folds: choose 2 to {MOST_FOLDS}")
    edges = [since + (until - since) * place // count for place in range(count + 1)]
    if edges[1] - embargo_ms <= since:
        days = embargo_ms / 86_400_000
        raise InvalidInput(
            f"{count} folds leave {(edges[1] - since) / 86_400_000:.1f} days each, no more than the"
            f" embargo of {days:.1f} days: choose fewer folds or a longer span"
        )
    return tuple(
        Fold(since, edges[place] - embargo_ms, edges[place], edges[place + 1], embargo_ms)
        for place in range(1, count)
    )


class Step(NamedTuple):
    """One fold: which variant was best before it, and how that one did in it."""

    fold: Fold
    chosen: int | None
    """None: no variant had anything to judge it by"""
    judged: Dated


def walk_forward(
    given: Sequence[Fold],
    variants: Sequence[Dated],
    worth: Callable[[Dated], float],
) -> tuple[Step, ...]:
    """For each fold choose the variant of the greatest `worth` in training, and judge it.

    `worth` is shown nothing but the purged training. nan: not to be chosen. Of equals the first.
    Raises Fatal should a result of the test, or one not known by then, ever be learnt from.
    """
    return tuple(_step(fold, variants, worth) for fold in given)


def _step(fold: Fold, variants: Sequence[Dated], worth: Callable[[Dated], float]) -> Step:
    values = np.full(len(variants), np.nan)
    for place, variant in enumerate(variants):
        learnt = variant.where(fold.train(variant.entries, variant.exits))
        refuse_leak(fold, learnt)
        values[place] = worth(learnt)
    if not len(variants) or np.isnan(values).all():
        return Step(fold, None, Dated(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)))
    chosen = int(np.nanargmax(values))
    best = variants[chosen]
    return Step(fold, chosen, best.where(fold.test(best.entries)))


def refuse_leak(fold: Fold, learnt: Dated) -> None:
    """Raise Fatal if something learnt was not over an embargo before the test begins."""
    known_by = fold.since - fold.embargo_ms
    late = (learnt.exits >= known_by) | (learnt.entries < fold.train_since)
    if late.any():
        place = int(late.argmax())
        raise Fatal(
            f"a trade entered at {int(learnt.entries[place])} and over at"
            f" {int(learnt.exits[place])} would leak into the test that begins at {fold.since}"
        )


def chained(steps: Sequence[Step]) -> Dated:
    """The results of all tests, one after the other: what walking forward would have made."""
    parts = [step.judged for step in steps]
    return Dated(
        np.concatenate([np.empty(0, np.int64), *(part.entries for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.exits for part in parts)]),
        np.concatenate([np.empty(0), *(part.results for part in parts)]),
    )
