"""What each kernel of `detect` costs: the table that says where to look first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks import steps
from benchmarks.candles import synthetic
from benchmarks.results import Result
from benchmarks.timing import in_turns
from hyperbot.detection import detect
from hyperbot.detection.facts import Stores, empty_stores, same_bits
from hyperbot.detection.kernel import CACHE_FOLDER, _cache_folder
from hyperbot.domain.market import CandleSeries


def measure(*, quick: bool) -> Iterator[Result]:
    """Each kernel by itself on finished facts; patterns also need their window, taken off again."""
    series = synthetic(100_000 if quick else 1_000_000)
    stores, others = detect(series).stores, detect(series).stores
    tasks = {
        name: _task((steps.WINDOW, name), series, others)
        if name in steps.PATTERNS
        else _task((name,), series, stores)
        for name in steps.NAMES
    }
    tasks["fresh memory"] = lambda: _touched(empty_stores(len(series)))
    timings = in_turns(tasks, least=5, most=15, seconds=30)
    each = {name: 1e9 * timing.cpu / len(series) for name, timing in timings.items()}
    for name in steps.PATTERNS:
        if name != steps.WINDOW:
            each[name] -= each[steps.WINDOW]
    for name, cost in each.items():
        yield Result(f"cost: {name}", cost, "ns/candle", note=timings[name].told)
    _refuse_others(stores, series)


def kernels_changed() -> bool:
    """Whether the source on disk is no longer what this process runs: its figures mean nothing."""
    return _cache_folder() != CACHE_FOLDER


def _task(names: tuple[str, ...], series: CandleSeries, stores: Stores) -> Callable[[], None]:
    return lambda: steps.run(names, series, stores)


def _refuse_others(stores: Stores, series: CandleSeries) -> None:
    """Kernels one by one left all facts as they are, so they did their real work."""
    whole = detect(series).stores
    together = empty_stores(len(series))
    steps.run(steps.NAMES, series, together)
    for store, values in whole.items():
        if not same_bits(values, together[store]):
            raise AssertionError(f"all steps together do not write what `detect` writes: {store}")
        if not same_bits(values, stores[store]):
            raise AssertionError(f"steps one by one do not write what `detect` writes: {store}")


def _touched(stores: Stores) -> None:
    """Write one byte to each page, as `detect` does at least."""
    for values in stores.values():
        values.reshape(-1).view(np.int8)[::4096] = 0
