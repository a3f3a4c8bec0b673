"""Engulfings and haramis with a tolerance of EQUAL, and the patterns that follow from them.

The other gap-free variants differ from TA-Lib's pattern by one test and are found beside it.
"""

from __future__ import annotations

from hyperbot.detection.candle_window import (
    BLACK,
    BOTTOM,
    CLOSE,
    ENGULFS_DOWN,
    ENGULFS_UP,
    HARAMI_GAPLESS,
    HERE,
    LONG,
    MOVES,
    ONE,
    OPEN,
    RECENT_RANGE,
    SMALL,
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
from hyperbot.detection.pair_patterns import EQUAL
from hyperbot.detection.registry import row

ENGULFING = row("candle.engulfing_gapless")
HARAMI = row("candle.harami_gapless")
THREE_INSIDE = row("candle.three_inside_gapless")
THREE_OUTSIDE = row("candle.three_outside_gapless")


@kernel
def mark_engulfing_gapless(work: Numbers, marks: Marks, size: int) -> None:
    """Whether the body reaches the ends of the last one up to EQUAL, and passes one of them."""
    for i in cells_since(ONE, size):
        last = i - ONE
        opened, close, equal = work[OPEN + i], work[CLOSE + i], EQUAL * work[RECENT_RANGE + i]
        last_open, last_close = work[OPEN + last], work[CLOSE + last]
        reaches_up = (close >= last_open - equal) & (opened <= last_close + equal)
        reaches_down = (close <= last_open + equal) & (opened >= last_close - equal)
        passes_up = (close > last_open) | (opened < last_close)
        passes_down = (close < last_open) | (opened > last_close)
        rising, falling = (
            marks[WHITE + i] & marks[BLACK + last],
            marks[BLACK + i] & marks[WHITE + last],
        )
        marks[ENGULFS_UP + i] = marks[MOVES + i] & rising & reaches_up & passes_up
        marks[ENGULFS_DOWN + i] = marks[MOVES + i] & falling & reaches_down & passes_down


@kernel
def engulfing_gapless(work: Numbers, marks: Marks, out: Flags) -> None:
    """100 if the close passes the last open, 80 if it is only within EQUAL of it."""
    for i in cells(out.size):
        close, last_open = work[CLOSE + i], work[OPEN + i - ONE]
        up = (80 + 20 * (close > last_open)) * marks[ENGULFS_UP + i]
        down = (80 + 20 * (close < last_open)) * marks[ENGULFS_DOWN + i]
        out[i - HERE] = up - down


@kernel
def mark_harami_gapless(work: Numbers, marks: Marks, size: int) -> None:
    """A small body that stands out of the last long one by no more than EQUAL."""
    for i in cells_since(ONE, size):
        last = i - ONE
        equal = EQUAL * work[RECENT_RANGE + i]
        below_top = work[TOP + i] <= work[TOP + last] + equal
        above_bottom = work[BOTTOM + i] >= work[BOTTOM + last] - equal
        bodies = marks[SMALL + i] & marks[LONG + last] & marks[MOVES + i]
        marks[HARAMI_GAPLESS + i] = bodies & below_top & above_bottom


@kernel
def harami_gapless(work: Numbers, marks: Marks, out: Flags) -> None:
    """100 if the close lies strictly inside the last body, else 80."""
    for i in cells(out.size):
        last, close = i - ONE, work[CLOSE + i]
        inside = (close < work[TOP + last]) & (close > work[BOTTOM + last])
        grade = (80 + 20 * inside) * marks[HARAMI_GAPLESS + i]
        out[i - HERE] = grade * (1 - 2 * marks[WHITE + last])


@kernel
def three_inside_gapless(work: Numbers, marks: Marks, out: Flags) -> None:
    """The last candle was a harami_gapless, then a close beyond the first open."""
    for i in cells(out.size):
        first, close = i - TWO, work[CLOSE + i]
        inside = marks[HARAMI_GAPLESS + i - ONE] & marks[MOVES + i]
        up = marks[BLACK + first] & marks[WHITE + i] & (close > work[OPEN + first])
        down = marks[WHITE + first] & marks[BLACK + i] & (close < work[OPEN + first])
        out[i - HERE] = 100 * (inside & up) - 100 * (inside & down)


@kernel
def three_outside_gapless(work: Numbers, marks: Marks, out: Flags) -> None:
    """The last candle was an engulfing_gapless, then a close further on."""
    for i in cells(out.size):
        last, moves = i - ONE, marks[MOVES + i]
        up = marks[ENGULFS_UP + last] & moves & (work[CLOSE + i] > work[CLOSE + last])
        down = marks[ENGULFS_DOWN + last] & moves & (work[CLOSE + i] < work[CLOSE + last])
        out[i - HERE] = 100 * up - 100 * down


@kernel
def fill_gapless_patterns(work: Numbers, start: int, stop: int, flags: Flags) -> None:
    """All patterns of this module for the candles start..stop-1."""
    marks = marks_of(work)
    mark_engulfing_gapless(work, marks, stop - start)
    mark_harami_gapless(work, marks, stop - start)
    engulfing_gapless(work, marks, flags[ENGULFING, start:stop])
    harami_gapless(work, marks, flags[HARAMI, start:stop])
    three_inside_gapless(work, marks, flags[THREE_INSIDE, start:stop])
    three_outside_gapless(work, marks, flags[THREE_OUTSIDE, start:stop])
