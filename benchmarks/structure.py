"""Swings, breaks, sweeps, blocks and gaps against smartmoneyconcepts, and how our time grows."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import steps
from benchmarks.candles import beginning, synthetic
from benchmarks.results import Result
from benchmarks.timing import in_turns
from hyperbot.detection import DetectionParams
from hyperbot.detection.facts import empty_stores
from hyperbot.detection.params import StructureParams
from hyperbot.domain.market import COLUMN_NAMES, CandleSeries

SWING_LENGTH = 5
PARAMS = DetectionParams(
    structure=StructureParams(left=SWING_LENGTH - 1, right=SWING_LENGTH, left_ties=True)
)


def measure(*, quick: bool) -> Iterator[Result]:
    """Theirs takes seconds and grows faster than its input, so it runs twice."""
    shorter, longer = (10_000, 100_000) if quick else (100_000, 1_000_000)
    whole = synthetic(longer)
    series = beginning(whole, shorter)
    tasks = {"ours": _ours(series), "ours, longer": _ours(whole)}
    timings = in_turns(tasks, least=10)
    timings |= in_turns({"theirs": _theirs(series)}, least=2, seconds=0, warm=False)
    ours, longest, theirs = (timings[name] for name in (*tasks, "theirs"))
    yield Result(
        f"structure: swings, breaks, gaps, blocks, liquidity, {shorter:,}",
        *(1e9 * ours.cpu / shorter, "ns/candle", 1e9 * theirs.cpu / shorter),
        "smartmoneyconcepts, swing_length 5",
        limit=1 / 300,
        note=f"ours {ours.told}; theirs {theirs.told}",
    )
    yield Result(
        f"structure: growth from {shorter:,} to {longer:,}",
        *(1e3 * longest.cpu, "ms", 1e3 * ours.cpu, f"ours at {shorter:,}"),
        limit=12.0,
        note=longest.told,
    )


def _ours(series: CandleSeries) -> Callable[[], None]:
    """A task: our kernels, with fresh memory for their facts."""
    return lambda: steps.run(steps.STRUCTURE, series, empty_stores(len(series)), PARAMS)


def _theirs(series: CandleSeries) -> Callable[[], None]:
    """A task: the same five things of theirs."""
    os.environ["SMC_CREDIT"] = "0"  # or importing it prints an advertisement
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from smartmoneyconcepts import smc
    frame = pd.DataFrame(dict(zip(COLUMN_NAMES, series.columns, strict=True)))

    def task() -> Any:
        swings = smc.swing_highs_lows(frame, swing_length=SWING_LENGTH)
        smc.bos_choch(frame, swings)
        smc.fvg(frame)
        smc.ob(frame, swings)
        smc.liquidity(frame, swings)

    return task
