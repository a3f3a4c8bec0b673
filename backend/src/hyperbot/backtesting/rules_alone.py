"""Each rule by itself: what all its signals would have made, each coin traded without the others.

In a shared account a rule gets few trades where others took the coin first, the day's loss was
reached or there was no room. Here it gets the trades that the engine would take if it had room:
costs, funding, trailing stops, time stops and cooldown as in a run; only the impact of size, the
limits of the account and `max_concurrent` (trades of the rule over all coins) do not count. Targets
are not rounded to the tick. Waits for a time stop or cooldown are counted in candles, not by the
clock: they differ where candles are missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.backtest import Market
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.price_grid import next_ticks, round_prices
from hyperbot.backtesting.rule_alone import RuleAlone
from hyperbot.backtesting.rule_signals import RuleSignals, acceptable, signals_by_rule
from hyperbot.backtesting.scanner import Scan
from hyperbot.backtesting.simulation import (
    Setups,
    SimulatedMarket,
    SimulatedTrades,
    SimulationRules,
    simulate,
)
from hyperbot.backtesting.trade_kernel import PENDING
from hyperbot.domain.trades import BREAKEVEN_R
from hyperbot.trading.risk_limits import RiskLimits

DAY_MS = 86_400_000
Floats = NDArray[np.float64]


class _Traded(NamedTuple):
    """Closed trades of a rule, and how many were left open."""

    day: NDArray[np.int64]
    net: Floats
    gross: Floats
    is_doubtful: NDArray[np.bool_]
    pending: int


def rules_alone(
    market: Market,
    scans: Mapping[str, Scan],
    rules: Sequence[str],
    limits: RiskLimits,
    simulation: SimulationRules,
) -> tuple[RuleAlone, ...]:
    """What each of `rules` (ids) makes of its signals, without an account."""
    coins = [
        CoinAlone(history, scans[history.coin], market.span, (limits, simulation))
        for history in market.histories
    ]
    return tuple(_summed(rule, coins) for rule in rules)


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
        self.given = signals_by_rule(scan, self._closes, first)

    def trade(self, rule: str) -> tuple[SimulatedTrades, NDArray[np.int64]] | None:
        """The rule's trades and the moments at which they were entered; None without signals."""
        given = self.given.get(rule)
        if given is None:
            return None
        kept = acceptable(given, self._history, self._limits, self._simulation.costs)
        trades = simulate(self._market(kept), self._setups(kept), self._simulation)
        return trades, self._candles.ts[trades.entry_row]

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


def _summed(rule: str, coins: Sequence[CoinAlone]) -> RuleAlone:
    given = sum(len(coin.given[rule].row) for coin in coins if rule in coin.given)
    traded = _joined([made for coin in coins if (made := coin.trade(rule)) is not None])
    net, count = traded.net, traded.net.size
    lost = -float(net[net < 0].sum())
    return RuleAlone(
        rule=rule,
        signals=given,
        trades=count,
        pending=traded.pending,
        wins=int((net >= float(BREAKEVEN_R)).sum()),
        mean_r=float(net.mean()) if count else None,
        mean_gross_r=float(traded.gross.mean()) if count else None,
        total_r=float(net.sum()),
        profit_factor=float(net[net > 0].sum()) / lost if lost else None,
        error_r=clustered_error(net, traded.day),
        doubtful_share=float(traded.is_doubtful.mean()) if count else None,
    )


def _joined(made: Sequence[tuple[SimulatedTrades, NDArray[np.int64]]]) -> _Traded:
    closed = [trades.reason != PENDING for trades, _ in made]

    def column(values: Iterator[NDArray[Any]], dtype: type) -> NDArray[Any]:
        kept = [each[mask] for each, mask in zip(values, closed, strict=True)]
        return np.concatenate([np.empty(0, dtype), *kept])

    return _Traded(
        day=column((entered // DAY_MS for _, entered in made), np.int64),
        net=column((trades.net_r for trades, _ in made), np.float64),
        gross=column((trades.gross_r for trades, _ in made), np.float64),
        is_doubtful=column((trades.is_doubtful for trades, _ in made), np.bool_),
        pending=sum(int((~mask).sum()) for mask in closed),
    )


def clustered_error(results: Floats, days: NDArray[np.int64]) -> float | None:
    """The standard error of the mean of results of which those of one day hang together."""
    _, day = np.unique(days, return_inverse=True)
    sums = np.bincount(day, results - results.mean()) if results.size else np.empty(0)
    if sums.size < 2:
        return None
    return float(np.sqrt(sums.size / (sums.size - 1) * (sums**2).sum()) / results.size)
