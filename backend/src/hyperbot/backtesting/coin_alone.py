"""One coin, and what a rule's signals make in it without any other rule, or any account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.price_grid import next_ticks, round_prices
from hyperbot.backtesting.rule_signals import (
    RuleSignals,
    is_acceptable,
    on_the_grid,
    signals_by_rule,
)
from hyperbot.backtesting.scanner import Scan
from hyperbot.backtesting.simulation import (
    Setups,
    SimulatedMarket,
    SimulatedTrades,
    SimulationRules,
    simulate,
)
from hyperbot.backtesting.trade_kernel import PENDING
from hyperbot.backtesting.walk_forward import Dated
from hyperbot.domain.market import CandleSeries
from hyperbot.trading.risk_limits import RiskLimits

DAY_MS = 86_400_000
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class AloneTrades(NamedTuple):
    """Closed trades as columns (n,), and how many were left open."""

    signal: Integers
    """index of the signal each was made of"""
    entry: Integers
    """open of the candle of the entry, ms UTC"""
    exit: Integers
    """close of the candle of the last exit: when the result is known"""
    side: Integers
    net: Floats
    """R after all costs"""
    gross: Floats
    """R before fees and funding"""
    is_doubtful: NDArray[np.bool_]
    pending: int

    @property
    def days(self) -> Integers:
        """The UTC day of each entry, counted from 1970."""
        return self.entry // DAY_MS

    @property
    def dated(self) -> Dated:
        """The results with the times at which they were begun and known."""
        return Dated(self.entry, self.exit, self.net)

    def where(self, chosen: NDArray[Any]) -> AloneTrades:
        """Some of the closed ones: a mask, or indices."""
        return AloneTrades._make((*(column[chosen] for column in self[:-1]), 0))


def joined(parts: Sequence[AloneTrades]) -> AloneTrades:
    """Trades of several coins in the order of entry; `signal` then counts within a coin."""
    dtypes = (*(np.int64,) * 4, np.float64, np.float64, np.bool_)
    columns = [
        np.concatenate([np.empty(0, dtype), *(part[place] for part in parts)])
        for place, dtype in enumerate(dtypes)
    ]
    order = np.argsort(columns[1], kind="stable")
    pending = sum(part.pending for part in parts)
    return AloneTrades._make((*(column[order] for column in columns), pending))


class CoinAlone:
    """One coin, and the signals of all rules in it."""

    def __init__(
        self,
        history: CoinHistory,
        scan: Scan,
        span: tuple[int, int],
        terms: tuple[RiskLimits, SimulationRules],
    ) -> None:
        first, last = history.base.ts.searchsorted(span).tolist()
        self._history, self._scan = history, scan
        self._limits, self._simulation = terms
        self._candles = history.base if last == len(history.base) else history.base[:last]
        self._closes = self._candles.close_ts
        self._funding = funding_before(history)[: last + 1]
        self._markets: dict[int, SimulatedMarket] = {}
        self.first = first
        """row of the first candle of the span"""
        self.given = signals_by_rule(scan, self._closes, first)

    @property
    def history(self) -> CoinHistory:
        """All that is known of the coin's past."""
        return self._history

    @property
    def candles(self) -> CandleSeries:
        """Its base candles up to the end of the span."""
        return self._candles

    def accepted(self, rule: str) -> RuleSignals | None:
        """The rule's signals that would be traded if there was room; None if it gave none."""
        given = self.given.get(rule)
        return None if given is None else self.acceptable(given)

    def acceptable(self, given: RuleSignals) -> RuleSignals:
        """Those of any signals that would be traded if there was room, their prices on the grid."""
        placed = on_the_grid(given, self._history)
        return placed.where(self.is_acceptable(placed))

    def is_acceptable(self, placed: RuleSignals) -> NDArray[np.bool_]:
        """Which signals would be traded if there was room."""
        return is_acceptable(placed, self._history, self._limits, self._simulation.costs)

    def simulated(
        self, signals: RuleSignals, simulation: SimulationRules | None = None
    ) -> SimulatedTrades:
        """What becomes of signals, in the order of their rows, on these or on other terms."""
        rules = simulation or self._simulation
        return simulate(self._market(signals), self._setups(signals), rules)

    def traded(
        self, signals: RuleSignals, simulation: SimulationRules | None = None
    ) -> AloneTrades:
        """The same as trades with times."""
        made = self.simulated(signals, simulation)
        closed = np.flatnonzero(made.reason != PENDING)
        return AloneTrades(
            signal=made.setup[closed],
            entry=self._candles.ts[made.entry_row[closed]],
            exit=self._closes[made.exit_row[closed]],
            side=signals.side[made.setup[closed]],
            net=made.net_r[closed],
            gross=made.gross_r[closed],
            is_doubtful=made.is_doubtful[closed],
            pending=len(made) - closed.size,
        )

    def _market(self, given: RuleSignals) -> SimulatedMarket:
        plan = given.plan
        trails = any(target.then == "trail" for target in plan.targets)
        timeframe = plan.timeframe_ms if trails else 0
        if timeframe not in self._markets:
            self._markets[timeframe] = SimulatedMarket(
                self._candles,
                self._history.atr[: len(self._candles)],
                self._funding,
                self._trailing(timeframe) if trails else None,
            )
        return self._markets[timeframe]

    def _trailing(self, timeframe: int) -> Floats:
        """One tick beyond the swings of a timeframe, where they became known."""
        levels = np.full((2, len(self._candles)), np.nan)
        if not self._closes.size:
            return levels
        for level, side in zip(levels, (1, -1), strict=True):
            swings = self._scan.swings[timeframe, side]
            rows = self._closes.searchsorted(swings.at)
            rows[rows == self._closes.size] = 0
            is_there = self._closes[rows] == swings.at
            legal = round_prices(self._history.instrument, swings.prices[is_there], -side)
            level[rows[is_there]] = next_ticks(self._history.instrument, legal, -side)
        return levels

    def _setups(self, given: RuleSignals) -> Setups:
        plan, candle_ms = given.plan, self._candles.timeframe.ms
        held = (plan.time_stop_ms or 0) // candle_ms
        last_rows = self._closes.searchsorted(given.valid_until)
        return (
            Setups(given.row, given.side, given.stop)
            .waiting(given.kind, given.entry, last_rows)
            .closing(plan.targets, given.level)
            .held(np.full(len(given.row), held), plan.cooldown_ms // candle_ms)
        )


def funding_before(history: CoinHistory) -> Floats:
    """The sum of rate * price of all payments due in the candles before each, and in all."""
    rows, count = history.funding_rows, len(history.base)
    within = rows < count
    rows = rows[within]
    due = history.funding.rates[within] * history.base.open[rows]
    sums: Floats = np.zeros(count + 1)
    np.cumsum(np.bincount(rows, due, count), out=sums[1:])
    return sums
