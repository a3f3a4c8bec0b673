"""Margin: what a position binds, and the price at which the exchange takes it away."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from hyperbot.domain.costs import CostModel
from hyperbot.domain.instruments import Instrument, maintenance_rate
from hyperbot.domain.money import ZERO

BACKSTOP_SHARE = Decimal(2) / 3
"""below this share of the maintenance margin the exchange keeps what is left of the collateral"""
_FINE = Decimal("1e-12")


class Held(NamedTuple):
    """A position as margin sees it; all amounts in quote units."""

    side: int
    """+1 long, -1 short"""
    size: Decimal
    entry_price: Decimal
    collateral: Decimal
    """what may be lost with it"""

    def value(self, price: Decimal) -> Decimal:
        """The collateral and the result so far."""
        return self.collateral + self.side * self.size * (price - self.entry_price)


class Liquidation(NamedTuple):
    """How a liquidation ends: amounts in quote units."""

    price: Decimal
    fee: Decimal
    forfeited: Decimal


def initial_margin(notional: Decimal, leverage: int) -> Decimal:
    """What opening a position of that value binds."""
    return notional / leverage


def liquidation_price(instrument: Instrument, held: Held) -> Decimal | None:
    """Where value and maintenance margin are equal; None if no price above 0 gets there.

    Within a tier maintenance is `notional * rate - deduction`, so each tier gives one price; the
    one is right whose position value lies in its own tier.
    """
    side, size = held.side, held.size
    bound = side * size * held.entry_price - held.collateral
    deduction = previous = ZERO
    price: Decimal | None = None
    for tier in instrument.tiers:
        rate = maintenance_rate(tier.max_leverage)
        deduction += tier.lower_bound * (rate - previous)
        previous = rate
        candidate = (bound - deduction) / (size * (side - rate))
        if price is not None and candidate * size < tier.lower_bound:
            break
        price = candidate
    return price if price is not None and price > 0 else None


def settle_liquidation(
    instrument: Instrument, held: Held, price: Decimal, costs: CostModel
) -> Liquidation:
    """Close at `price` (already with slippage); no more than the collateral is lost.

    If less than 2/3 of the maintenance margin is left, the exchange takes the position over and
    keeps the rest. If nothing is left, it bears what is missing: the position counts as closed
    where its collateral was used up, without a fee.
    """
    left = held.value(price)
    fee = costs.fee(held.size * price, is_maker=False)
    if left >= BACKSTOP_SHARE * instrument.maintenance(held.size * price) and left >= fee:
        return Liquidation(price, fee, ZERO)
    if left >= 0:
        fee = min(fee, left)
        return Liquidation(price, fee, left - fee)
    used_up = held.entry_price - held.side * held.collateral / held.size
    # Rounded so that what remains to be forfeited is not negative: the loss is exactly the rest.
    price = used_up.quantize(_FINE, ROUND_CEILING if held.side > 0 else ROUND_FLOOR)
    return Liquidation(price, ZERO, held.value(price))
