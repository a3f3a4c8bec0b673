"""Each rule by itself: what all its signals would have made, each coin traded without the others.

In a shared account a rule gets few trades where others took the coin first, the day's loss was
reached or there was no room. Here it gets the trades that the engine would take if it had room:
costs, funding, trailing stops, time stops and cooldown as in a run; only the impact of size, the
limits of the account and `max_concurrent` (trades of the rule over all coins) do not count. Targets
are not rounded to the tick. Waits for a time stop or cooldown are counted in candles, not by the
clock: they differ where candles are missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.backtest import Market
from hyperbot.backtesting.coin_alone import AloneTrades, CoinAlone, joined
from hyperbot.backtesting.rule_alone import RuleAlone
from hyperbot.backtesting.scanner import Scan
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.domain.trades import BREAKEVEN_R
from hyperbot.trading.risk_limits import RiskLimits


def coins_alone(
    market: Market, scans: Mapping[str, Scan], limits: RiskLimits, simulation: SimulationRules
) -> tuple[CoinAlone, ...]:
    """Each coin of the market with the signals that were given in it."""
    return tuple(
        CoinAlone(history, scans[history.coin], market.span, (limits, simulation))
        for history in market.histories
    )


def rules_alone(coins: Sequence[CoinAlone], rules: Sequence[str]) -> tuple[RuleAlone, ...]:
    """What each of `rules` (ids) makes of its signals, without an account."""
    return tuple(rule_alone(rule, coins, trades_of(rule, coins)) for rule in rules)


def trades_of(rule: str, coins: Sequence[CoinAlone]) -> AloneTrades:
    """The rule's trades in all coins, in the order of entry."""
    accepted = ((coin, coin.accepted(rule)) for coin in coins)
    return joined([coin.traded(signals) for coin, signals in accepted if signals is not None])


def rule_alone(rule: str, coins: Sequence[CoinAlone], traded: AloneTrades) -> RuleAlone:
    """The rule's trades in numbers."""
    given = sum(len(coin.given[rule].row) for coin in coins if rule in coin.given)
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
        error_r=clustered_error(net, traded.days),
        doubtful_share=float(traded.is_doubtful.mean()) if count else None,
    )


def clustered_error(results: NDArray[np.float64], days: NDArray[np.int64]) -> float | None:
    """The standard error of the mean of results of which those of one day hang together."""
    _, day = np.unique(days, return_inverse=True)
    sums = np.bincount(day, results - results.mean()) if results.size else np.empty(0)
    if sums.size < 2:
        return None
    return float(np.sqrt(sums.size / (sums.size - 1) * (sums**2).sum()) / results.size)
