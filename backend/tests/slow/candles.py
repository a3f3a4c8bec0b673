"""Candles as plain lists, and their mirror image, on which a short rule is a long one."""

from __future__ import annotations

from typing import Any, NamedTuple

from hyperbot.domain.market import CandleSeries

Columns = dict[str, list[Any]]
"""Name of a column → its value at each candle."""


class Candles(NamedTuple):
    """The numbers of all candles, oldest first."""

    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]

    @classmethod
    def of(cls, series: CandleSeries) -> Candles:
        return cls(*(column.tolist() for column in series.columns))

    @property
    def rows(self) -> range:
        return range(len(self.close))

    def mirrored(self) -> Candles:
        """Prices with their sign turned: highs are lows, and no rounding differs."""
        return Candles(
            open=turned(self.open),
            high=turned(self.low),
            low=turned(self.high),
            close=turned(self.close),
            volume=self.volume,
        )

    def range(self, i: int) -> float:
        return self.high[i] - self.low[i]

    def body(self, i: int) -> float:
        return abs(self.close[i] - self.open[i])

    def upper_wick(self, i: int) -> float:
        return self.high[i] - max(self.open[i], self.close[i])

    def lower_wick(self, i: int) -> float:
        return min(self.open[i], self.close[i]) - self.low[i]

    def colour(self, i: int) -> int:
        return sign(self.close[i] - self.open[i])


def turned(values: list[Any]) -> list[Any]:
    """The values with their sign turned; 0 stays 0."""
    return [0 - value for value in values]


def sign(number: float) -> int:
    return (number > 0) - (number < 0)


def side_of_middle(close: float, high: float, low: float) -> int:
    """+1 above the middle of high and low, -1 below, 0 at it."""
    return sign(2 * close - (high + low))
