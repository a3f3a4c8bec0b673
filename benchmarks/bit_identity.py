"""The same bits however candles come and whatever processor they are compiled for.

`python -m benchmarks.bit_identity 1000000` prints the SHA-256 of all facts of so many candles.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.candles import synthetic
from benchmarks.results import Result, said
from hyperbot.detection import DetectionParams, Detector, FactRow, detect
from hyperbot.detection.detector import NOT_TAKEN, advance, new_memory
from hyperbot.detection.facts import empty_stores
from hyperbot.domain.market import CandleSeries

RESTARTS = 25
SPLITS = 500
# Names that the compiler knows, by what they bring: SSE2, SSE4.2, AVX2 with fused multiply-add.
PROCESSORS = ("x86-64", "nehalem", "haswell")
_BLOCK = 65_536


def measure(*, quick: bool) -> Iterator[Result]:
    """Batch is the yardstick. Other processors are left out of a quick run: each compiles anew."""
    series = synthetic(100_000 if quick else 1_000_000)
    count = len(series)
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # each waits for a process of its own
        others = [] if quick else [threads.submit(on_processor, each, count) for each in PROCESSORS]
        whole = digest(tuple(detect(series).stores.values()))
        found = {
            "random splits": digest(in_splits(series)),
            "candle by candle": digest_of_rows(pushed(series, restarts=0)),
            f"{RESTARTS} restarts from snapshots": digest_of_rows(pushed(series, RESTARTS)),
        }
        for name, other in zip(PROCESSORS, others, strict=False):
            found[f"compiled for {name}"] = other.result()
    for name, digested in found.items():
        yield said(f"same bits: {name}, {count:,}", holds=digested == whole, note=digested)


def digest(stores: Iterable[NDArray[Any]]) -> str:
    """SHA-256 over all facts: store by store, in each candle by candle."""
    parts = []
    for values in stores:
        part = sha256()
        for start in range(0, values.shape[1], _BLOCK):
            part.update(np.ascontiguousarray(values[:, start : start + _BLOCK].T).data)
        parts.append(part.digest())
    return sha256(b"".join(parts)).hexdigest()


def digest_of_rows(rows: Iterable[FactRow]) -> str:
    """The same over facts that come one by one."""
    parts = [sha256() for _ in range(4)]
    for row in rows:
        for part, values in zip(parts, row._numbers, strict=True):
            part.update(values.data)
    return sha256(b"".join(part.digest() for part in parts)).hexdigest()


def in_splits(series: CandleSeries) -> tuple[NDArray[Any], ...]:
    """The facts of ranges of random lengths, one after the other."""
    memory = tuple(new_memory(DetectionParams()))
    stores = tuple(empty_stores(len(series)).values())
    inner = np.random.default_rng(7).integers(0, len(series), SPLITS)
    cuts = np.sort(np.concatenate(([0, len(series)], inner))).tolist()
    for first, last in pairwise(cuts):
        advance(series.columns, first, last, memory, stores, NOT_TAKEN)
    return stores


def pushed(series: CandleSeries, restarts: int) -> Iterator[FactRow]:
    """The facts candle by candle, from a restored detector after each of so many candles."""
    detector = Detector()
    stops = set(np.random.default_rng(8).integers(0, len(series), restarts).tolist())
    for at, candle in enumerate(series):
        if at in stops:
            detector = Detector.restore(detector.save())
        yield detector.push(candle)


def on_processor(name: str, count: int) -> str:
    """The digest of another process, whose kernels are compiled for another processor."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": folder}
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.bit_identity", str(count)],
            cwd=Path(__file__).resolve().parents[1],
            env=os.environ | chosen,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return ended.stdout.strip()


if __name__ == "__main__":
    print(digest(tuple(detect(synthetic(int(sys.argv[1]))).stores.values())))
