"""How far chance may have moved a mean of trades that hang together in time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from hyperbot.domain.errors import InvalidInput
from hyperbot.statistics.chance import seeded

Floats = NDArray[np.float64]

DRAWS = 2_000
LEAST_DAYS = 10
"""days with trades, and blocks in the span; with fewer there is no interval"""
LEAST_BLOCKS = 8
"""blocks with trades, for the same reason"""
MOST_DAYS = 40_000
MOST_R = 1e100
NO_SPREAD = 1e-12
"""of results whose largest is 1: what rounding alone leaves"""
TAIL = 0.01
"""p-values below it come from a fitted tail: DRAWS are too few to count them"""


@dataclass(frozen=True, slots=True)
class ClusteredMean:
    """A mean and its uncertainty; all but `mean` are None where there are too few days."""

    mean: float
    low: float | None
    high: float | None
    p_value: float | None
    """one-sided: of a mean this far above 0, in standard errors, if the true one were 0"""
    error: float | None
    """standard error of the mean"""
    block_days: int
    """length of the blocks that were drawn"""
    clusters: int
    """days with trades"""


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Sums and counts of each day from the first to the last, filled up to whole blocks."""

    sums: Floats
    counts: Floats
    block: int

    def blocks(self) -> tuple[Floats, Floats]:
        shape = (-1, self.block)
        return self.sums.reshape(shape).sum(1), self.counts.reshape(shape).sum(1)

    def drawn(self, seed: str) -> tuple[Floats, Floats]:
        """(draws, blocks) sums and counts of blocks that begin anywhere, in a circle."""
        begins = seeded("mean of clustered", seed).integers(
            len(self.sums), size=(DRAWS, len(self.sums) // self.block)
        )
        return self._from_each_day(self.sums)[begins], self._from_each_day(self.counts)[begins]

    def _from_each_day(self, values: Floats) -> Floats:
        around = np.concatenate((values, values[: self.block - 1]))
        return np.asarray(sliding_window_view(around, self.block).sum(1))


def mean_of_clustered(
    results: ArrayLike,
    days: ArrayLike,
    *,
    seed: str,
    held_days: ArrayLike = 0,
    confidence: float = 0.95,
) -> ClusteredMean | None:
    """The mean of `results` with an interval that allows for dependence; None without results.

    `results` (n,) are R of trades, `days` (n,) the whole number of the day of entry (UTC),
    `held_days` how long trades last: one number, or (n,), of which the 90 % quantile counts.

    Results of one day hang together over all coins, and so do those of nearby days. Hence days,
    not trades, are resampled, in circular blocks, and the mean is a ratio of their sums. A block
    has 1.5 * days**(1/3) days, at most a tenth of the span, but at least twice `held_days`. The
    interval is bootstrap-t (Götze & Künsch 1996): the standard error, of the sample and of every
    draw alike, is the equal-weighted cosine one of Lazarus, Lewis, Stock & Watson (2018) with
    0.4 * days**(2/3) terms, at most 2/5 of the number of blocks; as in Gonçalves & Vogelsang (2011)
    its own noise is thus part of the interval. P-values below 1 % follow a Student tail, with one
    degree of freedom per term, laid through the 99 % point of the draws.

    Fewer than LEAST_DAYS days with trades, a span of fewer than LEAST_DAYS blocks, fewer than
    LEAST_BLOCKS blocks with trades, or results that differ so seldom that draws without any
    difference are common, give the mean alone.
    """
    values, at, held = _checked(results, days, held_days, confidence)
    if not len(values):
        return None
    scale = float(np.abs(values).max()) or 1.0
    calendar = _calendar(values / scale, at, held)
    totals, counts = calendar.blocks()
    basis = _cosines(len(totals), len(calendar.sums))
    mean, error = (float(each[0]) for each in _estimated(totals[None], counts[None], basis))
    days_with_trades = int(np.count_nonzero(calendar.counts))
    alone = ClusteredMean(
        mean * scale, None, None, None, None, calendar.block, clusters=days_with_trades
    )
    too_few = min(days_with_trades, len(totals)) < LEAST_DAYS
    if too_few or np.count_nonzero(counts) < LEAST_BLOCKS or error <= NO_SPREAD:
        return alone
    pivots = _pivots(*_estimated(*calendar.drawn(seed), basis), mean)
    half = (1 - confidence) / 2
    below, above = np.quantile(pivots, (half, 1 - half), method="inverted_cdf")
    if not np.isfinite(above - below):  # so few blocks that some draws have no spread at all
        return alone
    return replace(
        alone,
        low=float(mean - above * error) * scale,
        high=float(mean - below * error) * scale,
        p_value=_p_value(pivots, mean / error, basis.shape[1]),
        error=error * scale,
    )


def _checked(
    results: ArrayLike, days: ArrayLike, held_days: ArrayLike, confidence: float
) -> tuple[Floats, NDArray[np.int64], float]:
    values = np.asarray(results, dtype=np.float64)
    at = np.asarray(days)
    held = np.asarray(held_days, dtype=np.float64)
    if values.ndim != 1 or values.shape != at.shape or held.shape not in {(), values.shape}:
        raise InvalidInput("Give one result and one day per trade, and one holding time or as many")
    if len(values) and not np.issubdtype(at.dtype, np.integer):
        raise InvalidInput("Days are whole numbers: count them since any fixed day")
    if not (np.abs(values) <= MOST_R).all():
        raise InvalidInput("Results are numbers of R: one is missing, or too great to be one")
    if not ((held >= 0) & (held <= MOST_DAYS)).all():
        raise InvalidInput(f"Holding times are numbers of days from 0 to {MOST_DAYS}")
    if not 0 < confidence < 1:
        raise InvalidInput(f"A confidence lies between 0 and 1, not at {confidence}")
    held_long = float(np.quantile(held, 0.9)) if held.size else 0.0
    return values, at.astype(np.int64), held_long


def _calendar(values: Floats, at: NDArray[np.int64], held: float) -> _Calendar:
    since = at - at.min()
    span = int(since.max()) + 1
    if span > MOST_DAYS:
        raise InvalidInput(f"The trades span {span} days: give days, not hours or milliseconds")
    block = max(1, min(ceil(1.5 * span ** (1 / 3)), span // LEAST_DAYS), ceil(2 * held))
    block = min(block, span)
    length = ceil(span / block) * block
    return _Calendar(
        np.bincount(since, values, minlength=length).astype(np.float64),
        np.bincount(since, minlength=length).astype(np.float64),
        block,
    )


def _cosines(blocks: int, days: int) -> Floats:
    """(blocks, terms) slow cosine waves over the span, each of mean 0 and mean square 1."""
    terms = max(1, min(round(0.4 * days ** (2 / 3)), blocks * 2 // 5))
    middles = (np.arange(blocks) + 0.5) / blocks
    return np.asarray(np.sqrt(2) * np.cos(np.pi * np.outer(middles, np.arange(1, terms + 1))))


def _estimated(totals: Floats, counts: Floats, basis: Floats) -> tuple[Floats, Floats]:
    """(draws,) means and standard errors of (draws, blocks) sums; NaN for a draw without trades."""
    trades = counts.sum(1)
    trades[trades == 0] = np.nan
    means = totals.sum(1) / trades
    waves = (totals - means[:, None] * counts) @ basis
    return means, np.sqrt(np.square(waves).mean(1)) / trades


def _pivots(means: Floats, errors: Floats, centre: float) -> Floats:
    """How many of its own standard errors each draw lies off the centre of all draws."""
    apart = (means - centre)[np.isfinite(means)]
    spread = errors[np.isfinite(means)]
    without = spread <= NO_SPREAD
    return np.where(without, np.copysign(np.inf, apart), apart / np.where(without, 1.0, spread))


def _p_value(pivots: Floats, seen: float, terms: int) -> float:
    counted = (1 + np.count_nonzero(pivots >= seen)) / (1 + len(pivots))
    border = float(np.quantile(pivots, 1 - TAIL, method="inverted_cdf"))
    if seen <= border or border <= 0:
        return float(counted)
    return float(stdtr(terms, -seen * stdtrit(terms, 1 - TAIL) / border))
