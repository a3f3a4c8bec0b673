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
    TABLE_FIELDS,
    TABLE_HIGH,
    TABLE_LAST_TOUCH,
    TABLE_LOW,
    TABLE_ORIGIN,
    TABLE_TOUCHES,
    Memory,
    Outputs,
    kernel,
    part,
)
from hyperbot.detection.market_structure import BOS, CHOCH
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR
from hyperbot.detection.zones import (
    ZoneRows,
    add_zone,
    describe_zone,
    remove_zone,
    zone_columns,
    zone_rows,
)
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


ROWS = {
    kind: (zone_rows(name), open_zone_rows(name))
    for kind, name in (
        (BULLISH_BLOCK, "bullish_block"),
        (BEARISH_BLOCK, "bearish_block"),
        (BULLISH_GAP, "bullish_gap"),
        (BEARISH_GAP, "bearish_gap"),
    )
}
BULLISH_BLOCK_ROWS, BEARISH_BLOCK_ROWS = ROWS[BULLISH_BLOCK], ROWS[BEARISH_BLOCK]
BULLISH_GAP_ROWS, BEARISH_GAP_ROWS = ROWS[BULLISH_GAP], ROWS[BEARISH_GAP]

_LOW_EDGE, _HIGH_EDGE, _MADE_BY = range(3)
"""scratch rows: the zone that becomes known at a candle, and the number of the candle it is from"""


@part
def near_edge(side: int) -> int:
    """The edge that price meets first: a bullish zone lies below it, a bearish one above."""
    return TABLE_HIGH if side > 0 else TABLE_LOW


@kernel
def meet_zones(
    table: NDArray[float64],
    span: tuple[int, int],
    side: int,
    wick_and_close: tuple[float, float],
    candle: int,
) -> tuple[int, int, int]:
    """Touch what the wick reaches, drop what was closed through: (end, first touches, ended).

    The zones that a wick reaches are the end of the list, since the nearest is last.
    """
    start, end = span
    wick, close = wick_and_close
    near = near_edge(side)
    far = TABLE_LOW + TABLE_HIGH - near
    mitigated, ended = 0, 0
    for place in range(end - 1, start - 1, -1):
        if side * wick > side * table[near, place]:
            break
        if table[TABLE_TOUCHES, place] == 0.0:
            mitigated += 1
        if table[TABLE_LAST_TOUCH, place] != candle - 1:
            table[TABLE_TOUCHES, place] += 1.0
        table[TABLE_LAST_TOUCH, place] = candle
        if side * close < side * table[far, place]:
            end = remove_zone(table, end, place)
            ended += 1
    return end, mitigated, ended


@kernel
def has_zone_from(table: NDArray[float64], start: int, end: int, origin: float) -> bool:
    """Whether a live zone comes from this candle already."""
    for place in range(start, end):
        if table[TABLE_ORIGIN, place] == origin:
            return True
    return False


@kernel
def move_to_front(table: NDArray[float64], start: int, end: int) -> int:
    """Move the zones start..end-1 to the front of the table; returns their number."""
    if start > 0:
        for field in range(TABLE_FIELDS):
            for k in range(start, end):
                table[field, k - start] = table[field, k]
    return end - start


@kernel
def open_zone(
    table: NDArray[float64],
    span: tuple[int, int],
    side: int,
    candle: int,
    zone: NDArray[float64],
    most: int,
) -> tuple[int, int]:
    """Add a zone where its near edge belongs, the farthest giving way; returns (start, end)."""
    start, end = span
    near = near_edge(side)
    edge = side * zone[_HIGH_EDGE if side > 0 else _LOW_EDGE]
    if end - start == most:
        if side * table[near, start] >= edge:
            return start, end
        start += 1
    if end == table.shape[1]:
        start, end = 0, move_to_front(table, start, end)
    place = end
    while place > start and side * table[near, place - 1] >= edge:
        place -= 1
    for field in range(TABLE_FIELDS):
        for k in range(end, place, -1):
            table[field, k] = table[field, k - 1]
    table[TABLE_ORIGIN, place] = zone[_MADE_BY]
    add_zone(table, place, zone[_LOW_EDGE], zone[_HIGH_EDGE], candle)
    return start, end + 1


@kernel
def follow_zones(
    candles: NDArray[float64],
    first: int,
    last: int,
    kind: int,
    side: int,
    made: int,
    rows: tuple[ZoneRows, OpenZoneRows],
    memory: Memory,
    facts: Outputs,
) -> None:
    """Zones of one kind and side: those there before meet each candle, then its own joins them.

    Where row `made` of the flags says `side`, the zone lies in the scratch. The table is sorted by
    near edge, the nearest last (on a tie the one created first): since price never closed through
    a live zone, the nearest is the one whose near edge reaches out most. While this runs, the zones
    are start..end-1, so that dropping the farthest moves none; tables have room for twice as many.
    """
    table, start, end = memory.tables[kind], 0, memory.sizes[kind]
    origin, most = int(memory.state[ORIGIN_STATE, ORIGIN]), int(memory.params[OPEN_ZONES])
    edges, wicks = table[near_edge(side)], candles[LOW if side > 0 else HIGH]
    closes, averages, news = candles[CLOSE], facts.prices[ATR], facts.flags[made]
    columns = zone_columns(rows[0], facts)
    fresh, touched = facts.flags[rows[1].fresh], facts.flags[rows[1].mitigated]
    closed, once = facts.flags[rows[1].ended], kind < BULLISH_GAP
    for i in range(first, last):
        candle, close, wick = origin + i, closes[i], wicks[i]
        mitigated, ended = 0, 0
        if end > start and side * wick <= side * edges[end - 1]:
            end, mitigated, ended = meet_zones(table, (start, end), side, (wick, close), candle)
        touched[i], closed[i] = min(mitigated, 127), min(ended, 127)
        if news[i] == side:
            zone = memory.scratch[:, i - first]
            if once and has_zone_from(table, start, end, zone[_MADE_BY]):
                news[i] = 0
            else:
                start, end = open_zone(table, (start, end), side, candle, zone, most)
        place = end - 1 if end > start else -1
        describe_zone(table, place, i, candle, close, averages[i], columns)
        fresh[i] = place >= 0 and table[TABLE_TOUCHES, place] == 0.0
    memory.sizes[kind] = move_to_front(table, start, end)


@kernel
def advance_order_blocks(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """The last opposite candle before a break of structure; its body is the zone."""
    find_blocks(candles, first, last, memory, facts)
    follow_zones(
        candles, first, last, BULLISH_BLOCK, 1, ORDER_BLOCK, BULLISH_BLOCK_ROWS, memory, facts
    )
    follow_zones(
        candles, first, last, BEARISH_BLOCK, -1, ORDER_BLOCK, BEARISH_BLOCK_ROWS, memory, facts
    )


@kernel
def last_opposite(candles: NDArray[float64], i: int, side: int, most: int) -> int:
    """Column of the newest candle before i, at most `most` back, of the other colour; -1 if none."""
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
            memory.scratch[_LOW_EDGE, i - first] = min(opened, closed)
            memory.scratch[_HIGH_EDGE, i - first] = max(opened, closed)
            memory.scratch[_MADE_BY, i - first] = origin + block


@kernel
def advance_gaps(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Fair value gaps: the prices that a fast candle left untraded between its neighbours."""
    find_gaps(candles, first, last, memory, facts)
    follow_zones(
        candles, first, last, BULLISH_GAP, 1, FAIR_VALUE_GAP, BULLISH_GAP_ROWS, memory, facts
    )
    follow_zones(
        candles, first, last, BEARISH_GAP, -1, FAIR_VALUE_GAP, BEARISH_GAP_ROWS, memory, facts
    )


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
        memory.scratch[_LOW_EDGE, i - first] = highs[i - 2] if side > 0 else highs[i]
        memory.scratch[_HIGH_EDGE, i - first] = lows[i] if side > 0 else lows[i - 2]
        memory.scratch[_MADE_BY, i - first] = origin + i - 1
