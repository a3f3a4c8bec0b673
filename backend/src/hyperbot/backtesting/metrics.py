"""Trades summed up in numbers: of a rule, of a coin, of all. A number nobody can know is None."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean

import numpy as np

from hyperbot.backtesting.account_metrics import YEAR_MS, AccountStats, account_stats
from hyperbot.backtesting.equity import EquityCurve
from hyperbot.backtesting.excursions import Excursion
from hyperbot.domain.trades import Trade

Excursed = tuple[Trade, Excursion]


@dataclass(frozen=True, slots=True)
class Costs:
    """What trading took, in quote units and in R (each trade's by its own risk).

    Positive was lost; `funding` is negative where more was received than paid.
    """

    fees: float
    funding: float
    slippage: float
    forfeited: float
    fees_r: float
    funding_r: float
    slippage_r: float
    forfeited_r: float


@dataclass(frozen=True, slots=True)
class TradeStats:
    """What became of a group of trades.

    All means are over closed trades; `net`, `gross` and costs hold what open ones brought so far.
    """

    trades: int
    """closed"""
    pending: int
    """still open at the end"""
    longs: int
    shorts: int
    wins: int
    losses: int
    breakevens: int
    """|R| < 0.1"""
    win_rate: float | None
    """wins / closed trades"""
    expectancy_r: float | None
    """mean R of a trade (Tharp)"""
    expectancy: float | None
    """mean net result of a trade, in quote units"""
    average_win_r: float | None
    average_loss_r: float | None
    profit_factor: float | None
    """sum of positive net results / sum of negative ones; None without a negative one"""
    net: float
    gross: float
    net_long: float
    net_short: float
    total_r: float
    max_drawdown_r: float
    """deepest fall of the sum of R, in the order in which trades closed"""
    costs: Costs
    mean_mae_r: float | None
    mean_mfe_r: float | None
    longest_losing_streak: int
    """losses in a row, in the order in which trades closed; a breakeven ends it"""
    exit_reasons: dict[str, int]
    """of the last exit of each closed trade"""
    doubtful_share: float | None
    """trades that another order of prices within a candle would have changed / all"""
    time_in_market: float
    """share of the span in which at least one of the trades was open"""
    turnover: float | None
    """value bought and sold in a year / mean equity"""


@dataclass(frozen=True, slots=True)
class Performance:
    """All numbers of a run."""

    account: AccountStats
    trades: TradeStats
    by_rule: dict[str, TradeStats]
    by_coin: dict[str, TradeStats]


def performance(
    trades: Sequence[Trade],
    excursions: Sequence[Excursion],
    curve: EquityCurve,
    rules: Sequence[str] = (),
    coins: Sequence[str] = (),
) -> Performance:
    """The numbers of all trades, of each rule and of each coin; those without trades too.

    `excursions` belong to `trades` one by one. Ids in `rules` and names in `coins` come first, in
    their order; others follow in the order of their first trade.
    """
    both = list(zip(trades, excursions, strict=True))

    def grouped(names: Sequence[str], name: Callable[[Trade], str]) -> dict[str, TradeStats]:
        groups: dict[str, list[Excursed]] = {each: [] for each in names}
        for pair in both:
            groups.setdefault(name(pair[0]), []).append(pair)
        return {each: trade_stats(group, curve) for each, group in groups.items()}

    return Performance(
        account=account_stats(curve),
        trades=trade_stats(both, curve),
        by_rule=grouped(rules, lambda trade: trade.signal.plan.rule_id),
        by_coin=grouped(coins, lambda trade: trade.signal.coin),
    )


def trade_stats(group: Sequence[Excursed], curve: EquityCurve) -> TradeStats:
    """The numbers of some trades with their excursions, during the span of `curve`."""
    every = [trade for trade, _ in group]
    closed = sorted((t for t in every if t.closed_at is not None), key=_closing)
    of_closed = [excursion for trade, excursion in group if trade.closed_at is not None]
    outcomes = Counter(trade.outcome for trade in closed)
    results = [trade.r for trade in closed]
    return TradeStats(
        trades=len(closed),
        pending=len(every) - len(closed),
        longs=sum(trade.signal.side > 0 for trade in every),
        shorts=sum(trade.signal.side < 0 for trade in every),
        wins=outcomes["win"],
        losses=outcomes["loss"],
        breakevens=outcomes["breakeven"],
        win_rate=outcomes["win"] / len(closed) if closed else None,
        expectancy_r=_mean(results),
        expectancy=_mean([trade.net for trade in closed]),
        average_win_r=_mean([trade.r for trade in closed if trade.outcome == "win"]),
        average_loss_r=_mean([trade.r for trade in closed if trade.outcome == "loss"]),
        profit_factor=_profit_factor(closed),
        net=_sum([trade.net for trade in every]),
        gross=_sum([trade.gross for trade in every]),
        net_long=_sum([trade.net for trade in every if trade.signal.side > 0]),
        net_short=_sum([trade.net for trade in every if trade.signal.side < 0]),
        total_r=_sum(results),
        max_drawdown_r=_deepest_fall(results),
        costs=_costs(every),
        mean_mae_r=fmean(each.mae_r for each in of_closed) if of_closed else None,
        mean_mfe_r=fmean(each.mfe_r for each in of_closed) if of_closed else None,
        longest_losing_streak=_losing_streak(closed),
        exit_reasons=dict(sorted(Counter(trade.exit_reason for trade in closed).items())),
        doubtful_share=sum(t.is_doubtful for t in every) / len(every) if every else None,
        time_in_market=_time_in_market(every, curve),
        turnover=_turnover(every, curve),
    )


def _closing(trade: Trade) -> tuple[int, int, str]:
    return trade.closed_at or 0, trade.opened_at, trade.signal.id


def _sum(values: Sequence[Decimal]) -> float:
    return float(sum(values, Decimal(0)))


def _mean(values: Sequence[Decimal]) -> float | None:
    return float(sum(values, Decimal(0)) / len(values)) if values else None


def _profit_factor(closed: Sequence[Trade]) -> float | None:
    won = sum((trade.net for trade in closed if trade.net > 0), Decimal(0))
    lost = -sum((trade.net for trade in closed if trade.net < 0), Decimal(0))
    return float(won / lost) if lost else None


def _deepest_fall(results: Sequence[Decimal]) -> float:
    total = peak = deepest = Decimal(0)
    for result in results:
        total += result
        peak = max(peak, total)
        deepest = max(deepest, peak - total)
    return float(deepest)


def _losing_streak(closed: Sequence[Trade]) -> int:
    longest = current = 0
    for trade in closed:
        current = current + 1 if trade.outcome == "loss" else 0
        longest = max(longest, current)
    return longest


def _costs(trades: Sequence[Trade]) -> Costs:
    def both(cost: Callable[[Trade], Decimal]) -> tuple[float, float]:
        in_r = [cost(trade) / trade.risk for trade in trades if trade.risk]
        return _sum([cost(trade) for trade in trades]), _sum(in_r)

    fees, fees_r = both(lambda trade: trade.fees)
    funding, funding_r = both(lambda trade: -trade.funding)
    slippage, slippage_r = both(lambda trade: trade.slippage)
    forfeited, forfeited_r = both(lambda trade: trade.forfeited)
    return Costs(fees, funding, slippage, forfeited, fees_r, funding_r, slippage_r, forfeited_r)


def _time_in_market(trades: Sequence[Trade], curve: EquityCurve) -> float:
    begin, end = int(curve.ts[0]), int(curve.ts[-1])
    covered, reached = 0, begin
    for trade in sorted(trades, key=lambda each: each.opened_at):
        until = min(end if trade.closed_at is None else trade.closed_at, end)
        since = max(trade.opened_at, reached)
        covered += max(until - since, 0)
        reached = max(reached, until)
    return covered / (end - begin) if end > begin else 0.0


def _turnover(trades: Sequence[Trade], curve: EquityCurve) -> float | None:
    years = (int(curve.ts[-1]) - int(curve.ts[0])) / YEAR_MS
    mean_equity = float(np.mean(curve.equity))
    if years <= 0 or mean_equity <= 0:
        return None
    traded = sum((_traded(trade) for trade in trades), Decimal(0))
    return float(traded) / mean_equity / years


def _traded(trade: Trade) -> Decimal:
    closed = sum((fill.size * fill.price for fill in trade.exits), Decimal(0))
    return trade.size * trade.entry_price + closed
