"""What trading costs: the exchange's fees, and how far from the price seen an order fills."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.money import ZERO, cut


class Liquidity(NamedTuple):
    """How a market has moved and traded, known before the order."""

    atr: Decimal
    """average true range, in quote units"""
    mean_volume: Decimal
    """mean volume of a candle, in base units; 0 when not known"""


@dataclass(frozen=True, slots=True)
class CostModel:
    """Fees as shares of the value traded; slippage as spread + share of ATR + size.

    Fee rates: Hyperliquid's tier 0. Slippage is a model, pessimistic for large coins.
    """

    taker: Decimal = Decimal("0.00045")
    maker: Decimal = Decimal("0.00015")
    half_spread: Decimal = Decimal("0.0001")
    """share of the price"""
    atr_share: Decimal = Decimal("0.02")
    """share of the ATR by which price runs while an order is on its way"""
    impact: Decimal = Decimal("0.1")
    """ATRs that an order of a candle's mean volume moves the price; larger ones move no more"""

    def fee(self, notional: Decimal, *, is_maker: bool) -> Decimal:
        """The fee on a value traded, cut off after 6 decimals as the exchange does."""
        return cut(notional * (self.maker if is_maker else self.taker))

    def slippage(self, price: Decimal, size: Decimal, liquidity: Liquidity) -> Decimal:
        """How much worse than `price` a market order of `size` fills, in quote units a coin."""
        if not (self.half_spread or self.atr_share or self.impact):
            return ZERO
        share = min(Decimal(1), size / liquidity.mean_volume) if liquidity.mean_volume else 1
        return price * self.half_spread + liquidity.atr * (self.atr_share + self.impact * share)


FREE = CostModel(ZERO, ZERO, ZERO, ZERO, ZERO)
"""No costs at all: for checks against others, never for a verdict"""
