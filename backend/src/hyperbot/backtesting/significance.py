"""What the trades of a rule say about it, and how much of that chance alone would explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.coin_alone import DAY_MS, AloneTrades, CoinAlone, joined
from hyperbot.backtesting.evidence import MeanR, RandomEntries, Slice, Stress
from hyperbot.backtesting.fragility import fragility
from hyperbot.backtesting.random_entries import random_entries
from hyperbot.backtesting.regimes import regimes
from hyperbot.backtesting.rule_alone import RuleAlone
from hyperbot.backtesting.rule_signals import RuleSignals
from hyperbot.backtesting.rules_alone import rule_alone
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.backtesting.walk_forward import Dated
from hyperbot.statistics.bootstrap import mean_of_clustered
from hyperbot.statistics.sharpe import Track, track

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Standards:
    """How sure one has to be."""

    alpha: float = 0.05
    """the share of rules without an edge that may be called one by mistake"""
    confidence: float = 0.95
    """of intervals"""
    least_trades: int = 30
    least_days: int = 20
    """days with a trade"""
    worthwhile_r: float = 0.05
    """a mean R below this would not be worth trading, however sure"""
    windows: int = 5
    seed: str = "hyperbot"
    """chance begins here: the same seed gives the same figures"""


class Subject(NamedTuple):
    """A rule as it is judged."""

    rule: str
    """its id"""
    sha256: str
    """of how it trades"""
    confidence: float | None = None
    """the share of trades that it states will win"""
    embargo: int | None = None
    """ms UTC: what happened before may have taught the rule; None: not known"""
    embargo_reason: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was measured of one rule; `judged` are its trades after the embargo."""

    subject: Subject
    alone: RuleAlone
    trades: AloneTrades
    judged: AloneTrades
    all_trades: MeanR
    in_sample: MeanR | None
    out_of_sample: MeanR | None
    daily: Floats
    """sum of R of the judged trades of each UTC day of their span, 0 on a day without"""
    random_entries: RandomEntries | None
    fragility: tuple[Stress, ...]
    windows: tuple[Slice, ...]
    regimes: tuple[Slice, ...]

    @property
    def verdict_on(self) -> MeanR:
        """The mean that the verdict rests on: out of sample, where that is known."""
        return self.out_of_sample or self.all_trades

    @property
    def track(self) -> Track | None:
        """Daily results of the judged trades as a track record; None where they do not differ."""
        return track(self.daily)


def measure(
    subject: Subject,
    coins: Sequence[CoinAlone],
    span: tuple[int, int],
    simulation: SimulationRules,
    standards: Standards,
) -> Measured:
    """Trade the rule alone in all coins, and then again under everything that could explain it."""
    accepted = [
        (coin, signals)
        for coin in coins
        if (signals := coin.accepted(subject.rule)) is not None and signals.row.size
    ]
    by_coin = [(coin, signals, coin.traded(signals)) for coin, signals in accepted]
    trades = joined([traded for _, _, traded in by_coin])
    since = min(max(span[0], subject.embargo or span[0]), span[1])
    is_judged = trades.entry >= since
    judged = trades.where(is_judged)
    seed = f"{standards.seed} {subject.sha256}"  # a new name draws no new numbers
    known, sure = subject.embargo is not None, standards.confidence
    return Measured(
        subject=subject,
        alone=rule_alone(subject.rule, coins, trades),
        trades=trades,
        judged=judged,
        all_trades=mean_r(trades.dated, seed, sure),
        in_sample=mean_r(trades.where(~is_judged).dated, seed, sure) if known else None,
        out_of_sample=mean_r(judged.dated, seed, sure) if known else None,
        daily=daily_r(judged, (since, span[1])),
        random_entries=_random_entries(by_coin, since, simulation, seed),
        fragility=fragility(accepted, judged.net, simulation, since) if trades.net.size else (),
        windows=windows(trades, span, standards.windows),
        regimes=regimes(by_coin),
    )


def mean_r(dated: Dated, seed: str, confidence: float = 0.95) -> MeanR:
    """The mean with an interval and a p-value that allow for trades that hang together."""
    told = mean_of_clustered(
        dated.results,
        dated.entries // DAY_MS,
        seed=seed,
        held_days=(dated.exits - dated.entries) / DAY_MS,
        confidence=confidence,
    )
    if told is None:
        return MeanR(0, None)
    return MeanR(dated.results.size, told.mean, told.low, told.high, told.p_value)


def daily_r(trades: AloneTrades, span: tuple[int, int]) -> Floats:
    """The sum of R of the trades entered on each UTC day that the span touches."""
    first, last = span[0] // DAY_MS, max((span[1] - 1) // DAY_MS, span[0] // DAY_MS)
    sums: Floats = np.zeros(last - first + 1)
    np.add.at(sums, trades.days - first, trades.net)
    return sums


def windows(trades: AloneTrades, span: tuple[int, int], count: int) -> tuple[Slice, ...]:
    """Consecutive stretches of equal length, without the trades that reach into the next one."""
    edges = [span[0] + (span[1] - span[0]) * place // count for place in range(count + 1)]
    told = []
    for place, (since, until) in enumerate(pairwise(edges)):
        within = (trades.entry >= since) & (trades.entry < until) & (trades.exit <= until)
        net = trades.net[within]
        mean = float(net.mean()) if net.size else None
        told.append(Slice(f"{place + 1} of {count}", net.size, mean, since, until))
    return tuple(told)


def _random_entries(
    by_coin: Sequence[tuple[CoinAlone, RuleSignals, AloneTrades]],
    since: int,
    simulation: SimulationRules,
    seed: str,
) -> RandomEntries | None:
    judged = [(coin, sent, made, made.entry >= since) for coin, sent, made in by_coin]
    net = np.concatenate([np.empty(0), *(made.net[kept] for _, _, made, kept in judged)])
    if not net.size:
        return None
    taken = [(coin, sent.where(made.signal[kept])) for coin, sent, made, kept in judged]
    return random_entries(taken, float(net.mean()), simulation, since, seed)
