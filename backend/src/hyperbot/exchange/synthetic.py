"""Made-up candles that behave like a perpetual's: seeded, repeatable, always labelled synthetic."""

from __future__ import annotations

import math
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import LATEST_TS, CandleSeries, Timeframe

VENUE = "synthetic"
MOST_CANDLES = 5_000_000

# Rough prices, so that a chart looks familiar; other coins get one from their name.
_FIRST_PRICES = {"BTC": 60_000, "ETH": 3_000, "SOL": 150, "HYPE": 30, "XRP": 2, "DOGE": 0.2}
_DAY_MS = 86_400_000


class Regime(NamedTuple):
    """A mood of the market: how it drifts, how loud it is, how long it lasts on average.

    `drift` and `pull` are per candle, the first in standard deviations; `pull` draws the price
    back to where the mood began.
    """

    drift: float
    loudness: float
    pull: float
    mean_candles: int


REGIMES = (
    Regime(drift=0.10, loudness=0.9, pull=0.0, mean_candles=120),  # trend up
    Regime(drift=-0.10, loudness=1.0, pull=0.0, mean_candles=110),  # trend down
    Regime(drift=0.0, loudness=0.65, pull=0.03, mean_candles=180),  # range
    Regime(drift=0.0, loudness=1.9, pull=0.0, mean_candles=50),  # volatile
)
_ODDS = (0.28, 0.26, 0.34, 0.12)

# GARCH(1, 1) around a variance of 1, fed with Student's t: bursts that fade over a day or so.
_REACTION, _MEMORY, _DEGREES_OF_FREEDOM = 0.08, 0.90, 5
_LARGEST_SHOCK, _LARGEST_VARIANCE = 8.0, 16.0
_DAILY_VOLATILITY = 0.035
_JUMP_ODDS, _JUMP_SIZE = 0.0008, 6.0
# Over years the price stays within a factor of about ten of where it began.
_LONG_RUN_SPREAD = 0.8
_BLOCK = 65_536  # candles turned into Python numbers at a time: they need much memory


class SyntheticCandles:
    """A CandleSource whose market began at `start_ms` and ends `count` candles later."""

    venue = VENUE

    def __init__(self, start_ms: int, count: int, seed: int = 0) -> None:
        self._start_ms = start_ms
        self._count = count
        self._seed = seed

    async def candles(
        self, coin: str, timeframe: Timeframe, since_ms: int, until_ms: int
    ) -> CandleSeries:
        """The candles that open in [since_ms, until_ms) within the life of this market."""
        whole = synthesize(coin, timeframe, self._start_ms, self._count, self._seed)
        return whole.between(since_ms, until_ms)


def synthesize(
    coin: str, timeframe: Timeframe, since_ms: int, count: int, seed: int
) -> CandleSeries:
    """`count` candles from the first one that opens at or after `since_ms` (ms UTC).

    The same arguments give the same candles, and a longer series begins with the shorter one.
    Prices lie on Hyperliquid's grid of 5 significant figures. Raises InvalidInput for a count or
    times that cannot be.
    """
    first_ms = since_ms + (timeframe.origin_ms - since_ms) % timeframe.ms
    if not 1 <= count <= MOST_CANDLES:
        raise InvalidInput(f"{count} candles cannot be made: choose 1 to {MOST_CANDLES:,}")
    if since_ms < 0 or first_ms + count * timeframe.ms > LATEST_TS:
        raise InvalidInput(f"{count:,} candles of {timeframe} must lie between 1970 and 2200")
    if seed < 0:
        raise InvalidInput(f"seed {seed} must not be negative")
    ts = first_ms + np.arange(count, dtype=np.int64) * timeframe.ms
    streams = _Streams.of(coin, timeframe, seed)
    regimes = _regimes(streams.regimes, count)
    path = _path(streams, regimes, timeframe)
    columns = np.empty((5, count))
    columns[:4] = _prices(streams, path, _first_price(coin))
    columns[4] = _volumes(streams, path, ts, columns[3])
    return CandleSeries(coin, timeframe, ts, *columns)


class _Streams(NamedTuple):
    """One random stream for each purpose: drawing more of one does not shift the others."""

    regimes: np.random.Generator
    shocks: np.random.Generator
    jumps: np.random.Generator
    highs: np.random.Generator
    lows: np.random.Generator
    openings: np.random.Generator
    volumes: np.random.Generator

    @classmethod
    def of(cls, coin: str, timeframe: Timeframe, seed: int) -> _Streams:
        root = np.random.SeedSequence([seed, crc32(coin.encode()), timeframe.ms])
        return cls(*(np.random.Generator(np.random.PCG64(s)) for s in root.spawn(7)))


class _Path(NamedTuple):
    """The price before it is rounded: logarithms relative to the first price, all (n,)."""

    opened: NDArray[np.float64]
    closed: NDArray[np.float64]
    deviation: NDArray[np.float64]  # the standard deviation of each candle's return
    usual_deviation: float


def _regimes(stream: np.random.Generator, count: int) -> NDArray[np.intp]:
    """Which regime each candle is in (n,); no regime follows itself."""
    kinds, lengths, made, last = [], [], 0, -1
    while made < count:
        kind = int(stream.choice(len(REGIMES), p=_ODDS))
        length = int(stream.geometric(1 / REGIMES[kind].mean_candles))
        if kind == last:
            continue
        kinds.append(kind)
        lengths.append(length)
        made += length
        last = kind
    return np.repeat(np.array(kinds, dtype=np.intp), lengths)[:count]


def _path(streams: _Streams, regimes: NDArray[np.intp], timeframe: Timeframe) -> _Path:
    count = regimes.size
    usual = _DAILY_VOLATILITY * math.sqrt(timeframe.ms / _DAY_MS)
    drift, loudness, pull, _ = np.array(REGIMES).T[:, regimes]
    spread = math.sqrt(_DEGREES_OF_FREEDOM / (_DEGREES_OF_FREEDOM - 2))
    shocks = streams.shocks.standard_t(_DEGREES_OF_FREEDOM, count) / spread
    inputs = np.stack(
        (
            shocks.clip(-_LARGEST_SHOCK, _LARGEST_SHOCK),
            _jumps(streams.jumps, count),
            drift * usual,
            loudness * usual,
            pull,
            np.diff(regimes, prepend=-1) != 0,
        )
    )
    walk = _Walk(home_pull=0.5 * (usual / _LONG_RUN_SPREAD) ** 2)
    steps = [walk.go(inputs[:, at : at + _BLOCK]) for at in range(0, count, _BLOCK)]
    prices, variances = np.concatenate(steps, axis=1)
    opened = np.concatenate(([0.0], prices[:-1]))
    return _Path(opened, prices, inputs[3] * np.sqrt(variances), usual)


class _Walk:
    """Each candle's variance depends on the return before it, so this part is a plain loop."""

    def __init__(self, home_pull: float) -> None:
        self._home_pull = home_pull
        self._variance, self._price, self._anchor = 1.0, 0.0, 0.0

    def go(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log prices at which the candles close and their variances (2, n)."""
        variance, price, anchor = self._variance, self._price, self._anchor
        prices, variances = [], []
        for shock, jump, drift, loudness, pull, begins in inputs.T.tolist():
            if begins:
                anchor = price
            surprise = math.sqrt(variance) * shock + jump
            price += drift + loudness * surprise
            price -= pull * (price - anchor) + self._home_pull * price
            prices.append(price)
            variances.append(variance)
            heard = _REACTION * surprise * surprise
            variance = min(1 - _REACTION - _MEMORY + heard + _MEMORY * variance, _LARGEST_VARIANCE)
        self._variance, self._price, self._anchor = variance, price, anchor
        return np.array((prices, variances))


def _jumps(stream: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Rare, large returns in units of a standard deviation (n,); zero almost everywhere."""
    odds, sizes = stream.random((count, 2)).T
    sides = np.where(odds < _JUMP_ODDS / 2, -1.0, 1.0)
    return np.where(odds < _JUMP_ODDS, sides * _JUMP_SIZE * (0.5 + sizes), 0.0)


def _prices(streams: _Streams, path: _Path, first_price: float) -> NDArray[np.float64]:
    """Open, high, low, close (4, n) on the price grid."""
    count = path.closed.size
    reach = path.deviation
    # The extremes of a Brownian bridge from open to close have this exact distribution.
    move = path.closed - path.opened
    swings = [
        np.sqrt(move**2 - 2 * (0.8 * reach) ** 2 * np.log1p(-stream.random(count)))
        for stream in (streams.highs, streams.lows)
    ]
    middle = (path.opened + path.closed) / 2
    logs = np.stack((path.opened, middle + swings[0] / 2, middle - swings[1] / 2, path.closed))
    prices = _on_grid(first_price * np.exp(logs))
    prices[0] = _openings(streams.openings, prices[0], reach)
    prices[1] = prices.max(axis=0)
    prices[2] = prices.min(axis=0)
    return prices


def _openings(
    stream: np.random.Generator, last_closes: NDArray[np.float64], reach: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Most candles open exactly at the last close, the others a hair beside it."""
    beside, size = stream.random((last_closes.size, 2)).T
    offset = np.where(beside < 0.3, (size - 0.5) * 0.1 * reach, 0.0)
    return _on_grid(last_closes * np.exp(offset))


def _volumes(
    streams: _Streams, path: _Path, ts: NDArray[np.int64], closes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Base volume (n,): loud candles trade more, and so does the American morning."""
    hours = (ts % _DAY_MS) / 3_600_000
    season = 0.35 * np.cos((hours - 15) * (2 * math.pi / 24))
    loudness = np.log(path.deviation / path.usual_deviation)
    surprise = np.abs(path.closed - path.opened) / path.deviation
    noise = 0.45 * streams.volumes.standard_normal(closes.size)
    turnover = 2e9 * path.usual_deviation**2 / _DAILY_VOLATILITY**2
    logs = season + 1.1 * loudness + 0.45 * np.minimum(surprise, 6) + noise
    lots = 10.0 ** np.clip(np.floor(np.log10(closes[0])), 0, 5)
    volumes: NDArray[np.float64] = np.round(turnover * np.exp(logs) / closes * lots) / lots
    return volumes


def _on_grid(prices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounded to 5 significant figures, at most 6 decimals, whole numbers from 100 000 on."""
    decimals = np.clip(4 - np.floor(np.log10(prices)), 0, 6)
    scale = 10.0**decimals
    rounded: NDArray[np.float64] = np.round(prices * scale) / scale
    return np.maximum(rounded, 1e-6)


def _first_price(coin: str) -> float:
    known = _FIRST_PRICES.get(coin)
    return float(known or 10 ** (crc32(coin.encode()) / 2**32 * 3 - 0.5))
