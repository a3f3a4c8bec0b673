"""What a sweep proves: the best of many variants, and how much of it chance alone would explain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.coin_alone import DAY_MS
from hyperbot.backtesting.evidence import (
    MeanR,
    RandomEntries,
    TrackRecord,
    TrialsSoFar,
    Verdict,
)
from hyperbot.backtesting.significance import Standards, mean_r
from hyperbot.backtesting.sweep_best import after_embargo
from hyperbot.backtesting.sweep_trials import Tried, daily, mean_or_none, worth
from hyperbot.backtesting.verdict import Circumstances, track_record
from hyperbot.backtesting.walk_forward import Dated, Fold, Step, chained, folds, walk_forward
from hyperbot.domain.rules import StrategyRule
from hyperbot.statistics.discoveries import q_values
from hyperbot.statistics.overfitting import overfitting
from hyperbot.statistics.sharpe import Track, probabilistic_sharpe, track
from hyperbot.statistics.superior import MOST_VARIANTS, superior

Floats = NDArray[np.float64]
LEAST_EMBARGO_MS = DAY_MS
MOST_OF_A_FOLD = 0.25
"""that an embargo may take, however long trades were held"""
HALF = 0.5
"""a probability of overfitting from here on is no better than a coin"""
LONGEST_BLOCK = 3
"""days are drawn in blocks of at most one part in so many"""


@dataclass(frozen=True, slots=True)
class Standard:
    """How a sweep is judged."""

    span: tuple[int, int]
    folds: int
    seed: str
    objection: str = ""
    """why nothing can be proven on these terms, whatever the figures"""
    alpha: float = 0.05
    least_trades: int = 30
    at_random: Callable[[StrategyRule], RandomEntries | None] = lambda rule: None
    """what the setups of the best make at random moments; None: nothing to compare it with"""


class Doubted(NamedTuple):
    """What else could explain the best."""

    overfitting: float | None
    superior_p: float | None
    random_entries: RandomEntries | None
    embargoed: int = 0
    """trades of walking forward that may have taught their rules"""
    embargo_reason: str = ""


@dataclass(frozen=True, slots=True)
class FoldFinding:
    """One step of walking forward."""

    fold: Fold
    chosen: int | None
    """place of the variant that was best before the fold"""
    trades: int
    mean_r: float | None
    """of that variant within the fold"""


@dataclass(frozen=True, slots=True)
class Findings:
    """Places are those of the variants, in the order in which they were tried."""

    ranking: tuple[int, ...]
    """the best first, those without trades left out"""
    embargo_ms: int
    steps: tuple[FoldFinding, ...]
    out_of_sample: MeanR
    """of walking forward: each fold with the variant that was best before it"""
    in_sample: MeanR
    """of the best, on the time that it was chosen by: too good by construction"""
    record: TrackRecord | None
    """of the best, deflated by all trials ever counted"""
    trials: TrialsSoFar
    overfitting: float | None
    """probability that the best of one half of the days is below the median in the other"""
    superior_p: float | None
    """of the best daily mean among so many, if none were above 0"""
    superior: int | None
    """how many variants are above 0 by the stepwise test"""
    random_entries: RandomEntries | None
    """the setups of the best at moments that it did not choose"""
    embargoed: int
    """trades of walking forward that may have taught their rules, and do not count"""
    q_value: float | None
    """of the best, after all variants of the sweep"""
    verdict: Verdict
    reasons: tuple[str, ...]

    @property
    def best(self) -> int | None:
        """The place of the best variant."""
        return self.ranking[0] if self.ranking else None


def findings(tried: Sequence[Tried], trials: TrialsSoFar, standard: Standard) -> Findings:
    """Judge a sweep whose trials were counted before. Raises InvalidInput for too many folds."""
    ranking = _ranking(tried)
    embargo = _embargo(tried, standard)
    steps = walk_forward(
        folds(*standard.span, standard.folds, embargo), [each.dated for each in tried], worth
    )
    steps, embargoed, why = after_embargo(steps, tried)
    by_day = np.stack([daily(each.dated, standard.span) for each in tried], axis=1)
    tracks = [track(column) for column in by_day.T]
    best = ranking[0] if ranking else None
    known = Circumstances(Standards(alpha=standard.alpha), trials)
    record = None if best is None else track_record(tracks[best], by_day.shape[0], known)
    chance = overfitting(by_day)
    overfit = None if chance is None else chance.probability
    p_value, count = _superior(by_day, tried, standard)
    out = mean_r(chained(steps), f"{standard.seed} out of sample")
    q_value = None if best is None else float(q_values(_p_values(tracks))[best])
    null = None if best is None else standard.at_random(tried[best].variant.rule)
    doubted = Doubted(overfit, p_value, null, embargoed, why)
    verdict, reasons = judged(out, record, doubted, (standard, trials.variants))
    return Findings(
        ranking=ranking,
        embargo_ms=embargo,
        steps=tuple(map(_found, steps)),
        out_of_sample=out,
        in_sample=mean_r(_none() if best is None else tried[best].dated, f"{standard.seed} best"),
        record=record,
        trials=trials,
        overfitting=overfit,
        superior_p=p_value,
        superior=count,
        random_entries=null,
        embargoed=embargoed,
        q_value=q_value,
        verdict=verdict,
        reasons=reasons,
    )


def _ranking(tried: Sequence[Tried]) -> tuple[int, ...]:
    values = np.array([worth(each.dated) for each in tried])
    order = np.argsort(-values, kind="stable")  # nan comes last
    ranking: tuple[int, ...] = tuple(order[~np.isnan(values[order])].tolist())
    return ranking


def _found(step: Step) -> FoldFinding:
    results = step.judged.results
    return FoldFinding(step.fold, step.chosen, results.size, mean_or_none(results))


def _none() -> Dated:
    return Dated(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def longest_held(tried: Sequence[Tried]) -> int:
    """The longest that any trade was held, ms."""
    spans = (each.dated.exits - each.dated.entries for each in tried if each.trades)
    return max((int(span.max()) for span in spans), default=0)


def _embargo(tried: Sequence[Tried], standard: Standard) -> int:
    since, until = standard.span
    most = int((until - since) / standard.folds * MOST_OF_A_FOLD)
    return min(max(longest_held(tried), LEAST_EMBARGO_MS), most)


def _p_values(tracks: Sequence[Track | None]) -> list[float]:
    """Of each variant's daily Sharpe ratio, if the true one were 0; without trades there is none to
    be found."""
    return [1.0 if each is None else 1 - probabilistic_sharpe(each) for each in tracks]


def _superior(
    by_day: Floats, tried: Sequence[Tried], standard: Standard
) -> tuple[float | None, int | None]:
    days, variants = by_day.shape
    if variants > MOST_VARIANTS:
        return None, None
    block = -(-2 * longest_held(tried) // DAY_MS)
    least = int(np.ceil(1.5 * days ** (1 / 3)))
    block = max(1, min(max(block, least), days // LONGEST_BLOCK))
    told = superior(
        np.zeros(days), by_day, seed=standard.seed, size=standard.alpha, block_days=block
    )
    return (None, None) if told is None else (told.p_value, len(told.variants))


def judged(
    out: MeanR,
    record: TrackRecord | None,
    doubted: Doubted,
    asked: tuple[Standard, int],
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on the best of many, and why; `asked` holds the count of trials."""
    standard = asked[0]
    if standard.objection:
        return "not enough evidence", (standard.objection,)
    if record is None or out.mean is None or out.low is None or out.trades < standard.least_trades:
        return "not enough evidence", (_too_few(out, doubted),)
    against = (*_doubts(out, record, doubted, asked), *_drift(out, doubted, standard.alpha))
    worthwhile = Standards().worthwhile_r
    if out.high is not None and out.high < worthwhile:
        return "no edge", (
            f"walking forward, even the upper end of the interval, {out.high:+.3f} R a trade, is"
            f" less than the {worthwhile:g} R that would be worth trading",
            *against,
        )
    if against:
        return "not enough evidence", against
    return "edge", ("it holds out of sample, after all trials, and against the best by luck",)


def _too_few(out: MeanR, doubted: Doubted) -> str:
    if doubted.embargoed and not out.trades:
        all_of_it = f"all {doubted.embargoed:,} trades of walking forward may have taught the rules"
        return f"{all_of_it}: {doubted.embargo_reason}"
    after = f" after the embargo ({doubted.embargo_reason})" if doubted.embargoed else ""
    return f"walking forward made {out.trades} trades{after}, too few to tell luck from skill"


def _drift(out: MeanR, doubted: Doubted, alpha: float) -> Iterator[str]:
    """Why the market alone may have made it."""
    null = doubted.random_entries
    if null is None:
        yield "the best hardly ever trades at random moments: there is nothing to compare it with"
        return
    if null.p_value > alpha:
        yield (
            f"the same setups at random moments make {null.mean:+.3f} R, and are as good in"
            f" {100 * null.p_value:.3g} % of {null.draws} draws"
        )
    if out.low is not None and 0 < out.low <= null.mean:
        yield (
            f"walking forward, the true mean R may be as low as {out.low:+.3f}, no better than the"
            f" setups of the best at random moments, {null.mean:+.3f}"
        )


def _doubts(
    out: MeanR,
    record: TrackRecord,
    doubted: Doubted,
    asked: tuple[Standard, int],
) -> Iterator[str]:
    standard, trials = asked
    overfit, p_value = doubted[:2]
    if out.low is not None and out.low <= 0:
        yield f"walking forward, the true mean R may be as low as {out.low:+.3f}, no better than 0"
    if record.deflated < 1 - standard.alpha:
        yield (
            f"so good a best is what luck makes of {trials:,} trials: that it is more has a"
            f" probability of {100 * record.deflated:.1f} %, and {100 - 100 * standard.alpha:.0f} %"
            " are wanted"
        )
    if overfit is not None and overfit >= HALF:
        yield (
            f"the best of one half of the days is below the median in the other in"
            f" {100 * overfit:.0f} % of the splits"
        )
    if p_value is not None and p_value > standard.alpha:
        yield (
            f"were none of them any good, so good a best would come up with a probability of"
            f" {p_value:.3f}"
        )
