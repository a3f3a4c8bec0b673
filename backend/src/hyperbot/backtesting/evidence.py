"""What speaks for and against a rule, as measured; `verdict.py` draws the conclusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["edge", "no edge", "not enough evidence"]


@dataclass(frozen=True, slots=True)
class MeanR:
    """The mean of R of some trades, and how far chance alone may have moved it."""

    trades: int
    mean: float | None
    low: float | None = None
    """the interval that holds the true mean with the stated confidence; None: too few days"""
    high: float | None = None
    p_value: float | None = None
    """of a mean this high or higher if the true one were 0 (one-sided)"""


@dataclass(frozen=True, slots=True)
class Stress:
    """The rule once more, with one thing made worse or moved."""

    name: str
    """such as `entry one candle later`, `costs x2`, `without the best 5 trades`"""
    trades: int
    mean_r: float | None
    flips: bool
    """whether a mean above 0 became one at or below it"""


@dataclass(frozen=True, slots=True)
class Slice:
    """The trades of one part of history; times in ms UTC where it is a stretch of time."""

    name: str
    trades: int
    mean_r: float | None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class RandomEntries:
    """The same setups at other moments: what exits, costs and the market give without the rule."""

    draws: int
    mean: float
    low: float
    """5 % of the draws lie below"""
    high: float
    """5 % of the draws lie above"""
    p_value: float
    """(1 + draws at least as good as the rule) / (1 + draws)"""


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """The daily Sharpe ratio of a rule's R, and how long it must last to be believed."""

    days: int
    """days of the span, those without a trade too"""
    sharpe: float
    """mean / standard deviation of the sum of R of a day; not annualised"""
    probabilistic: float
    """probability that the true one is above 0, given length, skewness and fat tails"""
    deflated: float
    """probability that it is above what the best of all trials so far would show by luck alone"""
    hurdle: float
    """that best-by-luck daily Sharpe ratio"""
    days_needed: float | None
    """for a probability of 95 % that the true one is above 0; None: no length is enough"""


@dataclass(frozen=True, slots=True)
class StatedConfidence:
    """How the confidence that the rule states compares with how often it won."""

    stated: float
    seen: float
    """share of closed trades that won"""
    brier: float
    """mean squared error of the forecast `stated`; 0 is perfect"""
    brier_of_share: float
    """of a forecast of just the share that won: the best a constant can do"""
    shrunk: float
    """the stated confidence after these trades, never above it when they did worse"""


@dataclass(frozen=True, slots=True)
class RuleEvidence:
    """All that was measured of one rule traded alone, and the verdict on it."""

    rule: str
    verdict: Verdict
    reasons: tuple[str, ...]
    """one sentence each, the weightiest first"""
    all_trades: MeanR
    days: int
    """with at least one trade"""
    win_rate: float | None
    """of the trades that the verdict rests on"""
    win_low: float | None
    """Wilson's 95 % interval"""
    win_high: float | None
    q_value: float | None
    """p-value after all rules of the run (Benjamini-Yekutieli): share of false discoveries"""
    track: TrackRecord | None
    random_entries: RandomEntries | None
    fragility: tuple[Stress, ...] = ()
    windows: tuple[Slice, ...] = ()
    """walk-forward: consecutive stretches, purged of trades that reach into the next one"""
    regimes: tuple[Slice, ...] = ()
    """trending and ranging, calm and wild markets, long and short"""
    embargo: int | None = None
    """ms UTC: what happened before may have been known to the source, or to the model that read it;
    None: nothing is known of either"""
    embargo_reason: str = ""
    in_sample: MeanR | None = None
    out_of_sample: MeanR | None = None
    """trades opened after the embargo"""
    confidence: StatedConfidence | None = None
    max_drawdown_r: float | None = None
    """deepest fall of the sum of R of the trades that the verdict rests on, in order of entry"""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What the money would have made without any rule."""

    name: str
    """`hold` (all coins bought in equal parts at the first open and kept) or `cash`"""
    net: float
    total_return: float
    max_drawdown: float
    """share lost since the highest equity so far, at its deepest"""
    sharpe: float | None
    """annualised, of daily returns"""


@dataclass(frozen=True, slots=True)
class TrialsSoFar:
    """How often luck was given a chance: what the ledger of trials counts, this run included."""

    variants: int
    """different rules, parameters, markets or spans that were ever tried"""
    sharpe_variance: float
    """of the daily Sharpe ratios of all variants"""
    ledger: str
    """which ledger: the first characters of its id"""
    since: int
    """ms UTC of its first entry"""


@dataclass(frozen=True, slots=True)
class HoldOutUse:
    """The stretch of time kept back for one last look, and whether that look was taken."""

    coin: str
    since: int
    until: int | None
    opened_for: str = ""
    """the rules it was opened for; empty: it is still locked"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run proves and what it does not."""

    sentence: str
    """the verdict on the whole run"""
    alpha: float
    """the share of rules without an edge that may be called one by mistake"""
    confidence: float
    """of the intervals"""
    rules: tuple[RuleEvidence, ...]
    trials: TrialsSoFar | None
    benchmarks: tuple[Benchmark, ...]
    hold_outs: tuple[HoldOutUse, ...] = ()
    flags: tuple[str, ...] = ()
    """short warnings, such as `60 % of the profit from 3 trades`"""
    seed: str = ""
