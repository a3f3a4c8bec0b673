"""TA-Lib's patterns of two candles: engulfing, haramis, piercing, dark cloud cover."""

from __future__ import annotations

from hyperbot.detection.candle_window import (
    BLACK,
    BODY,
    BOTTOM,
    CLOSE,
    HERE,
    HIGH,
    INSIDE,
    LONG,
    LOW,
    MOVES,
    ONE,
    OPEN,
    RECENT_RANGE,
    SMALL,
    TINY,
    TOP,
    WHITE,
    WITHIN,
    Flags,
    Marks,
    Numbers,
    cells,
    cells_since,
    marks_of,
)
from hyperbot.detection.kernel import kernel
from hyperbot.detection.registry import row

ENGULFING = row("candle.engulfing")
HARAMI = row("candle.harami")
HARAMI_CROSS = row("candle.harami_cross")
PIERCING = row("candle.piercing")
PIERCING_GAPLESS = row("candle.piercing_gapless")
DARK_CLOUD_COVER = row("candle.dark_cloud_cover")
DARK_CLOUD_COVER_GAPLESS = row("candle.dark_cloud_cover_gapless")

EQUAL = 0.05
"""tolerance at an opening end, in mean ranges of the 5 candles before"""
HALF = 0.5
"""how deep piercing and dark cloud cover reach into the last body: TA-Lib's penetration"""


@kernel
def engulfing(work: Numbers, marks: Marks, out: Flags) -> None:
    """The body passes both ends of the last one, of the other colour; 80: an end is equal."""
    for i in cells(out.size):
        last = i - ONE
        opened, close = work[OPEN + i], work[CLOSE + i]
        last_open, last_close = work[OPEN + last], work[CLOSE + last]
        over, under = close > last_open, close < last_open
        above, below = opened > last_close, opened < last_close
        equal_close, equal_open = close == last_open, opened == last_close
        up = 100 * (over & below) + 80 * ((over & equal_open) | (equal_close & below))
        down = 100 * (under & above) + 80 * ((under & equal_open) | (equal_close & above))
        rising, falling = (
            marks[WHITE + i] & marks[BLACK + last],
            marks[BLACK + i] & marks[WHITE + last],
        )
        out[i - HERE] = up * rising - down * falling


@kernel
def mark_inside(work: Numbers, marks: Marks, size: int) -> None:
    """Whether a body lies between the ends of the last one (within: or at an end)."""
    for i in cells_since(ONE, size):
        last = i - ONE
        top, bottom = work[TOP + i], work[BOTTOM + i]
        last_top, last_bottom = work[TOP + last], work[BOTTOM + last]
        marks[INSIDE + i] = (top < last_top) & (bottom > last_bottom)
        marks[WITHIN + i] = (top <= last_top) & (bottom >= last_bottom)


@kernel
def harami(marks: Marks, out: Flags) -> None:
    """A small body inside the last long one; 80: an end is equal."""
    for i in cells(out.size):
        found = marks[WITHIN + i] & marks[LONG + i - ONE] & marks[SMALL + i] & marks[MOVES + i]
        grade = found * (80 + 20 * marks[INSIDE + i])
        out[i - HERE] = grade * (1 - 2 * marks[WHITE + i - ONE])


@kernel
def harami_cross(marks: Marks, out: Flags) -> None:
    """A doji inside the last long body; 80: an end is equal."""
    for i in cells(out.size):
        found = marks[WITHIN + i] & marks[LONG + i - ONE] & marks[TINY + i] & marks[MOVES + i]
        grade = found * (80 + 20 * marks[INSIDE + i])
        out[i - HERE] = grade * (1 - 2 * marks[WHITE + i - ONE])


@kernel
def piercing(work: Numbers, marks: Marks, out: Flags, gapless: Flags) -> None:
    """Long black, then long white from under its low, or from its close, to beyond its middle."""
    for i in cells(out.size):
        last = i - ONE
        opened, close, last_close = work[OPEN + i], work[CLOSE + i], work[CLOSE + last]
        deep = (close > last_close + HALF * work[BODY + last]) & (close < work[OPEN + last])
        first, second = marks[LONG + last] & marks[BLACK + last], marks[LONG + i] & marks[WHITE + i]
        near = opened <= last_close + EQUAL * work[RECENT_RANGE + i]
        out[i - HERE] = 100 * (first & second & deep & (opened < work[LOW + last]))
        gapless[i - HERE] = 100 * (first & second & deep & near)


@kernel
def dark_cloud_cover(work: Numbers, marks: Marks, out: Flags, gapless: Flags) -> None:
    """Long white, then black from over its high, or from its close, to beyond its middle."""
    for i in cells(out.size):
        last = i - ONE
        opened, close, last_close = work[OPEN + i], work[CLOSE + i], work[CLOSE + last]
        deep = (close < last_close - HALF * work[BODY + last]) & (close > work[OPEN + last])
        candles = marks[LONG + last] & marks[WHITE + last] & marks[BLACK + i]
        near = opened >= last_close - EQUAL * work[RECENT_RANGE + i]
        out[i - HERE] = -100 * (candles & deep & (opened > work[HIGH + last]))
        gapless[i - HERE] = -100 * (candles & deep & near)


@kernel
def fill_pair_patterns(work: Numbers, start: int, stop: int, flags: Flags) -> None:
    """All patterns of this module for the candles start..stop-1."""
    marks = marks_of(work)
    mark_inside(work, marks, stop - start)
    engulfing(work, marks, flags[ENGULFING, start:stop])
    harami(marks, flags[HARAMI, start:stop])
    harami_cross(marks, flags[HARAMI_CROSS, start:stop])
    out, gapless = flags[PIERCING, start:stop], flags[PIERCING_GAPLESS, start:stop]
    piercing(work, marks, out, gapless)
    out, gapless = flags[DARK_CLOUD_COVER, start:stop], flags[DARK_CLOUD_COVER_GAPLESS, start:stop]
    dark_cloud_cover(work, marks, out, gapless)
