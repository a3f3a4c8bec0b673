"""What a worker of a sweep does with names of data: the same trades, or a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from hyperbot.backtesting.backtest import Market, scan_market
from hyperbot.backtesting.coin_alone import CoinAlone
from hyperbot.backtesting.parameter_search import grid
from hyperbot.backtesting.parameter_space import ParameterSpace, parse_vary
from hyperbot.backtesting.sweep import chunks_of
from hyperbot.cli.backtest_market import MarketChoice, read_coin, shelf
from hyperbot.cli.sweep_worker import Job, code_sha256, data_of, run_chunk
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import COLUMN_NAMES, Timeframe
from hyperbot.exchange.synthetic import synthesize
from hyperbot.trading.risk_limits import RiskLimits
from rule_builders import rule

FIVE = Timeframe.parse("5m")
BEGIN, CANDLES = 1_735_689_600_000, 4_000
SINCE, UNTIL = BEGIN + 500 * FIVE.ms, BEGIN + 3_200 * FIVE.ms
RULES = (
    rule(
        timeframe="5m",
        direction="both",
        confluence_required={"min_score": 0.3},
        risk_params={"stop": {"beyond": "atr", "atr_multiple": 4}},
    ),
)
SPACE = ParameterSpace(RULES, parse_vary("*:risk_params.stop.atr_multiple=3,4,5", RULES))
VARIANTS = grid(SPACE).sound.variants


def write(folder, prices=1.0):
    """Candles, those from UNTIL on times `prices`."""
    series = synthesize("BTC", FIVE, BEGIN, CANDLES, seed=3)
    columns = series.columns.copy()
    columns[:4, series.ts >= UNTIL] *= prices
    named = dict(zip(COLUMN_NAMES, columns, strict=True))
    parquet.write_table(pa.table({"ts": series.ts, **named}), folder / "BTC-5m.parquet")


def choice_of(folder):
    return MarketChoice(folder, None, None, None, None, None, None, None)


def read(folder):
    choice = choice_of(folder)
    return read_coin(shelf(choice), "BTC", FIVE, choice)


def job_of(folder, **changes):
    job = Job(
        choice=choice_of(folder),
        base_ms=FIVE.ms,
        since=SINCE,
        until=UNTIL,
        data=(data_of(read(folder)),),
        has_costs=True,
        touch_fills=False,
        code_sha256=code_sha256(),
    )
    return replace(job, **changes)


def chunk():
    return chunks_of("sweep", VARIANTS * 20, [("BTC", CANDLES)])[0]


def test_a_worker_makes_the_trades_of_each_rule_alone_in_a_backtest(tmp_path):
    write(tmp_path)
    history = read(tmp_path).history
    market, job, total = Market((history,), SINCE, UNTIL), job_of(tmp_path), 0
    for variant, trades in zip(chunk().variants, run_chunk(job, chunk()).split(), strict=True):
        scans = scan_market(market, [variant.rule])
        alone = CoinAlone(history, scans["BTC"], market.span, (RiskLimits(), job.simulation))
        expected = alone.traded(alone.accepted(variant.rule.id))
        np.testing.assert_array_equal(trades.net, expected.net)
        np.testing.assert_array_equal(trades.entry, expected.entry)
        np.testing.assert_array_equal(trades.exit, expected.exit)
        assert trades.pending == expected.pending
        total += trades.net.size
    assert total > 50


def test_nothing_after_the_end_is_looked_at(tmp_path):
    told = []
    for name, prices in (("one", 1.0), ("other", 3.0)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, prices)
        told.append(run_chunk(job_of(tmp_path / name), chunk()))
    for one, other in zip(*told, strict=True):
        np.testing.assert_array_equal(one, other)


def test_other_candles_or_other_code_are_one_sentence(tmp_path):
    write(tmp_path)
    job = job_of(tmp_path)
    write(tmp_path, 1.5)
    with pytest.raises(InvalidInput, match="a worker sees other candles or funding of BTC"):
        run_chunk(job, chunk())
    with pytest.raises(InvalidInput, match="another version of hyperbot"):
        run_chunk(job_of(tmp_path, code_sha256="0" * 64), chunk())
