"""Why a rule gave a signal at a candle, or why not: each condition with its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.detection.compiled_rules import RuleSide, Weighed
from hyperbot.detection.condition_program import in_session
from hyperbot.detection.condition_tests import Alternative
from hyperbot.detection.confluence_scorer import Confluence, Score, bias_allows, known_by
from hyperbot.detection.facts import Facts
from hyperbot.detection.registry import ROWS
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.rule_conditions import SessionCondition


@dataclass(frozen=True, slots=True)
class Evidence:
    """One comparison: the number seen, on the rule's side, and what was asked of it."""

    column: str
    value: float
    least: float
    most: float

    @property
    def is_met(self) -> bool:
        """Whether the number lies within what was asked."""
        return self.least <= self.value <= self.most


@dataclass(frozen=True, slots=True)
class ConditionReport:
    """One condition at one candle.

    `candle_ts` is the open time (ms UTC) of the candle on which it was met, or of the newest one
    that was looked at; None if none has closed yet. `evidence` is of that candle.
    """

    weighed: Weighed
    is_met: bool
    strength: float
    candle_ts: int | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One side of one rule at one candle of its entry timeframe."""

    score: float
    needed: float
    is_signal: bool
    bias_allows: bool
    conditions: tuple[ConditionReport, ...]


class ConditionColumns(NamedTuple):
    """One condition at k candles of the entry timeframe; arrays (k,) but for `values`."""

    weighed: Weighed
    alternatives: tuple[Alternative, ...]
    is_met: NDArray[np.bool_]
    strengths: NDArray[np.float32]
    candle_ts: NDArray[np.int64]
    """-1: none has closed yet"""
    values: NDArray[np.float64]
    """(comparisons of all alternatives, k)"""
    shown: NDArray[np.int64]
    """of several ways to meet it, the one that holds or else comes nearest to it"""

    def at(self, place: int) -> ConditionReport:
        """What is told of one of the candles."""
        if (ts := int(self.candle_ts[place])) < 0:
            return ConditionReport(
                self.weighed, is_met=False, strength=0.0, candle_ts=None, evidence=()
            )
        is_met, strength = bool(self.is_met[place]), float(self.strengths[place])
        evidence = self._evidence(place) if self.alternatives else ()
        return ConditionReport(self.weighed, is_met, strength, ts, evidence)

    def _evidence(self, place: int) -> tuple[Evidence, ...]:
        shown = int(self.shown[place])
        first = sum(len(way.comparisons) for way in self.alternatives[:shown])
        return tuple(
            Evidence(each.column, float(self.values[row, place]), each.least, each.most)
            for row, each in enumerate(self.alternatives[shown].comparisons, first)
        )


@dataclass(frozen=True, slots=True)
class Explanations:
    """One side of one rule at k candles of its entry timeframe, as columns (k,): a few bytes each,
    where the facts that they were read from take half a kilobyte a candle and timeframe."""

    compiled: RuleSide
    close_ts: NDArray[np.int64]
    scores: NDArray[np.float64]
    is_signal: NDArray[np.bool_]
    allowed: NDArray[np.bool_]
    conditions: tuple[ConditionColumns, ...]

    def at(self, place: int) -> Explanation:
        """What is told of one of the candles."""
        return Explanation(
            score=float(self.scores[place]),
            needed=self.compiled.rule.confluence_required.min_score,
            is_signal=bool(self.is_signal[place]),
            bias_allows=bool(self.allowed[place]),
            conditions=tuple(each.at(place) for each in self.conditions),
        )


def explain(confluence: Confluence, score: Score, i: int) -> Explanation:
    """Why `score` is what it is at candle i. Raises InvalidInput for an i that does not exist."""
    if not 0 <= i < len(score.ts):
        raise InvalidInput(f"candle {i} does not exist: there are {len(score.ts)}")
    return explanations(confluence, score, np.array([i])).at(0)


def explanations(confluence: Confluence, score: Score, rows: NDArray[np.int64]) -> Explanations:
    """The same for many candles at once, kept without the facts: `rows` (k,) must exist."""
    entry = confluence.candles[score.compiled.rule.timeframe]
    chosen = CandleSeries.from_checked(
        entry.coin, entry.timeframe, entry.ts[rows], entry.columns[:, rows]
    )
    known = known_by(chosen, confluence.answers)
    return Explanations(
        compiled=score.compiled,
        close_ts=chosen.close_ts,
        scores=score.score[rows],
        is_signal=score.is_signal[rows],
        allowed=bias_allows(score.compiled, known),
        conditions=tuple(
            _columns(confluence, each, known.newest[each.group.timeframe])
            for each in score.compiled.weighed
        ),
    )


def _columns(
    confluence: Confluence, weighed: Weighed, newest: NDArray[np.int64]
) -> ConditionColumns:
    """`newest` (k,) are rows of the newest closed candle that the condition looks at, or -1."""
    ways = weighed.asked.alternatives
    columns = ConditionColumns(
        weighed,
        ways,
        is_met=np.zeros(newest.size, dtype=bool),
        strengths=np.zeros(newest.size, dtype=np.float32),
        candle_ts=np.full(newest.size, -1),
        values=np.zeros((sum(len(way.comparisons) for way in ways), newest.size)),
        shown=np.zeros(newest.size, dtype=np.int64),
    )
    known = newest >= 0
    if known.any():
        _fill(columns, confluence, known, newest[known])
    return columns


def _fill(
    columns: ConditionColumns,
    confluence: Confluence,
    known: NDArray[np.bool_],
    newest: NDArray[np.int64],
) -> None:
    weighed, ways = columns.weighed, columns.alternatives
    answers = confluence.answers[weighed.group]
    is_met = answers.met[weighed.place, newest] != 0
    rows = newest.copy()
    rows[is_met] = _rows_that_met(confluence, weighed, newest[is_met])
    columns.is_met[known] = is_met
    columns.strengths[known] = answers.strengths[weighed.place, newest]
    columns.candle_ts[known] = confluence.candles[weighed.group.timeframe].ts[rows]
    if ways:
        seen = [_values(way, confluence.facts[weighed.group], rows) for way in ways]
        unmet = [(~_are_met(way, told)).sum(axis=0) for way, told in zip(ways, seen, strict=True)]
        columns.values[:, known] = np.concatenate(seen)
        columns.shown[known] = np.argmin(unmet, axis=0)


def _rows_that_met(
    confluence: Confluence, weighed: Weighed, newest: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The newest row up to each of `newest` at which the condition is met by itself."""
    rows, looked_for = newest.copy(), np.arange(newest.size)
    for _ in range(weighed.asked.condition.within):
        looked_for = looked_for[~_holds(confluence, weighed, rows[looked_for])]
        if not looked_for.size:
            break
        rows[looked_for] -= 1
    return rows


def _holds(confluence: Confluence, weighed: Weighed, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    condition = weighed.asked.condition
    if isinstance(condition, SessionCondition):
        return in_session(condition, confluence.candles[weighed.group.timeframe].close_ts[rows])
    facts, holds = confluence.facts[weighed.group], np.zeros(rows.size, dtype=bool)
    for way in weighed.asked.alternatives:
        holds |= _are_met(way, _values(way, facts, rows)).all(axis=0)
    return holds


def _values(way: Alternative, facts: Facts, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """What each comparison sees at each row, on the rule's side."""
    values = np.empty((len(way.comparisons), rows.size))
    for place, each in enumerate(way.comparisons):
        store, row = ROWS[each.column]
        values[place] = facts.stores[store][row, rows]
        values[place] *= each.sign
    return values


def _are_met(way: Alternative, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    least = np.array([each.least for each in way.comparisons])
    most = np.array([each.most for each in way.comparisons])
    met: NDArray[np.bool_] = (least[:, None] <= values) & (values <= most[:, None])
    return met
