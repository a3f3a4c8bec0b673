"""Verdicts on rules of which the truth is known, on real candles: S8, S11, S13 and S18."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from alone_builders import (
    STANDARDS,
    coin_of,
    knowing_signals,
    measured_of,
    random_signals,
    signals_at,
)
from hyperbot.backtesting.evidence import TrialsSoFar
from hyperbot.backtesting.verdict import Circumstances, judged
from hyperbot.storage.candle_files import read_candles

BLOCKS, RULES_A_BLOCK = 4, 250
ALONE = Circumstances(STANDARDS, None)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def coins(real_candles):
    """Ten months of two coins."""
    folder = real_candles / "binance"
    return [coin_of(read_candles(folder / f"{coin}-15m.parquet")) for coin in ("BTC", "SOL")]


def counted(verdicts):
    return Counter(told.verdict for told in verdicts)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_rules_are_called_an_edge_no_more_often_than_alpha(coins, block):
    """S8: 1,000 rules without skill in four blocks. Without costs, so that their mean is 0 R."""
    measured = []
    for number in range(block * RULES_A_BLOCK, (block + 1) * RULES_A_BLOCK):
        rng = np.random.default_rng(number)
        count = int(rng.integers(40, 200))
        sent = [random_signals(coin, f"random-{number}", count, rng) for coin in coins]
        measured.append(measured_of(coins, f"random-{number}", sent))
    assert abs(np.mean([each.all_trades.mean for each in measured])) < 0.03
    alone = counted(judged([each], ALONE)[0] for each in measured)
    assert alone["edge"] <= STANDARDS.alpha * RULES_A_BLOCK
    # The test can fail: the plain p-value alone would call some of them good.
    plain = sum(
        each.all_trades.p_value is not None and each.all_trades.p_value <= STANDARDS.alpha
        for each in measured
    )
    assert plain > 0
    # Tried together, as one would to find something, none is.
    tried = Circumstances(STANDARDS, TrialsSoFar(BLOCKS * RULES_A_BLOCK, 0.0, "ledger", 0))
    assert counted(judged(measured, tried))["edge"] == 0


def test_a_planted_edge_is_found(coins):
    """S18: 0.3 R a trade over about 250 trades is found in at least 80 % of cases."""
    measured = []
    for number in range(60):
        rng = np.random.default_rng(10_000 + number)
        sent = [knowing_signals(coin, "knows", 150, rng, right=0.45) for coin in coins]
        measured.append(measured_of(coins, "knows", sent))
    assert np.mean([each.all_trades.mean for each in measured]) == pytest.approx(0.3, abs=0.03)
    assert np.mean([each.all_trades.trades for each in measured]) == pytest.approx(250, abs=10)
    told = counted(judged([each], ALONE)[0] for each in measured)
    assert told["edge"] >= 0.8 * len(measured)
    assert told["no edge"] == 0


def test_a_planted_loss_is_refused(coins):
    """S18: the same knowledge the wrong way round."""
    verdicts = []
    for number in range(20):
        rng = np.random.default_rng(20_000 + number)
        sent = [knowing_signals(coin, "wrong", 100, rng, right=0.5) for coin in coins]
        wrong = [
            signals_at(coin, "wrong", each.row, -each.side, np.random.default_rng(number))
            for coin, each in zip(coins, sent, strict=True)
        ]
        verdicts += judged([measured_of(coins, "wrong", wrong)], ALONE)
    told = counted(verdicts)
    assert told["edge"] == 0
    assert told["no edge"] >= 0.8 * len(verdicts)


def test_drift_is_no_edge(coins):
    """S11: always long in a market that rose earns, and random moments earn the same."""
    rising = coins[0].candles
    assert rising.close[-1] > 1.1 * rising.close[0]
    found, edges = [], 0
    for number in range(30):
        rng = np.random.default_rng(30_000 + number)
        sent = random_signals(coins[0], "long", 250, rng)
        long = signals_at(coins[0], "long", sent.row, np.ones(sent.row.size, np.int64), rng)
        measured = measured_of(coins[:1], "long", [long])
        assert measured.random_entries is not None
        found.append((measured.all_trades.mean, measured.random_entries.mean))
        edges += judged([measured], ALONE)[0].verdict == "edge"
    means, nulls = np.array(found).T
    assert means.mean() == pytest.approx(nulls.mean(), abs=0.03)
    assert edges <= 3


def test_every_verdict_comes_with_its_null_and_its_stress(coins):
    """S11 and S13: always there, and the sign flips are told."""
    rng = np.random.default_rng(7)
    sent = [knowing_signals(coin, "knows", 100, rng, right=0.3) for coin in coins]
    (told,) = judged([measured_of(coins, "knows", sent)], ALONE)
    assert told.random_entries is not None
    names = {stress.name for stress in told.fragility}
    assert {"entry one candle later", "costs x2", "costs x3", "without the best 5 trades"} <= names
    assert sum("%" in name for name in names) == 4  # stops and targets, nearer and farther
    assert {each.name for each in told.regimes} >= {"long", "short", "calm market", "wild market"}
    for stress in told.fragility:
        assert stress.flips == (stress.mean_r <= 0)
