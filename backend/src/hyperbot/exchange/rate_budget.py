"""The request weight that Hyperliquid grants an address: waited for, never overdrawn."""

from __future__ import annotations

from hyperbot.exchange.clock import Clock

WEIGHT_PER_MINUTE = 1200


class RateBudget:
    """A bucket of weight that refills steadily.

    Half of the minute's weight may be spent at once and the other half flows in over a minute, so
    that no 60 seconds, wherever they begin, hold more than `weight_per_minute`.
    """

    def __init__(self, clock: Clock, weight_per_minute: int = WEIGHT_PER_MINUTE) -> None:
        self._clock = clock
        self._capacity = weight_per_minute / 2
        self._per_second = self._capacity / 60
        self._level = self._capacity
        self._as_of = clock.monotonic_seconds()

    def seconds_until(self, weight: float) -> float:
        """How long until `weight` can be spent; 0 when it can be spent now."""
        self._refill()
        short = min(weight, self._capacity) - self._level
        # A microsecond more than exact: rounding must not leave the last drop missing.
        return short / self._per_second + 1e-6 if short > 0 else 0.0

    def spend(self, weight: float) -> None:
        """Take `weight`; a negative weight gives back what was not used."""
        self._refill()
        self._level = min(self._capacity, self._level - weight)

    def empty(self) -> None:
        """Start from nothing: the exchange said that the budget is used up."""
        self._refill()
        self._level = min(self._level, 0.0)

    def _refill(self) -> None:
        now = self._clock.monotonic_seconds()
        self._level = min(self._capacity, self._level + (now - self._as_of) * self._per_second)
        self._as_of = now
