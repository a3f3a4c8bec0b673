"""A signal: a rule says at the close of a candle that, and how, a trade should be opened."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from hyperbot.domain.costs import Liquidity
from hyperbot.domain.rule_trades import Then

EntryKind = Literal["market", "limit", "stop"]


class PlannedTarget(NamedTuple):
    """Close a share of the position at `r` times the first risk; then move the stop of the rest."""

    r: Decimal | None
    """None: at the signal's `last_level` alone"""
    share: Decimal
    then: Then = "none"


@dataclass(frozen=True, slots=True)
class TradePlan:
    """What a rule wants of each of its trades; times in ms."""

    rule_id: str
    rule_version: int
    risk_percent: Decimal
    targets: tuple[PlannedTarget, ...]
    """shares add up to 1; `r` ascends"""
    timeframe_ms: int
    time_stop_ms: int | None = None
    """close what is left so long after the entry"""
    cooldown_ms: int = 0
    """no new trade of the rule in the coin so long after one ended"""
    max_concurrent: int = 1
    """trades of the rule open at once, over all coins"""


@dataclass(frozen=True, slots=True)
class Signal:
    """All that is decided at the close of the signal candle. Prices are not yet on the tick grid.

    Levels may be on the wrong side of the entry: the risk manager then refuses.
    """

    id: str
    """derived from coin, rule, version, side and time: the same decision has the same id"""
    coin: str
    side: int
    """+1 long, -1 short"""
    at: int
    """close of the signal candle, ms UTC"""
    plan: TradePlan
    score: float
    entry: EntryKind
    price: Decimal
    """limit and stop: at which price; market: the last close, the price to expect"""
    valid_until: int | None
    """limit and stop: cancelled if not filled by then"""
    stop: Decimal
    last_level: Decimal | None
    """a level at which all that is left is closed, if it comes before the targets by R"""
    liquidity: Liquidity
    size: Decimal | None = None
    """a size asked for; None: as much as the risk allows"""


def signal_id(coin: str, plan: TradePlan, side: int, at: int) -> str:
    """`BTC|le-15m|v1|long|1735689600000`."""
    way = "long" if side > 0 else "short"
    return f"{coin}|{plan.rule_id}|v{plan.rule_version}|{way}|{at}"
