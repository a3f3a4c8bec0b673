"""Confluence one candle at a time, with the same scores as over the whole history."""

from __future__ import annotations

import numpy as np

from hyperbot.detection.compiled_rules import Group, RuleSide
from hyperbot.detection.condition_program import new_carry, run, with_parameters
from hyperbot.detection.confluence_scorer import (
    Answers,
    ConfluenceScorer,
    Score,
    bias_of,
    clock_answers,
    known_by,
    score_side,
)
from hyperbot.detection.detector import Detector
from hyperbot.detection.facts import FactRow
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import Candle, CandleSeries, Timeframe


class LiveConfluence:
    """Scores rules as candles close: one detector per timeframe and set of parameters.

    Candles are pushed in the order in which they close; of those that close together the coarser
    comes first, since the finer is judged by it.
    """

    def __init__(self, scorer: ConfluenceScorer) -> None:
        self._compiled = scorer.compiled
        self._detectors = {
            group: Detector(with_parameters(scorer.params, group.parameters))
            for group in self._compiled.fact_groups
        }
        self._carried = {
            group: new_carry(program) for group, program in self._compiled.programs.items()
        }
        self._answers = {group: self._none_yet(group) for group in self._compiled.programs}
        self._rows: dict[Group, FactRow] = {}
        self._timeframes = frozenset(self._compiled.timeframes)
        self._last_close = (0, 0)

    def push(self, timeframe: Timeframe, candle: Candle) -> tuple[Score, ...]:
        """Take a closed candle; the scores (one row each) of the rules that enter on it.

        Raises InvalidInput, and takes nothing, for a timeframe that no rule looks at, a candle that
        breaks the rules of `CandleSeries`, and one that comes out of order.
        """
        if timeframe not in self._timeframes:
            raise InvalidInput(f"no rule looks at {timeframe} candles")
        series = CandleSeries("live", timeframe, *([number] for number in candle))
        close = int(series.close_ts[0]), -timeframe.ms
        if close <= self._last_close:
            raise InvalidInput(
                f"the {timeframe} candle at {candle.ts} comes too late: push candles in the order "
                "in which they close, of those that close together the coarser first"
            )
        for group in self._answers:
            if group.timeframe == timeframe:
                self._answers[group] = self._answer(group, series, candle)
        self._last_close = close
        sides = [side for side in self._compiled.sides if side.rule.timeframe == timeframe]
        if not sides:
            return ()
        known = known_by(series, self._answers)
        return tuple(score_side(side, known) for side in sides)

    @property
    def sides(self) -> tuple[RuleSide, ...]:
        """All sides of all rules."""
        return self._compiled.sides

    def newest_facts(self, group: Group) -> FactRow | None:
        """The facts of the newest candle of a group; None before the first."""
        return self._rows.get(group)

    def _answer(self, group: Group, series: CandleSeries, candle: Candle) -> Answers:
        program, carried = self._compiled.programs[group], self._carried[group]
        if group.is_clock:
            return clock_answers(self._compiled.asked[group], series.close_ts, carried)
        row = self._rows[group] = self._detectors[group].push(candle)
        met, strengths = run(program, row.stores(), (0, 1), carried)
        trend, direction = row["structure.trend"], row["cycle.direction"]
        bias = bias_of(np.array([trend], dtype=np.int8), np.array([direction], dtype=np.int8))
        return Answers(series.close_ts, met, strengths, bias)

    def _none_yet(self, group: Group) -> Answers:
        conditions = len(self._compiled.programs[group].conditions)
        return Answers(
            np.empty(0, dtype=np.int64),
            np.empty((conditions, 0), dtype=np.int8),
            np.empty((conditions, 0), dtype=np.float32),
            np.empty(0, dtype=np.int8),
        )
