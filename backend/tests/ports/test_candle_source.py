"""What every CandleSource promises, whether it asks an exchange or makes candles up."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import numpy as np
import pytest

from hyperbot.domain.market import LATEST_TS, CandleSeries, Timeframe
from hyperbot.exchange.candle_source import HyperliquidCandles
from hyperbot.exchange.hyperliquid_info import HyperliquidInfo
from hyperbot.exchange.synthetic import SyntheticCandles, synthesize
from hyperbot.ports import CandleSource
from stand_in_hyperliquid import HandClock, StandIn

QUARTER = Timeframe.parse("15m")
START_MS = 1_735_689_600_000
COUNT = 300
END_MS = START_MS + COUNT * QUARTER.ms
SEED = 11


@pytest.fixture(params=["synthetic", "hyperliquid"])
async def source(request: pytest.FixtureRequest) -> AsyncIterator[CandleSource]:
    """Sources whose market began at START_MS and has COUNT closed candles of BTC."""
    if request.param == "synthetic":
        yield SyntheticCandles(START_MS, COUNT, SEED)
        return
    clock = HandClock(END_MS)
    # It knows one candle more, the forming one, which no source may hand out.
    series = synthesize("BTC", QUARTER, START_MS, COUNT + 1, SEED)
    with StandIn([series], now_ms=clock.now_ms, seconds=clock.monotonic_seconds) as exchange:
        async with httpx.AsyncClient(base_url=exchange.url, trust_env=False) as http:
            yield HyperliquidCandles(HyperliquidInfo(http, clock), clock)


@pytest.fixture
def market() -> CandleSeries:
    """What both sources know."""
    return synthesize("BTC", QUARTER, START_MS, COUNT, SEED)


async def test_the_whole_market_comes_value_by_value(source: CandleSource, market: CandleSeries):
    assert await source.candles("BTC", QUARTER, START_MS, END_MS) == market


async def test_the_span_holds_its_first_moment_and_not_its_last(source: CandleSource, market):
    got = await source.candles("BTC", QUARTER, int(market.ts[10]), int(market.ts[20]))
    assert got == market[10:20]


async def test_a_span_between_two_openings_holds_what_opens_inside(source: CandleSource, market):
    got = await source.candles("BTC", QUARTER, int(market.ts[10]) + 1, int(market.ts[20]) + 1)
    assert got == market[11:21]


async def test_neighbouring_spans_join_without_overlap(source: CandleSource, market):
    middle = int(market.ts[123])
    left = await source.candles("BTC", QUARTER, START_MS, middle)
    right = await source.candles("BTC", QUARTER, middle, END_MS)
    assert np.array_equal(np.concatenate((left.ts, right.ts)), market.ts)


async def test_what_lies_outside_the_market_is_left_out(source: CandleSource, market):
    got = await source.candles("BTC", QUARTER, 0, LATEST_TS)
    assert got == market


@pytest.mark.parametrize(
    ("since_ms", "until_ms"),
    [(0, START_MS), (END_MS, LATEST_TS), (START_MS, START_MS), (END_MS, START_MS)],
)
async def test_an_empty_span_gives_an_empty_series(source: CandleSource, since_ms, until_ms):
    got = await source.candles("BTC", QUARTER, since_ms, until_ms)
    assert (len(got), got.coin, got.timeframe) == (0, "BTC", QUARTER)


async def test_asking_twice_gives_the_same(source: CandleSource):
    first = await source.candles("BTC", QUARTER, START_MS, END_MS)
    assert await source.candles("BTC", QUARTER, START_MS, END_MS) == first


async def test_every_candle_is_closed(source: CandleSource):
    got = await source.candles("BTC", QUARTER, START_MS, LATEST_TS)
    assert int(got.close_ts[-1]) == END_MS
