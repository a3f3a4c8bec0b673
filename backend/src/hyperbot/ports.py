"""What hyperbot needs from the world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Protocol

from hyperbot.domain.actions import Action
from hyperbot.domain.bars import Bar, Reach
from hyperbot.domain.events import Event
from hyperbot.domain.instruments import Instrument
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


class HistoricalExchange(Protocol):
    """An exchange that trades candles of the past, one at a time, all coins in order of time."""

    @property
    def doubts(self) -> Sequence[object]:
        """The candles in which the order of prices, which they do not tell, made a difference."""
        ...

    def instrument(self, coin: str) -> Instrument:
        """The rules of a coin."""
        ...

    def perform(self, action: Action) -> list[Event]:
        """Do what is asked; what came of it at once. Notes are ignored."""
        ...

    def advance(self, coin: str, bar: Bar, finer: Sequence[Bar] = ()) -> Iterator[Event]:
        """What happens to the orders of `coin` within a candle, one event at a time.

        The caller performs what it wants done about an event before it asks for the next one.
        `finer` are the candles that `bar` is made of: they decide what came first.
        """
        ...

    def fund(self, coin: str, at: int, rate: float, price: float) -> list[Event]:
        """Pay or take funding on the position, if there is one."""
        ...

    def see(self, coin: str, price: float) -> None:
        """The last price of a coin whose candles were skipped."""
        ...

    def reach(self, coin: str) -> Reach:
        """Candles out of this reach can be skipped: `advance` would yield nothing."""
        ...

    def equity(self, prices: dict[str, Decimal]) -> Decimal:
        """Cash plus what open positions are worth at `prices`."""
        ...
