"""How much of a Sharpe ratio is luck: of its length, its tails and the number of trials.

All ratios are per observation (a day, say), not annualised: annual / sqrt(days in a year).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import e, isfinite, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from hyperbot.domain.errors import InvalidInput

EULER_MASCHERONI = float(np.euler_gamma)
NO_SPREAD = 1e-12
"""standard deviation of returns whose largest is 1: what rounding alone leaves"""
MOST_TRIALS = 1e12


@dataclass(frozen=True, slots=True)
class Track:
    """What a track record says of itself."""

    sharpe: float
    """mean / standard deviation (n - 1), per observation"""
    observations: int
    skewness: float = 0.0
    kurtosis: float = 3.0
    """not excess: 3 for a Normal distribution"""


def track(returns: ArrayLike) -> Track | None:
    """The track of `returns` (n,); None with fewer than two, or where they do not differ."""
    values = np.asarray(returns, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise InvalidInput("Returns are one row of finite numbers")
    if len(values) < 2:
        return None
    values = values / (np.abs(values).max() or 1.0)
    centred = values - values.mean()
    deviation = sqrt(np.square(centred).mean())
    if deviation <= NO_SPREAD:
        return None
    standard = centred / deviation
    return Track(
        sharpe=float(values.mean() / deviation) * sqrt(1 - 1 / len(values)),
        observations=len(values),
        skewness=float((standard**3).mean()),
        kurtosis=float((standard**4).mean()),
    )


def sharpe_ratio(returns: ArrayLike) -> float | None:
    """Mean / standard deviation (n - 1) of `returns` (n,), per observation; None as for `track`."""
    measured = track(returns)
    return None if measured is None else measured.sharpe


def probabilistic_sharpe(measured: Track, benchmark: float = 0.0) -> float:
    """The probability that the true Sharpe ratio is above `benchmark` (per observation).

    Bailey & López de Prado 2012, "The Sharpe ratio efficient frontier", equation 11. It takes
    observations as independent; the dependence of trades is `bootstrap.py`'s business.
    """
    if measured.observations < 2:
        raise InvalidInput("A Sharpe ratio needs at least two observations")
    if not isfinite(benchmark):
        raise InvalidInput("The Sharpe ratio to beat must be a finite number")
    apart = (measured.sharpe - benchmark) * sqrt(measured.observations - 1)
    return float(ndtr(apart / sqrt(_noise(measured))))


def expected_maximum_sharpe(variance: float, trials: int) -> float:
    """The best Sharpe ratio that `trials` worthless trials show on average by luck alone.

    `variance` is that of the trials' Sharpe ratios; 0 for a single trial. Bailey & López de Prado
    2014, "The deflated Sharpe ratio", equation 1.
    """
    if not (isfinite(variance) and variance >= 0):
        raise InvalidInput(f"A variance is a number of at least 0, not {variance}")
    return sqrt(variance) * _best_of(trials)


def deflated_sharpe(measured: Track, *, variance: float, trials: int) -> float:
    """The probability that the true Sharpe ratio is above what the best of all trials owes to luck.

    `variance` of the Sharpe ratios of all trials, per observation like the rest (that of
    annualised ones / observations in a year). Bailey & López de Prado 2014, equation 2.
    """
    return probabilistic_sharpe(measured, expected_maximum_sharpe(variance, trials))


def minimum_track_length(
    measured: Track, *, benchmark: float = 0.0, confidence: float = 0.95
) -> float | None:
    """Observations needed to be `confidence` sure that the true Sharpe ratio beats `benchmark`.

    None: it does not even beat it in sight. Bailey & López de Prado 2012, equation 13.
    """
    if not 0.5 < confidence < 1:
        raise InvalidInput(f"A confidence lies between 0.5 and 1, not at {confidence}")
    apart = measured.sharpe - benchmark
    if apart <= 0:
        return None
    errors = float(ndtri(confidence)) / apart
    needed = 1 + _noise(measured) * errors * errors
    return needed if isfinite(needed) else None


def minimum_backtest_length(trials: int, expected_maximum: float = 1.0) -> float:
    """Years of data below which the best of `trials` reaches that annual Sharpe ratio by luck.

    Bailey, Borwein, López de Prado & Zhu 2014, "Pseudo-mathematics and financial charlatanism",
    equation 6 (not its upper bound 2 ln(trials)); 0 for a single trial.
    """
    if not (isfinite(expected_maximum) and expected_maximum > 0):
        raise InvalidInput("The annual Sharpe ratio to stay below must be above 0")
    return (_best_of(trials) / expected_maximum) ** 2


def _noise(measured: Track) -> float:
    """Variance of the estimate of the Sharpe ratio x (observations - 1)."""
    ratio = measured.sharpe
    noise = 1 - measured.skewness * ratio + (measured.kurtosis - 1) / 4 * ratio**2
    if not (isfinite(noise) and noise > 0):
        raise InvalidInput("No distribution has this Sharpe ratio, skewness and kurtosis")
    return noise


def _best_of(trials: int) -> float:
    """The expected highest of so many independent standard Normal numbers."""
    if not 1 <= trials <= MOST_TRIALS:
        raise InvalidInput(f"Trials are counted from 1, not {trials}")
    if trials == 1:
        return 0.0
    share = EULER_MASCHERONI
    rare, rarer = -ndtri(1 / trials), -ndtri(1 / (trials * e))
    return float((1 - share) * rare + share * rarer)
