"""What finer candles tell, also where nothing was in doubt; and many rules a few at a time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from backtest_builders import WIDE, synthetic_market, terms_of
from hyperbot.backtesting.backtest import Market, play_three_ways
from hyperbot.backtesting.given_signals import given_scan
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.scanner import MOST_FACT_TABLES, scan
from hyperbot.domain.costs import FREE
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.resampling import resample
from hyperbot.exchange.instruments import instrument_of
from rule_builders import rule

MINUTE_MS = 60_000
CROSS = replace(WIDE, is_isolated=False)
"""isolated, the position would be liquidated at the jump"""


class Row(NamedTuple):
    ts: int
    side: int
    stop: Decimal
    target: Decimal
    size: Decimal | None


def test_finer_candles_tell_of_a_gap_within_a_candle_that_left_no_doubt():
    """From 100 price jumps over the stop at 95 between two minutes: nobody sold at 95."""
    opens = np.array([100.0] * 52 + [91.0] * 8)
    closes, ts = opens.copy(), np.arange(60) * MINUTE_MS
    minutes = CandleSeries("SOL", "1m", ts, opens, opens, opens, closes, np.full(60, 1e6))
    base = resample(minutes, Timeframe.parse("5m"))
    history = CoinHistory(base, instrument_of("SOL", 100.0), finer=minutes)
    market = Market((history,), 0, 60 * MINUTE_MS)
    given = [Row(40 * MINUTE_MS, 1, Decimal(95), Decimal(120), Decimal(10))]
    scans = {"SOL": given_scan(history, given, Decimal(1))}
    record, results = play_three_ways(market, scans, terms_of(market, FREE, CROSS))
    assert len(record.trades) == 1
    assert results.doubtful_candles == 0
    assert (results.pessimistic, results.optimistic, results.resolved) == (-50, -50, -90)


def test_many_rules_are_scanned_a_few_at_a_time_to_the_same_signals():
    (history,) = synthetic_market(["SOL"], candles=500).histories
    rules = [
        rule(
            id=f"rule-{n}",
            direction="both",
            timeframe="5m",
            conditions=[
                {
                    "kind": "candle",
                    "pattern": "liquidity_engulf",
                    "parameters": {"candle.engulf_range": n / 40},
                }
            ],
        )
        for n in range(MOST_FACT_TABLES + 3)
    ]
    end = int(history.base.close_ts[-1])
    together = scan(history, rules, 0, end).signals
    alone = [scan(history, [each], 0, end).signals for each in rules]
    assert sum(map(len, together.values())) > 100
    for at, signals in together.items():
        assert list(signals) == [s for each in alone for s in each.get(at, ())]
