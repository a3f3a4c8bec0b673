"""Why a signal was given: each condition of its rule with its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hyperbot.backtesting.trade_chart import ConditionSeen
from hyperbot.domain.signals import Signal


class Reason(NamedTuple):
    """Why a signal was given: which score was needed, and what its conditions saw."""

    score_needed: float
    conditions: tuple[ConditionSeen, ...]


Reasons = Callable[[Signal], Reason]
GIVEN = Reason(0.0, ())
"""of a signal that somebody else decided"""
