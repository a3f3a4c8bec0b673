"""Why a rule gave a signal at a candle, or why not: each condition with its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from hyperbot.detection.compiled_rules import Weighed
from hyperbot.detection.condition_program import in_session
from hyperbot.detection.condition_tests import Alternative, Comparison
from hyperbot.detection.confluence_scorer import Confluence, Score, bias_allows, newest_closed
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
    closes = confluence.candles[rule.timeframe].close_ts[i : i + 1]
    allowed = bias_allows(score.compiled, closes, confluence.answers)
    reports = tuple(_report(confluence, score, each, i) for each in score.compiled.weighed)
    return Explanation(
        score=float(score.score[i]),
        needed=rule.confluence_required.min_score,
        is_signal=bool(score.is_signal[i]),
        bias_allows=bool(allowed[0]),
        conditions=reports,
    )


def _report(confluence: Confluence, score: Score, weighed: Weighed, i: int) -> ConditionReport:
    entry = confluence.candles[score.compiled.rule.timeframe]
    condition = weighed.asked.condition
    if isinstance(condition, SessionCondition):
        met = bool(in_session(condition, entry.close_ts[i : i + 1])[0])
        return ConditionReport(weighed, met, float(met), int(entry.ts[i]), ())
    answers, facts = confluence.answers[weighed.group], confluence.facts[weighed.group]
    newest = int(newest_closed(answers.close_ts, entry.close_ts[i : i + 1])[0])
    if newest < 0:
        return ConditionReport(weighed, is_met=False, strength=0.0, candle_ts=None, evidence=())
    alternatives = weighed.asked.alternatives
    row = newest
    for back in range(min(condition.within, newest + 1)):
        if any(_holds(each, facts, newest - back) for each in alternatives):
            row = newest - back
            break
    # Of several ways to meet it, show the one that holds or else comes nearest to it.
    shown = max(alternatives, key=lambda each: sum(e.is_met for e in _evidence(each, facts, row)))
    met = bool(answers.met[weighed.place, newest])
    strength = float(answers.strengths[weighed.place, newest])
    return ConditionReport(weighed, met, strength, int(facts.ts[row]), _evidence(shown, facts, row))


def _holds(alternative: Alternative, facts: Facts, row: int) -> bool:
    return all(each.is_met for each in _evidence(alternative, facts, row))


def _evidence(alternative: Alternative, facts: Facts, row: int) -> tuple[Evidence, ...]:
    return tuple(_seen(each, facts, row) for each in alternative.comparisons)


def _seen(comparison: Comparison, facts: Facts, row: int) -> Evidence:
    store, place = ROWS[comparison.column]
    value = comparison.sign * float(facts.stores[store][place, row])
    return Evidence(comparison.column, value, comparison.least, comparison.most)
