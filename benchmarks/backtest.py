"""Candles in, trades and their numbers out; and the whole command on real candles."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from benchmarks.candles import MINUTE, SINCE_MS, beginning, synthetic
from benchmarks.peak_memory import PeakMemory
from benchmarks.results import Result
from benchmarks.simulation import Signals, backtesting_py, random_signals
from benchmarks.timing import in_turns
from hyperbot.backtesting.backtest import Market, Terms, play, scan_market
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.rules_alone import coins_alone, rules_alone
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.domain.costs import CostModel
from hyperbot.domain.market import COLUMN_NAMES, CandleSeries, Timeframe
from hyperbot.domain.rule_errors import parse_rule
from hyperbot.domain.rules import StrategyRule
from hyperbot.exchange.instruments import instrument_of
from hyperbot.exchange.synthetic import synthesize
from hyperbot.trading.risk_limits import RiskLimits
from hyperbot.wiring import simulated_exchange

PEER_CANDLES = 100_000
NAUTILUS = "HYPERBOT_BENCH_NAUTILUS"
"""names a Python that has nautilus_trader: measured too, if it is set"""
CASH = Decimal(10_000_000)
COINS = ("BTC", "DOGE", "ETH", "HYPE", "SOL", "XRP")
COIN_CANDLES = 88_000
"""ten months of 5 minutes"""
RUNS = 3
_COMMAND = (
    "import sys; sys.modules['pandas'] = None; "  # only a peer brought it here
    "from hyperbot.cli import main; sys.argv[0] = 'hyperbot'; main()"
)


def measure(*, quick: bool) -> Iterator[Result]:
    """The rules alone against backtesting.py's bare loop; the exact engine; the command."""
    os.environ["TQDM_DISABLE"] = "1"  # or backtesting.py draws a bar for each run
    series = synthetic(100_000 if quick else 1_000_000)
    peer_series = beginning(series, PEER_CANDLES)
    marks = Signals(*(side[:PEER_CANDLES] for side in random_signals(len(series))))
    peer = "backtesting.py"
    timings = in_turns(
        {"ours": lambda: alone(series), peer: backtesting_py(peer_series, marks)}, seconds=60
    )
    ours = 1e9 * timings["ours"].cpu / len(series)
    told = alone(series)
    note = (
        f"{sum(each.signals for each in told):,} signals, {sum(each.trades for each in told):,}"
        f" trades; ours {timings['ours'].told}; {peer} {timings[peer].told}"
    )
    name = f"backtest: candles to trades and metrics, 2 rules on 1m, 5m, 15m, {len(series):,}"
    theirs = 1e9 * timings[peer].cpu / PEER_CANDLES
    yield Result(
        *(name, ours, "ns/candle", theirs, f"{peer}: bare loop, random signals"),
        limit=1 / 3,
        note=note,
    )
    if python := os.environ.get(NAUTILUS):
        yield from _against_nautilus(python, peer_series, name, ours)
    yield _exact(series)
    yield from _command(quick=quick)


def market_of(series: CandleSeries) -> Market:
    """A market that nobody has looked at yet."""
    history = CoinHistory(series, instrument_of(series.coin, float(series.close[0])))
    return Market((history,), int(series.ts[0]), int(series.close_ts[-1]))


def alone(series: CandleSeries) -> tuple[object, ...]:
    """Resample, detect, score, make signals, simulate each rule, count: nothing is kept before."""
    market, made = market_of(series), rules()
    scans = scan_market(market, made)
    ids = [rule.id for rule in made]
    return rules_alone(coins_alone(market, scans, RiskLimits(), SimulationRules()), ids)


def rules() -> list[StrategyRule]:
    """Two rules for entries on 1m that look at 5m and 15m, with stops that costs allow."""
    return [_rule("LE"), _rule("fakeout")]


def _rule(entry: str) -> StrategyRule:
    conditions = [
        {"kind": "structure", "event": "trend", "timeframe": "5m", "weight": 1},
        {"kind": "structure", "event": "trend", "timeframe": "15m", "weight": 1},
        {"kind": "zone", "zone": "support", "max_distance_atr": 2, "within": 3, "weight": 1},
    ]
    targets = [
        {"r": 1, "share": 0.4, "then": "breakeven"},
        {"r": 2, "share": 0.3},
        {"r": 3, "share": 0.3},
    ]
    return parse_rule(
        {
            "id": entry.lower().replace("_", "-"),
            "name": entry,
            "direction": "both",
            "entry_type": entry,
            "timeframe": "1m",
            "conditions": conditions,
            "confluence_required": {"min_score": 0.6},
            "risk_params": {
                "risk_percent": 0.1,
                "stop": {"beyond": "atr", "atr_multiple": 6},
                "targets": targets,
            },
        }
    )


def _exact(series: CandleSeries) -> Result:
    """The same rules in one account: every order through the exact engine and exchange."""

    def run() -> int:
        market = market_of(series)
        instruments = {history.coin: history.instrument for history in market.histories}
        exchange = simulated_exchange(instruments, CostModel(), CASH, touch_fills=False)
        terms = Terms(CASH, CostModel(), RiskLimits(), exchange)
        scans = scan_market(market, rules())
        began = time.process_time()
        record = play(market, scans, terms)
        playing.append(time.process_time() - began)
        return len(record.trades)

    playing: list[float] = []
    trades = run()
    timing = in_turns({"exact": run}, least=2, most=3, warm=False)["exact"]
    each = 1e6 * min(playing) / max(trades, 1)
    return Result(
        f"backtest: the same in one account, exact engine and exchange, {len(series):,}",
        *(1e9 * timing.cpu / len(series), "ns/candle"),
        note=f"{trades:,} trades, {each:,.0f} µs of playing a trade; {timing.told}",
    )


class Data(NamedTuple):
    """What the command reads."""

    name: str
    arguments: tuple[str, ...]


def _command(*, quick: bool) -> Iterator[Result]:
    """`hyperbot backtest` in fresh processes, all kernels compiled before."""
    with tempfile.TemporaryDirectory() as folder:
        data = _real_data() or _made_data(Path(folder))
        name = f"backtest: `hyperbot backtest`, default playbook, {data.name}"
        environment = os.environ | {"HYPERBOT_DATA_DIR": str(Path(folder) / "data")}

        def run(watch: Callable[[int], None]) -> float:
            began = time.perf_counter()
            command = [sys.executable, "-c", _COMMAND, "backtest", "--json", *data.arguments]
            with subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            ) as process:
                watch(process.pid)
                told = process.communicate()[1].decode()
            if process.returncode:
                raise RuntimeError(f"hyperbot backtest failed: {told}")
            return time.perf_counter() - began

        peak = PeakMemory()
        run(peak.watch)
        before = _children_cpu()
        runs = [run(lambda process: None) for _ in range(1 if quick else RUNS)]
        cpu = (_children_cpu() - before) / len(runs)
        note = f"best of {len(runs)} by the clock; {cpu:.1f} s of both processes' processor time"
        yield Result(f"{name}, by the clock", min(runs), "s", limit=10, note=note)
        yield Result(f"{name}, peak memory", peak.together, "MB", limit=1000, note=peak.told)


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _real_data() -> Data | None:
    """Binance's candles with their funding beside them, if all coins are there."""
    named = os.environ.get("HYPERBOT_TEST_CANDLES")
    shared = Path(__file__).resolve().parents[2] / "shared" / "data" / "candles"
    candles = (Path(named) if named else shared) / "binance"
    if not all((candles / f"{coin}-5m.parquet").is_file() for coin in COINS):
        return None
    arguments = ["--candles", str(candles), "--coins", ",".join(COINS)]
    funding = candles.parents[1] / "funding" / "binance"
    if funding.is_dir():
        arguments += ["--funding", str(funding)]
    return Data("6 real coins, 5m, 10 months", tuple(arguments))


def _made_data(folder: Path) -> Data:
    five = Timeframe(5 * MINUTE.ms)
    for seed, coin in enumerate(COINS):
        series = synthesize(coin, five, SINCE_MS, COIN_CANDLES, seed)
        columns = dict(zip(COLUMN_NAMES, series.columns, strict=True))
        table = pa.table({"ts": series.ts, **columns})
        parquet.write_table(table, folder / f"{coin}-5m.parquet")
    return Data("6 synthetic coins, 5m, 10 months", ("--candles", str(folder)))


def _against_nautilus(
    python: str, series: CandleSeries, name: str, ours: float
) -> Iterator[Result]:
    """nautilus_trader's engine over bars without an order, in its own Python."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "candles.npz"
        np.savez(file, ts=series.ts, columns=series.columns)
        script = Path(__file__).with_name("nautilus_bars.py")
        done = subprocess.run(
            [python, str(script), str(file)], check=True, capture_output=True, text=True
        )
    version, seconds = done.stdout.split()[-2:]
    peer = f"nautilus_trader {version}: bars, no orders"
    each = 1e9 * float(seconds) / len(series)
    yield Result(name, ours, "ns/candle", each, peer, limit=1 / 6, note=f"{len(series):,} bars")
