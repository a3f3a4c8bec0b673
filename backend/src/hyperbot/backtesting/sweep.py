"""A sweep: many variants on many coins, in chunks that any executor may run, each at most once.

What a chunk holds follows from what was asked for alone, not from how fast or how many the workers
are: so a chunk has one key for ever, and one that is finished is never run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.parameter_space import Variant
from hyperbot.backtesting.variant_trades import VariantTrades
from hyperbot.domain.errors import Fatal

Integers = NDArray[np.int64]
CANDLES_A_CHUNK = 8_000_000
"""of all its backtests together: about a second of one core"""
LEAST_CHUNKS = 16
"""where there are so many backtests: or else some workers have nothing to do"""
MOST_A_CHUNK = 400
QUEUED_A_WORKER = 3
MOST_BREAKS = 3
"""times in a row that a worker may die before any chunk is finished"""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some variants on one coin."""

    key: str
    """of the sweep and what the chunk holds"""
    coin: str
    variants: tuple[Variant, ...]


class ChunkTrades(NamedTuple):
    """What a chunk's variants did, one after the other."""

    counts: Integers
    """(3, variants): signals, closed trades, trades still open at the end"""
    entry: Integers
    """(trades,), ms UTC, as the next two of all variants in their order"""
    exit: Integers
    net: NDArray[np.float64]

    def split(self) -> Iterator[CoinTrades]:
        """Variant by variant."""
        ends = np.cumsum(self.counts[1])
        for place, end in enumerate(ends.tolist()):
            signals, trades, pending = self.counts[:, place].tolist()
            own = slice(end - trades, end)
            yield CoinTrades(signals, pending, self.entry[own], self.exit[own], self.net[own])


class CoinTrades(NamedTuple):
    """One backtest: the closed trades of a variant on a coin, by time of entry."""

    signals: int
    pending: int
    entry: Integers
    exit: Integers
    net: NDArray[np.float64]


def chunk_trades(made: Sequence[VariantTrades]) -> ChunkTrades:
    """The trades of a chunk's variants, packed."""
    counts = [(each.signals, each.trades.net.size, each.trades.pending) for each in made]
    return ChunkTrades(
        np.array(counts, np.int64).reshape(-1, 3).T,
        np.concatenate([np.empty(0, np.int64), *(each.trades.entry for each in made)]),
        np.concatenate([np.empty(0, np.int64), *(each.trades.exit for each in made)]),
        np.concatenate([np.empty(0), *(each.trades.net for each in made)]),
    )


def chunks_of(
    sweep_sha256: str, variants: Sequence[Variant], candles: Sequence[tuple[str, int]]
) -> list[Chunk]:
    """The chunks of all variants on all coins, coin by coin; `candles`: coins and how many each."""
    chunks = []
    for coin, count in candles:
        size = _chunk_size(count, len(variants) * len(candles))
        for begin in range(0, len(variants), size):
            held = tuple(variants[begin : begin + size])
            said = [sweep_sha256, coin, *(f"{each.rule.id} {each.sha256}" for each in held)]
            chunks.append(Chunk(hashlib.sha256("\n".join(said).encode()).hexdigest(), coin, held))
    return chunks


def _chunk_size(candles: int, backtests: int) -> int:
    by_time = min(MOST_A_CHUNK, CANDLES_A_CHUNK // max(candles, 1))
    return max(1, min(by_time, -(-backtests // LEAST_CHUNKS)))


class ChunkStore(Protocol):
    """Where finished chunks are kept."""

    def read(self, key: str) -> ChunkTrades | None:
        """The chunk, if it is there and whole."""

    def write(self, key: str, trades: ChunkTrades) -> None:
        """Keep it, whole or not at all."""


class Pool(Protocol):
    """Workers, on this machine or on many."""

    @property
    def width(self) -> int:
        """How many chunks they run at once."""

    def start(self) -> AbstractContextManager[Executor]:
        """An executor, a new one each time; at the end it waits for what runs."""


Work = Callable[[Chunk], ChunkTrades]
Tell = Callable[[Chunk, bool], None]
"""told of each chunk: whether it was there before"""


class ChunkRun:
    """Runs chunks, keeps each that is finished, and replaces workers that die."""

    def __init__(self, pool: Pool, work: Work, store: ChunkStore, tell: Tell) -> None:
        self._pool, self._work, self._store, self._tell = pool, work, store, tell

    def run(self, chunks: Sequence[Chunk]) -> dict[str, ChunkTrades]:
        """All chunks by their keys. Raises Fatal when workers die again and again.

        On KeyboardInterrupt the chunks that run are finished and kept, the others never begun.
        """
        found: dict[str, ChunkTrades] = {}
        for chunk in chunks:
            if (trades := self._store.read(chunk.key)) is not None:
                found[chunk.key] = trades
                self._tell(chunk, True)
        breaks = 0
        while waiting := [chunk for chunk in chunks if chunk.key not in found]:
            before = len(found)
            try:
                with self._pool.start() as executor:
                    self._drain(executor, iter(waiting), found)
            except BrokenExecutor as error:
                breaks = 1 if len(found) > before else breaks + 1
                if breaks >= MOST_BREAKS:
                    raise Fatal(
                        f"a worker died {MOST_BREAKS} times before any chunk was finished, perhaps"
                        " for want of memory: take fewer --workers, and run the command again to go"
                        " on with what is finished"
                    ) from error
        return found

    def _drain(
        self, executor: Executor, waiting: Iterator[Chunk], found: dict[str, ChunkTrades]
    ) -> None:
        running: dict[Future[ChunkTrades], Chunk] = {}
        try:
            while True:
                while len(running) < QUEUED_A_WORKER * self._pool.width and (
                    chunk := next(waiting, None)
                ):
                    running[executor.submit(self._work, chunk)] = chunk
                if not running:
                    return
                self._keep(wait(running, return_when=FIRST_COMPLETED).done, running, found)
        except BaseException:
            self._keep_rest({f: chunk for f, chunk in running.items() if not f.cancel()}, found)
            raise

    def _keep(
        self,
        done: Iterable[Future[ChunkTrades]],
        running: dict[Future[ChunkTrades], Chunk],
        found: dict[str, ChunkTrades],
    ) -> None:
        for future in done:
            trades = future.result()
            chunk = running.pop(future)
            self._store.write(chunk.key, trades)
            found[chunk.key] = trades
            self._tell(chunk, False)

    def _keep_rest(
        self, running: dict[Future[ChunkTrades], Chunk], found: dict[str, ChunkTrades]
    ) -> None:
        """What was begun before the end came is finished, and not thrown away."""
        wait(running)
        is_whole = [f for f in running if not f.cancelled() and f.exception() is None]
        self._keep(is_whole, running, found)
