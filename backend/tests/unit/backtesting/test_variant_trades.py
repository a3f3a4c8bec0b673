"""Variants traded fast: the very trades that each rule alone makes, whatever was tried before."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest_builders import WIDE, drawn_rules, synthetic_market
from hyperbot.backtesting.backtest import scan_market
from hyperbot.backtesting.coin_alone import CoinAlone, joined
from hyperbot.backtesting.fact_shelf import FactShelf
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.backtesting.variant_trades import CoinVariants

TERMS = (WIDE, SimulationRules())
MARKETS = [synthetic_market(("BTC", "DOGE"), seed=seed) for seed in (1, 2)]


def assert_same(one, other):
    for name, mine, theirs in zip(one._fields, one, other, strict=True):
        np.testing.assert_array_equal(mine, theirs, err_msg=name)


@settings(max_examples=30)
@given(drawn_rules(), st.sampled_from(MARKETS), st.sampled_from([500_000_000, 0]))
def test_a_variant_makes_exactly_the_trades_of_its_rule_alone(rules, market, most_bytes):
    scans, shelf = scan_market(market, rules), FactShelf(most_bytes)
    for history in market.histories:
        alone = CoinAlone(history, scans[history.coin], market.span, TERMS)
        variants = CoinVariants(history, market.span, TERMS, shelf)
        for rule in [*rules, *reversed(rules)]:
            accepted = alone.accepted(rule.id)
            expected = joined([]) if accepted is None else alone.traded(accepted)
            signals, trades = variants.trades(rule)
            assert_same(trades, expected)
            told = alone.given.get(rule.id)
            assert signals == (0 if told is None else len(told.row))


@settings(max_examples=20)
@given(drawn_rules(most=1), st.sampled_from(MARKETS))
def test_its_signals_are_to_the_bit_those_of_the_scan(rules, market):
    scans, shelf = scan_market(market, rules), FactShelf()
    for history in market.histories:
        alone = CoinAlone(history, scans[history.coin], market.span, TERMS)
        told = alone.given.get(rules[0].id)
        mine = CoinVariants(history, market.span, TERMS, shelf).signals(rules[0])
        if told is None or mine is None:
            assert mine is None
            assert told is None or not told.row.size
            continue
        assert mine.plan == told.plan
        assert_same(mine._replace(plan=None), told._replace(plan=None))
