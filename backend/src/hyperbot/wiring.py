"""Who talks to whom: the one place where concrete parts are chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from hyperbot import config

if TYPE_CHECKING:  # parts are imported when they are built: a command pays for what it uses
    from hyperbot.domain.costs import CostModel
    from hyperbot.domain.instruments import Instrument
    from hyperbot.exchange.candle_source import HyperliquidCandles
    from hyperbot.exchange.simulated import SimulatedExchange
    from hyperbot.storage.candle_store import CandleStore
    from hyperbot.storage.trial_ledger import TrialLedger

VENUES = {"mainnet": "hyperliquid", "testnet": "hyperliquid-testnet"}


def candle_store() -> CandleStore:
    """The candles on this machine's disk."""
    from hyperbot.storage.candle_store import CandleStore  # noqa: PLC0415 - pyarrow

    return CandleStore(config.data_directory(), config.cache_directory())


def trial_ledger() -> TrialLedger:
    """The ledger of all trials on this machine."""
    from hyperbot.storage.trial_ledger import TrialLedger  # noqa: PLC0415 - numpy

    return TrialLedger(config.data_directory() / "trials")


@asynccontextmanager
async def hyperliquid_candles(
    network: str, on_wait: Callable[[str], None]
) -> AsyncIterator[HyperliquidCandles]:
    """Candles of Hyperliquid's `network`, mainnet or testnet; `on_wait` hears why it waits."""
    import httpx  # noqa: PLC0415 - a fifth of a second

    from hyperbot.exchange.candle_source import HyperliquidCandles  # noqa: PLC0415 - httpx
    from hyperbot.exchange.clock import SystemClock  # noqa: PLC0415 - httpx
    from hyperbot.exchange.hyperliquid_info import HyperliquidInfo  # noqa: PLC0415 - httpx

    clock = SystemClock()
    async with httpx.AsyncClient(base_url=config.hyperliquid_url(network), timeout=20) as http:
        info = HyperliquidInfo(http, clock, on_wait=on_wait)
        yield HyperliquidCandles(info, clock, VENUES[network])


def simulated_exchange(
    instruments: Mapping[str, Instrument],
    costs: CostModel,
    cash: Decimal,
    *,
    touch_fills: bool,
    stale_after_ms: int | None = None,
) -> Callable[[str], SimulatedExchange]:
    """Makes exchanges in this process that read candles `pessimistic` or `optimistic`.

    `touch_fills`: a limit fills when it is touched; otherwise it must be traded through.
    `stale_after_ms`: a market entry that no candle follows by then is taken back; None: it waits.
    """
    from hyperbot.exchange.matching import MatchingSettings  # noqa: PLC0415 - only to work
    from hyperbot.exchange.simulated import SimulatedExchange  # noqa: PLC0415 - only to work

    def made(intrabar: str) -> SimulatedExchange:
        reading: Literal["pessimistic", "optimistic"] = (
            "optimistic" if intrabar == "optimistic" else "pessimistic"
        )
        settings = MatchingSettings(
            reading, through_ticks=0 if touch_fills else 1, stale_after_ms=stale_after_ms
        )
        return SimulatedExchange(instruments, costs, cash, settings)

    return made
