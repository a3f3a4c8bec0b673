"""Confluence: how much of each rule agrees at each close, over all its timeframes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.detection.compiled_rules import CompiledRules, Group, RuleSide, compile_rules
from hyperbot.detection.condition_kernels import add_condition
from hyperbot.detection.condition_program import (
    Asked,
    new_carry,
    run,
    run_clock,
    with_parameters,
)
from hyperbot.detection.detector import DEFAULTS, detect
from hyperbot.detection.facts import Facts
from hyperbot.detection.params import DetectionParams
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.rules import StrategyRule

# A sum of weights such as 0.1 + 0.2 may miss its share of the total by a rounding.
ROUNDING = 1e-12


Newest = dict[tuple[Timeframe, Timeframe], NDArray[np.int64]]
"""(entry timeframe, another) -> row of the newest candle of the other by each close of the first"""


class Answers(NamedTuple):
    """Where each condition of a group is met, and how strongly: (conditions, candles) each."""

    close_ts: NDArray[np.int64]
    met: NDArray[np.int8]
    strengths: NDArray[np.float32]
    bias: NDArray[np.int8]
    """bias of the group's timeframe (candles,); of the clock 0"""


class Known(NamedTuple):
    """What is known at the close of each candle of an entry timeframe."""

    ts: NDArray[np.int64]
    newest: Mapping[Timeframe, NDArray[np.int64]]
    """row of the newest candle of each timeframe that has closed by then; -1 before the first"""
    answers: Mapping[Group, Answers]


@dataclass(frozen=True, slots=True)
class Score:
    """One side of a rule over candles of its entry timeframe; arrays (n,)."""

    compiled: RuleSide
    ts: NDArray[np.int64]
    score: NDArray[np.float64]
    """weights of the met conditions / all weights; 0 where a required one is not met"""
    strength: NDArray[np.float64]
    """mean strength of the met conditions, by weight; 0 where none is"""
    is_signal: NDArray[np.bool_]
    """whether the score is enough, and the bias of the higher timeframes allows the side"""


@dataclass(frozen=True, slots=True)
class Confluence:
    """What `ConfluenceScorer.analyze` found; `explain` tells why."""

    scores: tuple[Score, ...]
    candles: Mapping[Timeframe, CandleSeries]
    facts: Mapping[Group, Facts]
    answers: Mapping[Group, Answers]


class ConfluenceScorer:
    """Rules compiled to a compact program over facts, with the same answers in batch and live.

    `params` are the market's (its tick); a condition's own parameters go on top.
    """

    def __init__(self, rules: Sequence[StrategyRule], params: DetectionParams = DEFAULTS) -> None:
        self.params = params
        self.compiled: CompiledRules = compile_rules(rules)

    def analyze(self, candles: Mapping[Timeframe, CandleSeries]) -> Confluence:
        """The score of each side of each rule at each close of its entry timeframe.

        Of a higher timeframe the newest candle closed by then is used. Raises InvalidInput if a
        timeframe that a rule looks at is missing, or is given candles of another.
        """
        self._check(candles)
        facts = {
            group: detect(candles[group.timeframe], with_parameters(self.params, group.parameters))
            for group in self.compiled.fact_groups
        }
        return self.weigh(candles, facts)

    def weigh(
        self,
        candles: Mapping[Timeframe, CandleSeries],
        facts: Mapping[Group, Facts],
        newest: Newest | None = None,
    ) -> Confluence:
        """The same from facts that were detected before: those of every group that needs some.

        `newest` keeps what follows from the candles alone, for the next call with the same ones.
        """
        answers = {
            group: self._answer(group, candles[group.timeframe], facts)
            for group in self.compiled.programs
        }
        known = {
            timeframe: known_by(candles[timeframe], answers, newest)
            for timeframe in {side.rule.timeframe for side in self.compiled.sides}
        }
        scores = tuple(score_side(side, known[side.rule.timeframe]) for side in self.compiled.sides)
        return Confluence(scores, candles, facts, answers)

    def _check(self, candles: Mapping[Timeframe, CandleSeries]) -> None:
        for timeframe in self.compiled.timeframes:
            if timeframe not in candles:
                raise InvalidInput(f"there are no {timeframe} candles, but a rule looks at them")
            if (given := candles[timeframe].timeframe) != timeframe:
                raise InvalidInput(f"the candles given for {timeframe} are {given} candles")

    def _answer(self, group: Group, series: CandleSeries, facts: Mapping[Group, Facts]) -> Answers:
        program, closes = self.compiled.programs[group], series.close_ts
        if group.is_clock:
            return clock_answers(self.compiled.asked[group], closes, new_carry(program))
        known = facts[group]
        met, strengths = run(program, known.stores, (0, len(known)), new_carry(program))
        bias = bias_of(known["structure.trend"], known["cycle.direction"])
        return Answers(closes, met, strengths, bias)


def clock_answers(
    asked: tuple[Asked, ...], closes: NDArray[np.int64], carried: NDArray[np.float64]
) -> Answers:
    """Whether candles that close at `closes` do so within the sessions asked about."""
    met, strengths = run_clock(asked, closes, carried)
    return Answers(closes, met, strengths, np.zeros(closes.shape, dtype=np.int8))


def known_by(
    entry: CandleSeries, answers: Mapping[Group, Answers], kept: Newest | None = None
) -> Known:
    """What is known by each close of the candles `entry`."""
    kept, at, newest = {} if kept is None else kept, entry.close_ts, {}
    for group, known in answers.items():
        if group.timeframe >= entry.timeframe:
            pair = entry.timeframe, group.timeframe
            if pair not in kept:
                kept[pair] = newest_closed(known.close_ts, at)
            newest[group.timeframe] = kept[pair]
    return Known(entry.ts, newest, answers)


def score_side(side: RuleSide, known: Known) -> Score:
    """Add up one side of a rule from the answers known by each close of its entry timeframe."""
    count = known.ts.size
    sums = np.zeros(count), np.zeros(count), np.ones(count, dtype=np.int8)
    for asked, group, place in side.weighed:
        condition, answers = asked.condition, known.answers[group]
        add_condition(
            condition.weight,
            condition.required,
            known.newest[group.timeframe],
            answers.met[place],
            answers.strengths[place],
            sums,
        )
    weights, weighted, possible = sums
    is_possible = possible > 0
    score = np.where(is_possible, weights / side.total_weight, 0.0)
    strength = np.divide(weighted, weights, out=np.zeros(count), where=weights > 0)
    enough = score >= side.rule.confluence_required.min_score - ROUNDING
    signal = is_possible & enough & bias_allows(side, known)
    return Score(side, known.ts, score, strength, signal)


def bias_allows(side: RuleSide, known: Known) -> NDArray[np.bool_]:
    """Whether the bias of the higher timeframes allows the side at each close."""
    required = side.rule.confluence_required
    allowed = np.ones(known.ts.shape, dtype=bool)
    for timeframe in required.bias_timeframes:
        newest = known.newest[timeframe]
        bias = np.zeros(newest.shape, dtype=np.int8)
        bias[newest >= 0] = known.answers[Group(timeframe)].bias[newest[newest >= 0]]
        if required.higher_timeframe_bias == "with":
            allowed &= bias == side.side
        else:
            allowed &= bias != -side.side
    return allowed


def newest_closed(closes: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each moment the row of the newest candle closed by then; -1 before the first."""
    rows: NDArray[np.int64] = np.searchsorted(closes, at, side="right") - 1
    return rows


def bias_of(trend: NDArray[np.int8], direction: NDArray[np.int8]) -> NDArray[np.int8]:
    """+1 bullish, -1 bearish, 0 neutral: the trend, where the phase's direction confirms it."""
    bias: NDArray[np.int8] = np.where(trend == direction, trend, 0).astype(np.int8)
    return bias
