"""Open zones: order blocks and fair value gaps, from the break or gap until closed through."""

from __future__ import annotations

from typing import NamedTuple

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    BEARISH_BLOCK,
    BEARISH_GAP,
    BULLISH_BLOCK,
    BULLISH_GAP,
    ORIGIN,
    ORIGIN_STATE,
    TABLE_HIGH,
    TABLE_LAST_TOUCH,
    TABLE_LOW,
    TABLE_ORIGIN,
    TABLE_TOUCHES,
    ZONE_STATE,
    Memory,
    Outputs,
    kernel,
)
from hyperbot.detection.market_structure import BOS, CHOCH
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR
from hyperbot.detection.zones import ZoneRows, add_zone, describe_zone, remove_zone, zone_rows
from hyperbot.domain.market import CLOSE, HIGH, LOW, OPEN

BLOCK_CANDLES = param("zone.block_candles")
BLOCK_ON_CHOCH = param("zone.block_on_choch")
GAP = param("zone.gap")
GAP_COLOURED = param("zone.gap_coloured")
OPEN_ZONES = param("zone.open_zones")

ORDER_BLOCK = row("zone.order_block")
FAIR_VALUE_GAP = row("zone.fair_value_gap")


class OpenZoneRows(NamedTuple):
    """Where the facts about one kind of open zone are stored, besides `ZoneRows`."""

    fresh: int
    mitigated: int
    ended: int


def open_zone_rows(kind: str) -> OpenZoneRows:
    """The rows of `zone.<kind>.*` that only open zones have."""
    return OpenZoneRows(*(row(f"zone.{kind}.{name}") for name in OpenZoneRows._fields))


BULLISH_BLOCK_ROWS = zone_rows("bullish_block"), open_zone_rows("bullish_block")
BEARISH_BLOCK_ROWS = zone_rows("bearish_block"), open_zone_rows("bearish_block")
BULLISH_GAP_ROWS = zone_rows("bullish_gap"), open_zone_rows("bullish_gap")
BEARISH_GAP_ROWS = zone_rows("bearish_gap"), open_zone_rows("bearish_gap")


@kernel
def near_edge(side: int) -> int:
    """The edge that price meets first: a bullish zone lies below it, a bearish one above."""
    return TABLE_HIGH if side > 0 else TABLE_LOW


@kernel
def nearest_open(table: NDArray[float64], size: int, side: int) -> int:
    """Since price never closed through, the nearest zone is the one with the outermost near edge."""
    edge, nearest = near_edge(side), -1
    for place in range(size):
        if nearest < 0 or side * table[edge, place] > side * table[edge, nearest]:
            nearest = place
    return nearest


@kernel
def touch_zones(
    table: NDArray[float64], size: int, side: int, wick_and_close: tuple[float, float], candle: int
) -> tuple[int, int, int]:
    """Count touches, drop what was closed through: (size, first touches, ended)."""
    wick, close = wick_and_close
    near = near_edge(side)
    far = TABLE_LOW + TABLE_HIGH - near
    place, mitigated, ended = 0, 0, 0
    while place < size:
        if side * wick <= side * table[near, place]:
            if table[TABLE_TOUCHES, place] == 0.0:
                mitigated += 1
            if table[TABLE_LAST_TOUCH, place] != candle - 1:
                table[TABLE_TOUCHES, place] += 1.0
            table[TABLE_LAST_TOUCH, place] = candle
        if side * close < side * table[far, place]:
            size = remove_zone(table, size, place)
            ended += 1
        else:
            place += 1
    return size, mitigated, ended


@kernel
def follow_zones(
    kind_and_side: tuple[int, int],
    at: tuple[int, int],
    candles: NDArray[float64],
    memory: Memory,
    rows: OpenZoneRows,
    facts: Outputs,
) -> None:
    """Step 1 of a candle: the zones that were there before meet it."""
    kind, side = kind_and_side
    i, candle = at
    table, size = memory.tables[kind], memory.sizes[kind]
    mitigated, ended = 0, 0
    if size > 0:
        nearest = int(memory.state[ZONE_STATE, kind])
        wick = candles[LOW, i] if side > 0 else candles[HIGH, i]
        if side * wick <= side * table[near_edge(side), nearest]:
            close = candles[CLOSE, i]
            size, mitigated, ended = touch_zones(table, size, side, (wick, close), candle)
            if ended > 0:
                memory.sizes[kind] = size
                memory.state[ZONE_STATE, kind] = nearest_open(table, size, side)
    facts.flags[rows.mitigated, i] = min(mitigated, 127)
    facts.flags[rows.ended, i] = min(ended, 127)


@kernel
def open_zone(
    kind_and_side: tuple[int, int],
    edges: tuple[float, float],
    candle: int,
    origin: int,
    memory: Memory,
) -> None:
    """Step 2: a new zone, made by candle `origin` and known at `candle`; the oldest may go."""
    kind, side = kind_and_side
    table, size = memory.tables[kind], memory.sizes[kind]
    if size == int(memory.params[OPEN_ZONES]):
        size = remove_zone(table, size, 0)
    table[TABLE_ORIGIN, size] = origin
    size = add_zone(table, size, edges[0], edges[1], candle)
    memory.sizes[kind] = size
    memory.state[ZONE_STATE, kind] = nearest_open(table, size, side)


@kernel
def describe_open(
    kind: int,
    at: tuple[int, int],
    close_and_atr: tuple[float, float],
    memory: Memory,
    rows: tuple[ZoneRows, OpenZoneRows],
    facts: Outputs,
) -> None:
    """Step 3: the nearest zone, after both."""
    place = int(memory.state[ZONE_STATE, kind]) if memory.sizes[kind] > 0 else -1
    table = memory.tables[kind]
    describe_zone(table, place, at, close_and_atr, rows[0], facts)
    facts.flags[rows[1].fresh, at[0]] = place >= 0 and table[TABLE_TOUCHES, place] == 0.0


@kernel
def has_block_from(table: NDArray[float64], size: int, origin: int) -> bool:
    """Whether a live block already comes from this candle."""
    for place in range(size):
        if table[TABLE_ORIGIN, place] == origin:
            return True
    return False


@kernel
def last_opposite(candles: NDArray[float64], i: int, candle: int, side: int, most: int) -> int:
    """Column of the newest candle before i, at most `most` back, of the other colour; -1 if none."""
    for back in range(1, min(most, candle) + 1):
        if side * (candles[CLOSE, i - back] - candles[OPEN, i - back]) < 0.0:
            return i - back
    return -1


@kernel
def advance_order_blocks(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """The last opposite candle before a break of structure; its body is the zone."""
    params = memory.params
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    for i in range(first, last):
        candle, made = origin + i, 0
        at, close_and_atr = (i, candle), (candles[CLOSE, i], facts.prices[ATR, i])
        follow_zones((BULLISH_BLOCK, 1), at, candles, memory, BULLISH_BLOCK_ROWS[1], facts)
        follow_zones((BEARISH_BLOCK, -1), at, candles, memory, BEARISH_BLOCK_ROWS[1], facts)
        side = int(facts.flags[BOS, i])
        if side == 0 and params[BLOCK_ON_CHOCH] != 0.0:
            side = int(facts.flags[CHOCH, i])
        if side != 0:
            kind = BULLISH_BLOCK if side > 0 else BEARISH_BLOCK
            block = last_opposite(candles, i, candle, side, int(params[BLOCK_CANDLES]))
            if block >= 0 and not has_block_from(
                memory.tables[kind], memory.sizes[kind], origin + block
            ):
                opened, closed = candles[OPEN, block], candles[CLOSE, block]
                edges = (min(opened, closed), max(opened, closed))
                open_zone((kind, side), edges, candle, origin + block, memory)
                made = side
        facts.flags[ORDER_BLOCK, i] = made
        describe_open(BULLISH_BLOCK, at, close_and_atr, memory, BULLISH_BLOCK_ROWS, facts)
        describe_open(BEARISH_BLOCK, at, close_and_atr, memory, BEARISH_BLOCK_ROWS, facts)


@kernel
def gap_side(candles: NDArray[float64], i: int, least: float, coloured: bool) -> int:
    """+1 if candle i leaves a bullish gap to the one two before, -1 a bearish one, 0 none."""
    body = candles[CLOSE, i - 1] - candles[OPEN, i - 1]
    up = candles[LOW, i] - candles[HIGH, i - 2]
    if up > 0.0 and up >= least and (body > 0.0 or not coloured):
        return 1
    down = candles[LOW, i - 2] - candles[HIGH, i]
    if down > 0.0 and down >= least and (body < 0.0 or not coloured):
        return -1
    return 0


@kernel
def advance_gaps(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Fair value gaps: the prices that a fast candle left untraded between its neighbours."""
    params = memory.params
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    coloured = params[GAP_COLOURED] != 0.0
    for i in range(first, last):
        candle, side = origin + i, 0
        average = facts.prices[ATR, i]
        at, close_and_atr = (i, candle), (candles[CLOSE, i], average)
        follow_zones((BULLISH_GAP, 1), at, candles, memory, BULLISH_GAP_ROWS[1], facts)
        follow_zones((BEARISH_GAP, -1), at, candles, memory, BEARISH_GAP_ROWS[1], facts)
        if candle >= 2:
            side = gap_side(candles, i, params[GAP] * average, coloured)
        if side > 0:
            edges = (candles[HIGH, i - 2], candles[LOW, i])
            open_zone((BULLISH_GAP, 1), edges, candle, candle - 1, memory)
        elif side < 0:
            edges = (candles[HIGH, i], candles[LOW, i - 2])
            open_zone((BEARISH_GAP, -1), edges, candle, candle - 1, memory)
        facts.flags[FAIR_VALUE_GAP, i] = side
        describe_open(BULLISH_GAP, at, close_and_atr, memory, BULLISH_GAP_ROWS, facts)
        describe_open(BEARISH_GAP, at, close_and_atr, memory, BEARISH_GAP_ROWS, facts)
