"""TA-Lib's patterns of three candles: stars, soldiers, crows, three inside, three outside."""

from __future__ import annotations

from numpy import uint64

from hyperbot.detection.candle_window import (
    BLACK,
    BODY,
    BOTTOM,
    CLOSE,
    CROW,
    CROW_GAPLESS,
    HERE,
    HIGH,
    INSIDE,
    LONG,
    MOVES,
    NO_LOWER,
    NO_UPPER,
    ONE,
    OPEN,
    RECENT_RANGE,
    SMALL,
    SOLDIER,
    SOLDIER_GAPLESS,
    THREE,
    TOP,
    TWO,
    WHITE,
    Flags,
    Marks,
    Numbers,
    cells,
    cells_since,
    marks_of,
)
from hyperbot.detection.kernel import kernel
from hyperbot.detection.registry import row
from hyperbot.detection.single_candle_patterns import NEAR

MORNING_STAR = row("candle.morning_star")
MORNING_STAR_GAPLESS = row("candle.morning_star_gapless")
EVENING_STAR = row("candle.evening_star")
EVENING_STAR_GAPLESS = row("candle.evening_star_gapless")
THREE_WHITE_SOLDIERS = row("candle.three_white_soldiers")
THREE_WHITE_SOLDIERS_GAPLESS = row("candle.three_white_soldiers_gapless")
THREE_BLACK_CROWS = row("candle.three_black_crows")
THREE_BLACK_CROWS_GAPLESS = row("candle.three_black_crows_gapless")
THREE_INSIDE = row("candle.three_inside")
THREE_OUTSIDE = row("candle.three_outside")

FAR = 0.6
"""in mean ranges of the 5 candles before"""
DEEP = 0.3
"""how far a star's third candle comes back into the first body: TA-Lib's default penetration"""


@kernel
def morning_star(work: Numbers, marks: Marks, out: Flags, gapless: Flags) -> None:
    """Long black, a small body (gap-free: its middle) below, white deep into the first."""
    for i in cells(out.size):
        first, star = i - TWO, i - ONE
        deep = work[CLOSE + i] > work[CLOSE + first] + DEEP * work[BODY + first]
        bodies = marks[LONG + first] & marks[SMALL + star] & marks[LONG + i]
        found = bodies & deep & marks[BLACK + first] & marks[WHITE + i]
        middle = (work[OPEN + star] + work[CLOSE + star]) / 2.0
        out[i - HERE] = 100 * (found & (work[TOP + star] < work[BOTTOM + first]))
        gapless[i - HERE] = 100 * (found & (middle < work[CLOSE + first]))


@kernel
def evening_star(work: Numbers, marks: Marks, out: Flags, gapless: Flags) -> None:
    """Long white, a small body (gap-free: its middle) above, black deep into the first."""
    for i in cells(out.size):
        first, star = i - TWO, i - ONE
        deep = work[CLOSE + i] < work[CLOSE + first] - DEEP * work[BODY + first]
        bodies = marks[LONG + first] & marks[SMALL + star] & marks[LONG + i]
        found = bodies & deep & marks[WHITE + first] & marks[BLACK + i]
        middle = (work[OPEN + star] + work[CLOSE + star]) / 2.0
        out[i - HERE] = -100 * (found & (work[BOTTOM + star] > work[TOP + first]))
        gapless[i - HERE] = -100 * (found & (middle > work[CLOSE + first]))


@kernel
def mark_soldiers(work: Numbers, marks: Marks, size: int) -> None:
    """A white candle that follows another: hardly an upper wick, as large, closing higher.

    It opens over the last open (SOLDIER_GAPLESS: or at it), at most NEAR over the last close.
    """
    for i in cells_since(ONE, size):
        last = i - ONE
        opened, last_open = work[OPEN + i], work[OPEN + last]
        close, last_close, recent = work[CLOSE + i], work[CLOSE + last], work[RECENT_RANGE + last]
        near = opened <= last_close + NEAR * recent
        large = work[BODY + i] > work[BODY + last] - FAR * recent
        follows = marks[WHITE + i] & marks[NO_UPPER + i] & near & large & (close > last_close)
        marks[SOLDIER + i] = follows & (opened > last_open)
        marks[SOLDIER_GAPLESS + i] = follows & (opened >= last_open)


@kernel
def mark_crows(work: Numbers, marks: Marks, size: int) -> None:
    """A black candle that follows another: hardly a lower wick, closing lower.

    It opens between the ends of the last body (CROW_GAPLESS: or at one).
    """
    for i in cells_since(ONE, size):
        last = i - ONE
        opened, last_open = work[OPEN + i], work[OPEN + last]
        close, last_close = work[CLOSE + i], work[CLOSE + last]
        follows = marks[BLACK + i] & marks[NO_LOWER + i] & (close < last_close)
        marks[CROW + i] = follows & (opened < last_open) & (opened > last_close)
        marks[CROW_GAPLESS + i] = follows & (opened <= last_open) & (opened >= last_close)


@kernel
def three_white_soldiers(marks: Marks, soldier: uint64, out: Flags) -> None:
    """A white candle with hardly an upper wick, two soldiers after it; the last body is long."""
    for i in cells(out.size):
        first = marks[WHITE + i - TWO] & marks[NO_UPPER + i - TWO]
        others = marks[soldier + i - ONE] & marks[soldier + i] & marks[LONG + i]
        out[i - HERE] = 100 * (first & others)


@kernel
def three_black_crows(work: Numbers, marks: Marks, crow: uint64, out: Flags) -> None:
    """White, a black candle closing under its high with hardly a lower wick, two crows after it."""
    for i in cells(out.size):
        before, first = i - THREE, i - TWO
        under = marks[WHITE + before] & (work[HIGH + before] > work[CLOSE + first])
        start = marks[BLACK + first] & marks[NO_LOWER + first]
        out[i - HERE] = -100 * (under & start & marks[crow + i - ONE] & marks[crow + i])


@kernel
def three_inside(work: Numbers, marks: Marks, out: Flags) -> None:
    """A small body strictly inside a long one, then a close beyond the first open."""
    for i in cells(out.size):
        first, second = i - TWO, i - ONE
        close, target = work[CLOSE + i], work[OPEN + first]
        inside = (
            marks[LONG + first] & marks[SMALL + second] & marks[INSIDE + second] & marks[MOVES + i]
        )
        up = marks[BLACK + first] & marks[WHITE + i] & (close > target)
        down = marks[WHITE + first] & marks[BLACK + i] & (close < target)
        out[i - HERE] = 100 * (inside & up) - 100 * (inside & down)


@kernel
def three_outside(work: Numbers, marks: Marks, out: Flags) -> None:
    """An engulfing beyond both ends, then a close further on."""
    for i in cells(out.size):
        first, second = i - TWO, i - ONE
        opened, close = work[OPEN + second], work[CLOSE + second]
        first_open, first_close = work[OPEN + first], work[CLOSE + first]
        rising = marks[BLACK + first] & marks[WHITE + second] & (work[CLOSE + i] > close)
        falling = marks[WHITE + first] & marks[BLACK + second] & (work[CLOSE + i] < close)
        up = rising & (close > first_open) & (opened < first_close) & marks[MOVES + i]
        down = falling & (close < first_open) & (opened > first_close) & marks[MOVES + i]
        out[i - HERE] = 100 * up - 100 * down


@kernel
def fill_triple_patterns(work: Numbers, start: int, stop: int, flags: Flags) -> None:
    """All patterns of this module; another mark makes soldiers and crows gap-free."""
    marks = marks_of(work)
    mark_soldiers(work, marks, stop - start)
    mark_crows(work, marks, stop - start)
    out, gapless = flags[MORNING_STAR, start:stop], flags[MORNING_STAR_GAPLESS, start:stop]
    morning_star(work, marks, out, gapless)
    out, gapless = flags[EVENING_STAR, start:stop], flags[EVENING_STAR_GAPLESS, start:stop]
    evening_star(work, marks, out, gapless)
    three_white_soldiers(marks, SOLDIER, flags[THREE_WHITE_SOLDIERS, start:stop])
    three_black_crows(work, marks, CROW, flags[THREE_BLACK_CROWS, start:stop])
    out = flags[THREE_WHITE_SOLDIERS_GAPLESS, start:stop]
    three_white_soldiers(marks, SOLDIER_GAPLESS, out)
    out = flags[THREE_BLACK_CROWS_GAPLESS, start:stop]
    three_black_crows(work, marks, CROW_GAPLESS, out)
    three_inside(work, marks, flags[THREE_INSIDE, start:stop])
    three_outside(work, marks, flags[THREE_OUTSIDE, start:stop])
