"""HyperliquidCandles against a server that answers, refuses and breaks as the real one does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import pytest

from hyperbot.domain.errors import InvalidInput, Rejected, Retryable
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.exchange.candle_source import HyperliquidCandles, Wanted, read_rows
from hyperbot.exchange.hyperliquid_info import TRIES, HyperliquidInfo, MalformedAnswer
from hyperbot.exchange.synthetic import synthesize
from stand_in_hyperliquid import (
    BROKEN,
    GATEWAY,
    RESET,
    THROTTLED,
    Fault,
    HandClock,
    StandIn,
    recorded_rows,
)

HOUR = Timeframe.parse("1h")
START_MS = 1_704_067_200_000
COUNT = 12_500
END_MS = START_MS + COUNT * HOUR.ms
MARKET = synthesize("BTC", HOUR, START_MS, COUNT + 1, 5)
LATEST_5000_MS = END_MS - 4999 * HOUR.ms  # the forming candle is one of them


@pytest.fixture
def clock() -> HandClock:
    return HandClock(END_MS + HOUR.ms // 2)


@pytest.fixture
async def exchange(clock: HandClock) -> AsyncIterator[StandIn]:
    with StandIn([MARKET], now_ms=clock.now_ms, seconds=clock.monotonic_seconds) as stand_in:
        yield stand_in


@pytest.fixture
async def source(exchange: StandIn, clock: HandClock) -> AsyncIterator[HyperliquidCandles]:
    async with httpx.AsyncClient(base_url=exchange.url, trust_env=False, timeout=2) as http:
        yield HyperliquidCandles(HyperliquidInfo(http, clock), clock)


async def _recent(source: HyperliquidCandles, count: int = 5) -> CandleSeries:
    return await source.candles("BTC", HOUR, END_MS - count * HOUR.ms, END_MS)


def _spans(exchange: StandIn) -> list[tuple[int, int]]:
    asked = [question["req"] for question in exchange.asked()]
    return [(request["startTime"], request["endTime"] + 1) for request in asked]


# What arrives


async def test_the_forming_candle_is_never_handed_out(source, exchange):
    got = await source.candles("BTC", HOUR, END_MS - 3 * HOUR.ms, END_MS + 10 * HOUR.ms)
    assert got == MARKET[COUNT - 3 : COUNT]


async def test_a_fast_clock_does_not_close_the_forming_candle(exchange):
    fast = HandClock(END_MS + 2 * HOUR.ms)
    async with httpx.AsyncClient(base_url=exchange.url, trust_env=False) as http:
        source = HyperliquidCandles(HyperliquidInfo(http, fast), fast)
        got = await source.candles("BTC", HOUR, END_MS - HOUR.ms, END_MS + 10 * HOUR.ms)
    assert got == MARKET[COUNT - 1 : COUNT]


async def test_only_what_still_exists_comes_and_the_past_costs_one_question(source, exchange):
    got = await source.candles("BTC", HOUR, 0, END_MS)
    assert got == MARKET[COUNT - 4999 : COUNT]
    assert int(got.ts[0]) == LATEST_5000_MS
    assert len(exchange.asked()) == 2
    assert _spans(exchange)[0][1] == _spans(exchange)[1][0]


async def test_no_answer_of_the_living_span_needs_more_than_5000_candles(source, exchange):
    await source.candles("BTC", HOUR, START_MS, END_MS)
    since_ms, until_ms = _spans(exchange)[-1]
    assert (until_ms - since_ms) // HOUR.ms <= 5000


async def test_full_answers_are_paged_without_gap_or_overlap(source, exchange):
    exchange.kept = 100_000
    pages = [page async for page in source.pages(Wanted("BTC", HOUR, START_MS, END_MS))]
    assert [len(page.series) for page in pages if len(page.series)] == [5000, 2500, 5000]
    assert np.array_equal(np.concatenate([page.series.ts for page in pages]), MARKET.ts[:COUNT])
    ends = [page.done_until_ms for page in pages]
    assert ends == sorted(ends)
    assert ends[-1] == END_MS


async def test_gaps_stay_gaps_and_quiet_candles_stay_flat(clock):
    keep = np.ones(COUNT + 1, dtype=bool)
    keep[COUNT - 40 : COUNT - 30] = False
    columns = MARKET.columns.copy()
    columns[:4, COUNT - 20] = columns[3, COUNT - 20]
    columns[4, COUNT - 20] = 0.0
    quiet = CandleSeries("BTC", HOUR, MARKET.ts[keep], *columns[:, keep])
    with StandIn([quiet], now_ms=clock.now_ms) as exchange:
        async with httpx.AsyncClient(base_url=exchange.url, trust_env=False) as http:
            got = await _recent(HyperliquidCandles(HyperliquidInfo(http, clock), clock), 60)
    assert got == quiet[-51:-1]


async def test_what_is_held_is_not_asked_for_again(source, exchange):
    wanted = Wanted("BTC", HOUR, END_MS - 100 * HOUR.ms, END_MS)
    ts = MARKET.ts[COUNT - 100 : COUNT]
    assert [len(page.series) async for page in source.pages(wanted, held=ts)] == [0]
    assert exchange.questions == []
    holed = np.delete(ts, [40, 41, 60])
    assert [len(page.series) async for page in source.pages(wanted, held=holed)] == [21, 0]
    assert _spans(exchange) == [(int(ts[40]), int(ts[61]))]


async def test_stretches_far_apart_are_asked_for_one_by_one(source, exchange):
    ts = MARKET.ts[COUNT - 4000 : COUNT]
    wanted = Wanted("BTC", HOUR, int(ts[0]), END_MS)
    holed = np.delete(ts, [0, 1, 2500, 3999])
    assert [len(page.series) async for page in source.pages(wanted, held=holed)] == [2, 1, 1, 0]


async def test_gaps_in_the_gone_past_cost_one_question_however_many(source, exchange):
    wanted = Wanted("BTC", HOUR, START_MS, LATEST_5000_MS - HOUR.ms)
    holed = np.delete(MARKET.ts, np.arange(10, 7000, 1300))
    assert [len(page.series) async for page in source.pages(wanted, held=holed)] == [0, 0]


async def test_keys_that_nobody_knows_yet_are_ignored(source, exchange):
    exchange.extra_keys = {"q": "1.0", "x": None}
    assert await _recent(source) == MARKET[COUNT - 5 : COUNT]


async def test_a_listed_coin_without_candles_is_an_empty_series(source, exchange):
    got = await source.candles("BTC", Timeframe.parse("4h"), START_MS, END_MS)
    assert len(got) == 0


# Two rows as mainnet sent them on 2026-09-25.
RECORDED = """[
  {"t":1790344800000,"T":1790348399999,"s":"BTC","i":"1h",
   "o":"83912.0","c":"84010.0","h":"84039.0","l":"83133.0","v":"3997.94344","n":35095},
  {"t":1790348400000,"T":1790351999999,"s":"BTC","i":"1h",
   "o":"84010.0","c":"83772.0","h":"84097.0","l":"83328.0","v":"2718.73729","n":20343}]"""


def test_recorded_rows_are_read_and_the_stand_in_writes_the_same():
    rows = json.loads(RECORDED)
    series = read_rows(rows, "BTC", HOUR)
    assert series[1] == (1790348400000, 84010.0, 84097.0, 83328.0, 83772.0, 2718.73729)
    count_of_trades = [{"n": row["n"]} for row in rows]
    written = [row | n for row, n in zip(recorded_rows(series), count_of_trades, strict=True)]
    assert json.dumps(written) == json.dumps(rows)


# Questions that the exchange does not know


async def test_weeks_that_begin_on_thursday_are_not_taken_for_ours(source, exchange):
    with pytest.raises(InvalidInput, match="weeks begin on Thursday and hyperbot"):
        await source.candles("BTC", Timeframe.parse("1w"), START_MS, END_MS)
    assert exchange.questions == []


@pytest.mark.parametrize(
    ("coin", "message"),
    [
        ("BTX", "does not list a coin 'BTX': did you mean BTC?"),
        ("btc", "did you mean BTC?"),
        ("ZZZZ", "does not list a coin 'ZZZZ'$"),
        ("xyz:TSLA", "does not list a coin 'xyz:TSLA'"),
        ("@107", "does not list a coin '@107'"),
    ],
)
async def test_an_unknown_coin_is_named_and_the_nearest_suggested(source, exchange, coin, message):
    with pytest.raises(InvalidInput, match=message.replace("?", r"\?")):
        await source.candles(coin, HOUR, START_MS, END_MS)
    assert exchange.asked() == []


async def test_an_interval_that_hyperliquid_lacks_is_refused_without_asking(source, exchange):
    with pytest.raises(InvalidInput, match="no 2d candles: choose one of 1m"):
        await source.candles("BTC", Timeframe.parse("2d"), START_MS, END_MS)
    assert exchange.questions == []


async def test_a_refused_question_is_not_repeated(source, exchange):
    exchange.faults.append(Fault(status=403, body=b"<html>\n forbidden"))
    with pytest.raises(Rejected, match="status 403: <html> forbidden"):
        await _recent(source)
    assert len(exchange.questions) == 1


# Faults that pass, and faults that do not


FAULTS = {
    "throttled": THROTTLED,
    "broken": BROKEN,
    "gateway": GATEWAY,
    "reset": RESET,
    "truncated": Fault(keep_bytes=40),
    "hung up": Fault(body=b'[{"t":1', headers=(("Connection", "close"),)),
    "empty": Fault(body=b""),
    "a web page": Fault(body=b"<html><body>hello</body></html>"),
    "not text": Fault(body=b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_fault_that_passes_is_waited_out(source, exchange, clock, fault):
    exchange.faults.extend([Fault(), fault, fault])
    assert await _recent(source) == MARKET[COUNT - 5 : COUNT]
    assert len(exchange.asked()) == 3
    assert 1.5 <= sum(clock.slept) <= 70


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_fault_that_stays_ends_in_one_clear_sentence(source, exchange, fault):
    exchange.faults.extend([fault] * 20)
    with pytest.raises(Retryable, match=f"^Hyperliquid .*{TRIES} times in a row") as told:
        await _recent(source)
    assert "\n" not in str(told.value)
    assert len(exchange.questions) == TRIES


async def test_the_waits_between_tries_grow(source, exchange, clock):
    exchange.faults.extend([BROKEN] * 20)
    with pytest.raises(Retryable):
        await _recent(source)
    assert len(clock.slept) == TRIES - 1
    for number, waited in enumerate(clock.slept):
        assert 0.5 * 2**number <= waited <= 2**number


async def test_a_server_that_does_not_answer_in_time_is_tried_again(exchange, clock):
    exchange.faults.extend([Fault(), Fault(seconds=0.5)])
    async with httpx.AsyncClient(base_url=exchange.url, trust_env=False, timeout=0.2) as http:
        got = await _recent(HyperliquidCandles(HyperliquidInfo(http, clock), clock))
    assert got == MARKET[COUNT - 5 : COUNT]
    assert len(exchange.asked()) == 2


async def test_nobody_listening_is_said_plainly(clock):
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9", trust_env=False) as http:
        with pytest.raises(Retryable, match="cannot be reached"):
            await _recent(HyperliquidCandles(HyperliquidInfo(http, clock), clock))


# Answers of a wrong shape


def _row(**changes: Any) -> dict[str, Any]:
    row = recorded_rows(MARKET[COUNT - 5 : COUNT - 4])[0] | changes
    return {key: value for key, value in row.items() if value is not ...}


WRONG = {
    "a number where a string belongs": ([_row(o=1.5)], "row 0 has 'o' = '1.5'"),
    "an infinite price": ([_row(h="Infinity")], "row 0 has 'h'"),
    "an exponent": ([_row(h="1e5")], "row 0 has 'h'"),
    "a negative volume": ([_row(v="-1.0")], "row 0 has 'v'"),
    "no close": ([_row(c=...)], "row 0 has no 'c'"),
    "another coin": ([_row(s="ETH")], "row 0 is of 'ETH' '1h'"),
    "another interval": ([_row(i="4h")], "row 0 is of 'BTC' '4h'"),
    "a time in a string": ([_row(t=str(START_MS))], "times that are not milliseconds"),
    "a time that is true": ([_row(t=True)], "times that are not milliseconds"),
    "a time beyond all calendars": ([_row(t=10**300)], "times that are not milliseconds"),
    "a wrong length": ([_row(T=START_MS)], "row 0 lasts"),
    "a time off the grid": (
        [_row(t=START_MS + 1, T=START_MS + HOUR.ms)],
        "when no 1h candle opens",
    ),
    "a high below the low": ([_row(h="1.0", l="2.0")], "high must not be below low"),
    "the same row twice": ([_row(), _row()], "times must not repeat"),
    "a row that is a list": ([[1, 2]], "row 0 is not an object"),
    "an object": ({"error": "no"}, "are dict and not a list"),
    "nothing": (None, "are NoneType and not a list"),
    "rows from new to old": (recorded_rows(MARKET[3:6])[::-1], "times must ascend"),
}


@pytest.mark.parametrize(("content", "message"), WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_shape_is_named_and_not_asked_again(source, exchange, content, message):
    exchange.faults.extend([Fault(), Fault(body=json.dumps(content).encode())])
    with pytest.raises(MalformedAnswer, match=message) as told:
        await _recent(source)
    assert "\n" not in str(told.value)
    assert len(exchange.asked()) == 1


@pytest.mark.parametrize("content", [b"[]", b'{"universe": 5}', b'{"universe": [{"name": 5}]}'])
async def test_a_list_of_coins_of_a_wrong_shape_is_said(source, exchange, content):
    exchange.faults.append(Fault(body=content))
    with pytest.raises(MalformedAnswer, match="list of coins"):
        await _recent(source)


async def test_an_endless_answer_is_cut_off(source, exchange):
    exchange.faults.extend([Fault(), Fault(body=b"[" + b" " * 17 * 2**20)])
    with pytest.raises(MalformedAnswer, match="longer than 16 MiB"):
        await _recent(source)


# The rate limit


async def test_a_hundred_questions_wait_for_their_weight_and_none_is_refused(exchange, clock):
    async with httpx.AsyncClient(base_url=exchange.url, trust_env=False) as http:
        info = HyperliquidInfo(http, clock)
        for _ in range(100):
            await info.ask({"type": "meta"})
    assert exchange.refused_for_weight == 0
    assert len(exchange.asked("meta")) == 100
    # 2000 of weight at 1200 a minute; half of a minute's weight may go at once.
    assert 60 <= clock.monotonic_seconds() <= 150


async def test_long_answers_are_charged_by_their_rows(exchange, clock):
    async with httpx.AsyncClient(base_url=exchange.url, trust_env=False) as http:
        source = HyperliquidCandles(HyperliquidInfo(http, clock), clock)
        for _ in range(12):
            await source.candles("BTC", HOUR, LATEST_5000_MS, END_MS)
    assert exchange.refused_for_weight == 0
    assert clock.monotonic_seconds() >= 60


async def test_a_long_wait_is_told(exchange, clock):
    told: list[str] = []
    async with httpx.AsyncClient(base_url=exchange.url, trust_env=False) as http:
        info = HyperliquidInfo(http, clock, on_wait=told.append)
        for _ in range(31):
            await info.ask({"type": "meta"})
    assert told == ["Hyperliquid's rate limit, going on in 2 s"]


async def test_rows_that_did_not_come_are_not_charged(source, exchange, clock):
    for _ in range(20):  # and the list of coins: 420 of the 600 that may go at once
        await source.candles("BTC", HOUR, START_MS, START_MS + 4000 * HOUR.ms)
    assert len(exchange.asked()) == 20
    assert clock.slept == []


async def test_a_refusal_for_too_many_requests_slows_down_all_that_follow(source, exchange, clock):
    exchange.faults.extend([Fault(), THROTTLED])
    await _recent(source)
    await _recent(source)
    assert sum(clock.slept) >= 4.0  # 42 of weight at 10 a second, where a mere retry waits for 1 s
