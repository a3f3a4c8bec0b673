"""Many prices at once onto the tick grid of a coin, as `Instrument.round_price` does one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hyperbot.domain.instruments import PRICE_DECIMALS, SIGNIFICANT_FIGURES, Instrument

Prices = NDArray[np.float64]


def round_prices(instrument: Instrument, prices: Prices, toward: ArrayLike) -> Prices:
    """The legal price next to each positive price: above it (+1) or below it (-1)."""
    scale = 10.0 ** _decimals(instrument, prices)
    way = np.broadcast_to(np.asarray(toward), prices.shape)
    # A whole number / a power of ten is the float nearest to that decimal: equal if it was legal.
    nearest = np.rint(prices * scale)
    is_off = way * (prices - nearest / scale) > 0
    rounded: Prices = (nearest + way * is_off) / scale
    return rounded


def next_ticks(instrument: Instrument, prices: Prices, toward: ArrayLike) -> Prices:
    """One tick above (+1) or below (-1) each legal price."""
    scale = 10.0 ** _decimals(instrument, prices)
    moved: Prices = (np.rint(prices * scale) + np.asarray(toward)) / scale
    return moved


def _decimals(instrument: Instrument, prices: Prices) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        figures = np.floor(np.log10(prices)) + 1
    by_figures = np.where(np.isfinite(figures), SIGNIFICANT_FIGURES - figures, 0.0)
    decimals: NDArray[np.float64] = np.clip(
        by_figures, 0.0, PRICE_DECIMALS - instrument.size_decimals
    )
    return decimals
