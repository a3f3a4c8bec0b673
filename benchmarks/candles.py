"""The candles that everything is measured on: made-up ones, and real ones if there are any."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np

from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.exchange.synthetic import synthesize
from hyperbot.storage.candle_files import read_candles

SINCE_MS = 1_735_689_600_000  # 2025-01-01
SEED = 20
MINUTE = Timeframe.parse("1m")


@cache
def synthetic(count: int) -> CandleSeries:
    """`count` 1-minute candles, always the same; a longer series begins with the shorter one."""
    return synthesize("BTC", MINUTE, SINCE_MS, count, SEED)


def beginning(series: CandleSeries, count: int) -> CandleSeries:
    """The first candles in arrays of their own, laid out as those of any whole series."""
    columns = np.ascontiguousarray(series.columns[:, :count])
    return CandleSeries.from_checked(
        series.coin, series.timeframe, series.ts[:count].copy(), columns
    )


@cache
def real() -> tuple[str, CandleSeries] | None:
    """The longest file of real candles by name, at its real length, or None."""
    repository = Path(__file__).resolve().parents[1]
    named = os.environ.get("HYPERBOT_TEST_CANDLES")
    folder = Path(named) if named else repository.parent / "shared" / "data" / "candles"
    files = sorted(folder.glob("*/*.parquet"), key=lambda file: file.stat().st_size)
    if not files:
        return None
    series = read_candles(files[-1])
    return f"real {files[-1].parent.name} {series.coin} {series.timeframe}", series
