"""One candle at a time: what a push takes, early and late, and what TA-Lib's stream takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from talib import stream

from benchmarks.candles import synthetic
from benchmarks.patterns import ALL_61
from benchmarks.results import Result
from hyperbot.detection import Detector
from hyperbot.domain.market import Candle

EARLY = 1_000
PUSHES = 2_000
"""of one block: more than fit into the window of a detector, so that it slides at least once"""
BLOCKS = 40
WINDOW = 40
STREAMED = 200


class Block:
    """The same pushes over and over, each time from the same saved detector."""

    def __init__(self, detector: Detector, candles: Sequence[Candle]) -> None:
        self._saved = detector.save()
        self._candles = candles
        self.times: list[NDArray[np.int64]] = []

    def run(self) -> None:
        detector = Detector.restore(self._saved)
        self.times.append(_each(detector.push, self._candles))

    def best(self, percent: float) -> float:
        """The lowest of all blocks' percentiles, in microseconds."""
        return min(float(np.percentile(times, percent)) for times in self.times) / 1e3

    def pooled(self, percent: float) -> float:
        """The percentile of all pushes of all blocks, whatever else ran, in microseconds."""
        return float(np.percentile(np.concatenate(self.times), percent)) / 1e3

    @property
    def total(self) -> float:
        """The least mean of a block, in microseconds."""
        return min(float(times.mean()) for times in self.times) / 1e3


def measure(*, quick: bool) -> Iterator[Result]:
    """Blocks of an early and of a late detector by turns, with TA-Lib's in between."""
    late_at = 100_000 if quick else 1_000_000
    early, late = _blocks(late_at)
    streams = _Streams()
    for _ in range(BLOCKS):
        early.run()
        late.run()
        streams.run()
    pooled = f"best of {BLOCKS} blocks of {PUSHES:,}; of all pushes, whatever else ran: "
    yield Result(
        "push: median", late.best(50), "us", limit=10, goal=5, note=f"{pooled}{late.pooled(50):.2f}"
    )
    yield Result(
        "push: p99", late.best(99), "us", limit=40, goal=20, note=f"{pooled}{late.pooled(99):.2f}"
    )
    yield Result(
        f"push: median at candle {late_at:,} against {EARLY:,}",
        *(late.best(50), "us", early.best(50), f"at candle {EARLY:,}"),
        limit=1.2,
    )
    yield Result(
        f"push: mean at candle {late_at:,} against {EARLY:,}",
        *(late.total, "us", early.total, f"at candle {EARLY:,}"),
        limit=1.2,
    )
    yield Result(
        "push against TA-Lib's stream",
        *(late.best(50), "us", streams.best, f"61 stream calls, {WINDOW} candles"),
        limit=1 / 15,
    )


def pushed(count: int) -> Iterator[tuple[int, Detector]]:
    """A detector after EARLY, and after `count` candles."""
    detector, series = Detector(), synthetic(count + PUSHES)
    for at, candle in enumerate(series):
        if at == EARLY:
            yield at, detector
        if at == count:
            break
        detector.push(candle)
    yield count, detector


def _blocks(late_at: int) -> Iterator[Block]:
    print("  pushing the candles before the late ones", file=sys.stderr)
    series = synthetic(late_at + PUSHES)
    for at, detector in pushed(late_at):
        yield Block(detector, [series[row] for row in range(at, at + PUSHES)])


class _Streams:
    """All 61 functions on the last candles: what a bot with TA-Lib calls at each close."""

    def __init__(self) -> None:
        self._functions = [getattr(stream, name) for name in ALL_61]
        columns = synthetic(STREAMED + WINDOW).columns
        self._windows = [
            tuple(np.ascontiguousarray(columns[:4, at : at + WINDOW])) for at in range(STREAMED)
        ]
        self._medians: list[float] = []

    def run(self) -> None:
        times = _each(self._all, self._windows)
        self._medians.append(float(np.median(times)))

    @property
    def best(self) -> float:
        return min(self._medians) / 1e3

    def _all(self, window: tuple[NDArray[np.float64], ...]) -> None:
        for function in self._functions:
            function(*window)


def _each(call: Callable[[Any], object], inputs: Sequence[Any]) -> NDArray[np.int64]:
    """Nanoseconds by the clock of each call, as its caller sees it, the collector left on."""
    clock, times = time.perf_counter_ns, np.empty(len(inputs), np.int64)
    for at, item in enumerate(inputs):
        before = clock()
        call(item)
        times[at] = clock() - before
    return times
