"""Entries, as the reference page reads: breakout, fakeout, onion, celery.

Everything is told for the long side; the short side is the long side of the mirrored candles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from hyperbot.detection import DetectionParams
from slow.candles import Candles, Columns
from slow.measures import usual_volume

ARMED, RESTING = 1, 2
CELERY_COLUMNS = (
    "candle.celery",
    "candle.celery.strength",
    "candle.celery.state",
    "candle.celery.trigger",
    "candle.celery.stop",
)


class Market(NamedTuple):
    """What the long side looks at; prices of what does not exist are None."""

    candles: Candles
    atr: list[float]
    top: list[float | None]
    bottom: list[float | None]
    swing_high: list[float | None]
    swing_low: list[float | None]
    params: DetectionParams

    def mirrored(self) -> Market:
        return Market(
            self.candles.mirrored(),
            self.atr,
            top=mirrored_levels(self.bottom),
            bottom=mirrored_levels(self.top),
            swing_high=mirrored_levels(self.swing_low),
            swing_low=mirrored_levels(self.swing_high),
            params=self.params,
        )


Sides = dict[int, Market]
"""The market as the long side sees it (1), and as the short side does (-1)."""


def mirrored_levels(prices: list[float | None]) -> list[float | None]:
    return [None if price is None else -price for price in prices]


def existing(prices: list[float]) -> list[float | None]:
    return [price or None for price in prices]


class Entry(NamedTuple):
    """An entry on the long side: how clear it is, and the price that goes with it."""

    clarity: float
    price: float = 0.0


def quotient(above: float, below: float) -> float:
    return above / below if below else 1.0


def strength(clarity: float) -> float:
    return int(100 * (0.5 + 0.5 * clarity) + 0.5) / 100


def breakout(market: Market, i: int) -> Entry | None:
    """The price that goes with it is the level that was passed."""
    candles, atr, params = market.candles, market.atr[i], market.params.entry
    if i < 1 or not has_breakout_shape(market, i):
        return None
    margin = params.breakout * atr
    close, close_before = candles.close[i], candles.close[i - 1]
    for level in (market.top[i - 1], market.swing_high[i - 1]):
        if level is not None and close > level + margin and close_before <= level:
            distance = min(1.0, quotient(close - level - margin, atr))
            share = candles.body(i) / candles.range(i)
            body = quotient(share - params.breakout_body, 1 - params.breakout_body)
            return Entry(0.5 * distance + 0.5 * body, level)
    return None


def has_breakout_shape(market: Market, i: int) -> bool:
    candles, params = market.candles, market.params.entry
    return (
        candles.close[i] > candles.open[i]
        and candles.body(i) >= params.breakout_body * candles.range(i)
        and candles.low[i] >= candles.low[i - 1]
        and (params.breakout_volume == 0 or has_breakout_volume(market, i))
    )


def has_breakout_volume(market: Market, i: int) -> bool:
    volume, usual = market.candles.volume[i], usual_volume(market.candles, i)
    if usual is None:
        return False
    return volume > 0 and volume >= market.params.entry.breakout_volume * usual


def fakeout(market: Market, i: int) -> Entry | None:
    """The price that goes with it is the extreme of the break."""
    start = i - market.params.entry.fakeout_candles
    if start < 0 or market.candles.range(i) == 0:
        return None
    for level in (market.bottom[start], market.swing_low[start]):
        entry = None if level is None else fakeout_of(market, i, start, level)
        if entry is not None:
            return entry
    return None


def fakeout_of(market: Market, i: int, start: int, level: float) -> Entry | None:
    candles, atr = market.candles, market.atr[i]
    margin = market.params.entry.fakeout * atr
    beyond = [k for k in range(start + 1, i + 1) if candles.low[k] <= level - margin]
    if not beyond:
        return None
    k = beyond[0]
    comes_from_inside = candles.close[k - 1] >= level
    stays_out = all(close < level + margin for close in candles.close[k:i])
    is_back = candles.close[i] >= level + margin
    if not (comes_from_inside and stays_out and is_back):
        return None
    extreme = min(candles.low[k : i + 1])
    out = min(1.0, quotient(level - margin - extreme, atr))
    back = min(1.0, quotient(candles.close[i] - level - margin, atr))
    return Entry(0.5 * out + 0.5 * back, extreme)


def onion(market: Market, i: int) -> Entry | None:
    candles, params = market.candles, market.params.entry
    top, bottom, close = market.top[i], market.bottom[i], market.candles.close[i]
    if top is None or bottom is None:
        return None
    height = top - bottom
    away = abs(candles.low[i] - bottom)
    holds = (
        height >= params.onion_height * market.atr[i]
        and away <= params.onion_edge * height
        and close > candles.open[i]
        and bottom <= close <= top
    )
    if not holds:
        return None
    return Entry(1 - away / (params.onion_edge * height) if away else 1.0)


def engulfs_liquidity(market: Market, i: int) -> bool:
    candles, params = market.candles, market.params.candle
    size = candles.range(i)
    if i < 1 or size == 0:
        return False
    return (
        candles.low[i] < candles.low[i - 1]
        and candles.close[i] > candles.high[i - 1]
        and candles.close[i] > candles.open[i]
        and candles.upper_wick(i) <= params.engulf_wick * size
        and (candles.close[i] - candles.low[i]) / size >= params.engulf_close
        and size >= params.engulf_range * market.atr[i]
    )


def has_small_wick(market: Market, i: int) -> bool:
    candles, params = market.candles, market.params.candle
    return (
        candles.close[i] > candles.open[i]
        and candles.lower_wick(i) <= params.small_wick * candles.range(i)
        and candles.body(i) >= params.small_wick_body * candles.range(i)
    )


def has_steeper_wick(market: Market, i: int) -> bool:
    candles, params = market.candles, market.params.candle
    size, wick = candles.range(i), candles.lower_wick(i)
    return (
        size > 0
        and wick >= params.steeper_wick * size
        and wick >= params.steeper_wick_ratio * candles.upper_wick(i)
        and wick >= candles.body(i)
        and (candles.close[i] - candles.low[i]) / size >= params.steeper_wick_close
    )


def signal(sides: Sides, i: int) -> int:
    """The direction in which candle i arms celery; 0 if it does not."""
    params = sides[1].params.entry
    for is_on, holds in (
        (params.celery_engulf, engulfs_liquidity),
        (params.celery_small_wick, has_small_wick),
        (params.celery_steeper_wick, has_steeper_wick),
    ):
        direction = direction_of(holds, sides, i)
        if is_on and direction:
            return direction
    return 0


def direction_of(holds: Callable[[Market, int], bool], sides: Sides, i: int) -> int:
    return int(holds(sides[1], i)) - int(holds(sides[-1], i))


@dataclass(frozen=True)
class Setup:
    """Celery under way: armed by candle `signal`, its order resting since `retraced`."""

    direction: int
    signal: int
    retraced: int | None = None

    def trigger(self, sides: Sides) -> float:
        side = sides[self.direction]
        return side.candles.high[self.signal] + side.params.candle.tick

    def stop(self, sides: Sides) -> float:
        side = sides[self.direction]
        return side.candles.low[self.signal] - side.params.candle.tick

    def clarity(self, sides: Sides) -> float:
        candles = sides[self.direction].candles
        depth = candles.close[self.signal] - candles.low[self.retraced or 0]
        return min(1.0, depth / candles.range(self.signal))


def advanced(sides: Sides, setup: Setup, i: int) -> Setup | None:
    """The setup after candle i, if that does not fill it; None if it is cancelled."""
    side = sides[setup.direction]
    candles, params = side.candles, side.params.entry
    low, s = candles.low[i], setup.signal
    if low <= candles.low[s]:
        return None
    if setup.retraced is not None:
        return setup if i - setup.retraced < params.celery_wait else None
    if low <= candles.close[s] - params.celery_retrace * candles.range(s):
        return Setup(setup.direction, s, retraced=i)
    return setup if i - s < params.celery_wait else None


def is_filled(sides: Sides, setup: Setup, i: int) -> bool:
    candles = sides[setup.direction].candles
    return (
        setup.retraced is not None
        and candles.low[i] > candles.low[setup.signal]
        and candles.high[i] >= setup.trigger(sides)
    )


def celery_columns(sides: Sides) -> Columns:
    columns: Columns = {name: [] for name in CELERY_COLUMNS}
    setup: Setup | None = None
    for i in sides[1].candles.rows:
        filled = setup if setup and is_filled(sides, setup, i) else None
        setup = advanced(sides, setup, i) if setup and not filled else None
        direction = signal(sides, i)
        if direction and (setup is None or setup.retraced is None):
            setup = Setup(direction, i)
        told = filled or setup
        stage = 0 if setup is None else ARMED if setup.retraced is None else RESTING
        row = (
            filled.direction if filled else 0,
            strength(filled.clarity(sides)) if filled else 0.0,
            stage * setup.direction if setup else 0,
            told.direction * told.trigger(sides) if told else 0.0,
            told.direction * told.stop(sides) if told else 0.0,
        )
        for name, value in zip(CELERY_COLUMNS, row, strict=True):
            columns[name].append(value)
    return columns


def entry_columns(
    name: str, find: Callable[[Market, int], Entry | None], sides: Sides, price: str | None
) -> Columns:
    """Columns of an entry; where both sides hold, the candle's colour decides."""
    directions, strengths, prices = [], [], []
    for i in sides[1].candles.rows:
        found = {side: entry for side in (1, -1) if (entry := find(sides[side], i))}
        direction = sides[1].candles.colour(i) if len(found) == 2 else sum(found)
        entry = found.get(direction)
        directions.append(direction)
        strengths.append(strength(entry.clarity) if entry else 0.0)
        prices.append(direction * entry.price if entry else 0.0)
    columns: Columns = {f"candle.{name}": directions, f"candle.{name}.strength": strengths}
    if price:
        columns[f"candle.{name}.{price}"] = prices
    return columns


def facts(candles: Candles, params: DetectionParams, found: Columns) -> Columns:
    long = Market(
        candles,
        found["candle.atr"],
        top=existing(found["cycle.range.top"]),
        bottom=existing(found["cycle.range.bottom"]),
        swing_high=existing(found["structure.swing_high.price"]),
        swing_low=existing(found["structure.swing_low.price"]),
        params=params,
    )
    sides = {1: long, -1: long.mirrored()}
    return {
        **entry_columns("breakout", breakout, sides, "level"),
        **entry_columns("fakeout", fakeout, sides, "extreme"),
        **entry_columns("onion", onion, sides, None),
        **celery_columns(sides),
    }
