"""Who talks to whom: the one place where concrete parts are chosen."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from hyperbot import config
from hyperbot.domain.errors import Fatal, InvalidInput

if TYPE_CHECKING:  # parts are imported when they are built: a command pays for what it uses
    from concurrent.futures import Executor

    from hyperbot.domain.costs import CostModel
    from hyperbot.domain.instruments import Instrument
    from hyperbot.exchange.candle_source import HyperliquidCandles
    from hyperbot.exchange.simulated import SimulatedExchange
    from hyperbot.storage.candle_store import CandleStore
    from hyperbot.storage.database_backup import Client
    from hyperbot.storage.embedded_postgres.server import EmbeddedPostgres
    from hyperbot.storage.embedded_valkey import EmbeddedValkey
    from hyperbot.storage.external_postgres import ExternalPostgres
    from hyperbot.storage.external_redis import ExternalRedis
    from hyperbot.storage.trial_ledger import TrialLedger

_CONNECT_SECONDS, _JOIN_SECONDS = 5, 15
"""for a scheduler to answer, and for its first worker to join"""
VENUES = {"mainnet": "hyperliquid", "testnet": "hyperliquid-testnet"}


def candle_store() -> CandleStore:
    """The candles on this machine's disk."""
    from hyperbot.storage.candle_store import CandleStore  # noqa: PLC0415 - pyarrow

    return CandleStore(config.data_directory(), config.cache_directory())


def trial_ledger() -> TrialLedger:
    """The ledger of all trials on this machine."""
    from hyperbot.storage.trial_ledger import TrialLedger  # noqa: PLC0415 - numpy

    return TrialLedger(config.data_directory() / "trials")


def database() -> EmbeddedPostgres | ExternalPostgres:
    """The PostgreSQL of HYPERBOT_DATABASE_URL, else our own in the data directory.

    `database().url()` is its address: our own starts on first use and runs while this process does.
    """
    if address := config.database_address():
        from hyperbot.storage.external_postgres import ExternalPostgres  # noqa: PLC0415

        return ExternalPostgres(address, config.DATABASE_URL)
    _refuse_windows(config.DATABASE_URL)
    from hyperbot.storage.embedded_postgres.server import EmbeddedPostgres  # noqa: PLC0415

    return EmbeddedPostgres(config.data_directory(), config.system_directory())


def redis() -> EmbeddedValkey | ExternalRedis:
    """The server of HYPERBOT_REDIS_URL, else our own Valkey in the data directory."""
    if url := config.redis_url():
        from hyperbot.storage.external_redis import ExternalRedis  # noqa: PLC0415

        return ExternalRedis(url, config.REDIS_URL)
    _refuse_windows(config.REDIS_URL)
    from hyperbot.storage.embedded_valkey import EmbeddedValkey  # noqa: PLC0415

    return EmbeddedValkey(config.data_directory(), config.system_directory())


def database_client() -> Client:
    """PostgreSQL's programs for the database, which is started and not left while they run."""
    from hyperbot.storage.database_address import DatabaseAddress  # noqa: PLC0415
    from hyperbot.storage.database_backup import Client  # noqa: PLC0415

    found = database()
    address = DatabaseAddress(found.url())
    found.inherit()
    return Client(found.programs(), address)


def _refuse_windows(variable: str) -> None:
    if sys.platform == "win32":
        raise Fatal(f"hyperbot runs no servers on Windows: use WSL, or name one in {variable}")


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


class LocalWorkers:
    """Processes on this machine that run chunks of a sweep."""

    def __init__(self, count: int) -> None:
        self.width = count

    @contextmanager
    def start(self) -> Iterator[Executor]:
        """New processes, begun anew and not copied: threads of this one would be lost."""
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only for sweeps

        spawn = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(self.width, spawn, _begin_worker)
        try:
            yield executor
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _begin_worker() -> None:
    # Ctrl-C reaches all processes of a terminal: the first one decides when the others end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]  # pyarrow would import it


def _end_with_parent() -> None:
    """A worker whose first process was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class ClusterWorkers:
    """The workers of a Dask scheduler at an address such as tcp://10.0.0.5:8786."""

    def __init__(self, address: str) -> None:
        """Raises InvalidInput where it cannot be reached, or has no workers."""
        self._address = address
        client = self._connected()
        try:
            client.wait_for_workers(1, timeout=_JOIN_SECONDS)
            self.width: int = sum(client.nthreads().values())
        except TimeoutError as error:
            raise InvalidInput(
                f"--cluster {address}: no worker has joined it; start some with "
                f"`dask worker {address} --nthreads 1 --nworkers auto`"
            ) from error
        finally:
            client.close()

    @contextmanager
    def start(self) -> Iterator[Executor]:
        """A new connection. What Dask says when workers or connections are lost is said as the
        standard library says it."""
        from concurrent.futures import BrokenExecutor, CancelledError  # noqa: PLC0415

        from distributed import KilledWorker  # noqa: PLC0415 - an extra
        from distributed.comm.core import CommClosedError  # noqa: PLC0415

        client = self._connected()
        try:
            yield client.get_executor(pure=False)
        except (KilledWorker, CommClosedError, CancelledError) as error:
            raise BrokenExecutor(str(error)) from error
        except ModuleNotFoundError as error:
            raise Fatal(f"a worker of {self._address} lacks {error.name}: install it") from error
        finally:
            client.close()

    def _connected(self) -> Any:  # noqa: ANN401 - distributed has no types
        try:
            from distributed import Client  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise InvalidInput(
                "--cluster needs Dask: install it with `pip install 'hyperbot[cluster]'`"
            ) from error
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # errors are said below
        try:
            connect: Any = Client  # it has no types
            return connect(self._address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InvalidInput(
                f"--cluster {self._address[:80]}: no Dask scheduler answers there; start one with "
                "`dask scheduler`"
            ) from error
