"""The gap-free variants, as the reference page reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from slow.candle_patterns import mean_before
from slow.candles import Candles, Columns

TINY_WICK, NEAR, FAR, EQUAL = 0.1, 0.2, 0.6, 0.05


class Past(NamedTuple):
    """Candles with TA-Lib's words for them."""

    candles: Candles

    def white(self, i: int) -> bool:
        return self.candles.close[i] >= self.candles.open[i]

    def black(self, i: int) -> bool:
        return not self.white(i)

    def top(self, i: int) -> float:
        return max(self.candles.open[i], self.candles.close[i])

    def bottom(self, i: int) -> float:
        return min(self.candles.open[i], self.candles.close[i])

    def middle(self, i: int) -> float:
        return (self.candles.open[i] + self.candles.close[i]) / 2

    def usual_body(self, i: int) -> float:
        return mean_before(self.candles.body, i, 10)

    def is_long(self, i: int) -> bool:
        return self.candles.body(i) > self.usual_body(i)

    def is_short(self, i: int) -> bool:
        return self.candles.body(i) < self.usual_body(i)

    def is_small(self, i: int) -> bool:
        return self.candles.body(i) <= self.usual_body(i)

    def is_tiny(self, wick: float, i: int) -> bool:
        return wick < TINY_WICK * mean_before(self.candles.range, i, 10)

    def recent_ranges(self, part: float, i: int) -> float:
        return part * mean_before(self.candles.range, i, 5)


Rule = Callable[[Past, int], float]
"""The signed strength of a pattern at a candle."""


def is_inverted(past: Past, i: int) -> bool:
    candles = past.candles
    return (
        past.is_short(i)
        and candles.upper_wick(i) > candles.body(i)
        and past.is_tiny(candles.lower_wick(i), i)
    )


def inverted_hammer(past: Past, i: int) -> float:
    return float(is_inverted(past, i) and past.middle(i) < past.candles.close[i - 1])


def shooting_star(past: Past, i: int) -> float:
    return -float(is_inverted(past, i) and past.middle(i) > past.candles.close[i - 1])


def engulfing(past: Past, i: int) -> float:
    opened, close = past.candles.open[i], past.candles.close[i]
    open_before, close_before = past.candles.open[i - 1], past.candles.close[i - 1]
    equal = past.recent_ranges(EQUAL, i)
    if past.white(i) and past.black(i - 1):
        reaches = close >= open_before - equal and opened <= close_before + equal
        passes = close > open_before or opened < close_before
        return (1.0 if close > open_before else 0.8) if reaches and passes else 0.0
    if past.black(i) and past.white(i - 1):
        reaches = close <= open_before + equal and opened >= close_before - equal
        passes = close < open_before or opened > close_before
        return (-1.0 if close < open_before else -0.8) if reaches and passes else 0.0
    return 0.0


def harami(past: Past, i: int) -> float:
    equal = past.recent_ranges(EQUAL, i)
    holds = (
        past.is_long(i - 1)
        and past.is_small(i)
        and past.top(i) <= past.top(i - 1) + equal
        and past.bottom(i) >= past.bottom(i - 1) - equal
    )
    if not holds:
        return 0.0
    is_inside = past.bottom(i - 1) < past.candles.close[i] < past.top(i - 1)
    return (-1 if past.white(i - 1) else 1) * (1.0 if is_inside else 0.8)


def piercing(past: Past, i: int) -> float:
    candles = past.candles
    close_before = candles.close[i - 1]
    return float(
        past.black(i - 1)
        and past.is_long(i - 1)
        and past.white(i)
        and past.is_long(i)
        and candles.open[i] <= close_before + past.recent_ranges(EQUAL, i)
        and close_before + 0.5 * candles.body(i - 1) < candles.close[i] < candles.open[i - 1]
    )


def dark_cloud_cover(past: Past, i: int) -> float:
    candles = past.candles
    close_before = candles.close[i - 1]
    return -float(
        past.white(i - 1)
        and past.is_long(i - 1)
        and past.black(i)
        and candles.open[i] >= close_before - past.recent_ranges(EQUAL, i)
        and candles.open[i - 1] < candles.close[i] < close_before - 0.5 * candles.body(i - 1)
    )


def has_star(past: Past, i: int) -> bool:
    return past.is_long(i - 2) and past.is_small(i - 1) and past.is_long(i)


def morning_star(past: Past, i: int) -> float:
    first_close = past.candles.close[i - 2]
    return float(
        has_star(past, i)
        and past.black(i - 2)
        and past.white(i)
        and past.middle(i - 1) < first_close
        and past.candles.close[i] > first_close + 0.3 * past.candles.body(i - 2)
    )


def evening_star(past: Past, i: int) -> float:
    first_close = past.candles.close[i - 2]
    return -float(
        has_star(past, i)
        and past.white(i - 2)
        and past.black(i)
        and past.middle(i - 1) > first_close
        and past.candles.close[i] < first_close - 0.3 * past.candles.body(i - 2)
    )


def marches_on(past: Past, i: int) -> bool:
    candles = past.candles
    near, far = past.recent_ranges(NEAR, i - 1), past.recent_ranges(FAR, i - 1)
    return (
        candles.open[i - 1] <= candles.open[i] <= candles.close[i - 1] + near
        and candles.close[i] > candles.close[i - 1]
        and candles.body(i) > candles.body(i - 1) - far
    )


def three_white_soldiers(past: Past, i: int) -> float:
    three = (i - 2, i - 1, i)
    return float(
        all(past.white(k) and past.is_tiny(past.candles.upper_wick(k), k) for k in three)
        and marches_on(past, i - 1)
        and marches_on(past, i)
        and past.is_long(i)
    )


def sinks_on(past: Past, i: int) -> bool:
    candles = past.candles
    return (
        candles.close[i - 1] <= candles.open[i] <= candles.open[i - 1]
        and candles.close[i] < candles.close[i - 1]
    )


def three_black_crows(past: Past, i: int) -> float:
    three = (i - 2, i - 1, i)
    return -float(
        past.white(i - 3)
        and all(past.black(k) and past.is_tiny(past.candles.lower_wick(k), k) for k in three)
        and sinks_on(past, i - 1)
        and sinks_on(past, i)
        and past.candles.high[i - 3] > past.candles.close[i - 2]
    )


def three_inside(past: Past, i: int) -> float:
    if at(harami, 11, past, i - 1) == 0:
        return 0.0
    close, target = past.candles.close[i], past.candles.open[i - 2]
    is_up = past.black(i - 2) and past.white(i) and close > target
    is_down = past.white(i - 2) and past.black(i) and close < target
    return float(is_up) - float(is_down)


def three_outside(past: Past, i: int) -> float:
    direction = at(engulfing, 5, past, i - 1)
    close, close_before = past.candles.close[i], past.candles.close[i - 1]
    return float(direction > 0 and close > close_before) - float(
        direction < 0 and close < close_before
    )


def at(rule: Rule, first: int, past: Past, i: int) -> float:
    """0 before the first candle for which a rule has enough before it, and at flat candles."""
    return rule(past, i) if i >= first and past.candles.range(i) > 0 else 0.0


RULES: dict[str, tuple[Rule, int]] = {
    "inverted_hammer": (inverted_hammer, 11),
    "shooting_star": (shooting_star, 11),
    "engulfing": (engulfing, 5),
    "harami": (harami, 11),
    "piercing": (piercing, 11),
    "dark_cloud_cover": (dark_cloud_cover, 11),
    "morning_star": (morning_star, 12),
    "evening_star": (evening_star, 12),
    "three_white_soldiers": (three_white_soldiers, 12),
    "three_black_crows": (three_black_crows, 13),
    "three_inside": (three_inside, 12),
    "three_outside": (three_outside, 6),
}


def facts(candles: Candles) -> Columns:
    past = Past(candles)
    columns: Columns = {}
    for name, (rule, first) in RULES.items():
        values = [at(rule, first, past, i) for i in candles.rows]
        columns[f"candle.{name}_gapless"] = [(value > 0) - (value < 0) for value in values]
        columns[f"candle.{name}_gapless.strength"] = [abs(value) for value in values]
    return columns
