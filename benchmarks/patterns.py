"""Candle patterns against TA-Lib: the 22 that both have, and all of ours against all of its 61."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import talib

from benchmarks import steps
from benchmarks.agreement import FUNCTIONS
from benchmarks.candles import real, synthetic
from benchmarks.results import Result
from benchmarks.timing import in_turns
from hyperbot.detection import detect
from hyperbot.domain.market import CandleSeries

ALL_61 = tuple(talib.get_function_groups()["Pattern Recognition"])


def talib_patterns(names: Sequence[str], series: CandleSeries) -> Callable[[], None]:
    """A task: these functions one after the other, their results dropped."""
    functions = [getattr(talib, name) for name in names]
    prices = tuple(series.columns[:4])

    def task() -> None:
        for function in functions:
            function(*prices)

    return task


def measure(*, quick: bool) -> Iterator[Result]:
    """Ours writes into memory that is there, TA-Lib into what its allocator gives back to it."""
    yield from _compared("synthetic", synthetic(100_000 if quick else 1_000_000))
    if (found := real()) is not None:
        yield from _compared(*found)


def _compared(what: str, series: CandleSeries) -> Iterator[Result]:
    facts = detect(series)
    timings = in_turns(
        {
            "ours 22": lambda: steps.run(steps.CLASSICAL, series, facts.stores),
            "TA-Lib 22": talib_patterns(tuple(FUNCTIONS.values()), series),
            "ours all": lambda: steps.run(steps.PATTERNS, series, facts.stores),
            "TA-Lib 61": talib_patterns(ALL_61, series),
        }
    )
    each = {name: 1e9 * timing.cpu / len(series) for name, timing in timings.items()}
    length = f"{what}, {len(series):,}"
    yield Result(
        f"the 22 shared patterns, {length}",
        *(each["ours 22"], "ns/candle", each["TA-Lib 22"], "the same of TA-Lib"),
        limit=1 / 10,
        note=timings["ours 22"].told,
    )
    yield Result(
        f"whole pattern set, {length}",
        *(each["ours all"], "ns/candle", each["TA-Lib 61"], "TA-Lib, all 61"),
        limit=1 / 6,
        note=timings["ours all"].told,
    )
