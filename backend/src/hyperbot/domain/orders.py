"""Orders: what is asked of the exchange."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

OrderKind = Literal["market", "limit", "stop_entry", "target", "stop_loss", "close"]
"""market, limit, stop_entry open a position; target (limit), stop_loss (trigger, at market) and
close (at market) only reduce it"""


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `id` derives from the decision behind it, so that asking twice asks once."""

    id: str
    coin: str
    kind: OrderKind
    side: int
    """+1 buy, -1 sell"""
    size: Decimal
    """in coins; of a stop_loss and a close 0: the whole position, whatever it is by then"""
    price: Decimal | None = None
    """limit, target: the limit; stop_entry, stop_loss: the trigger; market, close: None"""

    @property
    def is_reduce_only(self) -> bool:
        """Whether it can never open or turn a position."""
        return self.kind in {"target", "stop_loss", "close"}
