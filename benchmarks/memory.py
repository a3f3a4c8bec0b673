"""What a detector holds after few candles and after many."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.live import EARLY, pushed
from benchmarks.results import Result
from hyperbot.detection import DetectionParams, Detector

ROOM_MB = 2.0
"""resident memory may wander this much; one number kept a candle would add 8 MB to a million"""


def measure(*, quick: bool) -> Iterator[Result]:
    """The detector itself, all that it holds included; and the process that it runs in."""
    late_at = 100_000 if quick else 1_000_000
    held, resident = [], []
    for _, detector in pushed(late_at):
        gc.collect()
        held.append(_size(detector) / 1e3)
        resident.append(_resident() / 1e6)
    yield Result(
        f"memory: a detector at candle {late_at:,} against {EARLY:,}",
        *(held[1], "kB", held[0], f"at candle {EARLY:,}"),
        limit=1.0,
    )
    yield Result(
        f"memory: growth of its process from candle {EARLY:,} to {late_at:,}",
        *(max(0.0, resident[1] - resident[0]), "MB"),
        limit=ROOM_MB,
    )


def _size(detector: Detector) -> int:
    """Bytes of a detector and of everything reachable from it, shared parameters aside."""
    seen: set[int] = set()
    waiting: list[object] = [detector.__dict__]
    size = 0
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, type | DetectionParams):
            continue
        seen.add(id(item))
        size += item.nbytes if isinstance(item, np.ndarray) else sys.getsizeof(item)
        waiting += [item.base] if isinstance(item, np.ndarray) else gc.get_referents(item)
    return size


def _resident() -> int:
    """Bytes of this process in main memory, 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
