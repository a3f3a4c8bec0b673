"""The embargo: what happened before a rule was known to the world cannot prove it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hyperbot.backtesting.significance import Subject
from hyperbot.backtesting.trials import behaviour_sha256
from hyperbot.domain.rules import StrategyRule


def subject_of(rule: StrategyRule) -> Subject:
    """The rule as it is judged: on what happened after the days that could have taught it."""
    until, reason = embargo_of(rule)
    return Subject(rule.id, behaviour_sha256(rule), rule.confidence, until, reason)


def embargo_of(rule: StrategyRule) -> tuple[int | None, str]:
    """From when on (ms UTC) history can judge the rule, and why; None where no date is known.

    That is the midnight after the source came out and the model that read it stopped learning,
    whichever is later.
    """
    published, cutoff = rule.source_published, rule.model_cutoff
    known = [each for each in (published, cutoff) if each is not None]
    if not known:
        return None, "no date is known of its source: all of this history may have taught it"
    last = max(known)
    what = "its source came out" if last == published else "the model that read it learnt until"
    told = f"{what} on {last}" if last == published else f"{what} {last}"
    return _midnight_after(last), f"{told}, so only what came later can prove it"


def _midnight_after(day: date) -> int:
    midnight = datetime.combine(day, time(), UTC) + timedelta(days=1)
    return int(midnight.timestamp() * 1000)
