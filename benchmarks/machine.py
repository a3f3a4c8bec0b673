"""What this machine does at best: copy candles, one vector loop, one carried average."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.candles import synthetic
from benchmarks.results import Result
from benchmarks.timing import in_turns

LENGTHS = (100_000, 1_000_000)


@njit
def flag(candles: NDArray[np.float64], out: NDArray[np.int8]) -> None:
    """One rule without memory: reads four prices, writes a byte."""
    opened, high, low, close = candles[0], candles[1], candles[2], candles[3]
    for i in range(out.size):
        out[i] = (abs(close[i] - opened[i]) > 0.5 * (high[i] - low[i])) & (close[i] > opened[i])


@njit
def average(candles: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """One carried number: each step waits for the one before."""
    close, carried = candles[3], candles[3, 0]
    for i in range(out.size):
        carried += 0.1 * (close[i] - carried)
        out[i] = carried


def measure(*, quick: bool) -> Iterator[Result]:
    """Floors, without targets: what to hold the other lines against."""
    for count in LENGTHS[: 1 if quick else 2]:
        candles = synthetic(count).columns
        prices, copied = candles[:4], np.empty((4, count))
        flags, averages = np.empty(count, np.int8), np.empty(count)
        tasks = {
            "NumPy copies four columns": lambda: np.copyto(copied, prices),  # noqa: B023
            "one rule in a vector loop": lambda: flag(candles, flags),  # noqa: B023
            "one carried average": lambda: average(candles, averages),  # noqa: B023
        }
        for name, timing in in_turns(tasks, least=50, most=400, seconds=5).items():
            each = 1e9 * timing.cpu / count
            yield Result(f"floor: {name}, {count:,}", each, "ns/candle", note=timing.told)
