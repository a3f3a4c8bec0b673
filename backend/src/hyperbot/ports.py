"""What hyperbot needs from the world."""

from __future__ import annotations

from typing import Protocol

from hyperbot.domain.market import CandleSeries, Timeframe


class CandleSource(Protocol):
    """Somewhere closed candles come from."""

    async def candles(
        self, coin: str, timeframe: Timeframe, since_ms: int, until_ms: int
    ) -> CandleSeries:
        """The closed candles that open in [since_ms, until_ms), as far as the source has them.

        Raises InvalidInput for a coin or timeframe that the source does not know, Retryable when
        it cannot be reached.
        """
        ...
