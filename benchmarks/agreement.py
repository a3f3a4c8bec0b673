"""The patterns that TA-Lib has too, on candles full of ties: not one value may differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import talib
from numpy.typing import NDArray

from benchmarks.candles import MINUTE, SINCE_MS
from benchmarks.results import Result
from hyperbot.detection import Facts, detect
from hyperbot.domain.market import HIGH, LOW, CandleSeries

FUNCTIONS = {
    "doji": "CDLDOJI",
    "dragonfly_doji": "CDLDRAGONFLYDOJI",
    "gravestone_doji": "CDLGRAVESTONEDOJI",
    "long_legged_doji": "CDLLONGLEGGEDDOJI",
    "hammer": "CDLHAMMER",
    "hanging_man": "CDLHANGINGMAN",
    "inverted_hammer": "CDLINVERTEDHAMMER",
    "shooting_star": "CDLSHOOTINGSTAR",
    "spinning_top": "CDLSPINNINGTOP",
    "marubozu": "CDLMARUBOZU",
    "belt_hold": "CDLBELTHOLD",
    "engulfing": "CDLENGULFING",
    "harami": "CDLHARAMI",
    "harami_cross": "CDLHARAMICROSS",
    "piercing": "CDLPIERCING",
    "dark_cloud_cover": "CDLDARKCLOUDCOVER",
    "morning_star": "CDLMORNINGSTAR",
    "evening_star": "CDLEVENINGSTAR",
    "three_white_soldiers": "CDL3WHITESOLDIERS",
    "three_black_crows": "CDL3BLACKCROWS",
    "three_inside": "CDL3INSIDE",
    "three_outside": "CDL3OUTSIDE",
}


class Shape(NamedTuple):
    """How candles look, in steps of a grid that binary fractions hold exactly: then TA-Lib's
    running sums are exact too, and every tie is one."""

    grid: float
    step: float
    gap: float
    wick: float


SHAPES = {
    "ties": Shape(grid=1, step=1.5, gap=1, wick=1),
    "dojis": Shape(grid=0.25, step=0.8, gap=1, wick=4),
    "gaps": Shape(grid=0.5, step=2, gap=4, wick=1),
    "hardly a wick": Shape(grid=0.125, step=6, gap=1, wick=0.6),
}


def measure(*, quick: bool) -> Iterator[Result]:
    """Values that differ, flat candles aside, which match nothing here; real candles are tested."""
    count = 100_000 if quick else 1_000_000
    for seed, (name, shape) in enumerate(SHAPES.items()):
        series = candles_of(shape, count, seed)
        found = differences(detect(series), series)
        what = f"agreement with TA-Lib, {name}: values of 22 patterns that differ, {count:,}"
        yield Result(what, float(found), "values", limit=0.0)


def candles_of(shape: Shape, count: int, seed: int) -> CandleSeries:
    """A walk whose bursts, gaps and wicks all lie on the grid."""
    rng = np.random.default_rng(seed)

    def on_grid(steps: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.rint(steps) * shape.grid

    bursts = np.exp(rng.normal(0, 0.5, count))
    close = 1000 + np.abs(on_grid(np.cumsum(rng.normal(0, shape.step, count) * bursts)))
    gaps = on_grid(rng.normal(0, shape.gap, count) * (rng.random(count) < 0.6))
    opened = np.maximum(np.append(1000, close[:-1]) + gaps, 1)
    high = np.maximum(opened, close) + on_grid(rng.exponential(shape.wick, count))
    low = np.maximum(np.minimum(opened, close) - on_grid(rng.exponential(shape.wick, count)), 0.125)
    times = SINCE_MS + MINUTE.ms * np.arange(count)
    return CandleSeries("TIES", MINUTE, times, opened, high, low, close, np.ones(count))


def differences(facts: Facts, series: CandleSeries) -> int:
    """In how many values of how many functions ours and TA-Lib's differ."""
    moves = series.columns[HIGH] != series.columns[LOW]
    found = 0
    for name, function in FUNCTIONS.items():
        percent = np.rint(facts[f"candle.{name}.strength"] * 100) * facts[f"candle.{name}"]
        theirs = getattr(talib, function)(*series.columns[:4]) * moves
        found += int(np.count_nonzero(percent != theirs))
    return found
