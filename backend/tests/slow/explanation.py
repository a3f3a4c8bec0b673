"""The slow, obvious explanation of one candle: what each condition saw, number by number."""

from __future__ import annotations

import numpy as np

from hyperbot.detection.compiled_rules import Weighed
from hyperbot.detection.condition_program import in_session
from hyperbot.detection.condition_tests import Alternative
from hyperbot.detection.confluence_explanation import ConditionReport, Evidence, Explanation
from hyperbot.detection.confluence_scorer import Confluence, Score, bias_allows, known_by
from hyperbot.detection.registry import ROWS


def explained(confluence: Confluence, score: Score, i: int) -> Explanation:
    """Why `score` is what it is at candle i."""
    rule = score.compiled.rule
    known = known_by(confluence.candles[rule.timeframe][i : i + 1], confluence.answers)
    return Explanation(
        score=float(score.score[i]),
        needed=rule.confluence_required.min_score,
        is_signal=bool(score.is_signal[i]),
        bias_allows=bool(bias_allows(score.compiled, known)[0]),
        conditions=tuple(
            _report(confluence, each, int(known.newest[each.group.timeframe][0]))
            for each in score.compiled.weighed
        ),
    )


def _report(confluence: Confluence, weighed: Weighed, newest: int) -> ConditionReport:
    if newest < 0:
        return ConditionReport(weighed, False, 0.0, None, ())
    answers = confluence.answers[weighed.group]
    is_met = bool(answers.met[weighed.place, newest])
    strength = float(answers.strengths[weighed.place, newest])
    candles = confluence.candles[weighed.group.timeframe]
    row = newest
    if weighed.group.is_clock:
        inside = in_session(weighed.asked.condition, candles.close_ts)
        row = int(np.flatnonzero(inside[: newest + 1])[-1]) if is_met else newest
        return ConditionReport(weighed, is_met, strength, int(candles.ts[row]), ())
    while is_met and not any(
        all(each.is_met for each in way) for way in _ways(confluence, weighed, row)
    ):
        row -= 1
    ways = _ways(confluence, weighed, row)
    shown = min(ways, key=lambda way: sum(not each.is_met for each in way))
    return ConditionReport(weighed, is_met, strength, int(candles.ts[row]), shown)


def _ways(confluence: Confluence, weighed: Weighed, row: int) -> list[tuple[Evidence, ...]]:
    return [_evidence(confluence, weighed, each, row) for each in weighed.asked.alternatives]


def _evidence(
    confluence: Confluence, weighed: Weighed, way: Alternative, row: int
) -> tuple[Evidence, ...]:
    seen = []
    for each in way.comparisons:
        store, place = ROWS[each.column]
        number = float(confluence.facts[weighed.group].stores[store][place, row])
        seen.append(Evidence(each.column, each.sign * number, each.least, each.most))
    return tuple(seen)
