"""Everything that happens, in the past tense. `at` is when, in ms UTC."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from hyperbot.domain.market import Candle
from hyperbot.domain.signals import Signal


@dataclass(frozen=True, slots=True)
class CandleClosed:
    """A candle of the finest timeframe watched; `at` is its close."""

    at: int
    coin: str
    candle: Candle


@dataclass(frozen=True, slots=True)
class SwingConfirmed:
    """A swing became known: a stop may trail behind a low (longs) or a high (shorts)."""

    at: int
    coin: str
    timeframe_ms: int
    side: int
    """+1: a swing low, which protects longs; -1: a swing high"""
    price: Decimal


@dataclass(frozen=True, slots=True)
class SignalFound:
    """A rule gave a signal."""

    at: int
    signal: Signal


@dataclass(frozen=True, slots=True)
class OrderFilled:
    """All or a part of an order was filled."""

    at: int
    coin: str
    order_id: str
    """empty for a liquidation"""
    side: int
    size: Decimal
    price: Decimal
    fee: Decimal
    """in quote units, taken from the cash; a rebate is negative"""
    slippage: Decimal
    """how much worse than the price seen, in quote units for the whole fill; part of the price"""
    remaining: Decimal
    """what is still open of the order"""
    is_maker: bool = False
    is_doubtful: bool = False
    """simulated: whether the order of prices within the candle would have changed it"""
    forfeited: Decimal = Decimal(0)
    """liquidation: collateral that the exchange kept"""

    @property
    def is_liquidation(self) -> bool:
        """Whether the exchange closed the position because its margin was used up."""
        return not self.order_id


@dataclass(frozen=True, slots=True)
class OrderRejected:
    """The exchange did not take an order."""

    at: int
    coin: str
    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """An order is no longer open, without having been filled (the rest of it)."""

    at: int
    coin: str
    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class FundingPaid:
    """An hourly payment between longs and shorts; positive was received."""

    at: int
    coin: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TradingHalted:
    """From now on nothing is opened; protective orders stay."""

    at: int
    reason: str


@dataclass(frozen=True, slots=True)
class TradingResumed:
    """A person ended the halt."""

    at: int


@dataclass(frozen=True, slots=True)
class CloseRequested:
    """A person, or the kill switch, wants a position closed."""

    at: int
    coin: str
    reason: Literal["manual", "kill"]


Event = (
    CandleClosed
    | SwingConfirmed
    | SignalFound
    | OrderFilled
    | OrderRejected
    | OrderCancelled
    | FundingPaid
    | TradingHalted
    | TradingResumed
    | CloseRequested
)
