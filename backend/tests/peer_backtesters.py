"""Given signals through hyperbot, backtesting.py and vectorbt; and what their conventions make of a
trade of ours.

All trade without costs, fill at a touch, and ignore a signal while a position is open.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from hyperbot.backtesting.backtest import Market, Terms, play
from hyperbot.backtesting.given_signals import given_scan
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.domain.costs import FREE
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.money import exact
from hyperbot.domain.trades import Trade
from hyperbot.trading.risk_limits import RiskLimits
from hyperbot.wiring import simulated_exchange

CASH = Decimal(10) ** 9
_NEVER = 1 << 62


class Order(NamedTuple):
    """A signal as it stands in a file; `row` is that of its candle."""

    row: int
    ts: int
    side: int
    stop: Decimal
    target: Decimal
    size: Decimal

    @property
    def line(self) -> str:
        """In the file."""
        way = "long" if self.side > 0 else "short"
        return f"{self.ts},{way},{self.stop},{self.target},{self.size}\n"


class Done(NamedTuple):
    """A trade that was opened; `exit_row` is `_NEVER` if it was never closed."""

    row: int
    """of the signal"""
    side: int
    size: float
    entry_row: int
    entry: float
    exit_row: int
    exit: float
    pnl: float

    @property
    def is_closed(self) -> bool:
        """Whether it ended within the candles."""
        return self.exit_row < _NEVER

    def leaving(self, row: int, price: float) -> Done:
        """The same, but ended otherwise."""
        pnl = self.side * self.size * (price - self.entry)
        return self._replace(exit_row=row, exit=price, pnl=pnl)


class Expected(NamedTuple):
    """What a peer must make of a signal, and by which of its conventions that is not as ours."""

    done: Done
    why: str = ""


def random_orders(history: CoinHistory, rows: Iterable[int], seed: int) -> list[Order]:
    """Legal ones on the grid of the coin, some of them exactly where a candle will turn."""
    rng, series = np.random.default_rng(seed), history.base
    unit = int(np.ceil(20 / series.low.min()))
    orders = []
    for row in rows:
        side, close = int(rng.choice((1, -1))), float(series.close[row])
        below, above = close * (1 + rng.uniform(0.003, 0.015, 2) * (-1, 1))
        turn = min(row + int(rng.integers(1, 40)), len(series) - 1)
        if rng.random() < 0.4:
            low, high = float(series.low[turn]), float(series.high[turn])
            below, above = (min(low, below), above) if low > 0.97 * close else (below, above)
            above = max(high, above) if high < 1.03 * close else above
        low, high = (history.instrument.round_price(exact(price), 0) for price in (below, above))
        stop, target = (low, high) if side > 0 else (high, low)
        size = Decimal(unit * int(rng.integers(1, 9)))
        orders.append(Order(row, int(series.ts[row]), side, stop, target, size))
    return orders


# ---- ours


def done_of(series: CandleSeries, trade: Trade) -> Done:
    """A trade of ours by rows."""
    entry_row = int(series.ts.searchsorted(trade.opened_at))
    signal_row = int(series.close_ts.searchsorted(trade.signal.at))
    done = Done(
        signal_row, trade.signal.side, float(trade.size), entry_row, float(trade.entry_price),
        _NEVER, np.nan, np.nan,
    )  # fmt: skip
    if trade.closed_at is None:
        return done
    (only,) = trade.exits
    assert trade.gross == trade.net == done.side * only.size * (only.price - trade.entry_price)
    exit_row = int(series.ts.searchsorted(trade.closed_at))
    return done._replace(exit_row=exit_row, exit=float(only.price), pnl=float(trade.gross))


def each_alone(history: CoinHistory, orders: Iterable[Order], *, is_isolated: bool) -> list[Trade]:
    """What becomes of each signal if there were no other."""
    limits = RiskLimits(
    most_volume_share=None,
        daily_loss_percent=Decimal(100), max_leverage=100, coin_exposure=Decimal(100),
        total_exposure=Decimal(100), least_stop_percent=Decimal("0.0001"),
        most_stop_percent=Decimal(50), most_atr_percent=Decimal(100),
        liquidation_buffer=Decimal(1), is_isolated=is_isolated,
    )  # fmt: skip
    made = simulated_exchange({history.coin: history.instrument}, FREE, CASH, touch_fills=True)
    terms = Terms(CASH, FREE, limits, made)
    trades: list[Trade] = []
    for order in orders:
        market = Market((history,), order.ts, int(history.base.close_ts[-1]))
        scan = given_scan(history, [order], Decimal(1))
        trades += play(market, {history.coin: scan}, terms).trades
    return trades


def in_turn(expected: Iterable[Expected]) -> list[Expected]:
    """Of signals in order those that come while there is no position."""
    taken, free_from = [], 0
    for each in expected:
        if each.done.row >= free_from:
            taken.append(each)
            free_from = each.done.exit_row
    return taken


# ---- backtesting.py


def through_backtesting_py(series: CandleSeries, orders: Sequence[Order]) -> list[Done]:
    """Its closed trades."""
    os.environ["TQDM_DISABLE"] = "1"  # or it draws a bar
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from backtesting import Backtest, Strategy
    names = ("Open", "High", "Low", "Close", "Volume")
    frame = pd.DataFrame(
        dict(zip(names, series.columns, strict=True)), index=pd.to_datetime(series.ts, unit="ms")
    )
    by_row = {order.row: order for order in orders}

    class Given(Strategy):
        def init(self) -> None:
            pass

        def next(self) -> None:
            order = by_row.get(len(self.data) - 1)
            if order is not None and not self.position:
                ask = self.buy if order.side > 0 else self.sell
                ask(
                    size=int(order.size),
                    sl=float(order.stop),
                    tp=float(order.target),
                    tag=order.row,
                )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trades = Backtest(frame, Given, cash=float(CASH)).run()["_trades"]
    columns = ("Tag", "Size", "EntryBar", "EntryPrice", "ExitBar", "ExitPrice", "PnL")
    done = [
        Done(int(tag), 1 if size > 0 else -1, abs(float(size)), *rest)
        for tag, size, *rest in zip(*(trades[name].tolist() for name in columns), strict=True)
    ]
    return sorted(done)


def as_backtesting_py(series: CandleSeries, order: Order, done: Done) -> Expected:
    """A target beyond which a candle opens fills at the open: unless that candle reaches the stop,
    at which it looks first."""
    side, target = order.side, float(order.target)
    is_beyond = side * (done.entry - target) >= 0
    row = done.entry_row if is_beyond else done.exit_row
    why = "entered beyond the target" if is_beyond else "opened beyond the target"
    if not done.is_closed and not is_beyond:
        return Expected(done)
    opened = float(series.open[row])
    is_at_target = is_beyond or done.exit == target
    if not is_at_target or (not is_beyond and side * (opened - target) <= 0):
        return Expected(done)
    is_stopped = _worst(series, side, row) <= side * float(order.stop)
    return Expected(done.leaving(row, float(order.stop) if is_stopped else opened), why)


def _worst(series: CandleSeries, side: int, row: int) -> float:
    return float(series.low[row]) if side > 0 else -float(series.high[row])


def _best(series: CandleSeries, side: int, row: int) -> float:
    return float(series.high[row]) if side > 0 else -float(series.low[row])


# ---- vectorbt


class Relative(NamedTuple):
    """Stop and target as vectorbt is told them, and the prices that it makes of these."""

    stop: float
    target: float
    stop_price: float
    target_price: float


def relative(order: Order, entry: float) -> Relative | None:
    """None: an entry beyond stop or target cannot be told, since shares may not be negative."""
    stop, target = _change(float(order.stop), entry), _change(float(order.target), entry)
    if not order.side * stop < 0 < order.side * target:
        return None
    return Relative(abs(stop), abs(target), entry * (1 + stop), entry * (1 + target))


def _change(price: float, entry: float) -> float:
    """The share of `entry` that leads to `price`; now and then none does exactly."""
    near = price / entry
    changes = [float(each - 1) for each in (near, np.nextafter(near, 0), np.nextafter(near, 2))]
    return next((each for each in changes if entry * (1 + each) == price), changes[0])


def through_vectorbt(
    series: CandleSeries, orders: Sequence[Order], entries: Sequence[float]
) -> list[Done]:
    """Its closed trades. `entries`: the open after each signal, from which it reckons."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        import vectorbt as vbt
    columns = np.zeros((5, len(series)))
    for order, entry in zip(orders, entries, strict=True):
        levels = relative(order, entry)
        if levels is not None:
            way = (1, 0) if order.side > 0 else (0, 1)
            columns[:, order.row + 1] = *way, float(order.size), levels.stop, levels.target
    long, short, size, stop, target = (pd.Series(column) for column in columns)
    opened, high, low, close = (pd.Series(prices) for prices in series.columns[:4])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        portfolio = vbt.Portfolio.from_signals(
            *(close, long > 0, None, short > 0, None),
            price=opened, open=opened, high=high, low=low, sl_stop=stop, tp_stop=target, size=size,
            stop_entry_price="fillprice", upon_opposite_entry="ignore", init_cash=float(CASH),
            engine="rust",
        )  # fmt: skip
        orders_filled, trades = portfolio.orders.records, portfolio.trades.records
    # Each trade is two orders. Prices are those of orders: those of trades are means, rounded.
    rows, prices = (orders_filled[name].to_numpy() for name in ("idx", "price"))
    closed = int((trades["status"] == 1).sum())
    columns_of_trades = (trades[name].tolist() for name in ("direction", "size", "pnl"))
    return [
        Done(
            int(rows[2 * i]) - 1, 1 - 2 * direction, size, int(rows[2 * i]), float(prices[2 * i]),
            int(rows[2 * i + 1]), float(prices[2 * i + 1]), pnl,
        )
        for i, (direction, size, pnl) in enumerate(zip(*columns_of_trades, strict=True))
        if i < closed
    ]  # fmt: skip


def as_vectorbt(series: CandleSeries, order: Order, done: Done) -> Expected | None:
    """Stops are looked at from the candle after that of the entry; a level is a share of the
    entry, an ulp off; a target beyond which a candle opens fills at the open."""
    levels = relative(order, done.entry)
    if levels is None:
        return None
    why = ""
    if done.exit_row == done.entry_row:
        why = "closed on the entry candle"
    elif done.is_closed and done.exit == float(order.target):
        if order.side * (float(series.open[done.exit_row]) - done.exit) > 0:
            why = "opened beyond the target"
        elif levels.target_price != done.exit:
            why = "an ulp off"
    elif done.exit == float(order.stop) != levels.stop_price:
        why = "an ulp off"
    return Expected(_walked(series, done, levels), why) if why else Expected(done)


def _walked(series: CandleSeries, done: Done, levels: Relative) -> Done:
    side, stop, target = done.side, done.side * levels.stop_price, done.side * levels.target_price
    for row in range(done.entry_row + 1, len(series)):
        opened = side * float(series.open[row])
        if _worst(series, side, row) <= stop:
            return done.leaving(row, side * min(stop, opened))
        if _best(series, side, row) >= target:
            return done.leaving(row, side * max(target, opened))
    return done._replace(exit_row=_NEVER, exit=np.nan, pnl=np.nan)


Convention = Callable[[CandleSeries, Order, Done], Expected | None]
