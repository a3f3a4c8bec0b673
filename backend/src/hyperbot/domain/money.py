"""Where prices seen (float) become money asked or owed (Decimal)."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

MICRO = Decimal("0.000001")
"""the smallest amount that the exchange books"""
ZERO = Decimal(0)


def exact(price: float) -> Decimal:
    """The decimal that a price was printed as: the shortest that is the same float."""
    return Decimal(repr(float(price)))


def cut(amount: Decimal) -> Decimal:
    """An amount of money, cut off after 6 decimals, as the exchange does."""
    return amount.quantize(MICRO, ROUND_DOWN)
