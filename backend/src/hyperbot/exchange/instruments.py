"""Hyperliquid's coins: lots, leverages and margin tiers, as far as they are known."""

from __future__ import annotations

from decimal import Decimal

from hyperbot.domain.instruments import Instrument, MarginTier
from hyperbot.domain.money import ZERO

TAKEN_ON = "2026-09-25"
"""the day of the exchange's own list from which the leverages and tiers are"""
SIZES_TAKEN_ON = "2023-07-17"
"""the day of the older list that knows the lots of more coins; lots do not change"""

_MILLION = Decimal(1_000_000)
_MOST_LOT_VALUE, _MOST_SIZE_DECIMALS = 1.0, 5
_ASSUMED_LEVERAGE = 10
# The lowest leverage in the newer list: a coin that needs more margin is liquidated sooner.
_CAREFUL_LEVERAGE = 5

_Tiers = tuple[MarginTier, ...]


def _tiers(leverage: int, *further: tuple[int, int]) -> _Tiers:
    """`leverage` from 0; each further (leverage, from how many millions)."""
    first = MarginTier(ZERO, leverage)
    return (first, *(MarginTier(_MILLION * bound, lower) for lower, bound in further))


_LARGE_COIN, _SMALL_COIN = _tiers(10, (5, 20)), _tiers(10, (5, 3))
_CAREFUL = _tiers(_CAREFUL_LEVERAGE)

_KNOWN: dict[str, tuple[int, _Tiers]] = {
    "BTC": (5, _tiers(40, (20, 150))),
    "ETH": (4, _tiers(25, (15, 100))),
    "SOL": (2, _tiers(20, (10, 70))),
    "XRP": (0, _tiers(20, (10, 40))),
    "DOGE": (0, _LARGE_COIN),
    "kPEPE": (0, _LARGE_COIN),
    "SUI": (1, _LARGE_COIN),
    "OP": (1, _SMALL_COIN),
    "ARB": (1, _SMALL_COIN),
    "ATOM": (2, _tiers(5)),
    "DYDX": (1, _tiers(5)),
    "MATIC": (1, _tiers(20)),
}
# Leverages of 2023 no longer hold; the lot of HYPE is not in either list.
_HALF_KNOWN: dict[str, tuple[int, _Tiers]] = {
    "HYPE": (2, _LARGE_COIN),
    **dict.fromkeys(("CFX", "FTM"), (0, _CAREFUL)),
    **dict.fromkeys(("APE", "INJ", "CRV", "LDO", "LINK", "STX", "RNDR", "SNX"), (1, _CAREFUL)),
    **dict.fromkeys(("AVAX", "LTC", "GMX", "APT"), (2, _CAREFUL)),
    **dict.fromkeys(("BNB", "BCH"), (3, _CAREFUL)),
}

INSTRUMENTS: dict[str, Instrument] = {
    **{coin: Instrument(coin, *rules) for coin, rules in _KNOWN.items()},
    **{coin: Instrument(coin, *rules, is_assumed=True) for coin, rules in _HALF_KNOWN.items()},
}


def instrument_of(coin: str, price: float) -> Instrument:
    """The rules of a coin; for one that is not known a guess from what it costs.

    The guess: the coarsest lot that is worth at most 1 at `price`, but at most 5 decimals; 10x.
    """
    known = INSTRUMENTS.get(coin)
    return known or Instrument(coin, _size_decimals(price), _tiers(_ASSUMED_LEVERAGE), True)


def _size_decimals(price: float) -> int:
    decimals = 0
    while decimals < _MOST_SIZE_DECIMALS and price / 10**decimals > _MOST_LOT_VALUE:
        decimals += 1
    return decimals
