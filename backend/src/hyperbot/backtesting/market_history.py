"""A coin's past as a backtest reads it: candles of every timeframe, liquidity, funding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.bars import Bar
from hyperbot.domain.costs import Liquidity
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.instruments import Instrument
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.money import exact
from hyperbot.domain.resampling import resample

ATR_CANDLES = 14
VOLUME_CANDLES = 20
HOUR_MS = 3_600_000
LONGEST_WAIT_MS = 8 * HOUR_MS + 60_000
"""between two payments of any exchange, and a minute in which one may be late"""
NEUTRAL_RATE = 0.0000125
"""of an hour in a quiet market: the interest part alone"""


@dataclass(frozen=True, slots=True)
class Funding:
    """Payments of a coin: when (ms UTC) and at which rate, positive if longs pay."""

    ts: NDArray[np.int64]
    rates: NDArray[np.float64]


NO_FUNDING = Funding(np.empty(0, dtype=np.int64), np.empty(0))


class CoinHistory:
    """Candles of one coin from the finest timeframe that is traded on upwards, and its funding.

    `base` is that timeframe; coarser ones are made of it, so that all tell the same story.
    `finer` are candles that say what came first within a base candle, where there are any.
    """

    def __init__(
        self,
        base: CandleSeries,
        instrument: Instrument,
        funding: Funding = NO_FUNDING,
        finer: CandleSeries | None = None,
    ) -> None:
        self.base = base
        self.instrument = instrument
        self.finer = finer
        self._frames: dict[Timeframe, CandleSeries] = {base.timeframe: base}
        self._atr, self._volume = liquidity_before(base)
        # Row of the candle in which each payment falls due, or the next one after a gap.
        payments = funding.ts >= base.ts[0]
        self.funding = Funding(funding.ts[payments], funding.rates[payments])
        self.funding_rows: NDArray[np.int64] = np.searchsorted(
            base.close_ts, self.funding.ts, side="right"
        )

    @property
    def coin(self) -> str:
        """The coin's name."""
        return self.base.coin

    def frames(self, timeframes: Iterable[Timeframe]) -> Mapping[Timeframe, CandleSeries]:
        """The candles of each timeframe. Raises InvalidInput for one finer than the data."""
        for timeframe in timeframes:
            if timeframe not in self._frames:
                if timeframe < self.base.timeframe:
                    raise InvalidInput(
                        f"a rule looks at {timeframe} candles, finer than the "
                        f"{self.base.timeframe} candles there are of {self.coin}"
                    )
                self._frames[timeframe] = resample(self.base, timeframe)
        return {timeframe: self._frames[timeframe] for timeframe in timeframes}

    def payments_due(self, row: int) -> tuple[int, int]:
        """The payments first..last-1 that fall due in base candle `row`."""
        first, last = self.funding_rows.searchsorted([row, row + 1]).tolist()
        return first, last

    @property
    def atr(self) -> NDArray[np.float64]:
        """Before each base candle, and after the last: the mean true range (n + 1,)."""
        return self._atr

    @property
    def mean_volume(self) -> NDArray[np.float64]:
        """The same of the volume."""
        return self._volume

    def liquidity(self, row: int) -> Liquidity:
        """How the market moved and traded up to the open of candle `row` (or after the last)."""
        return Liquidity(exact(self._atr[row]), exact(self._volume[row]))

    def liquidities(self, rows: NDArray[np.int64]) -> list[Liquidity]:
        """The same for many rows."""
        told = zip(self._atr[rows].tolist(), self._volume[rows].tolist(), strict=True)
        return [Liquidity(exact(atr), exact(volume)) for atr, volume in told]

    def bar(self, row: int) -> Bar:
        """Base candle `row` as the exchange trades it."""
        opened, high, low, close, _ = self.base.columns[:, row].tolist()
        return Bar(int(self.base.ts[row]), opened, high, low, close, self.liquidity(row))

    def finer_bars(self, row: int) -> tuple[Bar, ...]:
        """The finer candles that base candle `row` is made of; none unless all are there.

        All have the time of that candle: what waits some candles after a fill must not end later
        because the minute of the fill is known.
        """
        if self.finer is None:
            return ()
        since = int(self.base.ts[row])
        until = since + self.base.timeframe.ms
        first, last = np.searchsorted(self.finer.ts, [since, until]).tolist()
        if last - first != self.base.timeframe.ms // self.finer.timeframe.ms:
            return ()
        liquidity = self.liquidity(row)
        prices = self.finer.columns[:4, first:last].T.tolist()
        return tuple(
            Bar(since, opened, high, low, close, liquidity) for opened, high, low, close in prices
        )


def liquidity_before(series: CandleSeries) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Before each candle, and after the last, (n + 1,) each: mean true range, mean volume.

    Means of the last 14 and 20 closed candles, or of as many as there are; 0 before the first.
    Each is summed anew, so that it does not depend on where a series begins.
    """
    true_range = series.high - series.low
    if len(series) > 1:
        previous = series.close[:-1]
        reached = np.maximum(series.high[1:], previous) - np.minimum(series.low[1:], previous)
        true_range[1:] = reached
    return _mean_before(true_range, ATR_CANDLES), _mean_before(series.volume, VOLUME_CANDLES)


def _mean_before(values: NDArray[np.float64], candles: int) -> NDArray[np.float64]:
    means = np.zeros(values.size + 1)
    for i in range(1, min(candles, values.size + 1)):
        means[i] = values[:i].mean()
    if values.size >= candles:
        total = np.zeros(values.size + 1 - candles)
        for lag in range(candles):
            total += values[lag : lag + total.size]
        means[candles:] = total / candles
    return means


def completed(funding: Funding, base: CandleSeries) -> tuple[Funding, float]:
    """Payments for all of `base`, and which share of its time the given ones tell about.

    A payment tells of the time since the one before it, unless that is too long ago: then some are
    missing. Each full hour that none tells of pays what the exchange asks in a quiet market.
    """
    since, until = int(base.ts[0]), int(base.close_ts[-1])
    begins = _told_since(funding.ts)
    told = np.minimum(funding.ts, until) - np.maximum(begins, since)
    hours = np.arange(-(-since // HOUR_MS) * HOUR_MS, until, HOUR_MS, dtype=np.int64)
    teller = funding.ts.searchsorted(hours)
    is_told = teller < funding.ts.size
    is_told[is_told] = hours[is_told] > begins[teller[is_told]]
    hours = hours[~is_told]
    ts = np.concatenate([funding.ts, hours])
    rates = np.concatenate([funding.rates, np.full(hours.size, NEUTRAL_RATE)])
    order = np.argsort(ts, kind="stable")
    share = int(told[told > 0].sum()) / (until - since)
    return Funding(ts[order], rates[order]), share


def _told_since(ts: NDArray[np.int64]) -> NDArray[np.int64]:
    """From when on each payment tells (n,): since the one before, or for its usual time."""
    if not ts.size:
        return ts
    waits = np.diff(ts)
    usual = int(min(np.median(waits), LONGEST_WAIT_MS)) if waits.size else HOUR_MS
    told: NDArray[np.int64] = ts - usual
    is_whole = waits <= LONGEST_WAIT_MS
    told[1:][is_whole] = ts[:-1][is_whole]
    return told
