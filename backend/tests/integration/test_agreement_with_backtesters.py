"""The same signals give the same trades here, in backtesting.py and in vectorbt.

A trade that differs is explained, one by one: from our trade and the candles it is computed what
the peer's documented convention makes of it, and that is what the peer must say to the last bit.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from candle_builders import as_columns
from candle_file_writers import write_parquet
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.cli.backtest_market import MarketChoice
from hyperbot.cli.backtest_play import Account, play_signals
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.trades import Trade
from hyperbot.exchange.instruments import instrument_of
from hyperbot.storage.candle_files import read_candles
from peer_backtesters import (
    CASH,
    Convention,
    Done,
    Expected,
    Order,
    as_backtesting_py,
    as_vectorbt,
    done_of,
    each_alone,
    in_turn,
    random_orders,
    through_backtesting_py,
    through_vectorbt,
)

MARKETS = ("BTC", "DOGE", "SOL with holes", "jumps")
CASCADE = 1_760_130_900_000
"""2025-10-10 21:15 UTC, in ms"""
PEERS = {
    "backtesting.py": (through_backtesting_py, as_backtesting_py),
    "vectorbt": (through_vectorbt, as_vectorbt),
}
REASONS = {
    "backtesting.py": {"", "entered beyond the target", "opened beyond the target"},
    "vectorbt": {"", "closed on the entry candle", "opened beyond the target", "an ulp off"},
}


class World(NamedTuple):
    """A market, signals in it, and what becomes here of each signal alone."""

    series: CandleSeries
    orders: list[Order]
    done: list[Done]
    is_isolated: bool


@pytest.fixture(scope="module", params=MARKETS)
def world(request: pytest.FixtureRequest) -> World:
    name = request.param
    if name == "jumps":
        return world_of(jumping())
    folder = request.getfixturevalue("real_candles")
    if name == "SOL with holes":
        return world_of(with_holes(folder))
    return world_of(around_the_cascade(folder, name), is_isolated=True)


def world_of(series: CandleSeries, *, is_isolated: bool = False) -> World:
    """Isolated only where no candle opens beyond a liquidation price, which the peers have not."""
    history = CoinHistory(series, instrument_of(series.coin, float(series.close[0])))
    cascade = int(series.ts.searchsorted(CASCADE))
    rows = np.random.default_rng(6).choice(np.arange(2, len(series) - 2), 1_000, replace=False)
    rows = np.union1d(rows, np.arange(cascade - 12, cascade + 12))
    orders = random_orders(history, rows[(rows > 1) & (rows < len(series) - 2)].tolist(), seed=6)
    trades = each_alone(history, orders, is_isolated=is_isolated)
    assert len(trades) == len(orders), "one was refused"
    return World(series, orders, [done_of(series, each) for each in trades], is_isolated)


def around_the_cascade(folder: Path, coin: str) -> CandleSeries:
    series = read_candles(folder / "binance" / f"{coin}-5m.parquet")
    middle = int(series.ts.searchsorted(CASCADE))
    return rows_of(series, np.arange(middle - 12_000, min(middle + 8_000, len(series))))


def with_holes(folder: Path) -> CandleSeries:
    """Halts are in it; a hundred times up to four hours are missing as well."""
    series = read_candles(folder / "hyperliquid" / "SOL-5m.parquet")
    rng = np.random.default_rng(5)
    kept = np.ones(len(series), bool)
    for start in rng.integers(0, 20_000, 100).tolist():
        kept[start : start + int(rng.integers(1, 48))] = False
    return rows_of(series, np.flatnonzero(kept[:20_000]))


def rows_of(series: CandleSeries, rows: np.ndarray) -> CandleSeries:
    return CandleSeries(series.coin, series.timeframe, series.ts[rows], *series.columns[:, rows])


@cache
def jumping(candles: int = 5_000) -> CandleSeries:
    """Each candle opens about 0.4 % away from the last close, beyond many a stop and target."""
    rng = np.random.default_rng(8)
    jumps, bodies = rng.normal(0, 0.004, candles), rng.normal(0, 0.002, candles)
    steps = np.cumsum(np.stack((jumps, bodies), 1).ravel()).reshape(candles, 2)
    opened, close = (150 * np.exp(steps - steps.mean())).round(2).T
    wicks = rng.exponential(0.15, (2, candles)).round(2)
    high = (np.maximum(opened, close) + wicks[0]).round(2)
    low = (np.minimum(opened, close) - wicks[1]).round(2)
    times = CASCADE + 300_000 * np.arange(candles)
    return CandleSeries("SOL", "5m", times, opened, high, low, close, np.ones(candles))


def expected_of(world: World, convention: Convention) -> list[Expected]:
    each = (convention(world.series, *pair) for pair in zip(world.orders, world.done, strict=True))
    return [expected for expected in each if expected is not None]


def played(world: World, peer: str, orders: Sequence[Order]) -> list[Done]:
    if peer == "backtesting.py":
        return through_backtesting_py(world.series, orders)
    entries = [float(world.series.open[order.row + 1]) for order in orders]
    return through_vectorbt(world.series, orders, entries)


def assert_same(theirs: Sequence[Done], ours: Sequence[Done]) -> None:
    """Rows, sides, sizes and prices to the last bit; results but for the rounding of products."""
    assert [each._replace(pnl=0.0) for each in theirs] == [each._replace(pnl=0.0) for each in ours]
    for their, our in zip(theirs, ours, strict=True):
        assert abs(their.pnl - our.pnl) <= 4 * np.spacing(our.size * max(our.entry, our.exit))


def least_plain(world: World, peer: str) -> float:
    """Which share of trades is the same without a word, at least."""
    if world.series is jumping():
        return 0.8 if peer == "backtesting.py" else 0.6
    return 0.98 if peer == "backtesting.py" else 0.65


@pytest.mark.parametrize("peer", PEERS)
def test_overlapping_signals_give_the_same_trades(world: World, peer: str) -> None:
    expected = in_turn(expected_of(world, PEERS[peer][1]))
    theirs = played(world, peer, world.orders)
    assert_same(theirs, [each.done for each in expected if each.done.is_closed])
    reasons = Counter(each.why for each in expected)
    assert 150 < len(theirs) < 0.8 * len(world.orders)
    assert reasons[""] > least_plain(world, peer) * len(expected)
    if world.series is jumping():
        assert set(reasons) == REASONS[peer]


@pytest.mark.parametrize("peer", PEERS)
def test_signals_that_do_not_overlap_are_all_traded(world: World, peer: str) -> None:
    """The next signal comes when the trade before it is over, here and there."""
    apart, whys, free_from = [], [], 0
    for order, done in zip(world.orders, world.done, strict=True):
        expected = PEERS[peer][1](world.series, order, done)
        if expected is not None and order.row > free_from:
            apart.append((order, expected.done))
            whys.append(expected.why)
            free_from = max(done.exit_row, expected.done.exit_row)
    theirs = played(world, peer, [order for order, _ in apart])
    assert_same(theirs, [done for _, done in apart if done.is_closed])
    assert len(theirs) >= len(apart) - 1 > 150
    assert whys.count("") > least_plain(world, peer) * len(apart)


def test_the_command_takes_the_signals_in_turn(world: World, tmp_path: Path) -> None:
    """The run of all signals is made of the trades that each signal makes alone."""
    trades = by_command_api(world, tmp_path)
    taken = in_turn(Expected(done) for done in world.done)
    assert sorted(done_of(world.series, trade) for trade in trades) == [each.done for each in taken]
    reasons = {trade.exit_reason for trade in trades}
    assert {"sl", "tp1"} <= reasons <= {"sl", "tp1", ""}
    longs = sum(each.done.side > 0 for each in taken)
    assert 0.3 < longs / len(taken) < 0.7


def by_command_api(world: World, folder: Path) -> tuple[Trade, ...]:
    candles, signals = written(world, folder)
    choice = MarketChoice(
        candles=candles, venue=None, coins=None, since=None, until=None, finer=None, funding=None,
        timeframe=None, has_funding=False,
    )  # fmt: skip
    account = Account(cash=CASH, has_costs=False, touch_fills=True, is_isolated=world.is_isolated)
    return play_signals(choice, signals, account).trades


def written(world: World, folder: Path) -> tuple[Path, Path]:
    candles, signals = folder / f"{world.series.coin}-5m.parquet", folder / "signals.csv"
    write_parquet(candles, as_columns(world.series))
    lines = (order.line for order in world.orders)
    signals.write_text("ts,direction,stop,target,size\n" + "".join(lines))
    return candles, signals


def test_a_position_is_open_in_the_cascade(real_candles: Path) -> None:
    world = world_of(around_the_cascade(real_candles, "DOGE"), is_isolated=True)
    row = int(world.series.ts.searchsorted(CASCADE))
    assert world.series.low[row] < 0.6 * world.series.open[row]
    taken = in_turn(Expected(done) for done in world.done)
    assert any(each.done.entry_row <= row <= each.done.exit_row for each in taken)


def test_the_command_writes_the_same_trades(tmp_path: Path) -> None:
    """From files to a file, with the real command."""
    world = world_of(jumping())
    candles, signals = written(world, tmp_path)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "hyperbot", "backtest", "--candles", str(candles)]
    command += ["--signals", str(signals), "--no-costs", "--fills", "touch", "--margin", "cross"]
    command += ["--equity", str(CASH), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    with (out / "trades.csv").open(newline="") as file:
        told = [row for row in csv.DictReader(file) if row["outcome"] != "pending"]
    rows = [done_of_row(world.series, row) for row in told]
    taken = in_turn(Expected(done) for done in world.done)
    assert rows == [each.done for each in taken if each.done.is_closed]


def done_of_row(series: CandleSeries, row: dict[str, str]) -> Done:
    signal, entry, exit_ = (
        int(series.ts.searchsorted(int(row[name])))
        for name in ("signal_at_ms", "opened_at_ms", "closed_at_ms")
    )
    assert float(row["net"]) == float(row["gross"])
    return Done(
        signal - 1, 1 if row["side"] == "long" else -1, float(row["size"]), entry,
        float(row["entry"]), exit_, float(row["mean_exit"]), float(row["gross"]),
    )  # fmt: skip
