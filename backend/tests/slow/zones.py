"""Zones, as the reference page reads: support, resistance, order blocks, gaps, premium.

Everything is told for the long side; the short side is the long side of the mirrored candles.
"""

from __future__ import annotations

from dataclasses import dataclass

from hyperbot.detection import DetectionParams
from hyperbot.detection.params import ZoneParams
from slow.candles import Candles, Columns, side_of_middle
from slow.structure import Swing, last_known, swing_highs, swing_lows

FARTHEST = 100
MOST = 127


@dataclass
class Zone:
    """A band of prices that lives from `created` on."""

    low: float
    high: float
    created: int
    last_touch: int
    touches: int = 0
    origin: int = -1

    def away(self, close: float) -> float:
        return max(0.0, close - self.high, self.low - close)


NO_ZONE = {
    "distance": FARTHEST,
    "inside": 0,
    "touches": 0,
    "age": -1,
    "low": 0.0,
    "high": 0.0,
    "fresh": 0,
    "untouched": -1,
}


def described(zone: Zone | None, i: int, close: float, atr: float) -> dict[str, float]:
    """What the facts of candle i say of the nearest zone."""
    if zone is None:
        return NO_ZONE
    away = zone.away(close)
    distance = 0.0 if away == 0 else FARTHEST if atr == 0 else min(away / atr, FARTHEST)
    return {
        "distance": distance,
        "inside": int(zone.low <= close <= zone.high),
        "touches": min(zone.touches, MOST),
        "age": i - zone.created,
        "low": zone.low,
        "high": zone.high,
        "fresh": int(zone.touches == 0),
        "untouched": i - zone.last_touch,
    }


def as_columns(kind: str, rows: list[dict[str, float]], fields: tuple[str, ...]) -> Columns:
    return {f"zone.{kind}.{field}": [row[field] for row in rows] for field in fields}


def mirrored_back(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    """Facts of the mirrored candles in prices of the real ones."""
    return [{**row, "low": 0 - row["high"], "high": 0 - row["low"]} for row in rows]


def support(
    candles: Candles, lows: list[Swing], atr: list[float], params: ZoneParams
) -> list[dict[str, float]]:
    """At each candle, the nearest support zone."""
    becomes_known = {swing.known: swing for swing in lows}
    zones: list[Zone] = []
    rows = []
    for i in candles.rows:
        if i in becomes_known:
            zones = [zone for zone in zones if i - zone.last_touch <= params.memory]
            join_support(zones, becomes_known[i], params.merge * atr[i], params.zones)
        close = candles.close[i]
        # `min` takes the first of several that are equally near: the one created first.
        nearest = min(zones, key=lambda zone: zone.away(close), default=None)
        rows.append(described(nearest, i, close, atr[i]))
    return rows


def join_support(zones: list[Zone], swing: Swing, reach: float, capacity: int) -> None:
    def to_middle(zone: Zone) -> float:
        return abs((zone.low + zone.high) / 2 - swing.price)

    nearest = min(zones, key=to_middle, default=None)
    if nearest is not None and to_middle(nearest) <= reach:
        nearest.low = min(nearest.low, swing.price)
        nearest.high = max(nearest.high, swing.price)
        nearest.touches += 1
        nearest.last_touch = swing.known
        return
    if len(zones) == capacity:
        zones.remove(min(zones, key=lambda zone: (zone.touches, zone.last_touch, zone.created)))
    zones.append(Zone(swing.price, swing.price, swing.known, swing.known, touches=1))


def new_block(
    candles: Candles, i: int, breaks_up: list[bool], live: list[Zone], params: ZoneParams
) -> Zone | None:
    """The last opposite candle before a move that breaks structure upwards at candle i."""
    if not breaks_up[i]:
        return None
    for k in range(i - 1, max(i - params.block_candles, 0) - 1, -1):
        if candles.close[k] < candles.open[k]:
            if any(zone.origin == k for zone in live):
                return None
            return Zone(candles.close[k], candles.open[k], i, last_touch=-1, origin=k)
    return None


def new_gap(candles: Candles, i: int, atr: list[float], params: ZoneParams) -> Zone | None:
    """The prices that three candles in a row left out on their way up."""
    if i < 2:
        return None
    low, high = candles.high[i - 2], candles.low[i]
    if params.gap_coloured and not candles.close[i - 1] > candles.open[i - 1]:
        return None
    if high > low and high - low >= params.gap * atr[i]:
        return Zone(low, high, i, last_touch=-1)
    return None


def touch_and_end(zones: list[Zone], i: int, candles: Candles) -> tuple[int, int]:
    """Step 1 of a candle. How many zones were first touched and how many ended, at most 127."""
    mitigated = ended = 0
    for zone in list(zones):
        if candles.low[i] <= zone.high:
            mitigated += zone.touches == 0
            zone.touches += zone.last_touch != i - 1
            zone.last_touch = i
        if candles.close[i] < zone.low:
            ended += 1
            zones.remove(zone)
    return min(mitigated, MOST), min(ended, MOST)


def open_zones(
    candles: Candles, atr: list[float], params: ZoneParams, breaks_up: list[bool] | None
) -> tuple[list[dict[str, float]], list[bool]]:
    """Order blocks (where structure breaks up) or gaps (None): the nearest, and which are new."""
    zones: list[Zone] = []
    rows, is_new = [], []
    for i in candles.rows:
        mitigated, ended = touch_and_end(zones, i, candles)
        if breaks_up is None:
            new = new_gap(candles, i, atr, params)
        else:
            new = new_block(candles, i, breaks_up, zones, params)
        if new is not None:
            zones.append(new)
        if len(zones) > params.open_zones:
            # `min` takes the first of several that are equally far: the one created last.
            zones.remove(min(reversed(zones), key=lambda zone: zone.high))
        # `max` takes the first of several that are equally high: the one created first.
        nearest = max(zones, key=lambda zone: zone.high, default=None)
        row = described(nearest, i, candles.close[i], atr[i])
        rows.append({**row, "mitigated": mitigated, "ended": ended})
        is_new.append(new is not None)
    return rows, is_new


LEVEL_FIELDS = ("distance", "inside", "touches", "age", "low", "high", "untouched")
OPEN_FIELDS = (*LEVEL_FIELDS[:-1], "fresh", "mitigated", "ended")


def level_columns(candles: Candles, atr: list[float], params: DetectionParams) -> Columns:
    mirrored = candles.mirrored()
    lows = swing_lows(candles, atr, params.structure)
    lows_of_mirrored = swing_lows(mirrored, atr, params.structure)
    below = support(candles, lows, atr, params.zone)
    above = mirrored_back(support(mirrored, lows_of_mirrored, atr, params.zone))
    return {
        **as_columns("support", below, LEVEL_FIELDS),
        **as_columns("resistance", above, LEVEL_FIELDS),
    }


def block_columns(
    candles: Candles, atr: list[float], params: ZoneParams, found: Columns
) -> Columns:
    breaks = list(found["structure.bos"])
    if params.block_on_choch:
        breaks = [bos or choch for bos, choch in zip(breaks, found["structure.choch"], strict=True)]
    up, new_up = open_zones(candles, atr, params, [direction == 1 for direction in breaks])
    down, new_down = open_zones(
        candles.mirrored(), atr, params, [direction == -1 for direction in breaks]
    )
    return {
        "zone.order_block": [int(new_up[i]) - int(new_down[i]) for i in candles.rows],
        **as_columns("bullish_block", up, OPEN_FIELDS),
        **as_columns("bearish_block", mirrored_back(down), OPEN_FIELDS),
    }


def gap_columns(candles: Candles, atr: list[float], params: ZoneParams) -> Columns:
    up, new_up = open_zones(candles, atr, params, None)
    down, new_down = open_zones(candles.mirrored(), atr, params, None)
    return {
        "zone.fair_value_gap": [int(new_up[i]) - int(new_down[i]) for i in candles.rows],
        **as_columns("bullish_gap", up, OPEN_FIELDS),
        **as_columns("bearish_gap", mirrored_back(down), OPEN_FIELDS),
    }


def leg_columns(candles: Candles, atr: list[float], params: DetectionParams) -> Columns:
    highs = last_known(swing_highs(candles, atr, params.structure), candles)
    lows = last_known(swing_lows(candles, atr, params.structure), candles)
    sides, positions = [], []
    for close, high, low in zip(candles.close, highs, lows, strict=True):
        if high is None or low is None or high.price <= low.price:
            sides.append(0)
            positions.append(0.0)
        else:
            sides.append(side_of_middle(close, high.price, low.price))
            position = (close - low.price) / (high.price - low.price)
            positions.append(min(max(position, -10.0), 10.0))
    return {"zone.premium": sides, "zone.leg_position": positions}


def facts(candles: Candles, params: DetectionParams, found: Columns) -> Columns:
    atr = found["candle.atr"]
    return {
        **level_columns(candles, atr, params),
        **block_columns(candles, atr, params.zone, found),
        **gap_columns(candles, atr, params.zone),
        **leg_columns(candles, atr, params),
    }
