"""Candles from the exchange into the store, page by page, going on where the last run stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperbot.exchange.candle_source import NO_TIMES, HyperliquidCandles, Wanted
from hyperbot.storage.candle_store import CandleStore

SOURCE = "Hyperliquid candleSnapshot"


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What the store holds of the candles wanted (open times in ms UTC), and how many are new."""

    coin: str
    new: int
    rows: int
    first_ms: int | None
    last_ms: int | None


async def download(
    source: HyperliquidCandles,
    store: CandleStore,
    wanted: Wanted,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Downloaded:
    """Fetch what the store lacks of `wanted`; each page is kept before the next is asked for.

    `on_progress` is told the moment (ms UTC) up to which all is done. Raises what
    HyperliquidCandles.candles and CandleStore.write raise.
    """
    held = _held(store, source.venue, wanted)
    new = 0
    async for page in source.pages(wanted, held):
        if len(page.series):
            new += store.write(source.venue, page.series, source=SOURCE).added
        on_progress(page.done_until_ms)
    held = _held(store, source.venue, wanted) if new else held
    is_any = held.size > 0
    return Downloaded(
        coin=wanted.coin,
        new=new,
        rows=int(held.size),
        first_ms=int(held[0]) if is_any else None,
        last_ms=int(held[-1]) if is_any else None,
    )


def _held(store: CandleStore, venue: str, wanted: Wanted) -> NDArray[np.int64]:
    coin, timeframe, since_ms, until_ms = wanted
    if (venue, coin, timeframe) not in {record.key for record in store.list()}:
        return NO_TIMES
    return store.read(venue, coin, timeframe, since_ms, until_ms).ts
