"""Trades: what became of a signal, from the first fill to the last."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from hyperbot.domain.signals import Signal

Outcome = Literal["win", "loss", "breakeven", "pending"]
BREAKEVEN_R = Decimal("0.1")
"""a result smaller than this, in R, is neither a win nor a loss"""


@dataclass(frozen=True, slots=True)
class Exit:
    """One fill that made the position smaller."""

    at: int
    reason: str
    """tp1, tp2, ..., sl, breakeven, time, trail, manual, kill, liquidation"""
    size: Decimal
    price: Decimal
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Trade:
    """A position from its opening to its end (or to the last candle known: pending)."""

    signal: Signal
    opened_at: int
    closed_at: int | None
    """None: still open"""
    size: Decimal
    entry_price: Decimal
    """mean of the entry fills"""
    stop: Decimal
    """the first stop"""
    exits: tuple[Exit, ...]
    gross: Decimal
    """result of the exits before costs other than slippage"""
    fees: Decimal
    funding: Decimal
    """received less paid"""
    slippage: Decimal
    """part of `gross`: what worse prices cost"""
    forfeited: Decimal = Decimal(0)
    """collateral that a liquidation took"""
    is_doubtful: bool = False
    stops: tuple[tuple[int, Decimal], ...] = ()
    """where the stop was, each from a moment (ms UTC) on: the first one, then each move"""

    @property
    def net(self) -> Decimal:
        """What it added to the account, in quote units."""
        return self.gross - self.fees + self.funding - self.forfeited

    @property
    def risk(self) -> Decimal:
        """1R in quote units: size * distance from entry to first stop."""
        return self.size * abs(self.entry_price - self.stop)

    @property
    def r(self) -> Decimal:
        """The result as a multiple of the risk; 0 if the entry was filled at the stop."""
        return self.net / self.risk if self.risk else Decimal(0)

    @property
    def outcome(self) -> Outcome:
        """By its result in R."""
        if self.closed_at is None:
            return "pending"
        if abs(self.r) < BREAKEVEN_R:
            return "breakeven"
        return "win" if self.r > 0 else "loss"

    @property
    def exit_reason(self) -> str:
        """Of the last exit; empty while open."""
        return self.exits[-1].reason if self.exits and self.closed_at is not None else ""
