"""Measurements of rules as a person would write them down, so that verdicts can be checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperbot.backtesting.coin_alone import AloneTrades
from hyperbot.backtesting.evidence import MeanR, RandomEntries, RuleEvidence, Stress
from hyperbot.backtesting.rule_alone import RuleAlone
from hyperbot.backtesting.significance import Measured, Standards, Subject
from hyperbot.backtesting.verdict import Circumstances, judged
from result_builders import BEGIN, DAY, HOUR

STANDARDS = Standards()
ALONE = Circumstances(STANDARDS, None)
GOOD = MeanR(60, 0.4, 0.2, 0.6, 0.0004)
CHANCE = RandomEntries(400, 0.02, -0.1, 0.15, 1 / 401)
GOOD_DAYS = np.tile([1.0, -0.6, 0.0, 1.0, -0.4], 60)
"""300 days with a daily Sharpe ratio of 0.29"""


def trades_on(days: int, count: int, net: float = 0.4) -> AloneTrades:
    """So many trades spread over the first days, an hour each; every second one won."""
    entry = np.sort(BEGIN + DAY * (np.arange(count) % max(days, 1)))
    results, zero = net + np.resize([1.0, -1.0], count), np.zeros(count, np.int64)
    doubts = zero.astype(bool)
    return AloneTrades(zero, entry, entry + HOUR, zero + 1, results, results, doubts, 0)


def measured(mean: MeanR = GOOD, days: int = 60, rule: str = "a", **fields: Any) -> Measured:
    """A rule with a proven edge, unless something is said."""
    trades = trades_on(days, mean.trades)
    wins = mean.trades // 2
    given: dict[str, Any] = {
        "subject": Subject(rule, rule),
        "alone": RuleAlone(rule, 99, mean.trades, 0, wins, mean.mean, 0.5, 1.0, 2.0, 0.1, 0.0),
        "trades": trades,
        "judged": trades,
        "all_trades": mean,
        "in_sample": None,
        "out_of_sample": None,
        "daily": GOOD_DAYS,
        "random_entries": CHANCE,
        "fragility": (),
        "windows": (),
        "regimes": (),
    }
    return Measured(**(given | fields))


def verdict_on(
    mean: MeanR = GOOD, days: int = 60, circumstances: Circumstances = ALONE, **fields: Any
) -> RuleEvidence:
    """The verdict on one rule that was tried alone."""
    (told,) = judged([measured(mean, days, **fields)], circumstances)
    return told


def flipping(*names: str) -> tuple[Stress, ...]:
    """Stresses, of which those named turn a profit into a loss."""
    return (*(Stress(name, 60, -0.1, True) for name in names), Stress("costs x2", 60, 0.2, False))
