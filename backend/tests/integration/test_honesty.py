"""What a backtest must never do, as far as engine, exchange and runner are concerned.

S1 the future: `test_candles_to_come_…`, `test_a_cut_…` (kernels: unit/detection/test_causality)
S2 warm-up: `test_where_a_run_begins_…`, `test_atr_…`, `test_a_hundred_days_…`
S3 order within a candle: `test_the_first_doubt_…`, `test_the_headline_…`
S4 gaps: `test_a_stop_is_never_better_…` (one candle: unit/exchange/test_matching)
S6 queues: `test_a_limit_needs_…`, `test_a_touch_…`
S5, S7 and S17: test_honesty_of_results
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest_builders import (
    CASH,
    FIVE_MINUTES,
    drawn_rules,
    history_of,
    synthetic_market,
    terms_of,
)
from backtest_builders import WEDNESDAY as BEGIN
from hyperbot.backtesting.backtest import Market, play, play_three_ways, scan_market
from hyperbot.backtesting.given_signals import given_scan
from hyperbot.backtesting.market_history import CoinHistory, Funding
from hyperbot.backtesting.runner import Record
from hyperbot.backtesting.scanner import Scan, scan
from hyperbot.detection import detect
from hyperbot.domain.actions import SignalAccepted, SignalRefused
from hyperbot.domain.costs import FREE
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.money import exact
from hyperbot.exchange.synthetic import synthesize
from hyperbot.storage.candle_files import read_candles
from hyperbot.storage.rule_files import read_playbook
from hyperbot.trading.risk_limits import RiskLimits

DAY = 86_400_000
COINS = ("BTC", "DOGE", "ETH", "HYPE", "SOL", "XRP")
READINGS = ("pessimistic", "optimistic")
MANY = RiskLimits(max_positions=10, least_stop_percent=Decimal("0.0001"))


def played(market, rules, reading="pessimistic", **options) -> Record:
    return play(market, scan_market(market, rules), terms_of(market, **options), reading)


def other_future(history: CoinHistory, moment: int, seed: int) -> CoinHistory:
    """The same up to `moment`, then candles and payments of another, wild market."""
    base = history.base
    row = int(base.ts.searchsorted(moment))
    wild = synthesize(base.coin, base.timeframe, int(base.ts[0]), len(base), seed=seed)
    factor = 3.0 if seed % 2 else 0.3
    columns = np.array(wild.columns)
    columns[:4] *= factor
    columns[:, :row] = base.columns[:, :row]
    known = history.funding.ts < moment
    rates = np.where(known, history.funding.rates, -0.01)
    series = CandleSeries(base.coin, base.timeframe, base.ts, *columns)
    return CoinHistory(series, history.instrument, Funding(history.funding.ts, rates))


def cut(history: CoinHistory, moment: int) -> CoinHistory:
    """As it was known at `moment`."""
    kept = history.base.closed_by(moment)
    known = history.funding.ts < moment
    payments = Funding(history.funding.ts[known], history.funding.rates[known])
    return CoinHistory(kept, history.instrument, payments)


def decided_by(record: Record, moment: int) -> tuple[list, list, list]:
    """What was decided up to `moment`, and what happened in candles that opened before.

    Events bear the open of their candle; decisions about signals the close.
    """
    decisions = (SignalAccepted, SignalRefused)
    notes = [
        note
        for note in record.notes
        if note.at < moment or (note.at == moment and isinstance(note, decisions))
    ]
    fills = [fill for fill in record.fills if fill.at < moment]
    return notes, fills, [paid for paid in record.funding if paid.at < moment]


@given(
    rules=drawn_rules(),
    seed=st.integers(0, 50),
    row=st.integers(320, 880),
    reading=st.sampled_from(READINGS),
)
@settings(max_examples=20)
def test_candles_to_come_change_nothing_that_was_decided(rules, seed, row, reading):
    market = synthetic_market(candles=900, seed=seed)
    moment = BEGIN + row * FIVE_MINUTES.ms
    changed = [other_future(history, moment, seed) for history in market.histories]
    other = Market(tuple(changed), market.since, market.until)
    expected = decided_by(played(market, rules, reading), moment)
    assert decided_by(played(other, rules, reading), moment) == expected


@given(
    rules=drawn_rules(),
    seed=st.integers(0, 50),
    row=st.integers(320, 880),
    reading=st.sampled_from(READINGS),
)
@settings(max_examples=20)
def test_a_cut_at_any_moment_changes_nothing_that_was_decided(rules, seed, row, reading):
    market = synthetic_market(candles=900, seed=seed)
    moment = BEGIN + row * FIVE_MINUTES.ms
    shorter = tuple(cut(history, moment) for history in market.histories)
    expected = decided_by(played(market, rules, reading), moment)
    known = played(Market(shorter, market.since, moment), rules, reading)
    assert decided_by(known, moment) == expected


def test_the_runs_above_do_decide_something():
    market = synthetic_market(candles=900, seed=3)
    rules = read_playbook("default").rules
    moment = BEGIN + 800 * FIVE_MINUTES.ms
    notes, fills, funding = decided_by(played(market, rules), moment)
    assert min(len(notes), len(fills), len(funding)) > 5


@given(rules=drawn_rules(), seed=st.integers(0, 50), row=st.integers(250, 800))
@settings(max_examples=15)
def test_where_a_run_begins_changes_no_signal_after_it(rules, seed, row):
    """All candles before `--from` are history, however many there are."""
    (history,) = synthetic_market(["BTC"], candles=900, seed=seed).histories
    since, end = BEGIN + row * FIVE_MINUTES.ms, int(history.base.close_ts[-1])
    whole = scan(history, rules, 0, end).signals
    assert scan(history, rules, since, end).signals == {
        at: signals for at, signals in whole.items() if at >= since
    }


def test_atr_forgets_where_it_began(real_candles):
    """Wilder's mean keeps (13/14)^n of its begin: under 1e-9 of it after 300 candles."""
    series = read_candles(real_candles / "hyperliquid" / "BTC-5m.parquet")[-2_000:]
    whole = detect(series)["candle.atr"]
    late = detect(series[1_000:])["candle.atr"]
    assert np.allclose(late[300:], whole[1_300:], rtol=1e-8, atol=0)
    assert not np.allclose(late[14:20], whole[1_014:1_020], rtol=1e-8, atol=0)


WINDOW_DAYS = 100


def test_a_hundred_days_of_history_are_enough(real_candles):
    """W = 100 days (28,800 candles of 5m, 600 of 4h): with twice as many the signals are the same,
    stops and levels included. (With 60 days, of the default playbook about one in 600 differs.)"""
    rules = read_playbook("default").rules
    found = 0
    for coin in ("BTC", "SOL"):
        series = read_candles(real_candles / "binance" / f"{coin}-5m.parquet")
        for end in (len(series), len(series) - 288 * 40):
            until = int(series.close_ts[end - 1])
            longer, shorter = (
                scan(history_of(series[end - 288 * days : end]), rules, until - 3 * DAY, until)
                for days in (2 * WINDOW_DAYS, WINDOW_DAYS)
            )
            assert _levels(shorter) == _levels(longer)
            found += len(_levels(longer))
    assert found > 150


def _levels(scanned: Scan) -> set[tuple[object, ...]]:
    signals = (signal for each in scanned.signals.values() for signal in each)
    return {(each.id, each.price, each.stop, each.last_level) for each in signals}


def doubted(coin: str, folder, most: int) -> list[tuple[CoinHistory, int, int]]:
    """Up to `most` candles in doubt, each the first of a run: (history, begin, open)."""
    base = read_candles(folder / f"{coin}-5m.parquet")
    finer = read_candles(folder / f"{coin}-1m.parquet")
    history = history_of(base[-6_000:], finer)
    rules, found = read_playbook("default").rules, []
    since, end = int(finer.ts[0]), int(base.close_ts[-1])
    while since < end and len(found) < most:
        market, exchanges = Market((history,), since, end), []
        played(market, rules, exchanges=exchanges, limits=MANY)
        if not exchanges[0].doubts:
            break
        doubt = exchanges[0].doubts[0].ts
        found.append((history, since, doubt))
        since = doubt + FIVE_MINUTES.ms
    return found


def test_the_first_doubt_of_a_run_is_worst_read_pessimistically(real_candles):
    """At the close of the candle in doubt; what follows from it may turn either way."""
    rules, folder = read_playbook("default").rules, real_candles / "hyperliquid"
    cases = [case for coin in COINS for case in doubted(coin, folder, 6)]
    assert len(cases) >= 5
    for history, since, doubt in cases:
        market = Market((history,), since, doubt + FIVE_MINUTES.ms)
        worst, best, resolved = (
            played(market, rules, reading, limits=MANY).equity
            for reading in (*READINGS, "resolved")
        )
        assert worst <= resolved <= best


def test_the_headline_is_the_pessimistic_result(real_candles):
    folder = real_candles / "hyperliquid"
    ((history, since, _), *_) = doubted("ETH", folder, 1)
    market = Market((history,), since, int(history.base.close_ts[-1]))
    scans, exchanges = scan_market(market, read_playbook("default").rules), []
    terms = terms_of(market, exchanges=exchanges)
    record, results = play_three_ways(market, scans, terms)
    alone = [play(market, scans, terms, reading) for reading in (*READINGS, "resolved")]
    told = (results.pessimistic, results.optimistic, results.resolved)
    assert told == tuple(each.equity - CASH for each in alone)
    assert record.fills == alone[0].fills
    assert results.doubtful_candles == len(exchanges[0].doubts) == alone[0].doubtful_candles > 0
    without = Market((CoinHistory(history.base, history.instrument),), since, market.until)
    assert play_three_ways(without, scans, terms_of(without))[1].resolved is None


def jumpy_market(seed: int, candles: int = 900) -> Market:
    """Gaps in time and in price: in one of forty candles all jumps by up to 4 %."""
    rng = np.random.default_rng(seed)
    histories = []
    for history in synthetic_market(candles=candles, seed=seed).histories:
        base = history.base
        jumps = np.where(rng.random(len(base)) < 1 / 40, rng.uniform(-0.04, 0.04, len(base)), 0)
        columns = np.array(base.columns)
        columns[:4] *= np.exp(np.cumsum(jumps))
        columns[:4] = np.round(columns[:4], 1 if base.coin == "BTC" else 3)
        histories.append(history_of(CandleSeries(base.coin, base.timeframe, base.ts, *columns)))
    end = max(int(each.base.close_ts[-1]) for each in histories)
    return Market(tuple(histories), BEGIN + candles // 3 * FIVE_MINUTES.ms, end)


def candle_at(market: Market, coin: str, at: int):
    """Open, high and low of the candle in which something happened, exactly."""
    base = next(history.base for history in market.histories if history.coin == coin)
    candle = base[int(base.ts.searchsorted(at))]
    assert candle.ts == at
    return exact(candle.open), exact(candle.high), exact(candle.low)


STOPS = ("sl", "breakeven", "trail")


@given(rules=drawn_rules(), seed=st.integers(0, 50), reading=st.sampled_from(READINGS))
@settings(max_examples=30)
def test_a_stop_is_never_better_than_the_open_and_its_trigger(rules, seed, reading):
    market = jumpy_market(seed)
    for trade in played(market, rules, reading).trades:
        side = trade.signal.side
        for leaving in trade.exits:
            opened, _, _ = candle_at(market, trade.signal.coin, leaving.at)
            if leaving.reason in STOPS:
                assert side * leaving.price <= side * opened
            if leaving.reason == "sl":
                assert side * leaving.price <= side * trade.stop


def test_the_jumps_above_do_jump_over_stops():
    market = jumpy_market(1, 2_000)
    jumped = []
    for trade in played(market, read_playbook("default").rules, costs=FREE).trades:
        for leaving in trade.exits:
            opened, _, _ = candle_at(market, trade.signal.coin, leaving.at)
            if leaving.reason == "sl" and trade.signal.side * (trade.stop - opened) > 0:
                jumped.append((leaving.price, opened))
    assert len(jumped) >= 3
    assert all(price == opened for price, opened in jumped)


@given(rules=drawn_rules(), seed=st.integers(0, 50), reading=st.sampled_from(READINGS))
@settings(max_examples=30)
def test_a_limit_needs_to_be_traded_through(rules, seed, reading):
    market = synthetic_market(candles=900, seed=seed)
    instruments = {history.coin: history.instrument for history in market.histories}
    for fill in played(market, rules, reading).fills:
        if fill.is_maker:
            _, high, low = candle_at(market, fill.coin, fill.at)
            reached = low if fill.side > 0 else high
            assert fill.side * (fill.price - reached) >= instruments[fill.coin].tick(fill.price)


class Row(NamedTuple):
    """A given signal."""

    ts: int
    side: int
    stop: Decimal
    target: Decimal
    size: Decimal | None = None


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(
    ("reach", "touch", "exits"),
    [
        (10, False, []),
        (10, True, ["tp1"]),
        (10.1, False, ["tp1"]),
    ],
)
def test_a_touch_does_not_fill_by_default(side, reach, touch, exits):
    """The target is 10 away, the tick 0.1: some candles go to it, and none beyond."""
    close = np.full(40, 1_000.0)
    high, low = close + 2, close - 2
    (high if side > 0 else low)[30:] = 1_000 + side * reach
    ts = BEGIN + FIVE_MINUTES.ms * np.arange(40)
    series = CandleSeries("SOL", FIVE_MINUTES, ts, close, high, low, close, np.ones(40))
    history = history_of(series)
    assert history.instrument.tick(Decimal(1_000)) == Decimal("0.1")
    market = Market((history,), BEGIN, int(series.close_ts[-1]))
    asked = Row(int(ts[25]), side, Decimal(1_000 - 10 * side), Decimal(1_000 + 10 * side))
    scans = {"SOL": given_scan(history, [asked], Decimal(1))}
    record = play(market, scans, terms_of(market, FREE, touch=touch))
    (trade,) = record.trades
    assert [leaving.reason for leaving in trade.exits] == exits
