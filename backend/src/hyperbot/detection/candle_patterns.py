"""Everything that a candle tells together with its neighbours, block by block."""

from __future__ import annotations

import numpy as np

from hyperbot.detection.candle_measures import VOLUME_RATIO, VOLUMES, fill_measures
from hyperbot.detection.candle_window import Numbers, prepare
from hyperbot.detection.content_patterns import fill_content_patterns
from hyperbot.detection.gapless_patterns import fill_gapless_patterns
from hyperbot.detection.kernel import BLOCK, ORIGIN, ORIGIN_STATE, Memory, Outputs, kernel
from hyperbot.detection.pair_patterns import fill_pair_patterns
from hyperbot.detection.plain_patterns import fill_plain_patterns
from hyperbot.detection.registry import row
from hyperbot.detection.single_candle_patterns import fill_single_candle_patterns
from hyperbot.detection.triple_patterns import fill_triple_patterns

# Candles that a column needs before it tells anything: those of TA-Lib, and of what it measures by.
_NEEDED = {
    "inside_bar": 1,
    "outside_bar": 1,
    "steeper_wick.longer": 1,
    "liquidity_engulf": 1,
    "engulfing": 2,
    "three_outside": 3,
    "engulfing_gapless": 5,
    "three_outside_gapless": 6,
    "doji": 10,
    "dragonfly_doji": 10,
    "gravestone_doji": 10,
    "long_legged_doji": 10,
    "spinning_top": 10,
    "marubozu": 10,
    "belt_hold": 10,
    "le_weak": 10,
    "hammer": 11,
    "hanging_man": 11,
    "inverted_hammer": 11,
    "inverted_hammer_gapless": 11,
    "shooting_star": 11,
    "shooting_star_gapless": 11,
    "harami": 11,
    "harami_gapless": 11,
    "harami_cross": 11,
    "piercing": 11,
    "piercing_gapless": 11,
    "dark_cloud_cover": 11,
    "dark_cloud_cover_gapless": 11,
    "morning_star": 12,
    "morning_star_gapless": 12,
    "evening_star": 12,
    "evening_star_gapless": 12,
    "three_white_soldiers": 12,
    "three_white_soldiers_gapless": 12,
    "three_inside": 12,
    "three_inside_gapless": 12,
    "three_black_crows": 13,
    "three_black_crows_gapless": 13,
}
_ROWS = np.array([row(f"candle.{name}") for name in _NEEDED])
_CANDLES = np.array(list(_NEEDED.values()))


@kernel
def advance_candle_patterns(
    candles: Numbers, first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Measures, classical, gap-free and plain patterns, and the content's that need no memory."""
    work = memory.scratch.reshape(-1)
    for start in range(first, last, BLOCK):
        stop = min(start + BLOCK, last)
        prepare(candles, start, stop, work)
        fill_measures(work, start, stop, facts.ratios)
        fill_single_candle_patterns(work, start, stop, facts.flags)
        fill_pair_patterns(work, start, stop, facts.flags)
        fill_triple_patterns(work, start, stop, facts.flags)
        fill_gapless_patterns(work, start, stop, facts.flags)
        fill_plain_patterns(work, memory.params, start, stop, facts.flags)
        fill_content_patterns(work, memory.params, start, stop, facts)
        candle = int(memory.state[ORIGIN_STATE, ORIGIN]) + start
        if candle < VOLUMES:
            blank_the_beginning(candle, start, stop, facts)


@kernel
def blank_the_beginning(candle: int, start: int, stop: int, facts: Outputs) -> None:
    """0 where the history is too short for a column. `candle`: the absolute number of `start`."""
    for k in range(_ROWS.size):
        for j in range(start, min(start + _CANDLES[k] - candle, stop)):
            facts.flags[_ROWS[k], j] = 0
    for j in range(start, min(start + VOLUMES - candle, stop)):
        facts.ratios[VOLUME_RATIO, j] = 0.0
