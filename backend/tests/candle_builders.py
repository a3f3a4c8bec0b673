"""Plausible candles of any length."""

from __future__ import annotations

import numpy as np

from hyperbot.domain.market import COLUMN_NAMES, CandleSeries, Timeframe

JANUARY_2025 = 1_735_689_600_000  # a Wednesday, midnight UTC


def random_walk(
    candles: int,
    *,
    coin: str = "BTC",
    timeframe: str = "5m",
    since_ms: int = JANUARY_2025,
    seed: int = 0,
) -> CandleSeries:
    """A seeded walk around 100 without gaps in time."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 1e-3, candles))).round(4)
    opened = np.concatenate([[100.0], close])[:candles]
    wicks = rng.random((2, candles)).round(4)
    return CandleSeries(
        coin,
        timeframe,
        since_ms + Timeframe.parse(timeframe).ms * np.arange(candles),
        opened,
        np.maximum(opened, close) + wicks[0],
        np.minimum(opened, close) - wicks[1],
        close,
        rng.random(candles).round(3),
    )


def without(series: CandleSeries, *missing: int) -> CandleSeries:
    """The series without the candles at these places."""
    kept = np.setdiff1d(np.arange(len(series)), missing)
    return CandleSeries(series.coin, series.timeframe, series.ts[kept], *(series.columns[:, kept]))


def as_columns(series: CandleSeries) -> dict[str, np.ndarray]:
    """The arrays by name, `ts` first."""
    return {"ts": series.ts, **dict(zip(COLUMN_NAMES, series.columns, strict=True))}
