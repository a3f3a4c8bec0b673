"""Candles and timeframes: the market as hyperbot sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hyperbot.domain.errors import InvalidInput

OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)
COLUMN_NAMES = ("open", "high", "low", "close", "volume")

SMALLEST_PRICE, LARGEST_PRICE = 1e-12, 1e12
LARGEST_VOLUME = 1e24
LATEST_TS = 7_258_118_400_000  # the year 2200: seconds pass as 1970, microseconds do not pass

_MINUTE_MS = 60_000
_UNIT_MS = {"m": _MINUTE_MS, "h": 60 * _MINUTE_MS, "d": 1440 * _MINUTE_MS, "w": 10080 * _MINUTE_MS}
# Weeks start on Monday; the epoch was a Thursday, so the first Monday came four days later.
_WEEK_ORIGIN_MS = 4 * _UNIT_MS["d"]
_LONGEST_MS = 366 * _UNIT_MS["d"]
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True, order=True)
class Timeframe:
    """The length of a candle: whole minutes in milliseconds, at most 366 days.

    Orders from fine to coarse. Raises InvalidInput.
    """

    ms: int

    def __post_init__(self) -> None:
        if not 0 < self.ms <= _LONGEST_MS or self.ms % _MINUTE_MS:
            raise InvalidInput(
                f"a timeframe of {self.ms} ms is not a number of whole minutes up to 366 days"
            )

    @classmethod
    def parse(cls, text: str) -> Timeframe:
        """`15m`, `1h`, `4h`, `1d`, `1w` → Timeframe. Raises InvalidInput."""
        count, unit = text[:-1], text[-1:]
        is_number = count.isascii() and count.isdigit() and len(count) <= _MOST_DIGITS
        if unit not in _UNIT_MS or not is_number or int(count) == 0:
            raise InvalidInput(
                f"timeframe {text[:20]!r} is not a number followed by m, h, d or w, such as 15m"
            )
        return cls(int(count) * _UNIT_MS[unit])

    @property
    def origin_ms(self) -> int:
        """A moment at which a candle of this timeframe opens (ms since the epoch, UTC)."""
        return _WEEK_ORIGIN_MS if self.ms % _UNIT_MS["w"] == 0 else 0

    def __str__(self) -> str:
        unit = next(u for u in "wdhm" if self.ms % _UNIT_MS[u] == 0)
        return f"{self.ms // _UNIT_MS[unit]}{unit}"


class Candle(NamedTuple):
    """One closed candle: `ts` is its open time in ms UTC, prices in quote units, volume in base."""

    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class CandleRule(NamedTuple):
    """A rule that every candle must keep: its sentence, and the rows that break it."""

    sentence: str
    broken: NDArray[np.bool_]


def broken_rules(ts: NDArray[np.int64], columns: NDArray[np.float64]) -> Iterator[CandleRule]:
    """Each rule with the rows that break it. Shapes: `ts` (n,), `columns` (5, n)."""
    opened, high, low, close, volume = columns
    prices = columns[:VOLUME]
    too_far = (prices < SMALLEST_PRICE) | (prices > LARGEST_PRICE)
    yield CandleRule(
        "every price and volume must be a finite number", _any_column(~np.isfinite(columns))
    )
    yield CandleRule(
        f"prices must lie between {SMALLEST_PRICE:g} and {LARGEST_PRICE:g}", _any_column(too_far)
    )
    yield CandleRule(
        f"volume must lie between 0 and {LARGEST_VOLUME:g}",
        ~((volume >= 0) & (volume <= LARGEST_VOLUME)),
    )
    yield CandleRule("high must not be below low", high < low)
    yield CandleRule("high must not be below open or close", high < np.maximum(opened, close))
    yield CandleRule("low must not be above open or close", low > np.minimum(opened, close))
    steps = np.diff(ts, prepend=ts[:1] - 1)
    yield CandleRule(
        "times must be milliseconds between the years 1970 and 2200", (ts < 0) | (ts >= LATEST_TS)
    )
    yield CandleRule("times must not repeat", steps == 0)
    yield CandleRule("times must ascend", steps < 0)


def _any_column(broken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    rows: NDArray[np.bool_] = np.logical_or.reduce(broken)
    return rows


class CandleSeries:
    """Closed candles of one coin and timeframe, checked once and never changed.

    `ts` (n,) int64 are open times in ms UTC, strictly ascending; open, high, low, close in quote
    units and volume in base units are float64 (n,). Gaps in time are allowed. The prices are the
    rows of one matrix `columns` (5, n), in the order OPEN, HIGH, LOW, CLOSE, VOLUME, which is
    what the kernels read.

    Raises InvalidInput, naming the first row and the rule that it breaks.
    """

    __slots__ = ("coin", "columns", "timeframe", "ts")

    def __init__(  # noqa: PLR0913 - a candle has these columns
        self,
        coin: str,
        timeframe: Timeframe | str,
        ts: ArrayLike,
        open: ArrayLike,
        high: ArrayLike,
        low: ArrayLike,
        close: ArrayLike,
        volume: ArrayLike,
    ) -> None:
        times = _one_dimensional("ts", ts, np.dtype(np.int64))
        columns = np.empty((5, times.size))
        for row, (name, values) in enumerate(
            zip(COLUMN_NAMES, (open, high, low, close, volume), strict=True)
        ):
            column = _one_dimensional(name, values, np.dtype(np.float64))
            if column.size != times.size:
                raise InvalidInput(
                    f"{name} has {column.size} values and ts {times.size}: they must be equal"
                )
            columns[row] = column
        for sentence, broken in broken_rules(times, columns):
            if broken.any():
                raise InvalidInput(f"candle {int(broken.argmax())} of {coin}: {sentence}")
        self._set(coin, timeframe, times.copy(), columns)

    @classmethod
    def from_checked(
        cls,
        coin: str,
        timeframe: Timeframe | str,
        ts: NDArray[np.int64],
        columns: NDArray[np.float64],
    ) -> CandleSeries:
        """Wrap `ts` (n,) and `columns` (5, n) that were checked before, without a copy."""
        series = cls.__new__(cls)
        series._set(coin, timeframe, ts, columns)
        return series

    def _set(
        self,
        coin: str,
        timeframe: Timeframe | str,
        ts: NDArray[np.int64],
        columns: NDArray[np.float64],
    ) -> None:
        self.coin = coin
        self.timeframe = Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe
        self.ts = ts
        self.columns = columns
        for array in (ts, columns):
            array.setflags(write=False)

    def _column(self, row: int) -> NDArray[np.float64]:
        column: NDArray[np.float64] = self.columns[row]
        return column

    @property
    def open(self) -> NDArray[np.float64]:
        """Opening prices (n,)."""
        return self._column(OPEN)

    @property
    def high(self) -> NDArray[np.float64]:
        """Highest prices (n,)."""
        return self._column(HIGH)

    @property
    def low(self) -> NDArray[np.float64]:
        """Lowest prices (n,)."""
        return self._column(LOW)

    @property
    def close(self) -> NDArray[np.float64]:
        """Closing prices (n,)."""
        return self._column(CLOSE)

    @property
    def volume(self) -> NDArray[np.float64]:
        """Volumes in base units (n,)."""
        return self._column(VOLUME)

    @property
    def close_ts(self) -> NDArray[np.int64]:
        """The moments from which each candle may be used, in ms UTC (n,)."""
        closes: NDArray[np.int64] = self.ts + self.timeframe.ms
        return closes

    def between(self, since_ms: int, until_ms: int) -> CandleSeries:
        """The candles that open in [since_ms, until_ms)."""
        first, last = np.searchsorted(self.ts, [since_ms, until_ms])
        return self[int(first) : int(last)]

    def closed_by(self, moment_ms: int) -> CandleSeries:
        """The candles that had closed at `moment_ms`."""
        return self.between(0, moment_ms - self.timeframe.ms + 1)

    def __len__(self) -> int:
        return int(self.ts.size)

    @overload
    def __getitem__(self, index: int) -> Candle: ...
    @overload
    def __getitem__(self, index: slice) -> CandleSeries: ...
    def __getitem__(self, index: int | slice) -> Candle | CandleSeries:
        if isinstance(index, slice):
            if index.step not in {None, 1}:
                raise InvalidInput(f"a series is sliced in steps of 1, not {index.step}")
            return self.from_checked(
                self.coin, self.timeframe, self.ts[index], self.columns[:, index]
            )
        return Candle(int(self.ts[index]), *map(float, self.columns[:, index]))

    def __iter__(self) -> Iterator[Candle]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CandleSeries):
            return NotImplemented
        return (
            (self.coin, self.timeframe) == (other.coin, other.timeframe)
            and np.array_equal(self.ts, other.ts)
            and np.array_equal(self.columns, other.columns)
        )

    __hash__ = None  # type: ignore[assignment]  # equal by content, so not a key

    def __repr__(self) -> str:
        return f"<CandleSeries {self.coin} {self.timeframe}, {len(self)} candles>"


def _one_dimensional(name: str, values: ArrayLike, dtype: np.dtype[np.generic]) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:  # a list of lists of different lengths
        raise InvalidInput(f"{name} must be a list of numbers") from error
    if array.ndim != 1:
        raise InvalidInput(f"{name} has {array.ndim} dimensions: it must be a list of numbers")
    if array.size and array.dtype.kind not in "iuf":
        raise InvalidInput(f"{name} holds {array.dtype} values: they must be {dtype}")
    with np.errstate(invalid="ignore"):  # NaN and what is too large come back as another number
        converted = array.astype(dtype)
    if dtype.kind == "i" and not _is_same(array, converted):
        raise InvalidInput(f"{name} holds numbers that are not whole 64-bit numbers")
    return converted


def _is_same(array: NDArray[Any], converted: NDArray[Any]) -> bool:
    if array.dtype.kind == "u":
        return bool((array <= np.iinfo(np.int64).max).all())
    # 2**63 as a float is one too large, yet converts to 2**63 - 1 and compares equal to it.
    is_small = array.dtype.kind == "i" or bool((np.abs(array) < 2.0**63).all())
    return is_small and bool((array == converted).all())
