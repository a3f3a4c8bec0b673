"""A sweep of many variants over one coin: the whole command on two cores, and what one takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from benchmarks.backtest import market_of, rules
from benchmarks.candles import synthetic
from benchmarks.peak_memory import PeakMemory
from benchmarks.results import Result
from benchmarks.timing import in_turns
from hyperbot.backtesting.backtest import scan_market
from hyperbot.backtesting.coin_alone import CoinAlone
from hyperbot.backtesting.fact_shelf import FactShelf
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.backtesting.variant_trades import CoinVariants
from hyperbot.domain.market import COLUMN_NAMES
from hyperbot.domain.rules import Playbook
from hyperbot.storage.rule_files import write_rules
from hyperbot.trading.risk_limits import RiskLimits

CANDLES, WORKERS = 100_000, 2
SECONDS = 60.0
"""for 2,000 backtests of 100,000 candles"""
VARIED = (
    "*:conditions.2.max_distance_atr=0.5:2.5:0.5",
    "*:confluence_required.min_score=0.3,0.5,0.6,0.75,0.9",
    "*:risk_params.stop.buffer_atr=0:0.9:0.1",
    "*:risk_params.targets.0.r=0.5,0.75,1,1.25",
)
"""1,000 combinations for each of two rules"""
_COMMAND = "import sys; from hyperbot.cli import main; sys.argv[0] = 'hyperbot'; main()"


def measure(*, quick: bool) -> Iterator[Result]:
    """The command by the clock and its workers' memory; one backtest against the slow way."""
    varied = VARIED[:3] if quick else VARIED
    count = 500 if quick else 2_000
    with tempfile.TemporaryDirectory() as folder:
        seconds, cpu, peak = _command(Path(folder), varied, count)
    name = f"sweep: {count:,} backtests x {CANDLES:,} candles, {WORKERS} processes"
    note = f"{cpu:.1f} s of processor time, judging the best included; kernels compiled before"
    yield Result(f"{name}, by the clock", seconds, "s", limit=SECONDS * count / 2_000, note=note)
    yield Result("sweep: largest process", peak, "MB", limit=1000, note="resident set size of one")
    yield _one()


def _command(folder: Path, varied: tuple[str, ...], count: int) -> tuple[float, float, float]:
    """Seconds by the clock and of the processor, and the peak of the largest process in MB."""
    series = synthetic(CANDLES)
    columns = dict(zip(COLUMN_NAMES, series.columns, strict=True))
    parquet.write_table(pa.table({"ts": series.ts, **columns}), folder / "BTC-1m.parquet")
    (folder / "rules.yaml").write_text(write_rules(Playbook(rules=tuple(rules()))))
    asked = [word for each in varied for word in ("--vary", each)]
    data = ["--rules", str(folder / "rules.yaml"), "--candles", str(folder), "--hold-out", "0"]
    command = [sys.executable, "-c", _COMMAND, "sweep", *data, *asked, "--json"]
    before, began = os.times(), time.perf_counter()
    peak = PeakMemory()
    with (folder / "told.json").open("wb") as file:
        environment = os.environ | {"HYPERBOT_DATA_DIR": str(folder / "data")}
        command += ["--workers", str(WORKERS)]
        with subprocess.Popen(command, env=environment, stdout=file) as process:
            peak.watch(process.pid)
        if process.returncode:
            raise RuntimeError(f"hyperbot sweep ended with {process.returncode}")
    seconds, after = time.perf_counter() - began, os.times()
    told = json.loads((folder / "told.json").read_bytes())
    if told["backtests"] + told["repeated"] != count:
        raise RuntimeError(f"the sweep made {told['backtests']} backtests instead of {count}")
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return seconds, cpu, peak.largest


def _one() -> Result:
    """One variant after the other on facts that are there, against the same through `scan`."""
    market, made = market_of(synthetic(CANDLES)), rules()
    history, terms = market.histories[0], (RiskLimits(), SimulationRules())
    variants = CoinVariants(history, market.span, terms, FactShelf())

    def fast() -> list[int]:
        return [variants.trades(rule).trades.net.size for rule in made]

    def slow() -> list[int]:
        alone = CoinAlone(history, scan_market(market, made)[history.coin], market.span, terms)
        accepted = [alone.accepted(rule.id) for rule in made]
        return [0 if each is None else alone.traded(each).net.size for each in accepted]

    if not np.array_equal(fast(), slow()):
        raise RuntimeError("the fast way makes other trades")
    timings = in_turns({"fast": fast, "slow": slow}, seconds=30)
    ours, peer = (1e3 * timings[name].cpu / len(made) for name in ("fast", "slow"))
    note = timings["fast"].told
    name = f"sweep: one more backtest, {CANDLES:,} candles"
    return Result(name, ours, "ms", peer, "ours, facts and signals anew", limit=1 / 3, note=note)
