"""Whether the prices of a signal can be a trade at all."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.actions import Check
from hyperbot.domain.market import LARGEST_PRICE
from hyperbot.domain.money import ZERO, exact
from hyperbot.domain.signals import Signal
from hyperbot.trading.risk_limits import RiskLimits
from hyperbot.trading.situation import Situation
from hyperbot.trading.sizing import OrderPrices

_LARGEST = Decimal(LARGEST_PRICE)


class _Flaw(NamedTuple):
    is_there: bool
    value: Decimal | str
    limit: Decimal | str
    sentence: str


def is_finite(signal: Signal) -> bool:
    """Whether all numbers of a signal are numbers that can be calculated with."""
    numbers = [signal.price, signal.stop, *signal.liquidity, signal.plan.risk_percent]
    numbers += [number for number in (signal.last_level, signal.size) if number is not None]
    return all([n.is_finite() and -_LARGEST <= n <= _LARGEST for n in numbers])  # noqa: C419 - faster


def price_sanity(
    signal: Signal, prices: OrderPrices | None, situation: Situation, limits: RiskLimits
) -> Check:
    """Whether entry, stop and targets can be a trade at all. `prices` None: not even numbers."""
    if prices is None:
        sentence = "all numbers of the signal and the rules of the coin must be"
        return Check("price_sanity", False, "unknown", "known", sentence)
    if situation.newest is None:
        sentence = "the last close of the coin must be"
        return Check("price_sanity", False, "unknown", "known", sentence)
    last = exact(situation.newest.candle.close)
    for flaw in _flaws(signal, prices, last, limits):
        if flaw.is_there:
            return Check("price_sanity", False, flaw.value, flaw.limit, flaw.sentence)
    sentence = "the stop behind the entry at a sensible distance, a target before it; entry"
    return Check("price_sanity", True, prices.stop, prices.entry, sentence)


def _flaws(
    signal: Signal, prices: OrderPrices, last: Decimal, limits: RiskLimits
) -> Iterator[_Flaw]:
    side, (entry, stop) = signal.side, prices
    yield _Flaw(entry <= 0, entry, ZERO, "entry price, above")
    yield _Flaw(stop <= 0, stop, ZERO, "stop price, above")
    is_behind = side * (entry - stop) > 0
    yield _Flaw(not is_behind, stop, entry, "stop on the losing side of the entry")
    percent = 100 * prices.distance / entry
    least, most = limits.least_stop_percent, limits.most_stop_percent
    yield _Flaw(percent < least, percent, least, "distance of the stop in percent, at least")
    yield _Flaw(percent > most, percent, most, "distance of the stop in percent, at most")
    ahead = side * (entry - last)
    is_early = signal.entry == "stop" and ahead < 0
    yield _Flaw(is_early, entry, last, "stop entry at or beyond the last close")
    is_late = signal.entry == "limit" and ahead > 0
    yield _Flaw(is_late, entry, last, "limit entry at or better than the last close")
    yield _Flaw(not _has_target(signal, entry), "none", entry, "a target beyond the entry")


def _has_target(signal: Signal, entry: Decimal) -> bool:
    if any(target.r is not None and target.r > 0 for target in signal.plan.targets):
        return True
    level = signal.last_level
    return level is not None and level > 0 and signal.side * (level - entry) > 0
