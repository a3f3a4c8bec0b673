"""One variant of a rule after the other on one coin, each traded alone: what a sweep repeats.

The same trades as `rules_alone` makes, faster: facts are detected once for all variants, and
signals are columns of numbers from the first to the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.coin_alone import AloneTrades, CoinAlone, joined
from hyperbot.backtesting.fact_shelf import FactKey, FactShelf
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.rule_signals import FOREVER, RuleSignals
from hyperbot.backtesting.scanner import (
    Scan,
    Swings,
    detection_params,
    facts_at,
    trailing_swings,
)
from hyperbot.backtesting.simulation import KINDS, SimulationRules
from hyperbot.detection.compiled_rules import Group
from hyperbot.detection.condition_program import with_parameters
from hyperbot.detection.confluence_scorer import (
    Confluence,
    ConfluenceScorer,
    Newest,
    Score,
    newest_closed,
)
from hyperbot.detection.detector import detect
from hyperbot.detection.facts import Facts
from hyperbot.domain.costs import Liquidity
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.money import ZERO
from hyperbot.domain.rules import StrategyRule
from hyperbot.trading.risk_limits import RiskLimits
from hyperbot.trading.trade_setup import Moments, all_beyond, levels_of, plan_of

Integers = NDArray[np.int64]
MOST_LEVELS = 64
"""columns of entries and stops that are kept, ticks added"""
_UNASKED = Liquidity(ZERO, ZERO)


class VariantTrades(NamedTuple):
    """What one variant did on one coin."""

    signals: int
    trades: AloneTrades


class CoinVariants:
    """One coin's past, on which rules are tried one after the other."""

    def __init__(
        self,
        history: CoinHistory,
        span: tuple[int, int],
        terms: tuple[RiskLimits, SimulationRules],
        shelf: FactShelf,
    ) -> None:
        self._history, self._span, self._shelf = history, span, shelf
        self._first, last = history.base.ts.searchsorted(span).tolist()
        self._closes = history.base.close_ts[:last]
        self._params = detection_params(history.instrument)
        self._newest: Newest = {}
        self._swings: dict[tuple[int, int], Swings] = {}
        self._beyond = lru_cache(MOST_LEVELS)(self._moved)
        self._alone = CoinAlone(history, Scan({}, self._swings), span, terms)

    def trades(self, rule: StrategyRule) -> VariantTrades:
        """What `rule` makes of its signals here. Raises InvalidInput."""
        given = self.signals(rule)
        if given is None:
            return VariantTrades(0, joined([]))
        return VariantTrades(len(given.row), self._alone.traded(self._alone.acceptable(given)))

    def signals(self, rule: StrategyRule) -> RuleSignals | None:
        """The signals that `scan` and `signals_by_rule` would tell of; None if there are none."""
        scorer = ConfluenceScorer([rule], self._params)
        frames = self._history.frames(scorer.compiled.timeframes)
        facts = {
            group: self._shelf.facts(
                FactKey(self._history.coin, group),
                partial(self._detect, frames[group.timeframe], group),
            )
            for group in scorer.compiled.fact_groups
        }
        confluence = scorer.weigh(frames, facts, self._newest)
        if new := trailing_swings(confluence, [rule]):
            self._swings |= new
        sides = list(self._sides(confluence))
        return _by_time(sides) if sides else None

    def _detect(self, candles: CandleSeries, group: Group) -> Facts:
        return detect(candles, with_parameters(self._params, group.parameters))

    def _moved(self, prices: bytes, ticks: int) -> NDArray[np.float64]:
        """Of variants that differ in their targets alone, levels are the same again and again."""
        return all_beyond(np.frombuffer(prices), ticks, self._history.instrument)

    def _sides(self, confluence: Confluence) -> Iterator[tuple[RuleSignals, NDArray[np.float64]]]:
        """Signals of each side that has some, with their scores."""
        for score in confluence.scores:
            rows = self._signal_rows(confluence, score)
            if rows.size:
                yield self._columns(confluence, score, rows), score.score[rows]

    def _signal_rows(self, confluence: Confluence, score: Score) -> Integers:
        closes = confluence.candles[score.compiled.rule.timeframe].close_ts
        rows: Integers = np.flatnonzero(score.is_signal)
        at = closes[rows]
        rows, at = rows[is_in := (at >= self._span[0]) & (at <= self._span[1])], at[is_in]
        base = self._closes.searchsorted(at)
        is_heard = (base >= self._first) & (base < self._closes.size)
        is_heard[is_heard] = self._closes[base[is_heard]] == at[is_heard]
        heard: Integers = rows[is_heard]
        return heard

    def _columns(self, confluence: Confluence, score: Score, rows: Integers) -> RuleSignals:
        history, compiled = self._history, score.compiled
        candles = confluence.candles[compiled.rule.timeframe]
        at = candles.close_ts[rows]
        facts = facts_at(confluence, at)
        moments = Moments(candles, rows, score.score[rows], facts, lambda i: _UNASKED)
        wanted = levels_of(compiled, moments)
        before = newest_closed(history.base.close_ts, at) + 1
        until = at + wanted.valid_ms if wanted.valid_ms else np.full(rows.size, FOREVER)
        return RuleSignals(
            plan=plan_of(compiled.rule),
            row=self._closes.searchsorted(at),
            side=np.full(rows.size, compiled.side, np.int64),
            kind=np.full(rows.size, KINDS.index(wanted.kind), np.int64),
            entry=self._beyond(wanted.entries.tobytes(), wanted.entry_ticks),
            stop=self._beyond(wanted.stops.tobytes(), wanted.stop_ticks),
            level=np.where(wanted.lasts > 0, wanted.lasts, np.nan),
            valid_until=until,
            atr=history.atr[before],
            is_thin=history.mean_volume[before] == 0,
        )


def _by_time(sides: list[tuple[RuleSignals, NDArray[np.float64]]]) -> RuleSignals:
    """All sides together; of one moment the best score comes first, of equals the long."""
    columns = [
        np.concatenate(parts) for parts in zip(*(side[1:] for side, _ in sides), strict=True)
    ]
    scores = np.concatenate([each for _, each in sides])
    order = np.lexsort((-scores, columns[0]))
    return RuleSignals._make((sides[0][0].plan, *(column[order] for column in columns)))
