"""Fine candles in, whole candles of a coarser timeframe out; and the gaps in a series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CLOSE, HIGH, LOW, OPEN, VOLUME, CandleSeries, Timeframe


def off_grid(ts: NDArray[np.int64], timeframe: Timeframe) -> NDArray[np.bool_]:
    """Which times (n,), in ms UTC, are no moment at which a candle of `timeframe` opens."""
    misplaced: NDArray[np.bool_] = (ts - timeframe.origin_ms) % timeframe.ms != 0
    return misplaced


def gaps(ts: NDArray[np.int64], timeframe: Timeframe) -> list[tuple[int, int]]:
    """Each gap in ascending times (n,) as (first missing ts, number of missing candles)."""
    steps = np.diff(ts)
    before = np.flatnonzero(steps > timeframe.ms)
    first_missing = ts[before] + timeframe.ms
    counts = steps[before] // timeframe.ms - 1
    return list(zip(first_missing.tolist(), counts.tolist(), strict=True))


def resample(series: CandleSeries, timeframe: Timeframe) -> CandleSeries:
    """The candles of `timeframe` that `series` holds whole.

    Buckets are aligned to UTC (weeks open on Monday). A bucket that misses any of its candles,
    the first and last included, is left out. Volumes are summed in order of time.

    Raises InvalidInput when the buckets cannot be cut from candles of the series.
    """
    candles_per_bucket = _candles_per_bucket(series, timeframe)
    if candles_per_bucket == 1 or not len(series):
        return CandleSeries.from_checked(series.coin, timeframe, series.ts, series.columns)
    bucket = (series.ts - timeframe.origin_ms) // timeframe.ms
    starts = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    sizes = np.diff(starts, append=bucket.size)
    whole = sizes == candles_per_bucket  # times ascend on the grid: as many as fit are all
    columns = _summarized(series.columns, starts, sizes)
    ts = bucket[starts[whole]] * timeframe.ms + timeframe.origin_ms
    return CandleSeries.from_checked(series.coin, timeframe, ts, columns[:, whole])


def _candles_per_bucket(series: CandleSeries, timeframe: Timeframe) -> int:
    base = series.timeframe
    ratio, rest = divmod(timeframe.ms, base.ms)
    if rest or not ratio or (timeframe.origin_ms - base.origin_ms) % base.ms:
        raise InvalidInput(f"{base} candles cannot be put together to {timeframe} candles")
    misplaced = off_grid(series.ts, base)
    if misplaced.any():
        row = int(misplaced.argmax())
        raise InvalidInput(
            f"candle {row} of {series.coin} opens at {int(series.ts[row])} ms, where no {base} "
            "candle opens"
        )
    return ratio


def _summarized(
    columns: NDArray[np.float64], starts: NDArray[np.intp], sizes: NDArray[np.intp]
) -> NDArray[np.float64]:
    summary = np.empty((5, starts.size))
    summary[OPEN] = columns[OPEN, starts]
    summary[HIGH] = np.maximum.reduceat(columns[HIGH], starts)
    summary[LOW] = np.minimum.reduceat(columns[LOW], starts)
    summary[CLOSE] = columns[CLOSE, starts + sizes - 1]
    summary[VOLUME] = np.add.reduceat(columns[VOLUME], starts)
    return summary
