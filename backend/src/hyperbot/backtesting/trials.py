"""Trials: each is a rule that luck was given a chance with. All are counted, so that the best of
many is not taken for skill."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from hyperbot.domain.rules import StrategyRule

_SAYS_NOTHING_OF_TRADES = {
    "id",
    "name",
    "description",
    "source_type",
    "source_ref",
    "source_published",
    "model_cutoff",
    "citations",
    "confidence",
    "status",
    "version",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule, played over one stretch of one or several markets on some terms."""

    rule: str
    """its id"""
    rule_sha256: str
    """of how it trades: see `behaviour_sha256`"""
    terms_sha256: str
    """of candles, span, costs and reading: a rule played twice on the same terms is one variant"""
    coins: tuple[str, ...]
    since: int
    """the span that was played, ms UTC"""
    until: int
    origin: Literal["backtest", "sweep"]
    trades: int
    mean_r: float | None
    days: int
    sharpe: float
    """daily Sharpe ratio of the sum of R of a day, not annualised; 0 without trades"""

    @property
    def key(self) -> str:
        """The same for the same variant, however often it is run."""
        return hashlib.sha256(f"{self.rule_sha256} {self.terms_sha256}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class HoldOut:
    """A stretch of a coin's time that nothing may look at until it is opened, once.

    Wherever its candles come from: prices of two venues tell the same story.
    """

    coin: str
    since: int
    """ms UTC"""
    until: int | None
    """None: with all that is still to come"""


def behaviour_sha256(rule: StrategyRule) -> str:
    """The hash of all that decides how a rule trades; names, sources and remarks do not."""
    text = rule.model_dump_json(exclude=_SAYS_NOTHING_OF_TRADES)
    return hashlib.sha256(text.encode()).hexdigest()
