"""What a drifting market gives to everybody is not taken for the skill of the best."""

from __future__ import annotations

import numpy as np
import pytest

from hyperbot.backtesting.backtest import Market, scan_market
from hyperbot.backtesting.evidence import TrialsSoFar
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.parameter_search import grid
from hyperbot.backtesting.parameter_space import ParameterSpace, parse_vary
from hyperbot.backtesting.rules_alone import coins_alone, trades_of
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.backtesting.sweep import CoinTrades
from hyperbot.backtesting.sweep_best import at_random, held
from hyperbot.backtesting.sweep_findings import Standard, findings
from hyperbot.backtesting.sweep_trials import Tried
from hyperbot.backtesting.walk_forward import Dated
from hyperbot.domain.costs import CostModel
from hyperbot.domain.market import CandleSeries
from hyperbot.exchange.instruments import instrument_of
from hyperbot.trading.risk_limits import RiskLimits
from rule_builders import rule

BEGIN, STEP, CANDLES = 1_735_689_600_000, 900_000, 96 * 200
RULES = (
    rule(
        confluence_required={"min_score": 0.1},
        conditions=[],
        risk_params={"stop": {"beyond": "atr", "atr_multiple": 4}},
    ),
)


def drifting():
    chance = np.random.default_rng(5)
    steps = chance.normal(0.00013, 0.002, (CANDLES, 8))
    path = 100 * np.exp(np.cumsum(steps.ravel()) / 2).reshape(CANDLES, 8)
    opens = np.concatenate([[100.0], path[:-1, -1]])
    high, low = np.maximum(opens, path.max(1)), np.minimum(opens, path.min(1))
    ts = BEGIN + STEP * np.arange(CANDLES)
    series = CandleSeries("BTC", "15m", ts, opens, high, low, path[:, -1], np.full(CANDLES, 1e7))
    history = CoinHistory(series, instrument_of("BTC", 100.0))
    return Market((history,), BEGIN + 500 * STEP, BEGIN + CANDLES * STEP)


def test_drift_alone_is_no_edge():
    market, simulation = drifting(), SimulationRules(CostModel())
    space = ParameterSpace(RULES, parse_vary("*:risk_params.stop.atr_multiple=3,4,5", RULES))
    made = []
    for variant in grid(space).sound.variants:
        coins = coins_alone(market, scan_market(market, [variant.rule]), RiskLimits(), simulation)
        own = trades_of(variant.rule.id, coins)
        alone = CoinTrades(own.net.size, 0, own.entry, own.exit, own.net)
        made.append(Tried(variant, {"BTC": alone}, Dated(own.entry, own.exit, own.net)))

    def null_of(best):
        return at_random(best, market, simulation, "test")

    standard = Standard(market.span, 5, "test", at_random=null_of)
    found = findings(made, TrialsSoFar(3, 0.0, "a", BEGIN), standard)
    assert found.out_of_sample.trades > 100
    assert found.out_of_sample.low > 0  # it earns, as everybody does
    assert found.random_entries.mean > 0
    assert found.verdict != "edge"
    assert any("at random moments" in each for each in found.reasons)
    assert found == findings(made, TrialsSoFar(3, 0.0, "a", BEGIN), standard)


def test_holding_is_what_the_coins_made():
    market = drifting()
    told = held(market.histories, market.span, CostModel())
    base = market.histories[0].base
    assert told.total_return == pytest.approx(base.close[-1] / base.open[500] - 1, rel=0.01)
