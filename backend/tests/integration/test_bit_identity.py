"""The same bits however candles come: at once, one by one, in pieces, after a restart, and on
processors without the newest instructions. `make bench` asks for a million candles and for three
processors; each compiles the kernels anew, so here one must do: the plainest of all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hyperbot.detection import DetectionParams, Detector, FactRow, detect
from hyperbot.detection.detector import NOT_TAKEN, advance, new_memory
from hyperbot.detection.facts import empty_stores
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.exchange.synthetic import synthesize

CANDLES = 200_000
RESTARTS = 20
SPLITS = 300

# Prints the digest of another process: the one argument is how many candles.
SCRIPT = f"""
import sys
from hashlib import sha256
from hyperbot.detection import detect
from hyperbot.domain.market import Timeframe
from hyperbot.exchange.synthetic import synthesize
from numba.core.registry import cpu_target

series = synthesize("BTC", Timeframe(60_000), 0, {CANDLES}, seed=5)
whole = sha256()
for values in detect(series).stores.values():
    whole.update(values.T.tobytes())
print(cpu_target.target_context.codegen().magic_tuple()[1], whole.hexdigest())
"""


@pytest.fixture(scope="module")
def series() -> CandleSeries:
    return synthesize("BTC", Timeframe(60_000), 0, CANDLES, seed=5)


@pytest.fixture(scope="module")
def batch(series) -> str:
    """The digest of all facts, detected at once."""
    return digest(detect(series).stores.values())


def digest(stores: Iterable[NDArray[Any]]) -> str:
    """SHA-256 over all facts: store by store, in each candle by candle."""
    whole = sha256()
    for values in stores:
        whole.update(values.T.tobytes())
    return whole.hexdigest()


def digest_of_rows(rows: Iterable[FactRow]) -> str:
    """The same over facts that came one by one."""
    stores = zip(*(row._numbers for row in rows), strict=True)
    return digest(np.stack(store, axis=1) for store in stores)


def pushed(series: CandleSeries, restarts: int) -> Iterator[FactRow]:
    """The facts candle by candle, going on from a saved detector at so many random candles."""
    detector = Detector()
    stops = set(np.random.default_rng(8).integers(0, len(series), restarts).tolist())
    for at, candle in enumerate(series):
        if at in stops:
            detector = Detector.restore(detector.save())
        yield detector.push(candle)


def test_candle_by_candle_gives_the_bits_of_the_batch(series, batch):
    assert digest_of_rows(pushed(series, restarts=0)) == batch


def test_restarts_from_snapshots_change_no_bit(series, batch):
    assert digest_of_rows(pushed(series, RESTARTS)) == batch


def test_random_splits_change_no_bit(series, batch):
    memory = tuple(new_memory(DetectionParams()))
    stores = tuple(empty_stores(len(series)).values())
    inner = np.random.default_rng(7).integers(0, len(series), SPLITS)
    cuts = np.sort(np.concatenate(([0, len(series)], inner))).tolist()
    for first, last in pairwise(cuts):
        advance(series.columns, first, last, memory, stores, NOT_TAKEN)

    assert digest(stores) == batch


def test_the_digest_sees_a_single_bit(series, batch):
    facts = detect(series)
    prices = list(facts.stores.values())[-1]
    prices[0, 1000] = np.nextafter(prices[0, 1000], np.inf)

    assert digest(facts.stores.values()) != batch


@pytest.mark.slow
def test_a_plainer_processor_gives_the_same_bits(batch, tmp_path):
    chosen = {
        "NUMBA_CPU_NAME": "x86-64" if os.uname().machine == "x86_64" else "generic",
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_CACHE_DIR": str(tmp_path),
    }
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | chosen,
        capture_output=True,
        text=True,
        check=True,
    )
    compiled_for, found = ended.stdout.split()

    assert compiled_for == chosen["NUMBA_CPU_NAME"]
    assert found == batch
