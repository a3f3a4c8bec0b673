"""Zones: support and resistance, order blocks, fair value gaps, premium and discount."""

from __future__ import annotations

from typing import NamedTuple

from numpy import float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import (
    RESISTANCE,
    SUPPORT,
    TABLE_CREATED,
    TABLE_FIELDS,
    TABLE_HIGH,
    TABLE_LAST_TOUCH,
    TABLE_LOW,
    TABLE_TOUCHES,
    ORIGIN,
    ORIGIN_STATE,
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

PREMIUM = row("zone.premium")
LEG_POSITION = row("zone.leg_position")
SUPPORT_UNTOUCHED = row("zone.support.untouched")
RESISTANCE_UNTOUCHED = row("zone.resistance.untouched")

FARTHEST = 100.0
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
def distance_to(table: NDArray[float64], place: int, price: float) -> float:
    """From `price` to the zone, 0 inside."""
    return max(0.0, price - table[TABLE_HIGH, place], table[TABLE_LOW, place] - price)


@kernel
def nearest_to(table: NDArray[float64], size: int, price: float) -> int:
    """The place of the zone nearest to `price`, the first created on a tie; -1 if none."""
    nearest, least = -1, 0.0
    for place in range(size):
        distance = distance_to(table, place, price)
        if nearest < 0 or distance < least:
            nearest, least = place, distance
    return nearest


@kernel
def remove_zone(table: NDArray[float64], size: int, place: int) -> int:
    """Close the gap that the zone leaves in the order of creation; returns the new size."""
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
def describe_zone(
    table: NDArray[float64],
    place: int,
    at: tuple[int, int],
    close_and_atr: tuple[float, float],
    rows: ZoneRows,
    facts: Outputs,
) -> None:
    """Write the facts about one zone (place -1: none); `at` is (column, candle number)."""
    i, candle = at
    close, average = close_and_atr
    if place < 0:
        facts.ratios[rows.distance, i] = FARTHEST
        facts.flags[rows.inside, i] = 0
        facts.flags[rows.touches, i] = 0
        facts.counts[rows.age, i] = -1
        facts.prices[rows.low, i] = 0.0
        facts.prices[rows.high, i] = 0.0
        return
    distance = distance_to(table, place, close)
    if distance == 0.0:
        facts.ratios[rows.distance, i] = 0.0
    else:
        far = distance >= FARTHEST * average
        facts.ratios[rows.distance, i] = FARTHEST if far else distance / average
    facts.flags[rows.inside, i] = distance == 0.0
    facts.flags[rows.touches, i] = min(table[TABLE_TOUCHES, place], 127.0)
    facts.counts[rows.age, i] = candle - table[TABLE_CREATED, place]
    facts.prices[rows.low, i] = table[TABLE_LOW, place]
    facts.prices[rows.high, i] = table[TABLE_HIGH, place]


@kernel
def advance_support_and_resistance(
    candles: NDArray[float64], first: int, last: int, memory: Memory, facts: Outputs
) -> None:
    """Confirmed swings, merged; the nearest zone of each side."""
    support, resistance = memory.tables[SUPPORT], memory.tables[RESISTANCE]
    supports, resistances = memory.sizes[SUPPORT], memory.sizes[RESISTANCE]
    origin = int(memory.state[ORIGIN_STATE, ORIGIN])
    most = int(memory.params[ZONES])
    for i in range(first, last):
        close, average = candles[CLOSE, i], facts.prices[ATR, i]
        candle, reach = origin + i, memory.params[MERGE] * average
        if facts.flags[SWING_LOW, i]:
            price = facts.prices[SWING_LOW_PRICE, i]
            supports = join_swing(support, supports, price, reach, (candle, most))
        if facts.flags[SWING_HIGH, i]:
            price = facts.prices[SWING_HIGH_PRICE, i]
            resistances = join_swing(resistance, resistances, price, reach, (candle, most))
        place = nearest_to(support, supports, close)
        describe_zone(support, place, (i, candle), (close, average), SUPPORT_ROWS, facts)
        last_touch = support[TABLE_LAST_TOUCH, place] if place >= 0 else candle + 1.0
        facts.counts[SUPPORT_UNTOUCHED, i] = candle - last_touch
        place = nearest_to(resistance, resistances, close)
        describe_zone(resistance, place, (i, candle), (close, average), RESISTANCE_ROWS, facts)
        last_touch = resistance[TABLE_LAST_TOUCH, place] if place >= 0 else candle + 1.0
        facts.counts[RESISTANCE_UNTOUCHED, i] = candle - last_touch
    memory.sizes[SUPPORT], memory.sizes[RESISTANCE] = supports, resistances


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
