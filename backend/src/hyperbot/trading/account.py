"""The money: cash, what was last seen of each coin, and the loss of the day."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hyperbot.domain.events import CandleClosed
from hyperbot.domain.money import ZERO, exact

_DAY_MS = 86_400_000


class Account:
    """Cash and marks. Positions are kept by their managers."""

    __slots__ = ("_day_equity", "_worst_loss", "cash", "day_ends", "newest")

    def __init__(self, cash: Decimal) -> None:
        self.cash = cash
        self.newest: dict[str, CandleClosed] = {}
        """the newest closed candle of each coin"""
        self.day_ends = 0
        """ms UTC; candles that close then still belong to the day"""
        self._day_equity = cash
        self._worst_loss = ZERO

    def last_close(self, coin: str) -> Decimal:
        """Of a coin that is engaged: without a candle it would not be.

        Converted only when asked for: few candles are.
        """
        return exact(self.newest[coin].candle.close)

    def turn_day(self, at: int, is_candle: bool, equity: Callable[[], Decimal]) -> None:
        """Begin a new UTC day before its first event.

        A candle that closes at midnight is of the day before, so that the day begins with the
        equity at the midnight closes of all coins.
        """
        if is_candle and at == self.day_ends:
            return
        self.day_ends = ((at - is_candle) // _DAY_MS + 1) * _DAY_MS
        self._day_equity = equity()
        self._worst_loss = ZERO

    def loss_percent(self, equity: Decimal) -> Decimal:
        """The largest loss of the day that was asked for, in percent of its first equity.

        The largest, not the present one: once the limit was reached, the day is over.
        """
        if self._day_equity <= 0:
            return Decimal(100)
        loss = 100 * (self._day_equity - equity) / self._day_equity
        self._worst_loss = max(self._worst_loss, loss)
        return self._worst_loss
