"""The content's candles and the plain bars, as the reference page reads, and the measures.

Everything is told for the long side; the short side is the long side of the mirrored candles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hyperbot.detection import DetectionParams
from slow.candles import Candles, Columns
from slow.entries import quotient, strength
from slow.measures import sum_in_order, usual_volume

LARGEST_RATIO = 1e9
USUAL = 10


class Market(NamedTuple):
    """What the long side looks at; prices of what does not exist are None."""

    candles: Candles
    params: DetectionParams
    atr: list[float]
    swept_lows: list[int]
    swept_highs: list[int]
    support: list[float | None]
    resistance: list[float | None]

    def mirrored(self) -> Market:
        return Market(
            self.candles.mirrored(),
            self.params,
            self.atr,
            swept_lows=self.swept_highs,
            swept_highs=self.swept_lows,
            support=[None if price is None else -price for price in self.resistance],
            resistance=[None if price is None else -price for price in self.support],
        )


Rule = Callable[[Market, int], float | None]
"""How clearly a candle is the long pattern; None if it is not."""


def close_position(candles: Candles, i: int) -> float:
    return (candles.close[i] - candles.low[i]) / candles.range(i)


def mean_before(values: Callable[[int], float], i: int, period: int) -> float:
    return sum_in_order([values(k) for k in range(i - period, i)]) / period


def liquidity_engulf(market: Market, i: int) -> float | None:
    candles, params = market.candles, market.params.candle
    if i < 1:
        return None
    close, low, size = candles.close[i], candles.low[i], candles.range(i)
    most = params.engulf_wick * size
    holds = (
        low < candles.low[i - 1]
        and close > candles.high[i - 1]
        and close > candles.open[i]
        and candles.upper_wick(i) <= most
        and close_position(candles, i) >= params.engulf_close
        and size >= params.engulf_range * market.atr[i]
    )
    if not holds:
        return None
    support = market.support[i - 1]
    takes_support = support is not None and low < support < close
    is_taken = market.swept_lows[i] > 0 or takes_support
    return 0.5 * (1 - candles.upper_wick(i) / most if most else 1) + 0.5 * is_taken


def weak_white(market: Market, i: int) -> float | None:
    candles, params = market.candles, market.params.candle
    if i < USUAL:
        return None
    limit = params.weak_body * mean_before(candles.body, i, USUAL)
    holds = (
        all(candles.colour(k) > 0 for k in (i - 2, i - 1, i))
        and candles.body(i) <= limit
        and candles.upper_wick(i) <= max(params.weak_wick * candles.range(i), 2 * params.tick)
        and candles.close[i] < candles.close[i - 1] + params.weak_progress * market.atr[i]
    )
    return 1 - candles.body(i) / limit if holds else None


def small_wick(market: Market, i: int) -> float | None:
    candles, params = market.candles, market.params.candle
    most = params.small_wick * candles.range(i)
    holds = (
        candles.colour(i) > 0
        and candles.lower_wick(i) <= most
        and candles.body(i) >= params.small_wick_body * candles.range(i)
    )
    if not holds:
        return None
    surplus = candles.body(i) / candles.range(i) - params.small_wick_body
    wick = 1 - candles.lower_wick(i) / most if most else 1
    return 0.5 * wick + 0.5 * quotient(surplus, 1 - params.small_wick_body)


def steeper_wick(market: Market, i: int) -> float | None:
    candles, params = market.candles, market.params.candle
    wick, size = candles.lower_wick(i), candles.range(i)
    holds = (
        wick >= params.steeper_wick * size
        and wick >= params.steeper_wick_ratio * candles.upper_wick(i)
        and wick >= candles.body(i)
        and close_position(candles, i) >= params.steeper_wick_close
    )
    return quotient(wick / size - params.steeper_wick, 1 - params.steeper_wick) if holds else None


def no_wick(market: Market, i: int) -> float | None:
    candles, params = market.candles, market.params.candle
    is_bare = candles.upper_wick(i) <= max(params.no_wick * candles.range(i), params.tick)
    return 1.0 if is_bare else None


def pin_bar(market: Market, i: int) -> float | None:
    candles, params = market.candles, market.params.candle
    wick, size = candles.lower_wick(i), candles.range(i)
    holds = (
        wick >= params.pin_wick * size
        and candles.body(i) <= params.pin_body * size
        and min(candles.open[i], candles.close[i]) >= candles.high[i] - size / 3
    )
    return quotient(wick / size - params.pin_wick, 1 - params.pin_wick) if holds else None


def celery_candle(market: Market, i: int) -> float | None:
    candles, params = market.candles, market.params.candle
    upper, lower, size = candles.upper_wick(i), candles.lower_wick(i), candles.range(i)
    limit = params.celery_body * size
    holds = (
        candles.body(i) <= limit
        and upper >= params.celery_wick * size
        and lower >= params.celery_wick * size
        and abs(upper - lower) <= params.celery_balance * size
    )
    if not holds:
        return None
    return 1 - candles.body(i) / limit if limit else 1.0


def inside_bar(market: Market, i: int) -> float | None:
    candles = market.candles
    is_inside = (
        i >= 1 and candles.high[i] < candles.high[i - 1] and candles.low[i] > candles.low[i - 1]
    )
    return 1.0 if is_inside else None


def outside_bar(market: Market, i: int) -> float | None:
    candles = market.candles
    is_outside = (
        i >= 1 and candles.high[i] > candles.high[i - 1] and candles.low[i] < candles.low[i - 1]
    )
    return 1.0 if is_outside and candles.colour(i) > 0 else None


def by_colour(candles: Candles, i: int) -> int:
    return candles.colour(i)


def none_at_all(_candles: Candles, _i: int) -> int:
    return 0


def columns_of(
    name: str,
    rule: Rule,
    sides: dict[int, Market],
    both: Callable[[Candles, int], int] = none_at_all,
) -> Columns:
    """Direction and strength; `both` says what a candle is that is the pattern on both sides."""
    candles = sides[1].candles
    directions, strengths = [], []
    for i in candles.rows:
        moves = candles.range(i) > 0
        found = {
            side: clarity
            for side, market in sides.items()
            if moves and (clarity := rule(market, i)) is not None
        }
        direction = both(candles, i) if len(found) == 2 else sum(found)
        directions.append(direction)
        strengths.append(strength(found[direction]) if direction else 0.0)
    return {f"candle.{name}": directions, f"candle.{name}.strength": strengths}


def longer_wick(directions: list[int], long: Market) -> list[int]:
    sides = {1: long.candles, -1: long.candles.mirrored()}
    return [
        int(i > 0 and side != 0 and sides[side].lower_wick(i) > sides[side].lower_wick(i - 1))
        for i, side in enumerate(directions)
    ]


def bounded(part: float, whole: float | None) -> float:
    return min(part / whole, LARGEST_RATIO) if whole else 0.0


def measures(candles: Candles) -> Columns:
    rows = candles.rows
    wicks = [candles.upper_wick(i) + candles.lower_wick(i) for i in rows]
    return {
        "candle.body_share": [
            candles.body(i) / candles.range(i) if candles.range(i) else 0 for i in rows
        ],
        "candle.close_position": [
            close_position(candles, i) if candles.range(i) else 0.5 for i in rows
        ],
        "candle.wick_ratio": [bounded(wicks[i], candles.body(i)) for i in rows],
        "candle.volume_ratio": [bounded(candles.volume[i], usual_volume(candles, i)) for i in rows],
    }


def facts(candles: Candles, params: DetectionParams, found: Columns) -> Columns:
    """`found`: the columns of measures, structure and zones."""
    long = Market(
        candles,
        params,
        found["candle.atr"],
        found["structure.swept_lows"],
        found["structure.swept_highs"],
        support=[price or None for price in found["zone.support.low"]],
        resistance=[price or None for price in found["zone.resistance.high"]],
    )
    sides = {1: long, -1: long.mirrored()}
    against = {-1: long, 1: long.mirrored()}
    steeper = columns_of("steeper_wick", steeper_wick, sides)
    return {
        **measures(candles),
        **columns_of("liquidity_engulf", liquidity_engulf, sides),
        **columns_of("le_weak", weak_white, against),
        **columns_of("small_wick", small_wick, sides),
        **steeper,
        "candle.steeper_wick.longer": longer_wick(steeper["candle.steeper_wick"], long),
        **columns_of("no_wick", no_wick, sides, both=by_colour),
        **columns_of("celery_candle", celery_candle, {1: long}),
        **columns_of("pin_bar", pin_bar, sides),
        **columns_of("inside_bar", inside_bar, {1: long}),
        **columns_of("outside_bar", outside_bar, sides),
    }
