"""The kernels of `detector.advance` one by one, so that any choice of them can be timed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperbot.detection.blocks_and_gaps import advance_gaps, advance_order_blocks
from hyperbot.detection.candle_measures import fill_measures
from hyperbot.detection.candle_patterns import blank_the_beginning
from hyperbot.detection.candle_window import prepare
from hyperbot.detection.celery_entry import advance_celery
from hyperbot.detection.content_patterns import fill_content_patterns
from hyperbot.detection.cycle_classifier import advance_cycle
from hyperbot.detection.detector import new_memory
from hyperbot.detection.facts import Stores
from hyperbot.detection.gapless_patterns import fill_gapless_patterns
from hyperbot.detection.kernel import BLOCK, ORIGIN, ORIGIN_STATE, Memory, Outputs, kernel
from hyperbot.detection.level_entries import advance_breakouts, advance_fakeouts, advance_onions
from hyperbot.detection.market_structure import advance_breaks, advance_swings
from hyperbot.detection.pair_patterns import fill_pair_patterns
from hyperbot.detection.params import DetectionParams
from hyperbot.detection.plain_patterns import fill_plain_patterns
from hyperbot.detection.single_candle_patterns import fill_single_candle_patterns
from hyperbot.detection.sweeps import advance_sweeps
from hyperbot.detection.triple_patterns import fill_triple_patterns
from hyperbot.detection.true_range import advance_true_range
from hyperbot.detection.zones import advance_premium, advance_support_and_resistance
from hyperbot.domain.market import CandleSeries

# In the order of `detector.advance`, with its candle patterns taken apart.
NAMES = (
    "true range",
    "swings",
    "breaks",
    "sweeps",
    "support and resistance",
    "order blocks",
    "gaps",
    "premium",
    "cycle",
    "pattern window",
    "candle measures",
    "patterns of one candle",
    "patterns of two",
    "patterns of three",
    "gap-free patterns",
    "plain patterns",
    "content patterns",
    "breakouts",
    "fakeouts",
    "onions",
    "celery",
)
WINDOW = "pattern window"
CLASSICAL = (WINDOW, "patterns of one candle", "patterns of two", "patterns of three")
PATTERNS = (
    *CLASSICAL,
    "candle measures",
    "gap-free patterns",
    "plain patterns",
    "content patterns",
)
STRUCTURE = ("true range", "swings", "breaks", "sweeps", "order blocks", "gaps")


@kernel
def _before_patterns(  # noqa: C901 - one branch for each kernel
    chosen: NDArray[np.bool_],
    candles: NDArray[np.float64],
    span: tuple[int, int],
    known: Memory,
    facts: Outputs,
) -> None:
    start, end = span
    if chosen[0]:
        advance_true_range(candles, start, end, known, facts)
    if chosen[1]:
        advance_swings(candles, start, end, known, facts)
    if chosen[2]:
        advance_breaks(candles, start, end, known, facts)
    if chosen[3]:
        advance_sweeps(candles, start, end, known, facts)
    if chosen[4]:
        advance_support_and_resistance(candles, start, end, known, facts)
    if chosen[5]:
        advance_order_blocks(candles, start, end, known, facts)
    if chosen[6]:
        advance_gaps(candles, start, end, known, facts)
    if chosen[7]:
        advance_premium(candles, start, end, facts)
    if chosen[8]:
        advance_cycle(candles, start, end, known, facts)


@kernel
def _patterns(  # noqa: C901 - one branch for each part of a kernel
    chosen: NDArray[np.bool_],
    candles: NDArray[np.float64],
    span: tuple[int, int],
    known: Memory,
    facts: Outputs,
) -> None:
    (start, end), work = span, known.scratch.reshape(-1)
    if chosen[9]:
        prepare(candles, start, end, work)
    if chosen[10]:
        fill_measures(work, start, end, facts.ratios)
    if chosen[11]:
        fill_single_candle_patterns(work, start, end, facts.flags)
    if chosen[12]:
        fill_pair_patterns(work, start, end, facts.flags)
    if chosen[13]:
        fill_triple_patterns(work, start, end, facts.flags)
    if chosen[14]:
        fill_gapless_patterns(work, start, end, facts.flags)
    if chosen[15]:
        fill_plain_patterns(work, known.params, start, end, facts.flags)
    if chosen[16]:
        fill_content_patterns(work, known.params, start, end, facts)
    candle = int(known.state[ORIGIN_STATE, ORIGIN]) + start
    if chosen[9] and candle < BLOCK:
        blank_the_beginning(candle, start, end, facts)


@kernel
def advance_steps(
    chosen: NDArray[np.bool_],
    candles: NDArray[np.float64],
    last: int,
    memory: tuple[NDArray[Any], ...],
    outputs: tuple[NDArray[Any], ...],
) -> None:
    """Some kernels over the first `last` candles, block by block as `advance` runs all."""
    known = Memory(memory[0], memory[1], memory[2], memory[3], memory[4])
    facts = Outputs(outputs[0], outputs[1], outputs[2], outputs[3])
    for start in range(0, last, BLOCK):
        end = min(start + BLOCK, last)
        _before_patterns(chosen, candles, (start, end), known, facts)
        _patterns(chosen, candles, (start, end), known, facts)
        if chosen[17]:
            advance_breakouts(candles, start, end, known, facts)
        if chosen[18]:
            advance_fakeouts(candles, start, end, known, facts)
        if chosen[19]:
            advance_onions(candles, start, end, known, facts)
        if chosen[20]:
            advance_celery(candles, start, end, known, facts)


def run(
    names: tuple[str, ...],
    series: CandleSeries,
    stores: Stores,
    params: DetectionParams | None = None,
) -> None:
    """The kernels of these names with a fresh memory, writing their own rows of `stores`."""
    chosen = np.isin(NAMES, names)
    memory = tuple(new_memory(params or DetectionParams()))
    advance_steps(chosen, series.columns, len(series), memory, tuple(stores.values()))
