"""How many decimals prices have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_DECIMALS = 14
_SIGNIFICANT = 7
_SAMPLE = 256


def decimals_of(prices: NDArray[np.float64]) -> int:
    """How many decimals tell these prices apart as they were given, at most 14."""
    if prices.size == 0:
        return 2
    # Almost always a few of them show already that there are more decimals.
    some = prices.ravel()[:: max(1, prices.size // _SAMPLE)]
    for decimals in range(MOST_DECIMALS + 1):
        if _are_told(some, decimals) and _are_told(prices, decimals):
            break
    # Computed prices have endless decimals: seven significant digits are more than a chart shows.
    magnitude = int(np.floor(np.log10(float(prices.min())))) + 1
    return int(min(decimals, max(2, _SIGNIFICANT - magnitude), MOST_DECIMALS))


def _are_told(prices: NDArray[np.float64], decimals: int) -> bool:
    return bool(np.allclose(np.round(prices, decimals), prices, rtol=1e-11, atol=0))
