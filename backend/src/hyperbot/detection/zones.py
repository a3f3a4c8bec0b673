"""Zones: support and resistance, order blocks, fair value gaps, premium and discount."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    ORIGIN,
    ORIGIN_STATE,
    RESISTANCE,
    SUPPORT,
    TABLE_CREATED,
    TABLE_FIELDS,
    TABLE_HIGH,
    TABLE_LAST_TOUCH,
    TABLE_LOW,
    TABLE_TOUCHES,
    Memory,
    Outputs,
    kernel,
)
from hyperbot.detection.market_structure import (
    SWING_HIGH,
    SWING_HIGH_PRICE,
    SWING_LOW,
    SWING_LOW_PRICE,
    sign,
)
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR
from hyperbot.domain.market import CLOSE

MERGE = param("zone.merge")
ZONES = param("zone.zones")
MEMORY = param("zone.memory")

PREMIUM = row("zone.premium")
LEG_POSITION = row("zone.leg_position")
SUPPORT_UNTOUCHED = row("zone.support.untouched")
RESISTANCE_UNTOUCHED = row("zone.resistance.untouched")

FARTHEST = 100.0
CREATED = 3
"""scratch row: number of the candle at which the zone described became known"""
LEG_LIMIT = 10.0


class ZoneRows(NamedTuple):
    """Where the facts about the nearest zone of one kind are stored."""

    distance: int
    inside: int
    touches: int
    age: int
    low: int
    high: int


def zone_rows(kind: str) -> ZoneRows:
    """The rows of `zone.<kind>.*`."""
    return ZoneRows(*(row(f"zone.{kind}.{name}") for name in ZoneRows._fields))


SUPPORT_ROWS = zone_rows("support")
RESISTANCE_ROWS = zone_rows("resistance")


@kernel
def describe_zones(
    candles: NDArray[float64],
    first: int,
    last: int,
    rows: ZoneRows,
    memory: Memory,
    facts: Outputs,
) -> None:
    """Distance, inside and age of the zones whose edges stand in the facts (high 0: none).

    The numbers of the candles at which they became known lie in the scratch.
    """
    count, origin = last - first, memory.state[ORIGIN_STATE, ORIGIN] + first
    created = memory.scratch[CREATED, :count]
    closes, averages = candles[CLOSE, first:last], facts.prices[ATR, first:last]
    lows, highs = facts.prices[rows.low, first:last], facts.prices[rows.high, first:last]
    distances, insides = (
        facts.ratios[rows.distance, first:last],
        facts.flags[rows.inside, first:last],
    )
    ages = facts.counts[rows.age, first:last]
    for k in range(count):
        there = highs[k] > 0.0
        over, under = closes[k] - highs[k], lows[k] - closes[k]
        apart = max(over, under)
        inside = there & (apart <= 0.0)
        near = there & (apart < FARTHEST * averages[k])
        relative = apart / (averages[k] if averages[k] > 0.0 else 1.0)
        distances[k] = 0.0 if inside else (relative if near else FARTHEST)
        insides[k] = inside
        ages[k] = origin + k - created[k] if there else -1.0


@kernel
def nearest_to(table: NDArray[float64], size: int, price: float) -> int:
    """The zone nearest to `price`, the first created on a tie; -1 if there is none."""
    nearest, least = -1, np.inf
    for place in range(size):
        # Without branches: which zone is nearer is a coin toss that no processor foresees.
        distance = max(0.0, price - table[TABLE_HIGH, place], table[TABLE_LOW, place] - price)
        is_nearer = distance < least
        nearest = place if is_nearer else nearest
        least = distance if is_nearer else least
    return nearest


@kernel
def remove_zone(table: NDArray[float64], size: int, place: int) -> int:
    """Close the gap that the zone leaves in the order of creation; returns the new size."""
    if place == size - 1:
        return place
    for field in range(TABLE_FIELDS):
        for k in range(place, size - 1):
            table[field, k] = table[field, k + 1]
    return size - 1


@kernel
def add_zone(table: NDArray[float64], size: int, low: float, high: float, candle: int) -> int:
    """Append a zone that becomes known at `candle`, untouched; returns the new size."""
    table[TABLE_LOW, size], table[TABLE_HIGH, size] = low, high
    table[TABLE_CREATED, size] = candle
    table[TABLE_LAST_TOUCH, size] = -1.0
    table[TABLE_TOUCHES, size] = 0.0
    return size + 1


@kernel
def weakest_zone(table: NDArray[float64], size: int) -> int:
    """Fewest touches, then the oldest last touch, then created first."""
    weakest = 0
    for place in range(1, size):
        touches, fewest = table[TABLE_TOUCHES, place], table[TABLE_TOUCHES, weakest]
        if touches < fewest or (
            touches == fewest and table[TABLE_LAST_TOUCH, place] < table[TABLE_LAST_TOUCH, weakest]
        ):
            weakest = place
    return weakest


@kernel
def forget_zones(table: NDArray[float64], size: int, oldest: int) -> int:
    """Remove zones that were last touched before candle `oldest`; returns the new size."""
    for place in range(size - 1, -1, -1):
        if table[TABLE_LAST_TOUCH, place] < oldest:
            size = remove_zone(table, size, place)
    return size


@kernel
def join_swing(
    table: NDArray[float64], size: int, price: float, reach: float, candle_and_most: tuple[int, int]
) -> int:
    """Merge a swing into the zone whose middle lies within `reach`, or start one; new size."""
    candle, most = candle_and_most
    nearest, least = -1, reach
    for place in range(size):
        distance = abs(price - (table[TABLE_LOW, place] + table[TABLE_HIGH, place]) / 2.0)
        if distance < least or (nearest < 0 and distance == least):
            nearest, least = place, distance
    if nearest < 0:
        if size == most:
            size = remove_zone(table, size, weakest_zone(table, size))
        nearest = size
        size = add_zone(table, size, price, price, candle)
    table[TABLE_LOW, nearest] = min(table[TABLE_LOW, nearest], price)
    table[TABLE_HIGH, nearest] = max(table[TABLE_HIGH, nearest], price)
    table[TABLE_LAST_TOUCH, nearest] = candle
    table[TABLE_TOUCHES, nearest] += 1.0
    return size


@kernel
def advance_support_and_resistance(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Confirmed swings, merged; the nearest zone of each side."""
    for side in (1, -1):
        advance_swing_zones(candles, first, last, side, memory, facts)


@kernel
def advance_swing_zones(
    candles: NDArray[float64], first: int, last: int, side: int, memory: Memory, facts: Outputs
) -> None:
    """Support (side +1, of swing lows) or resistance (side -1, of swing highs)."""
    kind, rows = (SUPPORT, SUPPORT_ROWS) if side > 0 else (RESISTANCE, RESISTANCE_ROWS)
    # Rows are indexed, not taken as views: each view counts references, which is most of the cost
    # of a single candle.
    made, swings = (SWING_LOW, SWING_LOW_PRICE) if side > 0 else (SWING_HIGH, SWING_HIGH_PRICE)
    untouched = SUPPORT_UNTOUCHED if side > 0 else RESISTANCE_UNTOUCHED
    table, size = memory.tables[kind], memory.sizes[kind]
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    merge, most = memory.params[MERGE], int(memory.params[ZONES])
    remembered = int(memory.params[MEMORY])
    for i in range(first, last):
        candle, close = origin + i, candles[CLOSE, i]
        if facts.flags[made, i]:
            reach = merge * facts.prices[ATR, i]
            size = forget_zones(table, size, candle - remembered)
            size = join_swing(table, size, facts.prices[swings, i], reach, (candle, most))
        place = nearest_to(table, size, close)
        there = place >= 0
        facts.prices[rows.low, i] = table[TABLE_LOW, place] if there else 0.0
        facts.prices[rows.high, i] = table[TABLE_HIGH, place] if there else 0.0
        touches = min(table[TABLE_TOUCHES, place], 127.0) if there else 0.0
        facts.flags[rows.touches, i] = touches
        last_touch = table[TABLE_LAST_TOUCH, place] if there else candle + 1.0
        facts.counts[untouched, i] = candle - last_touch
        memory.scratch[CREATED, i - first] = table[TABLE_CREATED, place] if there else 0.0
    describe_zones(candles, first, last, rows, memory, facts)
    memory.sizes[kind] = size


@kernel
def advance_premium(candles: NDArray[float64], first: int, last: int, facts: Outputs) -> None:
    """Where the close lies in the leg between the last two swings."""
    for i in range(first, last):
        high, low = facts.prices[SWING_HIGH_PRICE, i], facts.prices[SWING_LOW_PRICE, i]
        close = candles[CLOSE, i]
        side, position = 0, 0.0
        if low > 0.0 and high > low:
            side = sign(2.0 * close - (high + low))
            position = min(max((close - low) / (high - low), -LEG_LIMIT), LEG_LIMIT)
        facts.flags[PREMIUM, i] = side
        facts.ratios[LEG_POSITION, i] = position
