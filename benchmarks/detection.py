"""All of detection against all patterns of TA-Lib: one timeframe, and five at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.candles import real, synthetic
from benchmarks.patterns import ALL_61, talib_patterns
from benchmarks.results import Result
from benchmarks.timing import in_turns
from hyperbot.detection import DetectionParams, detect
from hyperbot.detection.detector import NOT_TAKEN, advance, new_memory
from hyperbot.detection.facts import empty_stores
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.resampling import resample

COARSER = ("3m", "5m", "15m", "1h")


def measure(*, quick: bool) -> Iterator[Result]:
    """`detect` as one calls it, with fresh memory for its facts, and its kernels alone."""
    series = synthetic(100_000 if quick else 1_000_000)
    yield from _compared("synthetic", series)
    if (found := real()) is not None:
        yield from _compared(*found)
    yield _five_timeframes(series)


def _compared(what: str, series: CandleSeries) -> Iterator[Result]:
    stores = tuple(empty_stores(len(series)).values())
    for store in stores:
        store[:] = 0  # so that the memory is there
    columns = np.ascontiguousarray(series.columns)
    columns.setflags(write=False)
    timings = in_turns(
        {
            "detect": lambda: detect(series),
            "kernels": lambda: advance(
                columns, 0, len(series), tuple(new_memory(DetectionParams())), stores, NOT_TAKEN
            ),
            "TA-Lib": talib_patterns(ALL_61, series),
        }
    )
    each = {name: 1e9 * timing.cpu / len(series) for name, timing in timings.items()}
    length = f"{what}, {len(series):,}"
    against = (each["TA-Lib"], "TA-Lib, all 61")
    yield Result(
        f"everything: detect(), {length}",
        *(each["detect"], "ns/candle", *against),
        limit=1 / 2,
        note=timings["detect"].told,
    )
    yield Result(
        f"everything: kernels alone, {length}",
        *(each["kernels"], "ns/candle", *against),
        note=timings["kernels"].told,
    )


def _five_timeframes(series: CandleSeries) -> Result:
    all_five = [series, *(resample(series, Timeframe.parse(name)) for name in COARSER)]
    timings = in_turns(
        {
            "ours": lambda: [len(detect(each)) for each in all_five],
            "TA-Lib": talib_patterns(ALL_61, series),
        }
    )
    ours, peer = (1e9 * timings[name].cpu / len(series) for name in ("ours", "TA-Lib"))
    return Result(
        f"five timeframes: detect() on 1m {' '.join(COARSER)}, {len(series):,}",
        *(ours, "ns/candle of 1m", peer, "TA-Lib, all 61, 1m alone"),
        limit=1.0,
        note=f"{timings['ours'].told}; without resampling and confluence",
    )
