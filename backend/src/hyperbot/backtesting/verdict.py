"""The verdict: edge, no edge, or not enough evidence, and why, in a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.evidence import (
    MeanR,
    RandomEntries,
    RuleEvidence,
    StatedConfidence,
    TrackRecord,
    TrialsSoFar,
    Verdict,
)
from hyperbot.backtesting.significance import Measured, Standards
from hyperbot.domain.trades import BREAKEVEN_R
from hyperbot.statistics.calibration import brier, shrunk
from hyperbot.statistics.discoveries import q_values, wilson_interval
from hyperbot.statistics.sharpe import (
    Track,
    expected_maximum_sharpe,
    minimum_track_length,
    probabilistic_sharpe,
)


class Finding(NamedTuple):
    """One thing that was asked of a rule, and what came of it."""

    is_passed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds for all rules of a run."""

    standards: Standards
    trials: TrialsSoFar | None
    """None: nobody counted"""
    objection: str = ""
    """why nothing can be proven on these terms, whatever the figures; such as invented candles"""


def judged(measured: Sequence[Measured], circumstances: Circumstances) -> tuple[RuleEvidence, ...]:
    """The verdict on each of the rules, which were tried together."""
    known = [each.verdict_on.p_value for each in measured]
    # A rule that is too young for a p-value was tried all the same.
    qs = q_values([1.0 if p is None else p for p in known]).tolist()
    told = [q if p is not None else None for p, q in zip(known, qs, strict=True)]
    return tuple(
        _rule(each, q, circumstances, len(measured)) for each, q in zip(measured, told, strict=True)
    )


def _rule(
    measured: Measured, q_value: float | None, circumstances: Circumstances, tried: int
) -> RuleEvidence:
    standards = circumstances.standards
    record = track_record(measured.track, measured.daily.size, circumstances)
    findings = [*_findings(measured, q_value, record, (standards, tried))]
    verdict, reasons = _verdict(measured, findings, circumstances)
    wins, trades = _wins(measured.judged.net), measured.judged.net.size
    low, high = wilson_interval(wins, trades) or (None, None)
    return RuleEvidence(
        rule=measured.subject.rule,
        verdict=verdict,
        reasons=(*reasons, *_warnings(measured)),
        all_trades=measured.all_trades,
        days=len(set(measured.trades.days.tolist())),
        win_rate=wins / trades if trades else None,
        win_low=low,
        win_high=high,
        q_value=q_value,
        track=record,
        random_entries=measured.random_entries,
        fragility=measured.fragility,
        windows=measured.windows,
        regimes=measured.regimes,
        embargo=measured.subject.embargo,
        embargo_reason=measured.subject.embargo_reason,
        in_sample=measured.in_sample,
        out_of_sample=measured.out_of_sample,
        confidence=_confidence(measured.subject.confidence, wins, trades),
        max_drawdown_r=_deepest_fall(measured.judged.net) if trades else None,
    )


def track_record(
    track: Track | None, days: int, circumstances: Circumstances
) -> TrackRecord | None:
    """The daily record against luck; None where there is nothing to tell.

    The hurdle is what the best of so many worthless trials with a record as long as this one shows
    on average. Their Sharpe ratios then have a variance of 1 / (days - 1); that of the ledger would
    also hold how much rules truly differ, so that losers would raise the hurdle and copies lower it
    (docs/decisions/0011).
    """
    if track is None:
        return None
    trials = circumstances.trials
    hurdle = expected_maximum_sharpe(1 / (days - 1), max(trials.variants, 1) if trials else 1)
    return TrackRecord(
        days=days,
        sharpe=track.sharpe,
        probabilistic=probabilistic_sharpe(track),
        deflated=probabilistic_sharpe(track, hurdle),
        hurdle=hurdle,
        days_needed=minimum_track_length(track, confidence=1 - circumstances.standards.alpha),
    )


def _findings(
    measured: Measured,
    q_value: float | None,
    record: TrackRecord | None,
    given: tuple[Standards, int],
) -> list[Finding]:
    """All that an edge must pass, in the order in which it is told."""
    standards, tried = given
    alpha, mean = standards.alpha, measured.verdict_on
    found = []
    if mean.low is not None:
        found.append(Finding(mean.low > 0, f"its true mean may be as low as {mean.low:+.3f} R"))
    if mean.p_value is not None and q_value is not None:
        together = f", {_share(q_value)} after all {tried} rules of the run" if tried > 1 else ""
        found.append(
            Finding(
                q_value <= alpha,
                f"by luck alone a mean this high comes in {_share(mean.p_value)} of cases"
                f"{together}",
            )
        )
    if record is None:
        found.append(
            Finding(False, "its daily results do not differ, so they have no Sharpe ratio")
        )
    else:
        found.append(
            Finding(
                record.deflated >= 1 - alpha,
                f"its daily Sharpe ratio of {record.sharpe:.3f} is above what the best of all"
                f" trials owes to luck, {record.hurdle:.3f}, with a probability of"
                f" {_share(record.deflated)}",
            )
        )
        found.append(_length(record, standards))
    return [*found, _against_chance(measured.random_entries, alpha)]


def _against_chance(null: RandomEntries | None, alpha: float) -> Finding:
    if null is None:
        return Finding(False, "the same setups hardly ever trade at random moments: no comparison")
    return Finding(
        null.p_value <= alpha,
        f"the same setups at random moments make {_r(null.mean)}, and are as good in"
        f" {_share(null.p_value)} of {null.draws} draws",
    )


def _length(record: TrackRecord, standards: Standards) -> Finding:
    needed = record.days_needed
    if needed is None:
        return Finding(False, "no track record is long enough for a result that is not above 0")
    return Finding(
        record.days >= needed,
        f"{ceil(needed):,} days are needed to be {_share(1 - standards.alpha)} sure that it is"
        f" above 0, and there are {record.days:,}",
    )


def _verdict(
    measured: Measured, findings: Sequence[Finding], circumstances: Circumstances
) -> tuple[Verdict, tuple[str, ...]]:
    standards, mean = circumstances.standards, measured.verdict_on
    told = _told(mean, standards)
    if circumstances.objection:
        return "not enough evidence", (circumstances.objection, told)
    if lacking := _lacking(measured, standards):
        return "not enough evidence", (lacking, *([told] if mean.trades else []))
    if nothing := _nothing_there(measured, standards):
        return "no edge", (nothing, told)
    if all(each.is_passed for each in findings):
        return "edge", (told, *(each.sentence for each in findings))
    if mean.mean is not None and mean.mean <= 0:
        return "not enough evidence", (f"{told}: it seems to lose, which may be bad luck",)
    failed = [each.sentence for each in findings if not each.is_passed]
    return "not enough evidence", (told, *failed)


def _lacking(measured: Measured, standards: Standards) -> str:
    """Why there is too little to look at; empty if there is enough."""
    mean, days = measured.verdict_on, len(set(measured.judged.days.tolist()))
    if not mean.trades and measured.all_trades.trades:
        all_of_it = measured.all_trades.trades
        which = "its only trade" if all_of_it == 1 else f"all its {all_of_it:,} trades"
        return f"{which} may have taught it: {measured.subject.embargo_reason}"
    after = " after the embargo" if measured.out_of_sample else ""
    if mean.trades < standards.least_trades:
        count = "no trade" if not mean.trades else f"only {mean.trades} trades"
        count = "only 1 trade" if mean.trades == 1 else count
        return f"{count}{after}: below {standards.least_trades} nothing can be told"
    if days < standards.least_days:
        return (
            f"its {mean.trades:,} trades{after} lie on only {_days(days)}: at least"
            f" {standards.least_days} days are needed"
        )
    if mean.p_value is None:
        return (
            f"its {mean.trades:,} trades{after} on {_days(days)} lie too close together, or are too"
            " much alike, to tell skill from luck"
        )
    return ""


def _nothing_there(measured: Measured, standards: Standards) -> str:
    """Why any edge is too small to matter; empty if there may be one."""
    mean, least = measured.verdict_on, standards.worthwhile_r
    if mean.high is None or mean.mean is None:
        return ""
    if mean.high < least:
        return (
            f"even at the upper end of its interval, {mean.high:+.3f} R a trade, it makes less than"
            f" the {least:g} R that would be worth trading"
        )
    null = measured.random_entries
    if null is not None and mean.high - max(null.mean, 0.0) < least:
        return (
            f"even at the upper end of its interval, {mean.high:+.3f} R a trade, it makes hardly"
            f" more than the same setups at random moments, {_r(null.mean)}"
        )
    return ""


def _warnings(measured: Measured) -> list[str]:
    """What flips the sign, for a rule that seems to earn."""
    flips = [stress.name for stress in measured.fragility if stress.flips]
    return [f"its profit is gone in these cases: {', '.join(flips)}"] if flips else []


def _told(mean: MeanR, standards: Standards) -> str:
    trades = "1 trade" if mean.trades == 1 else f"{mean.trades:,} trades"
    if mean.mean is None:
        return trades
    if mean.low is None or mean.high is None:
        on_average = "" if mean.trades == 1 else " on average"
        return f"{trades} of {_r(mean.mean)}{on_average}"
    return (
        f"{_r(mean.mean)} a trade over {trades}; with {_share(standards.confidence)} confidence"
        f" between {_r(mean.low)} and {_r(mean.high)}"
    )


def _deepest_fall(results: NDArray[np.float64]) -> float:
    running = np.concatenate([[0.0], np.cumsum(results)])
    return float((np.maximum.accumulate(running) - running).max())


def _wins(results: NDArray[np.float64]) -> int:
    return int((results >= float(BREAKEVEN_R)).sum())


def _confidence(stated: float | None, wins: int, trades: int) -> StatedConfidence | None:
    if stated is None:
        return None
    told = brier([stated] * trades, [1] * wins + [0] * (trades - wins))
    if told is None:
        return None
    seen = wins / trades
    return StatedConfidence(
        stated=stated,
        seen=seen,
        brier=told.score,
        brier_of_share=seen * (1 - seen),
        shrunk=shrunk(stated, wins, trades),
    )


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _r(value: float) -> str:
    return f"{value:+.2f} R"


def _share(value: float) -> str:
    if 0 < value < 0.001:
        return "under 0.1 %"
    if 0.999 < value < 1:
        return "over 99.9 %"
    return f"{100 * value:.3g} %"
