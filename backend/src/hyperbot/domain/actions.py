"""Everything we want done, in the imperative, and notes about what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.orders import Order
from hyperbot.domain.signals import Signal
from hyperbot.domain.trades import Trade


@dataclass(frozen=True, slots=True)
class Enter:
    """Send the entry and its stop as one action: no position without a stop on the exchange."""

    at: int
    entry: Order
    stop: Order
    leverage: int
    is_isolated: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Send an order that reduces a position."""

    at: int
    order: Order


@dataclass(frozen=True, slots=True)
class MoveStop:
    """Replace the resting stop: the new one is there before the old one goes."""

    at: int
    old_id: str
    stop: Order


@dataclass(frozen=True, slots=True)
class Cancel:
    """Take an order back."""

    at: int
    coin: str
    order_id: str


class Check(NamedTuple):
    """One thing that the risk manager looked at."""

    name: str
    passed: bool
    value: Decimal | str
    limit: Decimal | str
    sentence: str
    """what is asked for, such as `loss of the day in percent of equity, below`"""

    def __str__(self) -> str:
        verdict = "ok" if self.passed else "no"
        return f"{self.name}: {self.sentence} {self.limit}; it is {self.value}: {verdict}"


@dataclass(frozen=True, slots=True)
class SignalRefused:
    """A note: no trade, and why."""

    at: int
    signal: Signal
    reason: str
    """the name of the first check that failed"""
    checks: Sequence[Check]
    """all of them, also those that passed or came later; made when they are read"""


@dataclass(frozen=True, slots=True)
class SignalAccepted:
    """A note: an entry is asked for. `risk` is lost at the stop, costs included, in quote units."""

    at: int
    signal: Signal
    checks: tuple[Check, ...]
    size: Decimal
    risk: Decimal


@dataclass(frozen=True, slots=True)
class EntryMissed:
    """A note: the entry was never filled."""

    at: int
    signal: Signal
    reason: str


@dataclass(frozen=True, slots=True)
class TradeEnded:
    """A note: the position of a signal is closed."""

    at: int
    trade: Trade


Note = SignalRefused | SignalAccepted | EntryMissed | TradeEnded
Action = Enter | Place | MoveStop | Cancel | Note
