"""What the simulated exchange keeps of one coin: a waiting entry, or a position and its orders."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from hyperbot.domain.actions import Enter
from hyperbot.domain.bars import NOTHING_WAITS, Reach
from hyperbot.domain.instruments import Instrument
from hyperbot.domain.money import exact
from hyperbot.domain.orders import Order


@dataclass(slots=True)
class Position:
    """An open position; amounts in quote units."""

    side: int
    size: Decimal
    entry_price: Decimal
    leverage: int
    is_isolated: bool
    collateral: Decimal
    """isolated: initial margin, and the funding since; 0 for cross, which has the account's"""

    def unrealised(self, price: Decimal) -> Decimal:
        """The result if it were closed at `price`."""
        return self.side * self.size * (price - self.entry_price)


@dataclass(slots=True)
class WaitingEntry:
    """An entry with the stop that comes to life with it."""

    asked: Enter
    since: int
    """number of the bar in which it was asked for: it can fill from the next one on"""
    is_first_bar: bool = True
    """whether the next bar is the first that it sees"""


@dataclass(slots=True)
class CoinState:
    """The engine keeps at most one engagement a coin, so this is all there is."""

    instrument: Instrument
    seen: Decimal | float | None = None
    """the last price seen"""
    bars: int = 0
    """bars walked so far"""
    waiting: WaitingEntry | None = None
    position: Position | None = None
    stop: Order | None = None
    targets: list[Order] = field(default_factory=list)
    close: Order | None = None
    close_since: int = 0
    reach: Reach | None = NOTHING_WAITS
    """None: something changed, to be found anew"""

    @property
    def last(self) -> Decimal | None:
        """The last price seen. Skipped candles leave a float: it is made exact when asked for."""
        if isinstance(self.seen, float):
            self.seen = exact(self.seen)
        return self.seen

    @property
    def is_engaged(self) -> bool:
        """Whether an entry waits or a position is open."""
        return self.waiting is not None or self.position is not None

    def clear(self) -> None:
        """Nothing is open and nothing waits any more."""
        self.waiting = self.position = self.stop = self.close = None
        self.targets.clear()
        self.reach = NOTHING_WAITS

    def drop(self, order_id: str) -> bool:
        """Take an order back; whether it was there."""
        waiting, targets = self.waiting, len(self.targets)
        if waiting is not None and waiting.asked.entry.id == order_id:
            self.clear()
            return True
        self.targets = [order for order in self.targets if order.id != order_id]
        is_stop = self.stop is not None and self.stop.id == order_id
        is_close = self.close is not None and self.close.id == order_id
        self.stop = None if is_stop else self.stop
        self.close = None if is_close else self.close
        self.reach = None
        return is_stop or is_close or len(self.targets) < targets

    def end_bar(self, close: Decimal) -> None:
        """A candle is over: an entry that waited through it has seen its first."""
        self.seen = close
        if self.waiting is not None and self.waiting.since < self.bars:
            self.waiting.is_first_bar = False
            self.reach = None
