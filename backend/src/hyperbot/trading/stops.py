"""The stop of a position: it only ever tightens, and one that the exchange refused never was."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.actions import MoveStop, Place
from hyperbot.domain.money import ZERO
from hyperbot.domain.orders import Order


class _Stop(NamedTuple):
    order: Order
    reason: str
    """of the exit, when it is filled"""


class Stops:
    """The stops asked for, oldest first; the last that was not refused counts."""

    __slots__ = ("_count", "_first", "_moves", "_reasons", "_resting")

    def __init__(self, first: Order) -> None:
        self._first = first
        self._count = 1
        self._resting = [_Stop(first, "sl")]
        self._reasons = {first.id: "sl"}
        self._moves: dict[str, tuple[int, Decimal]] = {}

    @property
    def current(self) -> Order | None:
        """The one that protects the position; None: the exchange has none."""
        return self._resting[-1].order if self._resting else None

    @property
    def moves(self) -> tuple[tuple[int, Decimal], ...]:
        """When (ms UTC) and where it was moved to, in order; what was refused never was."""
        return tuple(self._moves.values())

    def reason(self, order_id: str) -> str | None:
        """Of an exit by this order; None if it is not a stop of this position."""
        return self._reasons.get(order_id)

    def tighten(self, at: int, price: Decimal, last: Decimal, reason: str) -> MoveStop | None:
        """Move to `price` if that is tighter and still behind the `last` price."""
        current = self.current
        if current is None or current.price is None:
            return None
        side = -current.side
        if side * (price - current.price) <= 0 or side * (last - price) <= 0:
            return None
        tighter = self._next(price, reason)
        self._moves[tighter.id] = (at, price)
        return MoveStop(at, current.id, tighter)

    def refuse(self, order_id: str) -> None:
        """The exchange did not take a stop: the one before it still counts."""
        self._moves.pop(order_id, None)
        self._drop(order_id)

    def _drop(self, order_id: str) -> None:
        self._resting = [stop for stop in self._resting if stop.order.id != order_id]

    def remove(self, order_id: str) -> Order | None:
        """A stop is no longer on the exchange; the stop, if it was the one that counts.

        Those before it were replaced by it, so they are gone as well.
        """
        current = self.current
        if current is not None and current.id == order_id:
            self._resting.clear()
            return current
        self._drop(order_id)
        return None

    def restore(self, at: int, lost: Order) -> Place:
        """Ask again for a stop that the exchange took away."""
        price = lost.price if lost.price is not None else ZERO
        return Place(at, self._next(price, self._reasons[lost.id]))

    def _next(self, price: Decimal, reason: str) -> Order:
        self._count += 1
        first = self._first
        stem = first.id.rpartition("/")[0]
        order = Order(f"{stem}/{self._count}", first.coin, "stop_loss", first.side, ZERO, price)
        self._resting.append(_Stop(order, reason))
        self._reasons[order.id] = reason
        return order
