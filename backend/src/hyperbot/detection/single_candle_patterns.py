"""TA-Lib's patterns of one candle: dojis, spinning top, marubozu, belt hold, and the hammers."""

from __future__ import annotations

from numpy import int8
from numpy.typing import NDArray

from hyperbot.detection.candle_window import (
    BLACK,
    BOTTOM,
    LONG,
    LONG_LOWER,
    LONG_UPPER,
    MOVES,
    NO_LOWER,
    NO_UPPER,
    RECENT_RANGE,
    SHORT,
    SOME_LOWER,
    SOME_UPPER,
    TINY,
    TOP,
    WHITE,
    Floats,
    Marks,
    back,
    marks_of,
)
from hyperbot.detection.kernel import kernel
from hyperbot.detection.registry import row
from hyperbot.domain.market import HIGH, LOW

Flags = NDArray[int8]

DOJI = row("candle.doji")
DRAGONFLY_DOJI = row("candle.dragonfly_doji")
GRAVESTONE_DOJI = row("candle.gravestone_doji")
LONG_LEGGED_DOJI = row("candle.long_legged_doji")
HAMMER = row("candle.hammer")
HANGING_MAN = row("candle.hanging_man")
INVERTED_HAMMER = row("candle.inverted_hammer")
SHOOTING_STAR = row("candle.shooting_star")
SPINNING_TOP = row("candle.spinning_top")
MARUBOZU = row("candle.marubozu")
BELT_HOLD = row("candle.belt_hold")

NEAR = 0.2
"""in mean ranges of the 5 candles before"""


@kernel
def dojis(marks: Marks, out: Flags, long_legged: Flags) -> None:
    """Hardly any body; and with a wick longer than it."""
    size = out.size
    doji, moves = back(marks, TINY, 0, size), back(marks, MOVES, 0, size)
    long_upper, long_lower = back(marks, LONG_UPPER, 0, size), back(marks, LONG_LOWER, 0, size)
    for i in range(size):
        out[i] = 100 * (doji[i] & moves[i])
        long_legged[i] = 100 * (doji[i] & (long_upper[i] | long_lower[i]))


@kernel
def one_sided_doji(marks: Marks, bare: int, tailed: int, out: Flags) -> None:
    """A doji with a wick on one side alone: dragonfly below, gravestone above."""
    size = out.size
    doji = back(marks, TINY, 0, size)
    is_bare, is_tailed = back(marks, bare, 0, size), back(marks, tailed, 0, size)
    for i in range(size):
        out[i] = 100 * (doji[i] & is_bare[i] & is_tailed[i])


@kernel
def dragonfly_doji(marks: Marks, out: Flags) -> None:
    """A doji with a lower wick alone."""
    one_sided_doji(marks, NO_UPPER, SOME_LOWER, out)


@kernel
def gravestone_doji(marks: Marks, out: Flags) -> None:
    """A doji with an upper wick alone."""
    one_sided_doji(marks, NO_LOWER, SOME_UPPER, out)


@kernel
def spinning_top(marks: Marks, out: Flags) -> None:
    """A short body between longer wicks."""
    size = out.size
    white, short = back(marks, WHITE, 0, size), back(marks, SHORT, 0, size)
    long_upper, long_lower = back(marks, LONG_UPPER, 0, size), back(marks, LONG_LOWER, 0, size)
    for i in range(size):
        found = short[i] & long_upper[i] & long_lower[i]
        out[i] = found * (200 * white[i] - 100)


@kernel
def marubozu(marks: Marks, out: Flags) -> None:
    """A long body with hardly a wick."""
    size = out.size
    white, long = back(marks, WHITE, 0, size), back(marks, LONG, 0, size)
    no_upper, no_lower = back(marks, NO_UPPER, 0, size), back(marks, NO_LOWER, 0, size)
    for i in range(size):
        out[i] = (long[i] & no_upper[i] & no_lower[i]) * (200 * white[i] - 100)


@kernel
def belt_hold(marks: Marks, out: Flags) -> None:
    """A long body with hardly a wick where it opened."""
    size = out.size
    white, black = back(marks, WHITE, 0, size), back(marks, BLACK, 0, size)
    no_upper, no_lower = back(marks, NO_UPPER, 0, size), back(marks, NO_LOWER, 0, size)
    long = back(marks, LONG, 0, size)
    for i in range(size):
        up, down = white[i] & no_lower[i], black[i] & no_upper[i]
        out[i] = 100 * (long[i] & up) - 100 * (long[i] & down)


@kernel
def hammers(scratch: Floats, marks: Marks, hammer: Flags, hanging_man: Flags) -> None:
    """A short body on a long wick, near the last low or the last high (or both)."""
    size = hammer.size
    short, long_lower = back(marks, SHORT, 0, size), back(marks, LONG_LOWER, 0, size)
    no_upper = back(marks, NO_UPPER, 0, size)
    bottoms, recent1 = back(scratch, BOTTOM, 0, size), back(scratch, RECENT_RANGE, 1, size)
    lows1, highs1 = back(scratch, LOW, 1, size), back(scratch, HIGH, 1, size)
    for i in range(size):
        shape = short[i] & long_lower[i] & no_upper[i]
        near = NEAR * recent1[i]
        hammer[i] = 100 * (shape & (bottoms[i] <= lows1[i] + near))
        hanging_man[i] = -100 * (shape & (bottoms[i] >= highs1[i] - near))


@kernel
def inverted_hammer(scratch: Floats, marks: Marks, out: Flags) -> None:
    """A short body under a long wick, a gap below the last body."""
    size = out.size
    short, long_upper = back(marks, SHORT, 0, size), back(marks, LONG_UPPER, 0, size)
    no_lower = back(marks, NO_LOWER, 0, size)
    tops, bottoms1 = back(scratch, TOP, 0, size), back(scratch, BOTTOM, 1, size)
    for i in range(size):
        out[i] = 100 * (short[i] & long_upper[i] & no_lower[i] & (tops[i] < bottoms1[i]))


@kernel
def shooting_star(scratch: Floats, marks: Marks, out: Flags) -> None:
    """A short body under a long wick, a gap above the last body."""
    size = out.size
    short, long_upper = back(marks, SHORT, 0, size), back(marks, LONG_UPPER, 0, size)
    no_lower = back(marks, NO_LOWER, 0, size)
    bottoms, tops1 = back(scratch, BOTTOM, 0, size), back(scratch, TOP, 1, size)
    for i in range(size):
        out[i] = -100 * (short[i] & long_upper[i] & no_lower[i] & (bottoms[i] > tops1[i]))


@kernel
def fill_single_candle_patterns(scratch: Floats, start: int, stop: int, flags: Flags) -> None:
    """All patterns of this module for the candles start..stop-1."""
    marks = marks_of(scratch)
    dojis(marks, flags[DOJI, start:stop], flags[LONG_LEGGED_DOJI, start:stop])
    dragonfly_doji(marks, flags[DRAGONFLY_DOJI, start:stop])
    gravestone_doji(marks, flags[GRAVESTONE_DOJI, start:stop])
    spinning_top(marks, flags[SPINNING_TOP, start:stop])
    marubozu(marks, flags[MARUBOZU, start:stop])
    belt_hold(marks, flags[BELT_HOLD, start:stop])
    hammers(scratch, marks, flags[HAMMER, start:stop], flags[HANGING_MAN, start:stop])
    inverted_hammer(scratch, marks, flags[INVERTED_HAMMER, start:stop])
    shooting_star(scratch, marks, flags[SHOOTING_STAR, start:stop])
