"""The classical patterns that TA-Lib ties to a gap, with tests that mean something on perpetuals.

There a candle opens at the last close, give or take a tick, so a gap measures noise. EQUAL is the
tolerance at an opening end.
"""

from __future__ import annotations

from hyperbot.detection.candle_window import (
    BLACK,
    BODY,
    BOTTOM,
    CLOSE,
    ENGULFS_DOWN,
    ENGULFS_UP,
    HARAMI_GAPLESS,
    HERE,
    LONG,
    LONG_UPPER,
    MOVES,
    NO_LOWER,
    ONE,
    OPEN,
    RECENT_RANGE,
    SHORT,
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
from hyperbot.detection.pair_patterns import HALF
from hyperbot.detection.registry import row
from hyperbot.detection.triple_patterns import DEEP

INVERTED_HAMMER = row("candle.inverted_hammer_gapless")
SHOOTING_STAR = row("candle.shooting_star_gapless")
ENGULFING = row("candle.engulfing_gapless")
HARAMI = row("candle.harami_gapless")
PIERCING = row("candle.piercing_gapless")
DARK_CLOUD_COVER = row("candle.dark_cloud_cover_gapless")
MORNING_STAR = row("candle.morning_star_gapless")
EVENING_STAR = row("candle.evening_star_gapless")
THREE_INSIDE = row("candle.three_inside_gapless")
THREE_OUTSIDE = row("candle.three_outside_gapless")

EQUAL = 0.05
"""in mean ranges of the 5 candles before"""


@kernel
def inverted_hammer_gapless(work: Numbers, marks: Marks, out: Flags) -> None:
    """A short body under a long wick, its middle below the last close."""
    for i in cells(out.size):
        middle = (work[OPEN + i] + work[CLOSE + i]) / 2.0
        shape = marks[SHORT + i] & marks[LONG_UPPER + i] & marks[NO_LOWER + i]
        out[i - HERE] = 100 * (shape & (middle < work[CLOSE + i - ONE]))


@kernel
def shooting_star_gapless(work: Numbers, marks: Marks, out: Flags) -> None:
    """A short body under a long wick, its middle above the last close."""
    for i in cells(out.size):
        middle = (work[OPEN + i] + work[CLOSE + i]) / 2.0
        shape = marks[SHORT + i] & marks[LONG_UPPER + i] & marks[NO_LOWER + i]
        out[i - HERE] = -100 * (shape & (middle > work[CLOSE + i - ONE]))


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
def piercing_gapless(work: Numbers, marks: Marks, out: Flags) -> None:
    """Piercing that opens at most EQUAL over the last close."""
    for i in cells(out.size):
        last = i - ONE
        opened, close, last_close = work[OPEN + i], work[CLOSE + i], work[CLOSE + last]
        deep = (close > last_close + HALF * work[BODY + last]) & (close < work[OPEN + last])
        first, second = marks[LONG + last] & marks[BLACK + last], marks[LONG + i] & marks[WHITE + i]
        low = opened <= last_close + EQUAL * work[RECENT_RANGE + i]
        out[i - HERE] = 100 * (first & second & deep & low)


@kernel
def dark_cloud_cover_gapless(work: Numbers, marks: Marks, out: Flags) -> None:
    """Dark cloud cover that opens at most EQUAL under the last close."""
    for i in cells(out.size):
        last = i - ONE
        opened, close, last_close = work[OPEN + i], work[CLOSE + i], work[CLOSE + last]
        deep = (close < last_close - HALF * work[BODY + last]) & (close > work[OPEN + last])
        first, second = marks[LONG + last] & marks[WHITE + last], marks[BLACK + i]
        high = opened >= last_close - EQUAL * work[RECENT_RANGE + i]
        out[i - HERE] = -100 * (first & second & deep & high)


@kernel
def morning_star_gapless(work: Numbers, marks: Marks, out: Flags) -> None:
    """Long black, a small body with its middle under the first close, white deep into the first."""
    for i in cells(out.size):
        first, star = i - TWO, i - ONE
        first_close, middle = work[CLOSE + first], (work[OPEN + star] + work[CLOSE + star]) / 2.0
        deep = work[CLOSE + i] > first_close + DEEP * work[BODY + first]
        bodies = marks[LONG + first] & marks[SMALL + star] & marks[LONG + i]
        colours = marks[BLACK + first] & marks[WHITE + i]
        out[i - HERE] = 100 * (bodies & colours & deep & (middle < first_close))


@kernel
def evening_star_gapless(work: Numbers, marks: Marks, out: Flags) -> None:
    """Long white, a small body with its middle over the first close, black deep into the first."""
    for i in cells(out.size):
        first, star = i - TWO, i - ONE
        first_close, middle = work[CLOSE + first], (work[OPEN + star] + work[CLOSE + star]) / 2.0
        deep = work[CLOSE + i] < first_close - DEEP * work[BODY + first]
        bodies = marks[LONG + first] & marks[SMALL + star] & marks[LONG + i]
        colours = marks[WHITE + first] & marks[BLACK + i]
        out[i - HERE] = -100 * (bodies & colours & deep & (middle > first_close))


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
    inverted_hammer_gapless(work, marks, flags[INVERTED_HAMMER, start:stop])
    shooting_star_gapless(work, marks, flags[SHOOTING_STAR, start:stop])
    engulfing_gapless(work, marks, flags[ENGULFING, start:stop])
    harami_gapless(work, marks, flags[HARAMI, start:stop])
    piercing_gapless(work, marks, flags[PIERCING, start:stop])
    dark_cloud_cover_gapless(work, marks, flags[DARK_CLOUD_COVER, start:stop])
    morning_star_gapless(work, marks, flags[MORNING_STAR, start:stop])
    evening_star_gapless(work, marks, flags[EVENING_STAR, start:stop])
    three_inside_gapless(work, marks, flags[THREE_INSIDE, start:stop])
    three_outside_gapless(work, marks, flags[THREE_OUTSIDE, start:stop])
