"""Whether choosing the best of many variants chooses anything but luck."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from hyperbot.domain.errors import InvalidInput

Floats = NDArray[np.float64]

SLICES = 16
MOST_SLICES = 20
CELLS_AT_ONCE = 2_000_000
"""splits x variants held in memory at a time: 16 MB per array"""
NO_SPREAD = 1e-7
"""standard deviation of results whose largest is 1: what rounding alone leaves"""

SAME = 1e-9
"""Sharpe ratios that differ by less are tied: sums in another order differ as much"""


@dataclass(frozen=True, slots=True)
class Overfitting:
    """What became, in the other half of the time, of the variant that was best in one half."""

    probability: float
    """share of the splits in which the best was no better than the median of all elsewhere"""
    logits: Floats
    """(splits,) of the best one's relative rank elsewhere; 0 is the median, positive above"""
    loss: float
    """share of the splits in which the best lost elsewhere"""
    slope: float | None
    """of its Sharpe ratio elsewhere on that where it was best; None if the latter never differs"""
    splits: int


def overfitting(results: ArrayLike, *, slices: int = SLICES) -> Overfitting | None:
    """The probability of backtest overfitting of `results` (T, N): T days of N variants.

    Combinatorially symmetric cross-validation of Bailey, Borwein, López de Prado & Zhu 2017: the
    days are cut into `slices` (even) consecutive parts of equal length, dropping up to slices - 1
    of the earliest days; each half of them selects the variant of the highest Sharpe ratio, the
    other half ranks it. A variant without any spread has ratio 0 (it did not trade). Ties count
    half: variants that are equally good elsewhere share the mean of their ranks, a rank at the
    median counts half as overfit, and of several equally best ones the first is chosen.

    None with fewer than two variants, or fewer than two days a slice.
    """
    values = _checked(results, slices)
    days, variants = values.shape
    if variants < 2 or days < 2 * slices:
        return None
    sums, squares = _per_slice(values, slices)
    parts = [_split(*halves) for halves in _halves(sums, squares, days // slices * slices // 2)]
    ranks, inside, outside = (np.concatenate(each) for each in zip(*parts, strict=True))
    logits = logit(ranks / (variants + 1))
    logits[ranks == (variants + 1) / 2] = 0.0
    return Overfitting(
        probability=float(np.mean(logits < 0) + np.mean(logits == 0) / 2),
        logits=logits,
        loss=float(np.mean(outside < 0)),
        slope=_slope(inside, outside),
        splits=len(logits),
    )


def _checked(results: ArrayLike, slices: int) -> Floats:
    values = np.asarray(results, dtype=np.float64)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise InvalidInput("Results are finite numbers, one row a day and one column a variant")
    if slices % 2 or not 2 <= slices <= MOST_SLICES:
        raise InvalidInput(f"Slices are an even number from 2 to {MOST_SLICES}, not {slices}")
    return values


def _per_slice(values: Floats, slices: int) -> tuple[Floats, Floats]:
    """(slices, variants) sums and sums of squares, each variant in units of its largest result."""
    days = len(values) // slices * slices
    largest = np.abs(values).max(0)
    scaled = values[len(values) - days :] / np.where(largest > 0, largest, 1.0)
    parts = scaled.reshape(slices, -1, values.shape[1])
    return parts.sum(1), np.square(parts).sum(1)


def _halves(sums: Floats, squares: Floats, days: int) -> Iterator[tuple[Floats, Floats]]:
    """Sharpe ratios (splits, variants) of the chosen half and of the other, some splits a time."""
    slices, variants = sums.shape
    chosen = np.zeros((comb(slices, slices // 2), slices))
    rows = list(combinations(range(slices), slices // 2))
    np.put_along_axis(chosen, np.array(rows), 1.0, axis=1)
    step = max(1, CELLS_AT_ONCE // variants)
    for begin in range(0, len(chosen), step):
        some = chosen[begin : begin + step]
        yield (
            _sharpe(some @ sums, some @ squares, days),
            _sharpe((1 - some) @ sums, (1 - some) @ squares, days),
        )


def _sharpe(sums: Floats, squares: Floats, days: int) -> Floats:
    means = sums / days
    spread = np.sqrt(np.maximum(squares / days - np.square(means), 0.0))
    still = spread <= NO_SPREAD
    return np.where(still, 0.0, means / np.where(still, 1.0, spread))


def _split(inside: Floats, outside: Floats) -> tuple[Floats, Floats, Floats]:
    """(splits,) rank elsewhere from 1, worst, to N, and Sharpe ratios, of the best inside."""
    rows = np.arange(len(inside))
    best = inside.argmax(1)
    reached = outside[rows, best]
    apart = outside - reached[:, None]
    alike = SAME * (1 + np.abs(reached[:, None]))
    below = np.count_nonzero(apart < -alike, axis=1)
    level = np.count_nonzero(np.abs(apart) <= alike, axis=1)
    return below + (level + 1) / 2, inside[rows, best], reached


def _slope(inside: Floats, outside: Floats) -> float | None:
    apart = inside - inside.mean()
    spread = float(apart @ apart)
    return float(apart @ outside) / spread if spread > SAME**2 * len(inside) else None
