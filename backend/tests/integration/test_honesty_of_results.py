"""What a result must say of itself.

S3 doubt: `test_the_summary_counts_…` (each candle: test_honesty)
S5 every cost: `test_every_cent_…` (under drawn rules: test_full_feed)
S7 lineage: `test_the_result_names_…`, `test_one_changed_candle_…`; a result without a hash is
refused in unit/backtesting/test_report, and its share of proxies is printed in
unit/cli/test_backtest_summary
S17 the same again: `test_the_same_command_…`; without Numba and candle by candle: test_full_feed
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from backtest_builders import CASH, COSTS, FIVE_MINUTES, WEDNESDAY, terms_of
from candle_builders import as_columns
from candle_file_writers import write_parquet
from hyperbot.backtesting.backtest import Market, play_three_ways
from hyperbot.backtesting.conclusion import conclude
from hyperbot.backtesting.given_signals import RULE_ID, given_scan
from hyperbot.backtesting.market_history import CoinHistory, Funding
from hyperbot.backtesting.report import (
    BacktestResult,
    CandleLineage,
    RuleRecord,
    Settings,
    candles_sha256,
)
from hyperbot.cli.main import command
from hyperbot.domain.market import CandleSeries
from hyperbot.exchange.instruments import instrument_of
from hyperbot.exchange.simulated import SimulatedExchange
from hyperbot.exchange.synthetic import synthesize
from hyperbot.storage.backtest_results import write_result
from hyperbot.storage.candle_files import read_candles
from hyperbot.trading.risk_limits import RiskLimits

CRASH = 1_760_129_100_000  # 2025-10-10 20:45 UTC, five minutes before it begins
HOUR = 3_600_000


class Row(NamedTuple):
    """A given signal."""

    ts: int
    side: int
    stop: Decimal
    target: Decimal
    size: Decimal | None = None


def crash_of_doge(folder: Path, missing: int) -> CoinHistory:
    """Two days around the crash with hourly payments, without so many candles of its begin."""
    series = read_candles(folder / "binance" / "DOGE-5m.parquet").between(
        CRASH - 24 * HOUR, CRASH + 24 * HOUR
    )
    is_kept = (series.ts <= CRASH) | (series.ts > CRASH + missing * FIVE_MINUTES.ms)
    columns = series.columns[:, is_kept]
    kept = CandleSeries("DOGE", series.timeframe, series.ts[is_kept], *columns)
    hours = np.arange(CRASH - CRASH % HOUR - 20 * HOUR, CRASH + 24 * HOUR, HOUR)
    funding = Funding(hours, np.full(hours.size, 0.0003))
    return CoinHistory(kept, instrument_of("DOGE", 0.2), funding)


def replayed(
    history: CoinHistory, rows: list[Row], *, is_isolated: bool
) -> tuple[BacktestResult, SimulatedExchange]:
    """The result of given signals with all costs, and the exchange of the pessimistic run."""
    base, exchanges = history.base, []
    market = Market((history,), int(base.ts[0]), int(base.close_ts[-1]))
    limits = RiskLimits(is_isolated=is_isolated)
    terms = terms_of(market, limits=limits, exchanges=exchanges)
    scans = {history.coin: given_scan(history, rows, Decimal(1))}
    record, results = play_three_ways(market, scans, terms)
    rules = (RuleRecord(RULE_ID, "given", 1, "a" * 64),)
    asked = Settings(CASH, *market.span, (history.coin,), rules, COSTS, "pessimistic")
    lineage = [CandleLineage.of(base, "binance")]
    return conclude(market, asked, lineage, record, results), exchanges[0]


@pytest.mark.parametrize(
    ("missing", "is_isolated", "reason"),
    [(0, True, "sl"), (0, False, "sl"), (6, True, "liquidation"), (6, False, "sl")],
)
def test_every_cent_of_a_crash_is_in_the_books(
    missing, is_isolated, reason, real_candles, tmp_path
):
    """A short through three payments, then a long into the crash. Where candles are missing, the
    next one opens at half the price: all its collateral is lost, or, from a cross account, more."""
    rows = [
        Row(CRASH - 4 * HOUR, -1, Decimal("0.252"), Decimal("0.236")),
        Row(CRASH - 300_000, 1, Decimal("0.228"), Decimal("0.25")),
    ]
    result, exchange = replayed(crash_of_doge(real_candles, missing), rows, is_isolated=is_isolated)
    short, long = result.trades
    assert (short.signal.side, long.exit_reason) == (-1, reason)
    assert short.funding > 0
    assert min(short.fees, long.fees, long.slippage) > 0
    assert (long.r < -4) == (missing > 0)
    lines = exchange.ledger.lines
    assert {line.kind for line in lines} >= {"start", "realised", "fee", "funding"}
    booked = sum(line.amount for line in lines)
    assert abs(CASH + sum(trade.net for trade in result.trades) - booked) < Decimal("0.01")
    assert abs(result.ledger.cash - booked) < Decimal("0.01")
    assert result.ledger.unrealised < Decimal("0.01")
    assert result.curve_error < 0.01
    assert abs(CASH + result.results.pessimistic - booked) < Decimal("0.01")
    write_result(result, tmp_path / "result")
    books_of(tmp_path / "result")


def books_of(folder: Path) -> Decimal:
    """The end of the account, after every file was found to tell the same, to the cent."""
    summary = json.loads((folder / "summary.json").read_text())
    ledger = {name: Decimal(text) for name, text in summary["ledger"].items()}
    with (folder / "trades.csv").open() as file:
        trades = list(csv.DictReader(file))

    def total(column: str) -> Decimal:
        return sum((Decimal(trade[column]) for trade in trades), Decimal(0))

    cent = Decimal("0.01")
    for name in ("gross", "fees", "funding", "forfeited"):
        assert abs(total(name) - ledger[name]) < cent
    assert abs(ledger["start"] + total("net") - ledger["cash"]) < cent
    assert ledger["cash"] + ledger["unrealised"] == ledger["equity"]
    net = Decimal(summary["results"]["pessimistic"])
    assert abs(ledger["start"] + net - ledger["equity"]) < cent
    last = pq.read_table(folder / "equity.parquet").to_pylist()[-1]
    assert abs(last["equity"] - float(ledger["equity"])) < 0.01
    return ledger["equity"]


def sliced(folder: Path, venue: str, coin: str, to: Path, candles: int = 3_000) -> CandleSeries:
    """The last candles of a real file as a file in a folder named after its venue."""
    series = read_candles(folder / venue / f"{coin}-5m.parquet")[-candles:]
    (to / venue).mkdir(parents=True, exist_ok=True)
    write_parquet(to / venue / f"{coin}-5m.parquet", as_columns(series))
    return series


def backtest(*arguments: object) -> dict:
    """The summary that a backtest prints as JSON."""
    words = ["backtest", *map(str, arguments), "--json"]
    done = CliRunner().invoke(command, words, standalone_mode=False)
    assert done.exception is None, done.exception
    return json.loads(done.stdout)


def test_every_cent_of_the_playbook_is_in_the_files(real_candles, tmp_path):
    for coin in ("BTC", "DOGE"):
        sliced(real_candles, "hyperliquid", coin, tmp_path / "candles")
    out = tmp_path / "result"
    summary = backtest("--candles", tmp_path / "candles", "--out", out)
    assert summary["signals"]["traded"] > 30
    assert books_of(out) != CASH


def test_the_summary_counts_the_candles_in_doubt(real_candles, tmp_path):
    series = sliced(real_candles, "hyperliquid", "ETH", tmp_path / "candles")
    finer = read_candles(real_candles / "hyperliquid" / "ETH-1m.parquet")
    write_parquet(tmp_path / "candles" / "hyperliquid" / "ETH-1m.parquet", as_columns(finer))
    asked = ("--candles", tmp_path / "candles", "--from", "2025-07-22")
    told = backtest(*asked, "--finer", "1m")["results"]
    assert len(series) > told["doubtful_candles"] > 0
    assert told["resolved"] not in {None, told["pessimistic"]}
    without = backtest(*asked)["results"]
    assert without == told | {"resolved": None}


@pytest.mark.parametrize(("venue", "share"), [("hyperliquid", 0.0), ("binance", 1.0)])
def test_the_result_names_the_venue_of_its_folder(venue, share, real_candles, tmp_path):
    series = sliced(real_candles, venue, "SOL", tmp_path, 1_500)
    data = backtest("--candles", tmp_path)["data"]
    (coin,) = data["coins"]
    assert (coin["venue"], coin["is_proxy"], data["proxy_share"]) == (venue, share == 1, share)
    assert (coin["candles"], coin["sha256"]) == (1_500, candles_sha256(series))
    assert (coin["first"], coin["last"]) == (series.ts[0], series.ts[-1])
    assert coin["gaps"] == int((np.diff(series.ts) != FIVE_MINUTES.ms).sum())


def test_one_changed_candle_is_another_hash(tmp_path):
    series = synthesize("BTC", FIVE_MINUTES, WEDNESDAY, 600, seed=1)
    hashes = set()
    for factor in (1.0, 1.0, 1.0000001):
        columns = as_columns(series)
        columns["volume"] = columns["volume"] * np.where(np.arange(600) == 300, factor, 1.0)
        write_parquet(tmp_path / "BTC-5m.parquet", columns)
        hashes.add(backtest("--candles", tmp_path)["data"]["sha256"])
    assert len(hashes) == 2


def test_the_same_command_gives_the_same_bytes(tmp_path):
    """In two processes, in which Python orders sets and names differently."""
    for seed, coin in enumerate(("BTC", "ETH", "SOL")):
        series = synthesize(coin, FIVE_MINUTES, WEDNESDAY, 1_500, seed=seed)
        write_parquet(tmp_path / f"{coin}-5m.parquet", as_columns(series))
    arguments = ("backtest", "--candles", str(tmp_path))
    for hash_seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-m", "hyperbot", *arguments, "--out", str(tmp_path / hash_seed)],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            timeout=120,
        )
    names = sorted(path.name for path in (tmp_path / "1").iterdir())
    assert {"trades.csv", "fills.csv", "equity.parquet", "summary.json"} <= set(names)
    assert len((tmp_path / "1" / "trades.csv").read_text().splitlines()) > 10
    for name in names:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name
