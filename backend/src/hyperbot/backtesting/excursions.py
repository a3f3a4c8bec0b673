"""How far price went against and for each trade while it lasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.trades import Trade

STOPPED = frozenset({"sl", "breakeven", "trail", "liquidation"})
"""exits at the adverse end of what the trade lived through: nothing worse came before"""


class Excursion(NamedTuple):
    """Maximum adverse and favourable excursion, in R (Sweeney 1996): `mae_r` <= 0 <= `mfe_r`."""

    mae_r: float
    mfe_r: float


def excursions(
    trades: Sequence[Trade], candles: Mapping[str, CandleSeries]
) -> tuple[Excursion, ...]:
    """The excursions of each trade, from its fills and the candles of its coin.

    Both count the fills themselves and the candles strictly between those of entry and exit. Of
    the candles of entry and exit nobody knows which prices came while the position was open: the
    adverse extreme counts, cut off at the first stop, and the favourable one does not. An exit by
    a stop is the worst that its candle brought. A trade still open reaches to the last candle.
    """
    return tuple(_excursion(trade, candles) for trade in trades)


def _excursion(trade: Trade, candles: Mapping[str, CandleSeries]) -> Excursion:
    coin = trade.signal.coin
    if coin not in candles or not len(candles[coin]):
        raise InvalidInput(f"there are no candles of {coin} to measure its trades with")
    entry, stop = float(trade.entry_price), float(trade.stop)
    risk = abs(entry - stop)
    if not risk:
        return Excursion(0.0, 0.0)
    series, side = candles[coin], trade.signal.side
    against, along = (series.low, series.high) if side > 0 else (-series.high, -series.low)
    first, last = _rows(trade, series)
    fills = [side * float(fill.price) for fill in trade.exits]
    between = slice(first + 1, last)
    worst = [side * entry, *fills, *_extreme(against[between], least=True)]
    best = [side * entry, *fills, *_extreme(along[between], least=False)]
    worst += [max(float(against[row]), side * stop) for row in _edges(trade, first, last)]
    return Excursion(
        min(0.0, (min(worst) - side * entry) / risk), max(0.0, (max(best) - side * entry) / risk)
    )


def _rows(trade: Trade, series: CandleSeries) -> tuple[int, int]:
    """The candles of entry and exit; of a trade still open one past the last candle."""
    first = max(int(np.searchsorted(series.ts, trade.opened_at, side="right")) - 1, 0)
    if trade.closed_at is None:
        return first, len(series)
    last = int(np.searchsorted(series.ts, trade.closed_at, side="right")) - 1
    return first, max(last, first)


def _edges(trade: Trade, first: int, last: int) -> list[int]:
    is_same = first == last
    was_stopped = trade.exit_reason in STOPPED
    if trade.closed_at is None:
        return [first]
    if was_stopped:
        return [] if is_same else [first]
    return [first] if is_same else [first, last]


def _extreme(prices: NDArray[np.float64], *, least: bool) -> list[float]:
    if not prices.size:
        return []
    return [float(prices.min() if least else prices.max())]
