"""What the exchange says of a coin: price step, lot, leverage and margin tiers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from hyperbot.domain.money import ZERO

MINIMUM_NOTIONAL = Decimal(10)
"""least value of an order in quote units, unless it closes the whole position"""
SIGNIFICANT_FIGURES = 5
PRICE_DECIMALS = 6
_LARGEST_ORDERS = (
    (25, Decimal(15_000_000)),
    (20, Decimal(5_000_000)),
    (10, Decimal(2_000_000)),
    (0, Decimal(500_000)),
)
_ROUNDING = {1: ROUND_CEILING, 0: ROUND_HALF_EVEN, -1: ROUND_FLOOR}


class MarginTier(NamedTuple):
    """From this position value on, this is the highest leverage."""

    lower_bound: Decimal
    max_leverage: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """A perpetual of one coin. Source: the exchange's order and margin rules."""

    coin: str
    size_decimals: int
    tiers: tuple[MarginTier, ...]
    """by rising lower bound, the first from 0"""
    is_assumed: bool = False
    """whether these rules are a guess, for a coin that the exchange was not asked about"""

    @property
    def max_leverage(self) -> int:
        """The highest leverage of a small position."""
        return self.tiers[0].max_leverage

    @property
    def lot(self) -> Decimal:
        """The step of sizes."""
        return Decimal(1).scaleb(-self.size_decimals)

    def tick(self, price: Decimal) -> Decimal:
        """The step of prices around `price`: 5 figures, at most 6 - lot decimals, at most 1."""
        by_figures = price.adjusted() + 1 - SIGNIFICANT_FIGURES
        exponent = min(0, max(by_figures, self.size_decimals - PRICE_DECIMALS))
        return Decimal(1).scaleb(exponent)

    def round_price(self, price: Decimal, toward: int) -> Decimal:
        """The legal price next to `price`: above it (+1), below it (-1), or the nearest (0)."""
        return price.quantize(self.tick(price), _ROUNDING[toward])

    def round_size(self, size: Decimal) -> Decimal:
        """The largest legal size not above `size`."""
        return size.quantize(self.lot, ROUND_DOWN)

    def tier(self, notional: Decimal) -> MarginTier:
        """The tier of a position of that value."""
        return next(tier for tier in reversed(self.tiers) if notional >= tier.lower_bound)

    @property
    def largest_order(self) -> Decimal:
        """Highest value of a market order, by the highest leverage of the coin."""
        leverage = self.max_leverage
        return next(most for least, most in _LARGEST_ORDERS if leverage >= least)

    def maintenance(self, notional: Decimal) -> Decimal:
        """What a position of that value must keep: half the initial margin at most leverage."""
        margin = deduction = rate = ZERO
        for tier in self.tiers:
            if notional < tier.lower_bound:
                break
            before, rate = rate, maintenance_rate(tier.max_leverage)
            deduction += tier.lower_bound * (rate - before)
            margin = notional * rate - deduction
        return margin


def maintenance_rate(max_leverage: int) -> Decimal:
    """The share of its value that a position must keep: half of 1 / leverage."""
    return 1 / Decimal(2 * max_leverage)
