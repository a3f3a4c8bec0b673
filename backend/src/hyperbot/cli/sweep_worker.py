"""What each worker of a sweep does: open a coin's candles by their names, and try the variants."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

import hyperbot
from hyperbot.backtesting.fact_shelf import FactShelf
from hyperbot.backtesting.market_history import CoinHistory, Funding
from hyperbot.backtesting.report import arrays_sha256, candles_sha256
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.backtesting.sweep import Chunk, ChunkTrades, chunk_trades
from hyperbot.backtesting.variant_trades import CoinVariants
from hyperbot.cli.backtest_market import MarketChoice, PlayedCoin, read_coin, shelf
from hyperbot.domain.costs import FREE, CostModel
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import Timeframe
from hyperbot.trading.risk_limits import RiskLimits

COINS_AT_HAND = 4
"""histories that stay open in a worker"""

# A Dask worker may run several chunks in threads; what they share is not made for that.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class CoinData:
    """Which data of a coin every worker must see."""

    coin: str
    candles_sha256: str
    funding_sha256: str


@dataclass(frozen=True, slots=True)
class Job:
    """All that the chunks of a sweep have in common; names of data, never the data."""

    choice: MarketChoice
    base_ms: int
    since: int
    until: int
    data: tuple[CoinData, ...]
    has_costs: bool
    touch_fills: bool
    code_sha256: str

    @property
    def simulation(self) -> SimulationRules:
        """How each candle is traded."""
        return SimulationRules(CostModel() if self.has_costs else FREE, touch=self.touch_fills)


def run_chunk(job: Job, chunk: Chunk) -> ChunkTrades:
    """The trades of the chunk's variants. Raises InvalidInput when the data are others here."""
    with _one_at_a_time:
        coin = _opened(job, chunk.coin)
        return chunk_trades([coin.trades(variant.rule) for variant in chunk.variants])


@lru_cache(maxsize=1)
def _shelf_of(job: Job) -> FactShelf:
    """What a former sweep on these workers left must not be taken for this one's."""
    return FactShelf()


@lru_cache(maxsize=COINS_AT_HAND)
def _opened(job: Job, name: str) -> CoinVariants:
    if job.code_sha256 != code_sha256():
        raise InvalidInput(
            "a worker runs another version of hyperbot than this command: install the same one on"
            " every machine, and restart the workers"
        )
    played = read_coin(shelf(job.choice), name, Timeframe(job.base_ms), job.choice)
    seen = data_of(played)
    wanted = next(each for each in job.data if each.coin == name)
    if seen != wanted:
        raise InvalidInput(
            f"a worker sees other candles or funding of {name} than this command"
            f" ({seen.candles_sha256[:8]} instead of {wanted.candles_sha256[:8]}): give every"
            " machine the same files"
        )
    pa.default_memory_pool().release_unused()  # as much again as the candles, once they are read
    history = ended(played.history, job.until)
    terms = (RiskLimits(), job.simulation)
    return CoinVariants(history, (job.since, job.until), terms, _shelf_of(job))


def data_of(played: PlayedCoin) -> CoinData:
    """What was read of a coin, by its hashes."""
    funding = played.history.funding
    return CoinData(
        played.history.coin,
        candles_sha256(played.source),
        arrays_sha256(funding.ts, funding.rates),
    )


def ended(history: CoinHistory, until: int) -> CoinHistory:
    """The past up to `until` alone, so that nothing after it can be looked at."""
    base, paid = history.base.between(0, until), history.funding
    kept = paid.ts < until
    return CoinHistory(base, history.instrument, Funding(paid.ts[kept], paid.rates[kept]))


@lru_cache(maxsize=1)
def code_sha256() -> str:
    """The hash of all source that decides what a backtest says."""
    package, digest = Path(hyperbot.__file__).parent, hashlib.sha256()
    for part in ("domain", "detection", "trading", "backtesting"):
        for source in sorted((package / part).glob("*.py")):
            digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()
