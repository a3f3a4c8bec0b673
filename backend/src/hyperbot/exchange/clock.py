"""The clock of the exchange adapters, handed in so that tests need not wait."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What tells the time and waits."""

    def now_ms(self) -> int:
        """The wall clock, in ms since the epoch, UTC."""
        ...

    def monotonic_seconds(self) -> float:
        """A clock that never goes back, in seconds from any origin."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """The wall clock, in ms since the epoch, UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_seconds(self) -> float:
        """A clock that never goes back, in seconds from any origin."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
