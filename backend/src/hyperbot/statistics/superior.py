"""Whether the best of many beats a benchmark by more than luck, and which others do."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hyperbot.domain.errors import InvalidInput
from hyperbot.statistics.chance import seeded

Floats = NDArray[np.float64]

DRAWS = 1_000
LEAST_DAYS = 30
MOST_VARIANTS = 5_000
"""the draws of so many take 120 MB and a few seconds"""
NO_SPREAD = 1e-9


@dataclass(frozen=True, slots=True)
class Superior:
    """The verdict on the best of many, and on each."""

    p_value: float
    """of the best: how often luck would do as well if none were better than the benchmark"""
    variants: tuple[int, ...]
    """columns that beat the benchmark; with probability 1 - size not one of them by luck"""
    block_days: int


def superior(
    benchmark: ArrayLike, results: ArrayLike, *, seed: str, size: float = 0.05, block_days: int = 0
) -> Superior | None:
    """Test `results` (T, N) of N variants on T days against `benchmark` (T,); more is better.

    The p-value is the consistent one of Hansen 2005, "A test for superior predictive ability";
    the variants are those of the stepwise test of Romano & Wolf 2005 at `size`. Days are drawn
    in circular blocks of `block_days`; 0 means 1.5 * T**(1/3), enough for results
    that follow each other; give at least twice the time that trades are held.

    None with fewer than LEAST_DAYS days or without a variant. More than MOST_VARIANTS are
    refused: a choice among them before the test would have to be counted too.
    """
    apart = _checked(benchmark, results, size)
    days, variants = apart.shape
    if days < LEAST_DAYS or not variants:
        return None
    block = block_days or ceil(1.5 * days ** (1 / 3))
    if not 1 <= block <= days // 3:
        raise InvalidInput(f"Blocks of {block} days leave fewer than three in {days} days")
    steady = _steadied(apart, block)
    if steady.mean(0).max() <= 0:  # arch counts ties for the best: nothing is better than nothing
        return Superior(1.0, (), block)
    # Late: arch brings statsmodels and pandas along, which takes 1.6 s.
    from arch.bootstrap import StepM  # noqa: PLC0415

    steps = StepM(
        np.zeros(days),
        -steady,
        size=size,
        block_size=block,
        reps=DRAWS,
        bootstrap="circular",
        seed=seeded("superior", seed),
    )
    steps.compute()
    steps.spa.compute()  # once more over all: the steps left it with those that remained
    exceeded = round(float(steps.spa.pvalues["consistent"]) * DRAWS)
    found = tuple(int(each) for each in np.array(steps.superior_models, int))
    return Superior((1 + exceeded) / (1 + DRAWS), found, block)


def _checked(benchmark: ArrayLike, results: ArrayLike, size: float) -> Floats:
    values = np.asarray(results, dtype=np.float64)
    base = np.asarray(benchmark, dtype=np.float64)
    if values.ndim != 2 or base.shape != values.shape[:1]:
        raise InvalidInput("Give one row a day and one column a variant, and a benchmark as long")
    if values.shape[1] > MOST_VARIANTS:
        raise InvalidInput(f"At most {MOST_VARIANTS} variants can be tested, not {values.shape[1]}")
    if not 0 < size < 1:
        raise InvalidInput(f"The size of a test lies between 0 and 1, not at {size}")
    if not (np.isfinite(values).all() and np.isfinite(base).all()):
        raise InvalidInput("Results and benchmark must be finite numbers")
    largest = max(np.abs(values).max(initial=0.0), np.abs(base).max(initial=0.0)) or 1.0
    return values / largest - (base / largest)[:, None]


def _steadied(apart: Floats, block: int) -> Floats:
    """(T, N + 1) differences, each column in units of its standard deviation; the last one is 0.

    arch 8 computes deviations but does not divide by them, so that the wildest variant would
    decide. Those of single days serve better than long-run ones, whose own noise makes luck look
    like skill (5 % of noise became 22 %); that days follow each other is left to the blocks.
    Means of circular blocks vary less than means of days do, by the share that a block is of all
    days (exact for days that do not follow each other): the means shrink as much.
    The column of zeros, as good as the benchmark, never wins; it keeps arch from ending without
    columns when all others have won.
    """
    largest = np.abs(apart).max(0)  # tiny bets have a spread too
    scaled = apart / np.where(largest > 0, largest, 1.0)
    spread = scaled.std(0)
    still = spread <= NO_SPREAD
    steady = np.where(still, 0.0, scaled / np.where(still, 1.0, spread))
    means = steady.mean(0)
    steady += means * np.sqrt(1 - block / len(apart)) - means
    return np.hstack([steady, np.zeros((len(apart), 1))])
