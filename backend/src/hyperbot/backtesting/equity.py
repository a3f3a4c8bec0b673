"""The account over time, after the fact: what happened to it, marked at closes of candles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.events import FundingPaid, OrderFilled
from hyperbot.domain.market import CandleSeries

HOUR_MS = 3_600_000
DUST = 1e-9

Floats = NDArray[np.float64]
Moments = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Movements:
    """All that changed the account, as columns (n,), in the order in which it happened.

    Funding has size and price 0. A moment is the open of the candle in which a thing happened.
    """

    at: Moments
    coins: tuple[str, ...]
    """the names that `coin` counts"""
    coin: NDArray[np.int64]
    size: Floats
    """coins bought; sold is negative"""
    price: Floats
    costs: Floats
    """quote units that came in (+) or went out (-) beside the price: fee, funding, forfeited"""

    def __post_init__(self) -> None:
        columns = (self.at, self.coin, self.size, self.price, self.costs)
        if len({column.shape for column in columns}) != 1 or self.at.ndim != 1:
            raise InvalidInput("the columns of the movements must be equally long lists")
        if (np.diff(self.at) < 0).any():
            raise InvalidInput("movements must be in the order of time")

    @classmethod
    def of(cls, events: Iterable[OrderFilled | FundingPaid], coins: Sequence[str]) -> Movements:
        """The columns of fills and funding payments; other coins than `coins` raise InvalidInput.

        They are put in the order of time; those of one moment stay as given.
        """
        places = {coin: place for place, coin in enumerate(coins)}
        kept = sorted(events, key=lambda event: event.at)
        for event in kept:
            if event.coin not in places:
                raise InvalidInput(f"{event.coin} moved the account, and no candles of it are told")
        fills = [_columns_of(event) for event in kept]
        numbers = np.array(fills, dtype=np.float64).reshape(-1, 3)
        return cls(
            at=np.array([event.at for event in kept], dtype=np.int64),
            coins=tuple(coins),
            coin=np.array([places[event.coin] for event in kept], dtype=np.int64),
            size=numbers[:, 0],
            price=numbers[:, 1],
            costs=numbers[:, 2],
        )


def _columns_of(event: OrderFilled | FundingPaid) -> tuple[Decimal, Decimal, Decimal]:
    if isinstance(event, FundingPaid):
        return Decimal(0), Decimal(0), event.amount
    return event.side * event.size, event.price, -event.fee - event.forfeited


@dataclass(frozen=True, slots=True)
class EquityCurve:
    """The account at each moment of a grid, as columns (n,)."""

    ts: Moments
    equity: Floats
    """cash and what the open positions would bring at the last close"""
    cash: Floats
    """start, results of what was closed, fees, funding: what the exchange calls the balance"""
    exposure: Floats
    """sum of the positions' absolute values"""
    drawdown: Floats
    """share lost since the highest equity so far, 0 at a new high"""

    def __len__(self) -> int:
        return int(self.ts.size)


def equity_curve(
    movements: Movements,
    candles: Mapping[str, CandleSeries],
    start: float,
    step_ms: int = HOUR_MS,
) -> EquityCurve:
    """The account at the closes of every `step_ms`, the first row before anything happened.

    A movement counts from the first moment after the open of its candle; whatever is left counts
    in the last row, so that this is the final account. Before its first close a coin is marked at
    the price of its first movement. Raises InvalidInput if a coin that moved has no candles.
    """
    grid = _grid(candles.values(), step_ms)
    equity, cash = np.full(grid.size, float(start)), np.full(grid.size, float(start))
    exposure = np.zeros(grid.size)
    for place, coin in enumerate(movements.coins):
        chosen = movements.coin == place
        if not chosen.any():
            continue
        if coin not in candles or not len(candles[coin]):
            raise InvalidInput(f"{coin} moved the account, and there are no candles of it")
        size, price = movements.size[chosen], movements.price[chosen]
        rows = np.searchsorted(movements.at[chosen], grid, side="left")
        rows[-1] = size.size
        position = _running(size)[rows]
        # What sums of floats leave of a closed position is none.
        position[np.abs(position) < DUST * np.abs(size).max()] = 0.0
        marks = _marks(candles[coin], grid, price)
        costs = _running(movements.costs[chosen])[rows]
        equity += position * marks - _running(size * price)[rows] + costs
        cash += _running(_realised(size, price))[rows] + costs
        exposure += np.abs(position) * marks
    return EquityCurve(grid, equity, cash, exposure, drawdown(equity))


def drawdown(equity: Floats) -> Floats:
    """The share lost since the highest value so far, (n,), 0 at a new high, 1 if all is lost."""
    peaks = np.maximum.accumulate(equity)
    lost = np.zeros_like(peaks)
    return np.divide(peaks - equity, peaks, out=lost, where=peaks > 0)


def _grid(all_candles: Iterable[CandleSeries], step_ms: int) -> Moments:
    told = [series for series in all_candles if len(series)]
    if not told:
        raise InvalidInput("an equity curve needs candles, and there are none")
    first = min(int(series.ts[0]) for series in told)
    last = max(int(series.close_ts[-1]) for series in told)
    inner = np.arange(first // step_ms + 1, (last - 1) // step_ms + 1, dtype=np.int64) * step_ms
    return np.concatenate([[first], inner, [last]]).astype(np.int64)


def _running(values: Floats) -> Floats:
    """Sums of the first 0, 1, ... n values, (n + 1,)."""
    return np.concatenate([[0.0], np.cumsum(values)])


def _marks(series: CandleSeries, grid: Moments, prices: Floats) -> Floats:
    rows = np.searchsorted(series.close_ts, grid, side="right") - 1
    paid = prices[prices > 0]
    before = float(paid[0]) if paid.size else float(series.open[0])
    return np.where(rows >= 0, series.close[np.maximum(rows, 0)], before)


def _realised(size: Floats, price: Floats) -> Floats:
    """What each fill made of the position's mean entry price, (n,); 0 where it grew."""
    realised = np.zeros(size.size)
    position = mean = 0.0
    for row, (bought, at) in enumerate(zip(size.tolist(), price.tolist(), strict=True)):
        if bought == 0:
            continue
        if position * bought >= 0:
            mean = (mean * position + at * bought) / (position + bought)
        else:
            closed = min(abs(position), abs(bought)) * (1 if position > 0 else -1)
            realised[row] = closed * (at - mean)
            if abs(bought) > abs(position):
                mean = at
        position += bought
    return realised
