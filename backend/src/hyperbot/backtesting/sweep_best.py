"""What explains the best of a sweep without any skill: the drift of the market, and its source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hyperbot.backtesting.backtest import Market, scan_market
from hyperbot.backtesting.coin_alone import DAY_MS
from hyperbot.backtesting.embargo import embargo_of, subject_of
from hyperbot.backtesting.equity import EquityCurve
from hyperbot.backtesting.evidence import Benchmark, RandomEntries
from hyperbot.backtesting.holding import benchmarks, hold_curve
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.rules_alone import coins_alone
from hyperbot.backtesting.significance import Standards, measure
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.backtesting.sweep_trials import Tried
from hyperbot.backtesting.walk_forward import Step
from hyperbot.domain.costs import CostModel
from hyperbot.domain.rules import StrategyRule
from hyperbot.trading.risk_limits import RiskLimits


def at_random(
    rule: StrategyRule, market: Market, simulation: SimulationRules, seed: str
) -> RandomEntries | None:
    """The setups of `rule` at random moments, as a backtest of it measures them."""
    coins = coins_alone(market, scan_market(market, [rule]), RiskLimits(), simulation)
    standards = Standards(seed=seed)
    return measure(subject_of(rule), coins, market.span, simulation, standards).random_entries


def held(histories: Sequence[CoinHistory], span: tuple[int, int], costs: CostModel) -> Benchmark:
    """What equal parts of money in each coin would have made over the span."""
    ts = np.append(np.arange(span[0], span[1], DAY_MS), span[1])
    cash = np.ones(ts.size)
    curve = EquityCurve(ts, cash, cash, np.zeros(ts.size), np.zeros(ts.size))
    return benchmarks(curve, hold_curve(histories, span, curve, costs))[0]


def after_embargo(
    steps: Sequence[Step], tried: Sequence[Tried]
) -> tuple[tuple[Step, ...], int, str]:
    """The steps without trades that may have taught the rule that made them; how many those are,
    and the reason of the last."""
    kept, left_out, why = [], 0, ""
    for step in steps:
        if step.chosen is not None:
            until, reason = embargo_of(tried[step.chosen].variant.rule)
            counts = step.judged.entries >= (until or 0)
            if early := int(np.count_nonzero(~counts)):
                left_out, why = left_out + early, reason
            step = step._replace(judged=step.judged.where(counts))  # noqa: PLW2901
        kept.append(step)
    return tuple(kept), left_out, why
