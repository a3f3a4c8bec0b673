"""Open zones (order blocks, fair value gaps): from the break or gap until closed through."""

from __future__ import annotations

from typing import NamedTuple

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    BULLISH_GAP,
    ORIGIN,
    ORIGIN_STATE,
    TABLE_CREATED,
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
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.zones import (
    CREATED,
    ZoneRows,
    add_zone,
    describe_zones,
    remove_zone,
)
from hyperbot.domain.market import CLOSE, HIGH, LOW

OPEN_ZONES = param("zone.open_zones")


class OpenZoneRows(NamedTuple):
    """Where the facts about one kind of open zone are stored, besides `ZoneRows`."""

    fresh: int
    mitigated: int
    ended: int


def open_zone_rows(kind: str) -> OpenZoneRows:
    """The rows of `zone.<kind>.*` that only open zones have."""
    return OpenZoneRows(*(row(f"zone.{kind}.{name}") for name in OpenZoneRows._fields))


LOW_EDGE, HIGH_EDGE, MADE_BY = range(3)
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
    return bool((table[TABLE_ORIGIN, start:end] == origin).any())


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
    zone: tuple[float, float, float],
    most: int,
) -> tuple[int, int]:
    """Add a zone where its near edge belongs, the farthest giving way; returns (start, end)."""
    start, end = span
    near = near_edge(side)
    edge = side * zone[HIGH_EDGE if side > 0 else LOW_EDGE]
    if end - start == most:
        if side * table[near, start] >= edge:
            return start, end
        start += 1
    if end == table.shape[1]:
        start, end = 0, move_to_front(table, start, end)
    place = end
    while place > start and side * table[near, place - 1] >= edge:
        place -= 1
    if place < end:
        for field in range(TABLE_FIELDS):
            for k in range(end, place, -1):
                table[field, k] = table[field, k - 1]
    table[TABLE_ORIGIN, place] = zone[MADE_BY]
    add_zone(table, place, zone[LOW_EDGE], zone[HIGH_EDGE], candle)
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
    zones, opens = rows
    table, start, end = memory.tables[kind], 0, memory.sizes[kind]
    origin, most = int(memory.state[ORIGIN_STATE, ORIGIN]), int(memory.params[OPEN_ZONES])
    edge, wick_row, once = near_edge(side), LOW if side > 0 else HIGH, kind < BULLISH_GAP
    low, high, known, touches, untouched = nearest_zone(table, start, end)
    for i in range(first, last):
        candle, close, wick = origin + i, candles[CLOSE, i], candles[wick_row, i]
        mitigated, ended = 0, 0
        if end > start and side * wick <= side * table[edge, end - 1]:
            end, mitigated, ended = meet_zones(table, (start, end), side, (wick, close), candle)
            low, high, known, touches, untouched = nearest_zone(table, start, end)
        facts.flags[opens.mitigated, i] = min(mitigated, 127)
        facts.flags[opens.ended, i] = min(ended, 127)
        if facts.flags[made, i] == side:
            zone = scratched_zone(memory.scratch, i - first)
            if once and has_zone_from(table, start, end, zone[MADE_BY]):
                facts.flags[made, i] = 0
            else:
                start, end = open_zone(table, (start, end), side, candle, zone, most)
                low, high, known, touches, untouched = nearest_zone(table, start, end)
        facts.prices[zones.low, i], facts.prices[zones.high, i] = low, high
        facts.flags[zones.touches, i], facts.flags[opens.fresh, i] = touches, untouched
        memory.scratch[CREATED, i - first] = known
    describe_zones(candles, first, last, zones, memory, facts)
    memory.sizes[kind] = move_to_front(table, start, end)


@part
def scratched_zone(scratch: NDArray[float64], k: int) -> tuple[float, float, float]:
    """The zone that becomes known at the k-th candle: LOW_EDGE, HIGH_EDGE, MADE_BY."""
    return scratch[LOW_EDGE, k], scratch[HIGH_EDGE, k], scratch[MADE_BY, k]


@part
def nearest_zone(
    table: NDArray[float64], start: int, end: int
) -> tuple[float, float, float, int, int]:
    """Edges, candle, touches (at most 127) and freshness of the last zone; zeros without one."""
    if end == start:
        return 0.0, 0.0, 0.0, 0, 0
    touches = int(min(table[TABLE_TOUCHES, end - 1], 127.0))
    return (
        table[TABLE_LOW, end - 1],
        table[TABLE_HIGH, end - 1],
        table[TABLE_CREATED, end - 1],
        touches,
        int(touches == 0),
    )
