"""Trades of a backtest to things that can be drawn on its candles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from hyperbot.domain.market import CandleSeries

Outcome = Literal["win", "loss", "breakeven", "pending"]


class DrawnExit(NamedTuple):
    """A fill that made the position smaller; `at` is the open of its candle, ms UTC."""

    at: int
    price: float
    reason: str


@dataclass(frozen=True, slots=True)
class DrawnTrade:
    """What is drawn and told of a trade; times in ms UTC, at the open of their candles."""

    rule: str
    side: int
    opened_at: int
    closed_at: int | None
    """None: still open at the end of the run"""
    entry: float
    stop: float
    """the first one"""
    targets: tuple[float, ...]
    exits: tuple[DrawnExit, ...]
    outcome: Outcome
    reason: str
    """of the last exit"""
    r: float
    net: float
    costs: float
    is_doubtful: bool = False


def trades_within(
    trades: Sequence[DrawnTrade], series: CandleSeries, first: int = 0
) -> list[DrawnTrade]:
    """The trades that were open during the candles from row `first` on, in the order of opening."""
    begin, end = int(series.ts[first]), int(series.close_ts[-1])
    kept = (
        trade
        for trade in trades
        if trade.opened_at < end and (trade.closed_at is None or trade.closed_at >= begin)
    )
    return sorted(kept, key=lambda trade: trade.opened_at)


def trade_layer(
    trades: Sequence[DrawnTrade], series: CandleSeries, first: int = 0
) -> list[dict[str, Any]]:
    """The trades within the candles from row `first` on, with rows counted from there.

    A trade opened before that begins at -1; one not closed by the last candle is cut there.
    """
    end = int(series.close_ts[-1])
    last = len(series) - 1 - first

    def row(moment: int) -> int:
        place = int(np.searchsorted(series.ts, moment, side="right")) - 1 - first
        return max(place, -1)

    return [
        {
            "rule": trade.rule,
            "side": trade.side,
            "start": row(trade.opened_at),
            "end": last if trade.closed_at is None else row(trade.closed_at),
            "cut": trade.closed_at is None or trade.closed_at >= end,
            "opened": trade.opened_at // 1000,
            "closed": None if trade.closed_at is None else trade.closed_at // 1000,
            "entry": trade.entry,
            "stop": trade.stop,
            "targets": list(trade.targets),
            "exits": [
                [row(each.at), each.price, each.reason] for each in trade.exits if each.at < end
            ],
            "outcome": trade.outcome,
            "reason": trade.reason,
            "r": trade.r,
            "net": trade.net,
            "costs": trade.costs,
            "doubtful": trade.is_doubtful,
        }
        for trade in trades_within(trades, series, first)
    ]
