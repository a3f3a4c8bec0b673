"""Fragility: what is left of a rule when one thing is a little worse, or a little other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.coin_alone import CoinAlone, joined
from hyperbot.backtesting.evidence import Stress
from hyperbot.backtesting.rule_signals import RuleSignals
from hyperbot.backtesting.signal_changes import later, stops_times, targets_times
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.domain.costs import CostModel

BEST_DROPPED = 5
JITTER = 0.2
"""stops and targets are moved by this share of their distance"""

Accepted = Sequence[tuple[CoinAlone, RuleSignals]]


def fragility(
    accepted: Accepted,
    results: NDArray[np.float64],
    simulation: SimulationRules,
    since: int,
) -> tuple[Stress, ...]:
    """The rule under each stress, beside `results`, its R as it is (n,).

    Each stress trades all signals anew, from `since` (ms UTC) on. Where those of `results` lost
    already, nothing can flip.
    """
    mean = float(results.mean()) if results.size else None
    stressed = [
        (name, _traded(since, pairs, rules))
        for name, pairs, rules in _stresses(accepted, simulation)
    ]
    stressed.append((f"without the best {BEST_DROPPED} trades", np.sort(results)[:-BEST_DROPPED]))
    return tuple(_stress(name, left, mean) for name, left in stressed)


def _stresses(
    accepted: Accepted, simulation: SimulationRules
) -> Iterator[tuple[str, Accepted, SimulationRules]]:
    def each(change: Callable[[RuleSignals], RuleSignals]) -> Accepted:
        return [(coin, coin.acceptable(change(signals))) for coin, signals in accepted]

    yield (
        "entry one candle later",
        [(coin, later(signals, coin)) for coin, signals in accepted],
        simulation,
    )
    for times in (2, 3):
        costs = costs_times(simulation.costs, times)
        yield f"costs x{times}", accepted, replace(simulation, costs=costs)
    for word, factor in (("nearer", 1 - JITTER), ("farther", 1 + JITTER)):
        way = f"{JITTER:.0%} {word}".replace("%", " %")
        exact = Decimal(str(factor))
        yield f"stops {way}", each(partial(stops_times, factor=factor)), simulation
        yield f"targets {way}", each(partial(targets_times, factor=exact)), simulation


def costs_times(costs: CostModel, times: int) -> CostModel:
    """All that trading costs, so many times; funding is the market's and stays."""
    names = ("taker", "maker", "half_spread", "atr_share", "impact")
    return replace(costs, **{name: times * getattr(costs, name) for name in names})


def _traded(since: int, pairs: Accepted, rules: SimulationRules) -> NDArray[np.float64]:
    traded = joined([coin.traded(signals, rules) for coin, signals in pairs])
    return traded.net[traded.entry >= since]


def _stress(name: str, left: NDArray[np.float64], before: float | None) -> Stress:
    mean = float(left.mean()) if left.size else None
    return Stress(
        name=name,
        trades=left.size,
        mean_r=mean,
        flips=before is not None and before > 0 and (mean is None or mean <= 0),
    )
