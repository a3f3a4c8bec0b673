"""Signals that somebody else decided, as the engine takes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.scanner import Scan
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.money import exact
from hyperbot.domain.signals import PlannedTarget, Signal, TradePlan, signal_id

RULE_ID = "signals"
MOST_RISK_PERCENT = Decimal(2)


class Given(Protocol):
    """Enter at the open after the candle that opens at `ts`; absolute prices."""

    @property
    def ts(self) -> int: ...
    @property
    def side(self) -> int: ...
    @property
    def stop(self) -> Decimal: ...
    @property
    def target(self) -> Decimal: ...
    @property
    def size(self) -> Decimal | None: ...


def given_scan(history: CoinHistory, given: Iterable[Given], risk_percent: Decimal) -> Scan:
    """Given signals in place of those of rules. Raises InvalidInput for one without its candle."""
    base = history.base
    plan = TradePlan(
        rule_id=RULE_ID,
        rule_version=1,
        risk_percent=risk_percent,
        targets=(PlannedTarget(None, Decimal(1)),),
        timeframe_ms=base.timeframe.ms,
    )
    # A size that is given is a decision; what it may lose is held to the most that any trade may.
    sized = replace(plan, risk_percent=MOST_RISK_PERCENT)
    found: dict[int, tuple[Signal, ...]] = {}
    for each in given:
        row = int(base.ts.searchsorted(each.ts))
        if row == len(base) or base.ts[row] != each.ts:
            raise InvalidInput(
                f"no {base.timeframe} candle of {history.coin} opens at {each.ts}, where a signal "
                "is given: ts must be the open time of a candle"
            )
        at = each.ts + base.timeframe.ms
        signal = Signal(
            id=signal_id(history.coin, plan, each.side, at),
            coin=history.coin,
            side=each.side,
            at=at,
            plan=plan if each.size is None else sized,
            score=1.0,
            entry="market",
            price=exact(base.close[row]),
            valid_until=None,
            stop=each.stop,
            last_level=each.target,
            liquidity=history.liquidity(row + 1),
            size=each.size,
        )
        found[at] = (signal,)
    return Scan(found, {})
