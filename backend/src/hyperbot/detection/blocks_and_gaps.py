"""Order blocks and fair value gaps: where open zones come from."""

from __future__ import annotations

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    BEARISH_BLOCK,
    BEARISH_GAP,
    BULLISH_BLOCK,
    BULLISH_GAP,
    ORIGIN,
    ORIGIN_STATE,
    Memory,
    Outputs,
    kernel,
)
from hyperbot.detection.market_structure import BOS, CHOCH
from hyperbot.detection.open_zones import HIGH_EDGE, LOW_EDGE, MADE_BY, follow_zones, open_zone_rows
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR
from hyperbot.detection.zones import zone_rows
from hyperbot.domain.market import CLOSE, HIGH, LOW, OPEN

BLOCK_CANDLES = param("zone.block_candles")
BLOCK_ON_CHOCH = param("zone.block_on_choch")
GAP = param("zone.gap")
GAP_COLOURED = param("zone.gap_coloured")

ORDER_BLOCK = row("zone.order_block")
FAIR_VALUE_GAP = row("zone.fair_value_gap")

# Kernels loop over these, and so are compiled once for both sides: passed one by one, each constant
# would be a type of its own.
BLOCKS = (
    (BULLISH_BLOCK, 1, ORDER_BLOCK, (zone_rows("bullish_block"), open_zone_rows("bullish_block"))),
    (BEARISH_BLOCK, -1, ORDER_BLOCK, (zone_rows("bearish_block"), open_zone_rows("bearish_block"))),
)
GAPS = (
    (BULLISH_GAP, 1, FAIR_VALUE_GAP, (zone_rows("bullish_gap"), open_zone_rows("bullish_gap"))),
    (BEARISH_GAP, -1, FAIR_VALUE_GAP, (zone_rows("bearish_gap"), open_zone_rows("bearish_gap"))),
)


@kernel
def advance_order_blocks(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """The last opposite candle before a break of structure; its body is the zone."""
    find_blocks(candles, first, last, memory, facts)
    for kind, side, made, rows in BLOCKS:
        follow_zones(candles, first, last, kind, side, made, rows, memory, facts)


@kernel
def last_opposite(candles: NDArray[float64], i: int, side: int, most: int) -> int:
    """Column of the newest candle before i, at most `most` back, of the other colour, or -1."""
    for back in range(1, most + 1):
        if side * (candles[CLOSE, i - back] - candles[OPEN, i - back]) < 0.0:
            return i - back
    return -1


@kernel
def find_blocks(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Flag the breaks that have an order block, and put it in the scratch."""
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    most = int(memory.params[BLOCK_CANDLES])
    on_choch = memory.params[BLOCK_ON_CHOCH] != 0.0
    made, bos, choch = facts.flags[ORDER_BLOCK], facts.flags[BOS], facts.flags[CHOCH]
    for i in range(first, last):
        made[i] = 0
        side = int(bos[i]) + (int(choch[i]) if on_choch else 0)
        if side == 0:
            continue
        block = last_opposite(candles, i, side, min(most, origin + i))
        if block >= 0:
            made[i] = side
            opened, closed = candles[OPEN, block], candles[CLOSE, block]
            memory.scratch[LOW_EDGE, i - first] = min(opened, closed)
            memory.scratch[HIGH_EDGE, i - first] = max(opened, closed)
            memory.scratch[MADE_BY, i - first] = origin + block


@kernel
def advance_gaps(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Fair value gaps: the prices that a fast candle left untraded between its neighbours."""
    find_gaps(candles, first, last, memory, facts)
    for kind, side, made, rows in GAPS:
        follow_zones(candles, first, last, kind, side, made, rows, memory, facts)


@kernel
def find_gaps(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Flag the gaps, and put them in the scratch."""
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    coloured = memory.params[GAP_COLOURED] != 0.0
    made, averages = facts.flags[FAIR_VALUE_GAP], facts.prices[ATR]
    highs, lows = candles[HIGH], candles[LOW]
    for i in range(first, last):
        made[i] = 0
        if origin + i < 2:
            continue
        least = memory.params[GAP] * averages[i]
        up, down = lows[i] - highs[i - 2], lows[i - 2] - highs[i]
        if max(up, down) <= 0.0 or max(up, down) < least:
            continue
        side = 1 if up > 0.0 else -1
        if coloured and side * (candles[CLOSE, i - 1] - candles[OPEN, i - 1]) <= 0.0:
            continue
        made[i] = side
        memory.scratch[LOW_EDGE, i - first] = highs[i - 2] if side > 0 else highs[i]
        memory.scratch[HIGH_EDGE, i - first] = lows[i] if side > 0 else lows[i - 2]
        memory.scratch[MADE_BY, i - first] = origin + i - 1
