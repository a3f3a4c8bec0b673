"""Closed candles from Hyperliquid's public `candleSnapshot`, page by page, checked row by row."""

from __future__ import annotations

import difflib
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.resampling import off_grid
from hyperbot.exchange.clock import Clock
from hyperbot.exchange.hyperliquid_info import (
    BASE_WEIGHT,
    ROWS_PER_WEIGHT,
    HyperliquidInfo,
    MalformedAnswer,
)

INTERVALS = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d")
# An answer holds at most this many candles, and only this many of the latest exist.
MOST_CANDLES = 5000
# Below this, sending held candles again weighs less than another question.
_CANDLES_WORTH_A_QUESTION = BASE_WEIGHT * ROWS_PER_WEIGHT

NO_TIMES = np.empty(0, np.int64)
_LATEST_MS = 2**53
_NUMBER = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?")


class Wanted(NamedTuple):
    """The candles of one coin that open in [since_ms, until_ms)."""

    coin: str
    timeframe: Timeframe
    since_ms: int
    until_ms: int


class Page(NamedTuple):
    """Some of the candles wanted, and the moment up to which all was looked at."""

    series: CandleSeries
    done_until_ms: int


class HyperliquidCandles:
    """A CandleSource over `/info`; `venue` is the label under which its candles are kept."""

    def __init__(self, info: HyperliquidInfo, clock: Clock, venue: str = "hyperliquid") -> None:
        self.venue = venue
        self._info = info
        self._clock = clock
        self._listed: dict[str, list[str]] = {}

    async def candles(
        self, coin: str, timeframe: Timeframe, since_ms: int, until_ms: int
    ) -> CandleSeries:
        """The closed candles that open in [since_ms, until_ms), as far as Hyperliquid has them.

        Raises InvalidInput for an unknown coin or interval, Retryable when the exchange cannot be
        reached, MalformedAnswer when it answers in an unknown shape.
        """
        parts = [
            page.series async for page in self.pages(Wanted(coin, timeframe, since_ms, until_ms))
        ]
        if not parts:
            return _empty(coin, timeframe)
        return CandleSeries(
            coin,
            timeframe,
            np.concatenate([part.ts for part in parts]),
            *np.concatenate([part.columns for part in parts], axis=1),
        )

    async def pages(
        self, wanted: Wanted, held: NDArray[np.int64] = NO_TIMES
    ) -> AsyncIterator[Page]:
        """The same candles as they arrive, from old to new; a page may be empty.

        `held` (n,) are open times, ascending, that need not be fetched again: only stretches of
        which candles are missing are asked for. Raises what `candles` raises.
        """
        check_interval(wanted.timeframe)
        now_ms = self._clock.now_ms()
        for window in _windows(wanted, now_ms):
            for stretch in _missing(window, held):
                await self._require_listed(wanted.coin)
                async for page in self._fetch(stretch):
                    yield page
            yield Page(_empty(wanted.coin, wanted.timeframe), window.until_ms)

    async def _fetch(self, wanted: Wanted) -> AsyncIterator[Page]:
        while True:
            series, is_full = await self._ask(wanted)
            if not is_full or not len(series):
                yield Page(series, wanted.until_ms)
                return
            # Full answers end where the page does, not where the question did: ask for the rest.
            wanted = wanted._replace(since_ms=int(series.close_ts[-1]))
            yield Page(series, wanted.since_ms)
            if wanted.since_ms >= wanted.until_ms:
                return

    async def _ask(self, wanted: Wanted) -> tuple[CandleSeries, bool]:
        coin, timeframe, since_ms, until_ms = wanted
        answer = await self._info.ask(
            {
                "type": "candleSnapshot",
                "req": {
                    "coin": coin,
                    "interval": str(timeframe),
                    "startTime": since_ms,
                    "endTime": until_ms - 1,
                },
            },
            most_rows=min(MOST_CANDLES, (until_ms - since_ms) // timeframe.ms + 1),
        )
        series = read_rows(answer.content, coin, timeframe)
        is_full = len(series) >= MOST_CANDLES
        # The forming candle comes too; one is closed when both clocks say so, as ours may be fast.
        now_ms = min(self._clock.now_ms(), answer.server_ms or _LATEST_MS)
        return series.between(since_ms, min(until_ms, now_ms - timeframe.ms + 1)), is_full

    async def _require_listed(self, coin: str) -> None:
        question = _listing_question(coin)
        key = str(question)
        if key not in self._listed:
            self._listed[key] = _read_names((await self._info.ask(question)).content)
        names = self._listed[key]
        if coin not in names:
            near = [name for name in names if name.lower() == coin.lower()]
            near = near or difflib.get_close_matches(coin.upper(), names, n=3, cutoff=0.6)
            hint = f": did you mean {' or '.join(near)}?" if near else ""
            raise InvalidInput(f"Hyperliquid does not list a coin {coin!r}{hint}")


def check_interval(timeframe: Timeframe) -> None:
    """Raises InvalidInput when Hyperliquid has no candles of this length that hyperbot can keep."""
    if str(timeframe) == "1w":
        raise InvalidInput(
            "Hyperliquid's weeks begin on Thursday and hyperbot's on Monday: download 1d candles"
        )
    if str(timeframe) not in INTERVALS:
        raise InvalidInput(
            f"Hyperliquid has no {timeframe} candles: choose one of {' '.join(INTERVALS)}"
        )


def read_rows(rows: object, coin: str, timeframe: Timeframe) -> CandleSeries:
    """The series in an answer to `candleSnapshot`, the forming candle included.

    Raises MalformedAnswer naming the first row that is not a candle of this coin and timeframe.
    """
    what = f"Hyperliquid's candles of {coin} {timeframe}"
    if not isinstance(rows, list):
        raise MalformedAnswer(f"{what} are {type(rows).__name__} and not a list")
    ts = np.empty(len(rows), np.int64)
    columns = np.empty((5, len(rows)))
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise MalformedAnswer(f"{what}: row {index} is not an object")
        if fault := _fault(row, coin, timeframe):
            raise MalformedAnswer(f"{what}: row {index} {fault}")
        ts[index] = row["t"]
        columns[:, index] = [float(row[key]) for key in "ohlcv"]
    if off_grid(ts, timeframe).any():
        raise MalformedAnswer(f"{what} open at times when no {timeframe} candle opens")
    try:
        return CandleSeries(coin, timeframe, ts, *columns)
    except InvalidInput as error:
        raise MalformedAnswer(f"{what} cannot be: {error}") from error


def _fault(row: Mapping[str, Any], coin: str, timeframe: Timeframe) -> str | None:
    """What is wrong with the shape of a row; keys that we do not know are fine."""
    if missing := [key for key in "tTsiohlcv" if key not in row]:
        return f"has no {missing[0]!r}"
    if (row["s"], row["i"]) != (coin, str(timeframe)):
        return f"is of {row['s']!r} {row['i']!r}"
    if not all(type(row[key]) is int and 0 <= row[key] < _LATEST_MS for key in "tT"):
        return "has times that are not milliseconds"
    if row["T"] - row["t"] + 1 != timeframe.ms:
        return f"lasts {row['T'] - row['t'] + 1} ms"
    for key in "ohlcv":
        if not (isinstance(row[key], str) and _NUMBER.fullmatch(row[key])):
            return f"has {key!r} = {str(row[key])[:40]!r}, which is not a number in a string"
    return None


def _windows(wanted: Wanted, now_ms: int) -> Iterator[Wanted]:
    """`wanted` cut so that no answer needs more than 5000 candles.

    What is older than the latest 5000 is one window: there is hardly anything to be had there.
    """
    step, origin = wanted.timeframe.ms, wanted.timeframe.origin_ms
    newest_open = now_ms - (now_ms - origin) % step
    until_ms = min(wanted.until_ms, newest_open)
    since_ms = wanted.since_ms + (origin - wanted.since_ms) % step
    while since_ms < until_ms:
        page_end_ms = since_ms + MOST_CANDLES * step
        end_ms = min(until_ms, max(page_end_ms, newest_open - MOST_CANDLES * step))
        yield wanted._replace(since_ms=since_ms, until_ms=end_ms)
        since_ms = end_ms


def _missing(window: Wanted, held: NDArray[np.int64]) -> list[Wanted]:
    """The stretches of the window of which nothing is held, close ones joined to one."""
    step = window.timeframe.ms
    first, last = np.searchsorted(held, [window.since_ms, window.until_ms])
    edges = np.concatenate(([window.since_ms - step], held[first:last], [window.until_ms]))
    length_ms = window.until_ms - window.since_ms
    is_past = length_ms > MOST_CANDLES * step
    bridge_ms = length_ms if is_past else _CANDLES_WORTH_A_QUESTION * step
    stretches: list[Wanted] = []
    for gap in np.flatnonzero(np.diff(edges) > step).tolist():
        since_ms, until_ms = int(edges[gap]) + step, int(edges[gap + 1])
        if stretches and since_ms - stretches[-1].until_ms <= bridge_ms:
            stretches[-1] = stretches[-1]._replace(until_ms=until_ms)
        else:
            stretches.append(window._replace(since_ms=since_ms, until_ms=until_ms))
    return stretches


def _listing_question(coin: str) -> dict[str, str]:
    if coin.startswith("@") or "/" in coin:
        return {"type": "spotMeta"}
    if ":" in coin:
        return {"type": "meta", "dex": coin.split(":")[0]}
    return {"type": "meta"}


def _read_names(answer: object) -> list[str]:
    universe = answer.get("universe") if isinstance(answer, dict) else None
    if answer is None:
        return []
    if not isinstance(universe, Sequence) or not all(
        isinstance(asset, dict) and isinstance(asset.get("name"), str) for asset in universe
    ):
        raise MalformedAnswer("Hyperliquid's list of coins has an unknown shape")
    return [asset["name"] for asset in universe]


def _empty(coin: str, timeframe: Timeframe) -> CandleSeries:
    return CandleSeries.from_checked(coin, timeframe, np.empty(0, np.int64), np.empty((5, 0)))
