"""Wilder's average true range, the yardstick of the other detectors."""

from __future__ import annotations

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    MEASURES_STATE,
    ORIGIN,
    ORIGIN_STATE,
    Memory,
    Outputs,
    kernel,
)
from hyperbot.detection.registry import row
from hyperbot.domain.market import CLOSE, HIGH, LOW

PERIOD = 14
ATR = row("candle.atr")
_AVERAGE, _SUM = range(2)


@kernel
def advance_true_range(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """From candle 14 on, bit for bit TA-Lib's ATR(14); before, the mean of what there is."""
    state = memory.state[MEASURES_STATE]
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    average, total = state[_AVERAGE], state[_SUM]
    for i in range(first, last):
        high, low = candles[HIGH, i], candles[LOW, i]
        reach = high - low
        candle = origin + i
        if candle == 0:
            average = reach
        else:
            before = candles[CLOSE, i - 1]
            reach = max(reach, abs(high - before), abs(low - before))
            if candle <= PERIOD:
                total += reach
                average = total / candle
            else:
                average = (average * (PERIOD - 1) + reach) / PERIOD
        facts.prices[ATR, i] = average
    state[_AVERAGE], state[_SUM] = average, total
