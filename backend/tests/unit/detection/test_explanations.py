"""Many candles explained at once: to the digit what the slow explanation of each one says."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_strategies import TIMEFRAMES, candle_sets, candles_of, confluence_rules
from hyperbot.detection.confluence_explanation import explain, explanations
from hyperbot.detection.confluence_scorer import ConfluenceScorer
from hyperbot.domain.resampling import resample
from hyperbot.storage.candle_files import read_candles
from hyperbot.storage.rule_files import read_playbook
from rule_builders import condition, rule
from slow.explanation import explained

M5, M15, H1 = TIMEFRAMES


def assert_explained(rules, candles, *, only_signals=False):
    """How many candles were compared."""
    confluence = ConfluenceScorer(rules).analyze(candles)
    compared = 0
    for score in confluence.scores:
        rows = np.flatnonzero(score.is_signal) if only_signals else np.arange(score.ts.size)
        rows = rows[:: 1 + rows.size // 150]
        told = explanations(confluence, score, rows)
        closes = confluence.candles[score.compiled.rule.timeframe].close_ts
        assert told.close_ts.tolist() == closes[rows].tolist()
        assert [told.at(k) for k in range(rows.size)] == [
            explained(confluence, score, i) for i in rows.tolist()
        ]
        compared += rows.size
        if rows.size:
            assert explain(confluence, score, int(rows[-1])) == told.at(rows.size - 1)
    return compared


@settings(max_examples=60)
@given(st.lists(confluence_rules(), min_size=1, max_size=3), candle_sets(missing=0.1))
def test_drawn_rules_are_explained_as_slowly(rules, candles):
    assert_explained(rules, candles)


def test_windows_alternatives_clocks_and_mirrored_sides_are_explained_as_slowly():
    conditions = [
        condition("candle", pattern="hammer", direction="any", within=30, timeframe="5m"),
        condition("structure", event="break", direction="any", within=50, timeframe="15m"),
        condition("structure", event="sweep", direction="any", within=20, min_depth_atr=0.1),
        condition("zone", zone="order_block", direction="any", within=4, max_distance_atr=2),
        condition("zone", zone="discount", within=3, max_distance_atr=None),
        condition("cycle", phases=["drive", "liquidity"], direction="with", timeframe="1h"),
        condition("session", within=12, sessions=["london"]),
    ]
    fields = {"direction": "both", "timeframe": "5m", "entry_type": "steeper_wick"}
    asked = rule(conditions=conditions, confluence_required={"min_score": 0.3}, **fields)
    assert assert_explained([asked], candles_of("mixed", 3, count=900)) > 100


def test_timeframes_without_a_candle_are_explained():
    fields = {"direction": "both", "timeframe": "5m", "entry_type": "small_wick"}
    asked = rule(conditions=[condition("structure", timeframe="1h")], **fields)
    candles = candles_of("mixed", 3)
    assert assert_explained([asked], candles | {H1: candles[H1][:0]}) > 0
    assert assert_explained([asked], {each: series[:0] for each, series in candles.items()}) == 0


def test_every_signal_of_the_playbook_on_real_candles_is_explained_as_slowly(real_candles):
    fine = read_candles(real_candles / "hyperliquid" / "BTC-5m.parquet")[-5_000:]
    rules = read_playbook("default").rules
    scorer = ConfluenceScorer(rules)
    candles = {each: resample(fine, each) for each in scorer.compiled.timeframes}
    assert assert_explained(rules, candles, only_signals=True) > 300
