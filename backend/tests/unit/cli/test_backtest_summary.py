"""What is printed of a result, as a person reads it in a pipe."""

from dataclasses import replace
from decimal import Decimal

import click
import pytest
from click.testing import CliRunner

from hyperbot.backtesting.report import ThreeResults
from hyperbot.cli.backtest_summary import print_result, sparkline
from result_builders import result, trade


def printed(told):
    done = CliRunner().invoke(click.Command("show", callback=lambda: print_result(told)))
    assert done.exception is None
    assert "\x1b" not in done.output  # no colours in a pipe
    return " ".join(done.output.split())


def test_the_head_says_what_was_tested_on_which_data():
    told = result()
    text = printed(told)
    assert "Backtest of 2025-01-01 00:00 to 2025-01-03 00:00 UTC" in text
    assert "coins BTC, ETH" in text
    assert "rules le-15m v1" in text
    sha256 = told.data_sha256[:12]
    assert f"96 read, 0 gaps, sha256 {sha256}, 50 % proxy (not from Hyperliquid)" in text
    assert "SYNTHETIC" not in text


def test_invented_candles_are_told():
    made = result()
    invented = replace(made.lineage[0], is_synthetic=True)
    assert "50 % SYNTHETIC" in printed(replace(made, lineage=(invented, made.lineage[1])))


def test_the_account_and_the_groups():
    text = printed(result())
    assert "Account 10,000.00 -> 10,009.96 +0.1 % in 2 days" in text
    assert "Sharpe -, Sortino -, Calmar -, CAGR -" in text
    assert "le-15m 2 +1 open 50.0 +0.50 2.00 +9.96 0.04 0.00 0.10 1.0" in text
    assert "ETH 1 0.0 -1.00 0.00 -10.00 0.00 0.00 0.00 1.0" in text
    assert "daily_loss 1" in text
    assert "max drawdown 0.1 % (10.00), 1.8 days from 2025-01-01 05:00, not recovered" in text


def test_doubts():
    text = printed(result())
    assert "in 1 candle the order of prices mattered" in text
    assert "+9.96 pessimistic, +14.96 optimistic" in text
    three = ThreeResults(Decimal(1), Decimal(2), Decimal("1.5"), 1200)
    many = result([trade(1)] * 100, results=three)
    assert "in 1,200 candles" in printed(many)
    assert "+1.50 by finer candles" in printed(many)


def test_a_run_without_trades_and_signals():
    text = printed(result([], refused=(), missed=()))
    assert "Account 10,000.00 -> 10,000.00 +0.0 %" in text
    assert "never below its peak" in text
    assert "No signal was refused or missed." in text


@pytest.mark.parametrize(
    ("values", "width", "bars"),
    [
        ([], 5, ""),
        ([3, 3], 5, "▁▁"),
        ([0, 7], 5, "▁█"),
        (range(8), 8, "▁▂▃▄▅▆▇█"),
        (range(100), 2, "▁█"),
    ],
)
def test_a_sparkline(values, width, bars):
    assert sparkline(list(values), width) == bars
