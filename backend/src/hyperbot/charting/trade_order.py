"""How deep the account might have fallen had the same trades come in another order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperbot.statistics.chance import seeded

PATHS = 500
FEWEST_TRADES = 10
POINTS = 60
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class OrderFan:
    """Deepest falls of the sum of R after so many trades: of drawn paths, and as it was."""

    paths: int
    trades: tuple[int, ...]
    """after how many trades"""
    quantiles: tuple[tuple[float, ...], ...]
    """one row for each of QUANTILES"""
    seen: tuple[float, ...]
    """of the trades in the order in which they closed"""
    share_deeper: float
    """of the paths that fell deeper than what was seen, in the end"""


def order_fan(results: NDArray[np.float64], *seed: object) -> OrderFan | None:
    """Paths of as many trades, drawn from `results` (n,) with replacement, seeded.

    None for fewer than 10 trades: they tell nothing of order.
    """
    count = results.size
    if count < FEWEST_TRADES:
        return None
    after = np.unique(np.linspace(1, count, POINTS).round().astype(np.int64))
    chance = seeded("order of trades", *seed)
    falls = np.array(
        [_falls(results[chance.integers(0, count, count)])[after - 1] for _ in range(PATHS)]
    )
    seen = _falls(results)[after - 1]
    rows = np.quantile(falls, QUANTILES, axis=0).round(2)
    return OrderFan(
        paths=PATHS,
        trades=tuple(after.tolist()),
        quantiles=tuple(tuple(row) for row in rows.tolist()),
        seen=tuple(seen.round(2).tolist()),
        share_deeper=float(np.mean(falls[:, -1] > seen[-1])),
    )


def _falls(results: NDArray[np.float64]) -> NDArray[np.float64]:
    """The deepest fall from a peak, 0 included, up to each trade, (n,)."""
    total = np.cumsum(results)
    peaks = np.maximum(np.maximum.accumulate(total), 0.0)
    deepest: NDArray[np.float64] = np.maximum.accumulate(peaks - total)
    return deepest
