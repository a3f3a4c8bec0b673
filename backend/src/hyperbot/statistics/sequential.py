"""Evidence that may be looked at every day: betting against a mean that is not above 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from hyperbot.domain.errors import InvalidInput

Floats = NDArray[np.float64]

BETS = 50
MOST_RESULTS = 1_000_000
MOST_LOG = 700.0
"""e-values are cut at exp(700): greater ones are no numbers any more"""
MOST_GAIN = 1e6
"""in floors; a greater one counts as this, which is to the bettor's disadvantage"""
HUGE = 1e200


@dataclass(frozen=True, slots=True)
class Looks:
    """What is known after each result; each of the looks may be the last."""

    e_values: Floats
    """(n,) capital of a bettor who began with 1; without an edge it does not grow on average"""
    p_values: Floats
    """(n,) 1 / highest capital so far: at most alpha of worthless streams ever fall to alpha"""

    @property
    def e_value(self) -> float:
        """The capital now; 1 before the first result."""
        return float(self.e_values[-1]) if len(self.e_values) else 1.0

    @property
    def p_value(self) -> float:
        """The anytime-valid p-value now; 1 before the first result."""
        return float(self.p_values[-1]) if len(self.p_values) else 1.0


def mean_above_zero(results: ArrayLike, *, floor: float) -> Looks:
    """Test, after each of `results` (n,), that their mean is above 0; they are in order of time.

    `floor` > 0 is the loss, in the units of `results`, that is fixed beforehand as the greatest
    to be expected (such as 1.5 R). Capital is the mean over BETS constant bets b, evenly spread
    over [0, 1 / floor), of prod(1 + b * result). Where the expected result, given the past, is
    at most 0, it does not grow on average, so that by Ville's inequality it ever reaches 1 / alpha
    with a probability of at most alpha (Waudby-Smith & Ramdas 2024, "Estimating means of bounded
    random variables by betting"). A loss below -floor bankrupts each bet that cannot pay it, which
    keeps the promise: capital only becomes smaller than it would have been.

    "Given the past": one result per look, which begins after the last one ended. Trades that
    overlap are to be summed up first, such as by day or week.
    """
    values = _in_floors(results, floor)
    factors = 1 + np.outer(values, np.arange(BETS) / BETS)
    is_alive = np.logical_and.accumulate(factors > 0, axis=0)
    logs = np.cumsum(np.log(np.where(is_alive, factors, 1.0)), axis=0)
    logs[~is_alive] = -np.inf
    # The bet of 0 never loses: there is always a finite number to sum up.
    capital = logsumexp(logs, axis=1) - np.log(BETS) if len(values) else np.zeros(0)
    capital = np.clip(capital, -MOST_LOG, MOST_LOG)
    highest = np.maximum.accumulate(np.maximum(capital, 0.0))
    return Looks(np.exp(capital), np.exp(-highest))


def better_than(results: ArrayLike, others: ArrayLike, *, floor: float) -> Looks:
    """Test, after each pair, that `results` (n,) of A are better on average than `others` of B.

    Pairs belong to the same look (day, or signal that both saw); `floor` is the greatest loss of A
    against B to be expected, thus what A can lose plus what B can win. See `mean_above_zero`.
    """
    ours, theirs = np.asarray(results, np.float64), np.asarray(others, np.float64)
    if ours.shape != theirs.shape:
        raise InvalidInput("Pairs have a result of A and one of B each: give as many of both")
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        raise InvalidInput("Results are finite numbers")
    return mean_above_zero(np.clip(ours, -HUGE, HUGE) - np.clip(theirs, -HUGE, HUGE), floor=floor)


def _in_floors(results: ArrayLike, floor: float) -> Floats:
    """Results in units of the floor, so that the greatest loss to be expected is 1."""
    values = np.asarray(results, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise InvalidInput("Results are one row of finite numbers")
    if len(values) > MOST_RESULTS:
        raise InvalidInput(f"At most {MOST_RESULTS} results can be tested, not {len(values)}")
    if not 1 / HUGE < floor < HUGE:
        raise InvalidInput(f"The greatest loss to be expected is a number above 0, not {floor}")
    # A loss of BETS floors bankrupts every bet but that of 0: more changes nothing.
    return np.clip(values, -BETS * floor, MOST_GAIN * floor) / floor
