"""Chunks: what they hold, that each is run once, and what happens when workers die."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager

import numpy as np
import pytest

from hyperbot.backtesting.coin_alone import joined
from hyperbot.backtesting.parameter_search import grid
from hyperbot.backtesting.parameter_space import ParameterSpace, parse_vary
from hyperbot.backtesting.sweep import (
    LEAST_CHUNKS,
    MOST_BREAKS,
    ChunkRun,
    ChunkTrades,
    chunk_trades,
    chunks_of,
)
from hyperbot.backtesting.variant_trades import VariantTrades
from hyperbot.domain.errors import Fatal, InvalidInput
from rule_builders import rule

RULES = (rule(),)
SPACE = ParameterSpace(RULES, parse_vary("*:risk_params.cooldown_candles=0:39:1", RULES))
VARIANTS = grid(SPACE).sound.variants
COINS = (("BTC", 100_000), ("DOGE", 100_000))


def made_by(chunk):
    """Trades that tell which variant and coin they are of."""
    cooldowns = [each.rule.risk_params.cooldown_candles for each in chunk.variants]
    counts = np.array([[c, c % 3, 0] for c in cooldowns], np.int64).T
    net = np.repeat(np.array(cooldowns, float), counts[1]) + len(chunk.coin)
    times = np.arange(net.size)
    return ChunkTrades(counts, times, times + 1, net)


class Kept:
    """A store in memory."""

    def __init__(self):
        self.chunks = {}

    def read(self, key):
        return self.chunks.get(key)

    def write(self, key, trades):
        assert key not in self.chunks, "a chunk is kept once"
        self.chunks[key] = trades


class AtOnce(Executor):
    """Runs what it is given at once; dies at the submissions whose numbers are in `deaths`."""

    def __init__(self, pool):
        self._pool = pool

    def submit(self, fn, /, *args, **kwargs):
        self._pool.submitted += 1
        future = Future()
        if self._pool.submitted in self._pool.deaths:
            future.set_exception(BrokenExecutor("killed"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


class Workers:
    """A pool of such executors."""

    width = 2

    def __init__(self, deaths=()):
        self.deaths, self.submitted, self.starts = set(deaths), 0, 0

    @contextmanager
    def start(self):
        self.starts += 1
        yield AtOnce(self)


def run(pool, store, chunks=None, work=made_by, tell=lambda chunk, was_there: None):
    given = chunks_of("sweep", VARIANTS, COINS) if chunks is None else chunks
    return given, ChunkRun(pool, work, store, tell).run(given)


def test_chunks_hold_every_variant_on_every_coin_once():
    chunks = chunks_of("sweep", VARIANTS, COINS)
    held = [(chunk.coin, each.sha256) for chunk in chunks for each in chunk.variants]
    assert held == [(coin, each.sha256) for coin, _ in COINS for each in VARIANTS]
    assert len(chunks) >= LEAST_CHUNKS
    assert len({chunk.key for chunk in chunks}) == len(chunks)


def test_long_histories_make_small_chunks():
    sizes = {len(c.variants) for c in chunks_of("sweep", VARIANTS * 100, [("BTC", 4_000_000)])}
    assert sizes == {2}
    assert {len(c.variants) for c in chunks_of("s", VARIANTS[:3], [("BTC", 10**9)])} == {1}


def test_keys_follow_from_the_sweep_and_its_chunks_alone():
    one, again = (chunks_of("sweep", VARIANTS, COINS) for _ in range(2))
    other = chunks_of("another", VARIANTS, COINS)
    assert one == again
    assert not {chunk.key for chunk in one} & {chunk.key for chunk in other}


def test_trades_come_back_as_they_were_packed():
    chunk = chunks_of("sweep", VARIANTS[:5], COINS)[0]
    for variant, trades in zip(chunk.variants, made_by(chunk).split(), strict=True):
        cooldown = variant.rule.risk_params.cooldown_candles
        assert (trades.signals, trades.net.size) == (cooldown, cooldown % 3)
        assert (trades.net == cooldown + 3).all()
    packed = chunk_trades([VariantTrades(4, joined([])), VariantTrades(0, joined([]))])
    assert packed.counts.tolist() == [[4, 0], [0, 0], [0, 0]]


def test_all_chunks_are_run_and_kept():
    store, told = Kept(), []
    chunks, found = run(Workers(), store, tell=lambda chunk, was_there: told.append(was_there))
    assert store.chunks.keys() == {chunk.key for chunk in chunks}
    assert found == store.chunks
    assert told == [False] * len(chunks)


def test_what_is_finished_is_not_run_again():
    store = Kept()
    chunks, whole = run(Workers(), store)
    kept = dict(store.chunks)
    del store.chunks[chunks[3].key]
    pool, told = Workers(), []
    _, found = run(pool, store, tell=lambda chunk, was_there: told.append(was_there))
    assert pool.submitted == 1
    assert told.count(False) == 1
    assert all(np.array_equal(found[key].net, trades.net) for key, trades in kept.items())
    assert len(whole) == len(found)


@pytest.mark.parametrize("deaths", [{1}, {3, 9}, {2, 3, 4}])
def test_workers_that_die_are_replaced_and_nothing_is_lost(deaths):
    store, undisturbed = Kept(), Kept()
    pool = Workers(deaths)
    run(pool, store)
    run(Workers(), undisturbed)
    assert store.chunks.keys() == undisturbed.chunks.keys()
    assert pool.starts > 1


def test_a_chunk_that_kills_every_worker_ends_in_a_sentence_and_the_rest_is_kept():
    store, chunks = Kept(), chunks_of("sweep", VARIANTS, COINS)

    def work(chunk):
        if chunk.key == chunks[5].key:
            raise BrokenExecutor("killed")
        return made_by(chunk)

    class Poisoned(AtOnce):
        def submit(self, fn, /, *args, **kwargs):
            try:
                return super().submit(fn, *args, **kwargs)
            except BrokenExecutor as error:
                future = Future()
                future.set_exception(error)
                return future

    class PoisonedWorkers(Workers):
        @contextmanager
        def start(self):
            self.starts += 1
            yield Poisoned(self)

    pool = PoisonedWorkers()
    with pytest.raises(Fatal, match="a worker died 3 times before any chunk was finished"):
        run(pool, store, chunks, work)
    assert pool.starts >= MOST_BREAKS
    assert store.chunks.keys() == {chunk.key for chunk in chunks} - {chunks[5].key}


def test_an_error_of_the_work_ends_the_sweep_and_what_ran_is_kept():
    store, chunks = Kept(), chunks_of("sweep", VARIANTS, COINS)

    def work(chunk):
        return made_by(chunk)

    class Failing(Workers):
        @contextmanager
        def start(self):
            executor = AtOnce(self)
            submit = executor.submit

            def submitted(fn, chunk):
                future = submit(fn, chunk)
                if chunk.key == chunks[4].key:
                    future = Future()
                    future.set_exception(InvalidInput("other candles"))
                return future

            executor.submit = submitted
            yield executor

    with pytest.raises(InvalidInput, match="other candles"):
        run(Failing(), store, chunks, work)
    assert chunks[4].key not in store.chunks
    assert len(store.chunks) >= 5


def test_a_stop_keeps_what_runs_and_begins_nothing_more():
    store, chunks = Kept(), chunks_of("sweep", VARIANTS, COINS)
    pool = Workers()

    def tell(chunk, was_there):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(pool, store, chunks, tell=tell)
    assert pool.submitted < len(chunks)
    assert store.chunks
