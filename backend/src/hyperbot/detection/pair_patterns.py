"""TA-Lib's patterns of two candles: engulfing, haramis, piercing, dark cloud cover."""

from __future__ import annotations

from numpy import int8
from numpy.typing import NDArray

from hyperbot.detection.candle_window import (
    BLACK,
    BODY,
    BOTTOM,
    INSIDE,
    LONG,
    MOVES,
    SMALL,
    TINY,
    TOP,
    WHITE,
    WITHIN,
    Floats,
    Marks,
    back,
    marks_of,
)
from hyperbot.detection.kernel import kernel
from hyperbot.detection.registry import row
from hyperbot.domain.market import CLOSE, HIGH, LOW, OPEN

Flags = NDArray[int8]

ENGULFING = row("candle.engulfing")
HARAMI = row("candle.harami")
HARAMI_CROSS = row("candle.harami_cross")
PIERCING = row("candle.piercing")
DARK_CLOUD_COVER = row("candle.dark_cloud_cover")

HALF = 0.5
"""how deep piercing and dark cloud cover reach into the last body: TA-Lib's penetration"""


@kernel
def engulfing(scratch: Floats, marks: Marks, out: Flags) -> None:
    """The body passes both ends of the last one, of the other colour; 80: an end is equal."""
    size = out.size
    opens, closes = back(scratch, OPEN, 0, size), back(scratch, CLOSE, 0, size)
    opens1, closes1 = back(scratch, OPEN, 1, size), back(scratch, CLOSE, 1, size)
    white, white1 = back(marks, WHITE, 0, size), back(marks, WHITE, 1, size)
    black, black1 = back(marks, BLACK, 0, size), back(marks, BLACK, 1, size)
    for i in range(size):
        close_above, open_below = closes[i] > opens1[i], opens[i] < closes1[i]
        close_below, open_above = closes[i] < opens1[i], opens[i] > closes1[i]
        close_equal, open_equal = closes[i] == opens1[i], opens[i] == closes1[i]
        up = white[i] & black1[i]
        down = black[i] & white1[i]
        strictly = 100 * (up & close_above & open_below) - 100 * (down & close_below & open_above)
        rising = (close_above & open_equal) | (close_equal & open_below)
        falling = (close_below & open_equal) | (close_equal & open_above)
        out[i] = strictly + 80 * (up & rising) - 80 * (down & falling)


@kernel
def mark_inside(scratch: Floats, marks: Marks, size: int) -> None:
    """Whether a body lies between the ends of the last one, from the candle before the block on."""
    tops, bottoms = back(scratch, TOP, 1, size + 1), back(scratch, BOTTOM, 1, size + 1)
    tops1, bottoms1 = back(scratch, TOP, 2, size + 1), back(scratch, BOTTOM, 2, size + 1)
    inside, within = back(marks, INSIDE, 1, size + 1), back(marks, WITHIN, 1, size + 1)
    for i in range(size + 1):
        inside[i] = (tops[i] < tops1[i]) & (bottoms[i] > bottoms1[i])
        within[i] = (tops[i] <= tops1[i]) & (bottoms[i] >= bottoms1[i])


@kernel
def haramis(marks: Marks, harami: Flags, harami_cross: Flags) -> None:
    """A small body, or a doji, inside the last long one; 80: an end is equal."""
    size = harami.size
    long1, white1 = back(marks, LONG, 1, size), back(marks, WHITE, 1, size)
    inside, within = back(marks, INSIDE, 0, size), back(marks, WITHIN, 0, size)
    small, doji = back(marks, SMALL, 0, size), back(marks, TINY, 0, size)
    moves = back(marks, MOVES, 0, size)
    for i in range(size):
        held = within[i] & long1[i] & moves[i]
        grade = (80 + 20 * inside[i]) * (1 - 2 * white1[i])
        harami[i] = (held & small[i]) * grade
        harami_cross[i] = (held & doji[i]) * grade


@kernel
def piercing(scratch: Floats, marks: Marks, out: Flags) -> None:
    """Long black, then long white from under its low to beyond its middle."""
    size = out.size
    opens, closes = back(scratch, OPEN, 0, size), back(scratch, CLOSE, 0, size)
    opens1, closes1 = back(scratch, OPEN, 1, size), back(scratch, CLOSE, 1, size)
    lows1, bodies1 = back(scratch, LOW, 1, size), back(scratch, BODY, 1, size)
    white, black1 = back(marks, WHITE, 0, size), back(marks, BLACK, 1, size)
    long, long1 = back(marks, LONG, 0, size), back(marks, LONG, 1, size)
    for i in range(size):
        candles = white[i] & long[i] & black1[i] & long1[i]
        ends = (closes[i] < opens1[i]) & (closes[i] > closes1[i] + HALF * bodies1[i])
        out[i] = 100 * (candles & ends & (opens[i] < lows1[i]))


@kernel
def dark_cloud_cover(scratch: Floats, marks: Marks, out: Flags) -> None:
    """Long white, then black from over its high to beyond its middle."""
    size = out.size
    opens, closes = back(scratch, OPEN, 0, size), back(scratch, CLOSE, 0, size)
    opens1, closes1 = back(scratch, OPEN, 1, size), back(scratch, CLOSE, 1, size)
    highs1, bodies1 = back(scratch, HIGH, 1, size), back(scratch, BODY, 1, size)
    black, white1 = back(marks, BLACK, 0, size), back(marks, WHITE, 1, size)
    long1 = back(marks, LONG, 1, size)
    for i in range(size):
        candles = black[i] & white1[i] & long1[i]
        ends = (closes[i] > opens1[i]) & (closes[i] < closes1[i] - HALF * bodies1[i])
        out[i] = -100 * (candles & ends & (opens[i] > highs1[i]))


@kernel
def fill_pair_patterns(scratch: Floats, start: int, stop: int, flags: Flags) -> None:
    """All patterns of this module for the candles start..stop-1."""
    marks = marks_of(scratch)
    mark_inside(scratch, marks, stop - start)
    engulfing(scratch, marks, flags[ENGULFING, start:stop])
    haramis(marks, flags[HARAMI, start:stop], flags[HARAMI_CROSS, start:stop])
    piercing(scratch, marks, flags[PIERCING, start:stop])
    dark_cloud_cover(scratch, marks, flags[DARK_CLOUD_COVER, start:stop])
