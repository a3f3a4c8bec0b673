"""One evaluator: playing every candle live gives the same trades as skipping all that cannot
matter, and both keep their books to the last decimal."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from backtest_builders import CASH, WIDE, drawn_rules, history_of, synthetic_market, terms_of
from hyperbot.backtesting.backtest import Market, play, play_every_candle, scan_market
from hyperbot.backtesting.runner import Record
from hyperbot.storage.candle_files import read_candles
from hyperbot.storage.rule_files import read_playbook
from hyperbot.trading.risk_limits import RiskLimits

DAY_MS = 86_400_000


def assert_same(one: Record, other: Record) -> None:
    assert one.fills == other.fills
    assert one.funding == other.funding
    assert one.notes == other.notes
    assert one.open_trades == other.open_trades
    assert (one.equity, one.doubtful_candles) == (other.equity, other.doubtful_candles)


@given(
    rules=drawn_rules(),
    seed=st.integers(0, 50),
    is_isolated=st.booleans(),
    reading=st.sampled_from(("pessimistic", "pessimistic", "optimistic")),
)
@settings(max_examples=25)
def test_every_candle_gives_the_trades_of_the_scan(rules, seed, is_isolated, reading):
    market = synthetic_market(candles=900, seed=seed)
    terms = terms_of(market, limits=replace(WIDE, is_isolated=is_isolated))
    scanned = play(market, scan_market(market, rules), terms, reading)
    assert_same(scanned, play_every_candle(market, rules, terms, reading))


def test_every_candle_gives_the_trades_of_the_scan_on_real_candles(real_candles):
    rules = read_playbook("default").rules
    histories = []
    for coin in ("BTC", "SOL"):
        series = read_candles(real_candles / "hyperliquid" / f"{coin}-5m.parquet")
        finer = read_candles(real_candles / "hyperliquid" / f"{coin}-1m.parquet")
        histories.append(history_of(series[-6_000:], finer))
    end = int(histories[0].base.close_ts[-1])
    market = Market(tuple(histories), end - 12 * DAY_MS, end)
    terms = terms_of(market, limits=RiskLimits())
    scans = scan_market(market, rules)
    for reading in ("pessimistic", "resolved"):
        scanned = play(market, scans, terms, reading)
        assert len(scanned.trades) > 50
        assert_same(scanned, play_every_candle(market, rules, terms, reading))


@given(rules=drawn_rules(), seed=st.integers(0, 50), is_isolated=st.booleans())
@settings(max_examples=40)
def test_equity_is_the_start_plus_the_ledger(rules, seed, is_isolated):
    """Cash identity with all costs on: engine, ledger and trades tell the same account."""
    market = synthetic_market(candles=1_500, seed=seed)
    exchanges: list = []
    terms = terms_of(market, limits=replace(WIDE, is_isolated=is_isolated), exchanges=exchanges)
    record = play(market, scan_market(market, rules), terms)
    lines = exchanges[0].ledger.lines
    ended = [trade for trade in record.trades if trade.closed_at is not None]
    booked = sum(line.amount for line in lines)
    assert exchanges[0].cash == booked
    still_open = sum(trade.net for trade in record.open_trades)
    assert abs(CASH + sum(trade.net for trade in ended) + still_open - booked) < 0.01
    if not record.open_trades:
        assert abs(record.equity - booked) < 0.01


SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:]
from hashlib import sha256
from backtest_builders import synthetic_market, terms_of
from hyperbot.backtesting.backtest import play, scan_market
from hyperbot.storage.rule_files import read_playbook

market = synthetic_market(candles=700, seed=3)
record = play(market, scan_market(market, read_playbook("default").rules), terms_of(market))
told = repr((record.trades, record.fills, record.funding)).encode()
print(len(record.trades), sha256(told).hexdigest())
"""


def test_without_numba_the_trades_are_the_same():
    tests = str(Path(__file__).parents[1])
    answers = []
    for switch in ("0", "1"):
        environment = os.environ | {"NUMBA_DISABLE_JIT": switch}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, tests],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        answers.append(done.stdout)
    assert answers[0] == answers[1]
    assert int(answers[0].split()[0]) > 5
