"""Whether stated probabilities come true, and what is left of them when they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hyperbot.domain.errors import InvalidInput

Floats = NDArray[np.float64]

BINS = 10
PRIOR_WEIGHT = 20.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts of about the same probability."""

    forecasts: int
    stated: float
    """mean of what was forecast"""
    seen: float
    """share that came true"""


@dataclass(frozen=True, slots=True)
class Brier:
    """The mean squared error of forecasts, and what it is made of (Murphy 1973)."""

    score: float
    """0 is perfect; `reliability` - `resolution` + `uncertainty` + `within`"""
    reliability: float
    """how far bins came true less or more often than stated: 0 is best"""
    resolution: float
    """how much bins differ in how often they came true: more is better"""
    uncertainty: float
    """of the outcomes themselves: share * (1 - share)"""
    within: float
    """what forecasts of one bin differ among themselves; 0 if all of a bin are equal"""
    table: tuple[Bin, ...]
    """bins with at least one forecast, from low to high"""


@dataclass(frozen=True, slots=True)
class Uniformity:
    """Whether outcomes were spread over their forecast distributions as these promised."""

    p_value: float
    """of the Kolmogorov-Smirnov test: small where they were not"""
    distance: float
    """greatest gap between the shares promised and seen"""


def brier(forecasts: ArrayLike, outcomes: ArrayLike, *, bins: int = BINS) -> Brier | None:
    """The Brier score of `forecasts` (n,), probabilities, of `outcomes` (n,), true or false.

    The parts are those of `bins` equally wide bins; `within` makes them add up where forecasts of
    a bin differ (Stephenson, Coelho & Jolliffe 2008). None without forecasts.
    """
    stated = _probabilities(forecasts)
    seen = np.asarray(outcomes, dtype=np.float64)
    if seen.shape != stated.shape or not np.isin(seen, (0.0, 1.0)).all():
        raise InvalidInput("Give one outcome a forecast, either true or false")
    if bins < 1:
        raise InvalidInput(f"Give at least one bin, not {bins}")
    if not len(stated):
        return None
    score = float(np.square(stated - seen).mean())
    table = _table(stated, seen, bins)
    weights = np.array([each.forecasts for each in table]) / len(stated)
    said, came = (np.array([getattr(each, name) for each in table]) for name in ("stated", "seen"))
    share = float(seen.mean())
    reliability = float(weights @ np.square(said - came))
    resolution = float(weights @ np.square(came - share))
    uncertainty = share * (1 - share)
    within = score - reliability + resolution - uncertainty
    return Brier(score, reliability, resolution, uncertainty, within, table)


def uniformity(values: ArrayLike) -> Uniformity | None:
    """Test that `values` (n,), the forecasts' cumulative probabilities of what came, are uniform.

    Probability integral transform (Dawid 1984; Diebold, Gunther & Tay 1998), taken as independent
    of each other. None without values.
    """
    shares = _probabilities(values)
    if not len(shares):
        return None
    # Late: scipy.stats takes longer to import than most runs take to test their rules.
    from scipy.stats import kstest  # noqa: PLC0415

    told = kstest(shares, "uniform")
    return Uniformity(float(told.pvalue), float(told.statistic))


def integral_transform(forecast_draws: ArrayLike, outcomes: ArrayLike) -> Floats:
    """(n,) share of each forecast's draws (n, draws) below what came (n,); ties count half."""
    draws = np.asarray(forecast_draws, dtype=np.float64)
    came = np.asarray(outcomes, dtype=np.float64)
    if draws.ndim != 2 or came.shape != draws.shape[:1] or not draws.shape[1]:
        raise InvalidInput("Give one row of draws a forecast, and one outcome")
    if not (np.isfinite(draws).all() and np.isfinite(came).all()):
        raise InvalidInput("Draws and outcomes are finite numbers")
    below = (draws < came[:, None]).mean(1)
    return np.asarray(below + (draws == came[:, None]).mean(1) / 2)


def shrunk(stated: float, wins: int, trades: int, *, prior_weight: float = PRIOR_WEIGHT) -> float:
    """The `stated` probability of a win after `wins` of `trades`: a mean of Beta distributions.

    A forecast counts as `prior_weight` trades that won as often as it says; the record is added:
    (prior_weight * stated + wins) / (prior_weight + trades). It lies between stated and seen, so
    that it never rises above stated where the record is worse. The weight of 20 lets 20 trades
    speak as loud as the source; with it, half of an overstatement is gone after 20 trades and
    nine tenths after 180.
    """
    if not 0 <= stated <= 1:
        raise InvalidInput(f"A stated probability lies between 0 and 1, not at {stated}")
    if not 0 <= wins <= trades:
        raise InvalidInput(f"Wins lie between 0 and all {trades} trades, not at {wins}")
    if not 0 < prior_weight < np.inf:
        raise InvalidInput(f"The weight of what is stated is above 0, not {prior_weight}")
    if not trades:
        return stated
    seen = wins / trades
    share = trades / (prior_weight + trades)
    between = stated + share * (seen - stated)
    return float(np.clip(between, min(stated, seen), max(stated, seen)))


def _probabilities(values: ArrayLike) -> Floats:
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 1 or not ((given >= 0) & (given <= 1)).all():
        raise InvalidInput("Probabilities are one row of numbers from 0 to 1")
    return given


def _table(stated: Floats, seen: Floats, bins: int) -> tuple[Bin, ...]:
    number = np.minimum((stated * bins).astype(np.int64), bins - 1)
    counts = np.bincount(number, minlength=bins)
    said = np.bincount(number, stated, minlength=bins)
    came = np.bincount(number, seen, minlength=bins)
    return tuple(
        Bin(int(counts[each]), float(said[each] / counts[each]), float(came[each] / counts[each]))
        for each in np.flatnonzero(counts)
    )
