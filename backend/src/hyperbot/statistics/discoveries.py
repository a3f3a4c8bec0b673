"""Many rules at once: which share of those called good is so by luck; and how sure a share is."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from hyperbot.domain.errors import InvalidInput

Dependence = Literal["any", "positive"]


def q_values(p_values: ArrayLike, *, dependence: Dependence = "any") -> NDArray[np.float64]:
    """(n,) q-values of (n,) p-values: calling those up to q good, a share q of them is luck.

    `any` dependence of the rules: Benjamini & Yekutieli 2001; `positive` or none: Benjamini &
    Hochberg 1995. A p-value that is not known cannot be given: leave its rule out, or give 1 to
    count it as tried.
    """
    given = np.asarray(p_values, dtype=np.float64)
    if given.ndim != 1 or not ((given >= 0) & (given <= 1)).all():
        raise InvalidInput("P-values are one row of numbers from 0 to 1")
    if not len(given):
        return given
    # Written out: scipy.stats has it, and takes half a second to import, in every backtest.
    count = len(given)
    order = np.argsort(given)
    ranks = np.arange(1, count + 1)
    penalty = (1 / ranks).sum() if dependence == "any" else 1.0
    stepped = np.minimum.accumulate((given[order] * count * penalty / ranks)[::-1])[::-1]
    qs: NDArray[np.float64] = np.empty(count)
    qs[order] = np.minimum(stepped, 1.0)
    return qs


def wilson_interval(wins: int, trades: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """The interval of the true share of wins (Wilson 1927); None without trades.

    It takes trades as independent; those of one day are not, so it is rather too narrow.
    """
    if not 0 <= wins <= trades:
        raise InvalidInput(f"Wins lie between 0 and all {trades} trades, not at {wins}")
    if not (isfinite(confidence) and 0 < confidence < 1):
        raise InvalidInput(f"A confidence lies between 0 and 1, not at {confidence}")
    if not trades:
        return None
    z = float(ndtri((1 + confidence) / 2))
    share, weight = wins / trades, z * z / trades
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / trades + weight / (4 * trades))
    low = 0.0 if wins == 0 else max(middle - half, 0.0)
    return low, 1.0 if wins == trades else min(middle + half, 1.0)
