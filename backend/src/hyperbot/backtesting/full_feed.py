"""The slow, obvious way to hear from rules: every candle through the live detectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.scanner import detection_params, trailing_timeframes
from hyperbot.detection.compiled_rules import Group
from hyperbot.detection.confluence_scorer import ConfluenceScorer, Score
from hyperbot.detection.live_confluence import LiveConfluence
from hyperbot.domain.costs import Liquidity
from hyperbot.domain.events import SwingConfirmed
from hyperbot.domain.market import Timeframe
from hyperbot.domain.money import exact
from hyperbot.domain.rules import StrategyRule
from hyperbot.domain.signals import Signal
from hyperbot.trading.trade_setup import Moments, plan_of, signals_of

_REMEMBERED = 8
"""candles of each timeframe that a setup may look at"""


class LiveAdvisor:
    """Pushes candles as they close, as a live session does, and turns scores into signals.

    It must be asked about every base candle in order; what closed before the first is history.
    """

    def __init__(self, history: CoinHistory, rules: Sequence[StrategyRule]) -> None:
        self._history = history
        scorer = ConfluenceScorer(rules, detection_params(history.instrument))
        self._live = LiveConfluence(scorer)
        self._frames = history.frames(scorer.compiled.timeframes)
        self._pushed = dict.fromkeys(self._frames, 0)
        self._trailing = trailing_timeframes(rules)
        self._plans = {rule.id: plan_of(rule) for rule in rules}
        self._order = {id(side): place for place, side in enumerate(scorer.compiled.sides)}

    def advise(self, row: int) -> tuple[Sequence[SwingConfirmed], Sequence[Signal]]:
        """Swings that became known and signals given when base candle `row` closed."""
        at = int(self._history.base.ts[row]) + self._history.base.timeframe.ms
        scores: list[Score] = []
        closed: set[Timeframe] = set()
        for moment, _, timeframe in sorted(self._due(at)):
            found = self._push(timeframe)
            if moment == at:
                closed.add(timeframe)
                scores += (score for score in found if score.is_signal[0])
        scores.sort(key=lambda score: self._order[id(score.compiled)])
        swings = [
            swing
            for timeframe in self._trailing
            if timeframe in closed
            for swing in self._swings(timeframe, at)
        ]
        return swings, [signal for score in scores for signal in self._signals(score, row)]

    def _due(self, at: int) -> Iterator[tuple[int, int, Timeframe]]:
        """Candles not yet pushed that have closed; of those that close together coarser first."""
        for timeframe, series in self._frames.items():
            until = int(series.close_ts.searchsorted(at, side="right"))
            for close in series.close_ts[self._pushed[timeframe] : until].tolist():
                yield close, -timeframe.ms, timeframe

    def _push(self, timeframe: Timeframe) -> tuple[Score, ...]:
        candle = self._frames[timeframe][self._pushed[timeframe]]
        self._pushed[timeframe] += 1
        return self._live.push(timeframe, candle)

    def _swings(self, timeframe: Timeframe, at: int) -> Iterator[SwingConfirmed]:
        facts = self._live.newest_facts(Group(timeframe))
        for side, kind in ((1, "low"), (-1, "high")):
            if facts is not None and facts[f"structure.swing_{kind}"]:
                price = exact(facts[f"structure.swing_{kind}.price"])
                yield SwingConfirmed(at, self._history.coin, timeframe.ms, side, price)

    def _signals(self, score: Score, row: int) -> Iterator[Signal]:
        rule = score.compiled.rule
        pushed = self._pushed[rule.timeframe]
        known = self._frames[rule.timeframe][max(0, pushed - _REMEMBERED) : pushed]

        def liquidity(_: int) -> Liquidity:
            return self._history.liquidity(row + 1)

        moments = Moments(known, np.array([len(known) - 1]), score.score, self._fact, liquidity)
        return signals_of(score.compiled, self._plans[rule.id], moments, self._history.instrument)

    def _fact(self, group: Group, name: str) -> NDArray[np.float64]:
        facts = self._live.newest_facts(group)
        return np.array([0.0 if facts is None else facts[name]], dtype=np.float64)
