"""The whole history in compiled code: which signals there are, and where something can happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.detection.compiled_rules import Group
from hyperbot.detection.confluence_explanation import Explanations, explanations
from hyperbot.detection.confluence_scorer import (
    Confluence,
    ConfluenceScorer,
    Score,
    newest_closed,
)
from hyperbot.detection.params import CandleParams, DetectionParams
from hyperbot.domain.bars import Reach
from hyperbot.domain.events import SwingConfirmed
from hyperbot.domain.instruments import PRICE_DECIMALS, Instrument
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.money import exact
from hyperbot.domain.rules import StrategyRule
from hyperbot.domain.signals import Signal
from hyperbot.trading.trade_setup import Moments, plan_of, signals_of

_CHUNK = 128
MOST_FACT_TABLES = 16
"""tables of facts (timeframes, sets of parameters) held at once: one takes 0.5 kB a candle"""


class Scan(NamedTuple):
    """What rules say over the history of one coin."""

    signals: Mapping[int, tuple[Signal, ...]]
    """by the moment at which they are given, in the order of the rules"""
    swings: Mapping[tuple[int, int], Swings]
    """by timeframe (ms) and side, where stops may trail"""
    reasons: Mapping[tuple[str, int, int], Explanations] = MappingProxyType({})
    """by id and version of the rule and side, why the signals were given, in order of time"""


class Swings(NamedTuple):
    """Confirmed swings of one kind: moments at which they became known, and their prices."""

    at: NDArray[np.int64]
    prices: NDArray[np.float64]


def detection_params(instrument: Instrument) -> DetectionParams:
    """The market's parameters: the smallest price step that the coin can ever have."""
    tick = 10.0 ** (instrument.size_decimals - PRICE_DECIMALS)
    return DetectionParams(candle=CandleParams(tick=tick))


def scan(history: CoinHistory, rules: Sequence[StrategyRule], since_ms: int, until_ms: int) -> Scan:
    """All signals and swings known in [since_ms, until_ms]. Raises InvalidInput.

    What lies before is read as history.
    """
    found: dict[int, list[Signal]] = {}
    swings: dict[tuple[int, int], Swings] = {}
    reasons: dict[tuple[str, int, int], Explanations] = {}
    for batch in _batches(rules):
        scorer = ConfluenceScorer(batch, detection_params(history.instrument))
        confluence = scorer.analyze(history.frames(scorer.compiled.timeframes))
        swings |= trailing_swings(confluence, batch)
        for score in confluence.scores:
            rule, rows = score.compiled.rule, _rows(confluence, score, (since_ms, until_ms))
            told = explanations(confluence, score, rows)
            reasons[rule.id, rule.version, score.compiled.side] = told
            for signal in _signals(history, confluence, score, rows):
                found.setdefault(signal.at, []).append(signal)
    return Scan({at: tuple(each) for at, each in found.items()}, swings, reasons)


def _batches(rules: Sequence[StrategyRule]) -> Iterator[list[StrategyRule]]:
    """Rules in their order, so many at a time that their facts fit into memory together."""
    batch: list[StrategyRule] = []
    asked: set[tuple[object, ...]] = set()
    for rule in rules:
        own: set[tuple[object, ...]] = {
            (rule.timeframe_of(condition), condition.parameters) for condition in rule.tests
        }
        if batch and len(asked | own) > MOST_FACT_TABLES:
            yield batch
            batch, asked = [], set()
        batch.append(rule)
        asked |= own
    yield batch


def _rows(confluence: Confluence, score: Score, span: tuple[int, int]) -> NDArray[np.int64]:
    """The candles of a rule's timeframe at whose close it gives a signal."""
    closes = confluence.candles[score.compiled.rule.timeframe].close_ts
    return np.flatnonzero(score.is_signal & (closes >= span[0]) & (closes <= span[1]))


def _signals(
    history: CoinHistory, confluence: Confluence, score: Score, rows: NDArray[np.int64]
) -> Iterator[Signal]:
    plan = plan_of(score.compiled.rule)
    candles = confluence.candles[score.compiled.rule.timeframe]
    closes = candles.close_ts
    base_rows = newest_closed(history.base.close_ts, closes[rows]) + 1
    facts, known = facts_at(confluence, closes[rows]), history.liquidities(base_rows)
    moments = Moments(candles, rows, score.score[rows], facts, known.__getitem__)
    yield from signals_of(score.compiled, plan, moments, history.instrument)


def facts_at(
    confluence: Confluence, moments: NDArray[np.int64]
) -> Callable[[Group, str], NDArray[np.float64]]:
    """Reads a fact of the newest candle of a group that had closed by each moment; 0 before."""

    def fact(group: Group, name: str) -> NDArray[np.float64]:
        newest = newest_closed(confluence.candles[group.timeframe].close_ts, moments)
        values = confluence.facts[group][name]
        read: NDArray[np.float64] = np.zeros(moments.size)
        known = newest >= 0
        read[known] = values[newest[known]]
        return read

    return fact


def trailing_swings(
    confluence: Confluence, rules: Sequence[StrategyRule]
) -> dict[tuple[int, int], Swings]:
    """The swings of each timeframe on which a rule trails its stop."""
    found: dict[tuple[int, int], Swings] = {}
    for timeframe in trailing_timeframes(rules):
        facts, closes = confluence.facts[Group(timeframe)], confluence.candles[timeframe].close_ts
        for side, kind in ((1, "low"), (-1, "high")):
            rows = np.flatnonzero(facts[f"structure.swing_{kind}"])
            prices = facts[f"structure.swing_{kind}.price"][rows]
            found[timeframe.ms, side] = Swings(closes[rows], prices)
    return found


def trailing_timeframes(rules: Sequence[StrategyRule]) -> list[Timeframe]:
    """The timeframes on which some rule trails its stop behind swings, from fine to coarse."""
    trailing = (r for r in rules if any(target.then == "trail" for target in r.targets))
    return sorted({rule.timeframe for rule in trailing})


class ScannedAdvisor:
    """What a scan found, told when its moment comes."""

    def __init__(self, history: CoinHistory, scanned: Scan) -> None:
        self._history, self._scan = history, scanned

    def advise(self, row: int) -> tuple[Sequence[SwingConfirmed], Sequence[Signal]]:
        """Swings that became known and signals given when base candle `row` closed."""
        at = int(self._history.base.ts[row]) + self._history.base.timeframe.ms
        return list(self._swings(at)), self._scan.signals.get(at, ())

    def _swings(self, at: int) -> Iterator[SwingConfirmed]:
        for (timeframe_ms, side), known in self._scan.swings.items():
            place = int(known.at.searchsorted(at))
            if place < known.at.size and known.at[place] == at:
                price = exact(known.prices[place])
                yield SwingConfirmed(at, self._history.coin, timeframe_ms, side, price)


def first_within(candles: CandleSeries, first: int, reach: Reach) -> int:
    """The first row from `first` on whose candle lies within reach; the length if none does."""
    if reach.at_next:
        return first
    low, high, count, chunk = candles.low, candles.high, len(candles), _CHUNK
    while first < count:
        until = first + chunk
        hit = (low[first:until] <= reach.below) | (high[first:until] >= reach.above)
        place = int(hit.argmax())
        if hit[place]:
            return first + place
        first, chunk = until, 4 * chunk
    return count
