"""TA-Lib's patterns of one candle: dojis, spinning top, marubozu, belt hold, and the hammers.

Where TA-Lib asks for a gap, the gap-free variant is found beside it, here and in the modules of
two and three candles: on perpetuals a candle opens at the last close, so a gap measures noise.
"""

from __future__ import annotations

from hyperbot.detection.candle_window import (
    BLACK,
    BOTTOM,
    CLOSE,
    HERE,
    HIGH,
    LONG,
    LONG_LOWER,
    LONG_UPPER,
    LOW,
    MOVES,
    NO_LOWER,
    NO_UPPER,
    ONE,
    OPEN,
    RECENT_RANGE,
    SHORT,
    SOME_LOWER,
    SOME_UPPER,
    TINY,
    TOP,
    WHITE,
    Flags,
    Marks,
    Numbers,
    cells,
    marks_of,
)
from hyperbot.detection.kernel import kernel
from hyperbot.detection.registry import row

DOJI = row("candle.doji")
DRAGONFLY_DOJI = row("candle.dragonfly_doji")
GRAVESTONE_DOJI = row("candle.gravestone_doji")
LONG_LEGGED_DOJI = row("candle.long_legged_doji")
HAMMER = row("candle.hammer")
HANGING_MAN = row("candle.hanging_man")
INVERTED_HAMMER = row("candle.inverted_hammer")
INVERTED_HAMMER_GAPLESS = row("candle.inverted_hammer_gapless")
SHOOTING_STAR = row("candle.shooting_star")
SHOOTING_STAR_GAPLESS = row("candle.shooting_star_gapless")
SPINNING_TOP = row("candle.spinning_top")
MARUBOZU = row("candle.marubozu")
BELT_HOLD = row("candle.belt_hold")

NEAR = 0.2
"""in mean ranges of the 5 candles before"""


@kernel
def doji(marks: Marks, out: Flags) -> None:
    """Hardly any body."""
    for i in cells(out.size):
        out[i - HERE] = 100 * (marks[TINY + i] & marks[MOVES + i])


@kernel
def dragonfly_doji(marks: Marks, out: Flags) -> None:
    """A doji with a lower wick alone."""
    for i in cells(out.size):
        out[i - HERE] = 100 * (marks[TINY + i] & marks[NO_UPPER + i] & marks[SOME_LOWER + i])


@kernel
def gravestone_doji(marks: Marks, out: Flags) -> None:
    """A doji with an upper wick alone."""
    for i in cells(out.size):
        out[i - HERE] = 100 * (marks[TINY + i] & marks[NO_LOWER + i] & marks[SOME_UPPER + i])


@kernel
def long_legged_doji(marks: Marks, out: Flags) -> None:
    """A doji with a wick longer than its body."""
    for i in cells(out.size):
        out[i - HERE] = 100 * (marks[TINY + i] & (marks[LONG_UPPER + i] | marks[LONG_LOWER + i]))


@kernel
def spinning_top(marks: Marks, out: Flags) -> None:
    """A short body between longer wicks."""
    for i in cells(out.size):
        found = marks[SHORT + i] & marks[LONG_UPPER + i] & marks[LONG_LOWER + i]
        out[i - HERE] = found * (200 * marks[WHITE + i] - 100)


@kernel
def marubozu(marks: Marks, out: Flags) -> None:
    """A long body with hardly a wick."""
    for i in cells(out.size):
        found = marks[LONG + i] & marks[NO_UPPER + i] & marks[NO_LOWER + i]
        out[i - HERE] = found * (200 * marks[WHITE + i] - 100)


@kernel
def belt_hold(marks: Marks, out: Flags) -> None:
    """A long body with hardly a wick where it opened."""
    for i in cells(out.size):
        up = marks[LONG + i] & marks[WHITE + i] & marks[NO_LOWER + i]
        down = marks[LONG + i] & marks[BLACK + i] & marks[NO_UPPER + i]
        out[i - HERE] = 100 * up - 100 * down


@kernel
def hammer(work: Numbers, marks: Marks, out: Flags) -> None:
    """A short body on a long wick, near the last low or under it."""
    for i in cells(out.size):
        last = i - ONE
        near = work[BOTTOM + i] <= work[LOW + last] + NEAR * work[RECENT_RANGE + last]
        shape = marks[SHORT + i] & marks[LONG_LOWER + i] & marks[NO_UPPER + i]
        out[i - HERE] = 100 * (shape & near)


@kernel
def hanging_man(work: Numbers, marks: Marks, out: Flags) -> None:
    """A short body on a long wick, near the last high or over it."""
    for i in cells(out.size):
        last = i - ONE
        near = work[BOTTOM + i] >= work[HIGH + last] - NEAR * work[RECENT_RANGE + last]
        shape = marks[SHORT + i] & marks[LONG_LOWER + i] & marks[NO_UPPER + i]
        out[i - HERE] = -100 * (shape & near)


@kernel
def inverted_hammer(work: Numbers, marks: Marks, out: Flags, gapless: Flags) -> None:
    """A short body under a long wick, a gap below the last body, or its middle below the close."""
    for i in cells(out.size):
        shape = marks[SHORT + i] & marks[LONG_UPPER + i] & marks[NO_LOWER + i]
        middle = (work[OPEN + i] + work[CLOSE + i]) / 2.0
        out[i - HERE] = 100 * (shape & (work[TOP + i] < work[BOTTOM + i - ONE]))
        gapless[i - HERE] = 100 * (shape & (middle < work[CLOSE + i - ONE]))


@kernel
def shooting_star(work: Numbers, marks: Marks, out: Flags, gapless: Flags) -> None:
    """A short body under a long wick, a gap above the last body, or its middle above the close."""
    for i in cells(out.size):
        shape = marks[SHORT + i] & marks[LONG_UPPER + i] & marks[NO_LOWER + i]
        middle = (work[OPEN + i] + work[CLOSE + i]) / 2.0
        out[i - HERE] = -100 * (shape & (work[BOTTOM + i] > work[TOP + i - ONE]))
        gapless[i - HERE] = -100 * (shape & (middle > work[CLOSE + i - ONE]))


@kernel
def fill_single_candle_patterns(work: Numbers, start: int, stop: int, flags: Flags) -> None:
    """All patterns of this module for the candles start..stop-1."""
    marks = marks_of(work)
    doji(marks, flags[DOJI, start:stop])
    dragonfly_doji(marks, flags[DRAGONFLY_DOJI, start:stop])
    gravestone_doji(marks, flags[GRAVESTONE_DOJI, start:stop])
    long_legged_doji(marks, flags[LONG_LEGGED_DOJI, start:stop])
    spinning_top(marks, flags[SPINNING_TOP, start:stop])
    marubozu(marks, flags[MARUBOZU, start:stop])
    belt_hold(marks, flags[BELT_HOLD, start:stop])
    hammer(work, marks, flags[HAMMER, start:stop])
    hanging_man(work, marks, flags[HANGING_MAN, start:stop])
    out, gapless = flags[INVERTED_HAMMER, start:stop], flags[INVERTED_HAMMER_GAPLESS, start:stop]
    inverted_hammer(work, marks, out, gapless)
    out, gapless = flags[SHOOTING_STAR, start:stop], flags[SHOOTING_STAR_GAPLESS, start:stop]
    shooting_star(work, marks, out, gapless)
