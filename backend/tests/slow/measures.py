"""Measures, as the reference page reads: the average true range and the usual volume."""

from __future__ import annotations

from hyperbot.detection import DetectionParams
from slow.candles import Candles, Columns

ATR_CANDLES = 14
VOLUME_CANDLES = 20


def true_ranges(candles: Candles) -> list[float]:
    ranges = []
    for i in candles.rows:
        high, low = candles.high[i], candles.low[i]
        if i == 0:
            ranges.append(high - low)
        else:
            last = candles.close[i - 1]
            ranges.append(max(high - low, abs(high - last), abs(low - last)))
    return ranges


def average_true_range(candles: Candles) -> list[float]:
    ranges = true_ranges(candles)
    averages: list[float] = []
    for i in candles.rows:
        if i == 0:
            averages.append(ranges[0])
        elif i <= ATR_CANDLES:
            averages.append(sum_in_order(ranges[1 : i + 1]) / i)
        else:
            averages.append((averages[-1] * (ATR_CANDLES - 1) + ranges[i]) / ATR_CANDLES)
    return averages


def usual_volume(candles: Candles, i: int) -> float | None:
    """The mean of the 20 volumes before candle i; None while there are fewer."""
    if i < VOLUME_CANDLES:
        return None
    return sum_in_order(candles.volume[i - VOLUME_CANDLES : i]) / VOLUME_CANDLES


def sum_in_order(numbers: list[float]) -> float:
    """Plain additions from the left: `sum` of newer Pythons corrects its rounding."""
    total = 0.0
    for number in numbers:
        total += number
    return total


def facts(candles: Candles, _params: DetectionParams, _found: Columns) -> Columns:
    return {"candle.atr": average_true_range(candles)}
