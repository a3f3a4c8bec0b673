"""A signal in; approved orders, or a refusal with its reasons, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hyperbot.domain.actions import Check
from hyperbot.domain.costs import CostModel
from hyperbot.domain.instruments import Instrument
from hyperbot.domain.money import ZERO
from hyperbot.domain.orders import Order, OrderKind
from hyperbot.domain.signals import EntryKind, Signal
from hyperbot.trading.risk_checks import Review
from hyperbot.trading.risk_limits import RiskLimits
from hyperbot.trading.situation import Situation
from hyperbot.trading.sizing import Sizer, Sizing

__all__ = ["Approved", "Refused", "RiskLimits", "RiskManager"]

_ORDER_KINDS: dict[EntryKind, OrderKind] = {
    "market": "market",
    "limit": "limit",
    "stop": "stop_entry",
}


@dataclass(frozen=True, slots=True)
class Approved:
    """An entry that passed every check. Only the risk manager makes one."""

    signal: Signal
    entry: Order
    stop: Order
    stop_price: Decimal
    leverage: int
    price: Decimal
    """of the entry, to expect"""
    margin: Decimal
    """collateral and fee, in quote units"""
    risk: Decimal
    """lost at the stop, costs included, in quote units"""
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """No entry: the check named by `reason` is the first that failed."""

    reason: str
    checks: Sequence[Check]


class RiskManager:
    """Judges signals by the limits of an account."""

    def __init__(
        self, limits: RiskLimits, costs: CostModel, instruments: Mapping[str, Instrument]
    ) -> None:
        self._instruments = instruments
        self._sizer = Sizer(limits, costs)

    def review(self, signal: Signal, situation: Situation) -> Approved | Refused:
        """Every check is reported; the first that fails is the reason."""
        made = Review(signal, situation, self._sizer, self._instruments.get(signal.coin))
        reason = made.first_failed()
        if reason:
            return Refused(reason, made)
        return self._approved(signal, made.sizing, tuple(made))

    def _approved(self, signal: Signal, sizing: Sizing, checks: tuple[Check, ...]) -> Approved:
        coin, side, prices = signal.coin, signal.side, sizing.prices
        kind = _ORDER_KINDS[signal.entry]
        limit = None if kind == "market" else prices.entry
        return Approved(
            signal,
            entry=Order(f"{signal.id}/entry", coin, kind, side, sizing.size, limit),
            stop=Order(f"{signal.id}/stop/1", coin, "stop_loss", -side, ZERO, prices.stop),
            stop_price=prices.stop,
            leverage=sizing.leverage,
            price=prices.entry,
            margin=sizing.margin,
            risk=sizing.loss,
            checks=checks,
        )
