"""Why a signal was given: each condition of its rule with its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from hyperbot.backtesting.scanner import Scan
from hyperbot.backtesting.trade_chart import ConditionSeen, FactSeen
from hyperbot.detection.compiled_rules import RuleSide
from hyperbot.detection.confluence_explanation import ConditionReport, Evidence, Explanation
from hyperbot.detection.registry import COLUMNS, Store
from hyperbot.domain.rule_sentences import condition_sentence
from hyperbot.domain.signals import Signal


class Reason(NamedTuple):
    """Why a signal was given: which score was needed, and what its conditions saw."""

    score_needed: float
    conditions: tuple[ConditionSeen, ...]


Reasons = Callable[[Signal], Reason]
GIVEN = Reason(0.0, ())
"""of a signal that somebody else decided"""


def reasons_of(scans: Mapping[str, Scan]) -> Reasons:
    """Tells of each signal in the scans (by coin) why its rule gave it."""
    sentences: dict[tuple[str, int, int], tuple[str, ...]] = {}

    def reason(signal: Signal) -> Reason:
        key = (signal.plan.rule_id, signal.plan.rule_version, signal.side)
        told = scans[signal.coin].reasons.get(key)
        if told is None:
            return GIVEN
        if key not in sentences:
            sentences[key] = _sentences(told.compiled)
        place = int(told.close_ts.searchsorted(signal.at))
        return reason_of(told.at(place), sentences[key])

    return reason


def _sentences(side: RuleSide) -> tuple[str, ...]:
    places = range(len(side.weighed))
    return tuple(condition_sentence(side.rule, place, side.side) for place in places)


def reason_of(told: Explanation, sentences: tuple[str, ...]) -> Reason:
    """An explanation in words, one of `sentences` for each condition."""
    pairs = zip(told.conditions, sentences, strict=True)
    return Reason(told.needed, tuple(_condition(report, text) for report, text in pairs))


def _condition(report: ConditionReport, sentence: str) -> ConditionSeen:
    condition = report.weighed.asked.condition
    return ConditionSeen(
        sentence=sentence,
        is_met=report.is_met,
        is_required=condition.required,
        weight=condition.weight,
        candle_ts=report.candle_ts,
        seen=tuple(map(_fact, report.evidence)),
    )


LARGEST = {c.name: 100 if c.graded else 127 for c in COLUMNS if c.store is Store.FLAG}
"""what a small whole number can be at most: no bound, but the end of its scale"""


def _fact(evidence: Evidence) -> FactSeen:
    value = evidence.value + 0.0  # no -0.0
    most = math.inf if evidence.most >= LARGEST.get(evidence.column, math.inf) else evidence.most
    return FactSeen(evidence.column, value, _bound(evidence.least), _bound(most))


def _bound(limit: float) -> float | None:
    return float(limit) if math.isfinite(limit) else None
