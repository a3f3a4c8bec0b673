"""Why a rule gave a signal at a candle, or why not: each condition with its numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hyperbot.detection.compiled_rules import Weighed
from hyperbot.detection.condition_program import in_session
from hyperbot.detection.condition_tests import Alternative, Comparison
from hyperbot.detection.confluence_scorer import Confluence, Score, bias_allows, known_by
from hyperbot.detection.facts import Facts
from hyperbot.detection.registry import ROWS
from hyperbot.domain.errors import InvalidInput
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


def explain(confluence: Confluence, score: Score, i: int) -> Explanation:
    """Why `score` is what it is at candle i. Raises InvalidInput for an i that does not exist."""
    if not 0 <= i < len(score.ts):
        raise InvalidInput(f"candle {i} does not exist: there are {len(score.ts)}")
    rule = score.compiled.rule
    known = known_by(confluence.candles[rule.timeframe][i : i + 1], confluence.answers)
    allowed = bias_allows(score.compiled, known)
    reports = tuple(
        _report(confluence, each, int(known.newest[each.group.timeframe][0]))
        for each in score.compiled.weighed
    )
    return Explanation(
        score=float(score.score[i]),
        needed=rule.confluence_required.min_score,
        is_signal=bool(score.is_signal[i]),
        bias_allows=bool(allowed[0]),
        conditions=reports,
    )


def _report(confluence: Confluence, weighed: Weighed, newest: int) -> ConditionReport:
    """`newest` is the row of the newest closed candle that the condition looks at."""
    if newest < 0:
        return ConditionReport(weighed, is_met=False, strength=0.0, candle_ts=None, evidence=())
    answers = confluence.answers[weighed.group]
    is_met = bool(answers.met[weighed.place, newest])
    strength = float(answers.strengths[weighed.place, newest])
    row = _row_that_met(confluence, weighed, newest) if is_met else newest
    ts = int(confluence.candles[weighed.group.timeframe].ts[row])
    if weighed.group.is_clock:
        return ConditionReport(weighed, is_met, strength, ts, ())
    facts = confluence.facts[weighed.group]
    # Of several ways to meet it, show the one that holds or else comes nearest to it.
    ways = [_evidence(each, facts, row) for each in weighed.asked.alternatives]
    shown = min(ways, key=lambda way: sum(not each.is_met for each in way))
    return ConditionReport(weighed, is_met, strength, ts, shown)


def _row_that_met(confluence: Confluence, weighed: Weighed, newest: int) -> int:
    """The newest row up to `newest` at which the condition is met by itself."""
    condition = weighed.asked.condition
    if isinstance(condition, SessionCondition):
        first = max(0, newest + 1 - condition.within)
        closes = confluence.candles[weighed.group.timeframe].close_ts[first : newest + 1]
        return first + int(np.flatnonzero(in_session(condition, closes))[-1])
    facts, row = confluence.facts[weighed.group], newest
    while not any(_holds(each, facts, row) for each in weighed.asked.alternatives):
        row -= 1
    return row


def _holds(alternative: Alternative, facts: Facts, row: int) -> bool:
    return all(each.is_met for each in _evidence(alternative, facts, row))


def _evidence(alternative: Alternative, facts: Facts, row: int) -> tuple[Evidence, ...]:
    return tuple(_seen(each, facts, row) for each in alternative.comparisons)


def _seen(comparison: Comparison, facts: Facts, row: int) -> Evidence:
    store, place = ROWS[comparison.column]
    value = comparison.sign * float(facts.stores[store][place, row])
    return Evidence(comparison.column, value, comparison.least, comparison.most)
