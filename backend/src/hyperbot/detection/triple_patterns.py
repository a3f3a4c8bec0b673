"""TA-Lib's patterns of three candles: stars, soldiers, crows, three inside, three outside."""

from __future__ import annotations

from numpy import int8
from numpy.typing import NDArray

from hyperbot.detection.candle_window import (
    BLACK,
    BODY,
    BOTTOM,
    CROW,
    CROW_GAPLESS,
    INSIDE,
    LONG,
    MOVES,
    NO_LOWER,
    NO_UPPER,
    RECENT_RANGE,
    SMALL,
    SOLDIER,
    SOLDIER_GAPLESS,
    TOP,
    WHITE,
    Floats,
    Marks,
    back,
    marks_of,
)
from hyperbot.detection.kernel import kernel
from hyperbot.detection.registry import row
from hyperbot.detection.single_candle_patterns import NEAR
from hyperbot.domain.market import CLOSE, HIGH, OPEN

Flags = NDArray[int8]

MORNING_STAR = row("candle.morning_star")
EVENING_STAR = row("candle.evening_star")
THREE_WHITE_SOLDIERS = row("candle.three_white_soldiers")
THREE_BLACK_CROWS = row("candle.three_black_crows")
THREE_INSIDE = row("candle.three_inside")
THREE_OUTSIDE = row("candle.three_outside")
THREE_WHITE_SOLDIERS_GAPLESS = row("candle.three_white_soldiers_gapless")
THREE_BLACK_CROWS_GAPLESS = row("candle.three_black_crows_gapless")

FAR = 0.6
"""in mean ranges of the 5 candles before"""
DEEP = 0.3
"""how far a star's third candle comes back into the first body: TA-Lib's default penetration"""


@kernel
def morning_star(scratch: Floats, marks: Marks, out: Flags) -> None:
    """Long black, a small body a gap below, white deep into the first."""
    size = out.size
    black2, long2 = back(marks, BLACK, 2, size), back(marks, LONG, 2, size)
    small1, long, white = (
        back(marks, SMALL, 1, size),
        back(marks, LONG, 0, size),
        back(marks, WHITE, 0, size),
    )
    tops1, bottoms2 = back(scratch, TOP, 1, size), back(scratch, BOTTOM, 2, size)
    closes, closes2 = back(scratch, CLOSE, 0, size), back(scratch, CLOSE, 2, size)
    bodies2 = back(scratch, BODY, 2, size)
    for i in range(size):
        candles = black2[i] & long2[i] & small1[i] & long[i] & white[i]
        deep = closes[i] > closes2[i] + DEEP * bodies2[i]
        out[i] = 100 * (candles & deep & (tops1[i] < bottoms2[i]))


@kernel
def evening_star(scratch: Floats, marks: Marks, out: Flags) -> None:
    """Long white, a small body a gap above, black deep into the first."""
    size = out.size
    white2, long2 = back(marks, WHITE, 2, size), back(marks, LONG, 2, size)
    small1, long, black = (
        back(marks, SMALL, 1, size),
        back(marks, LONG, 0, size),
        back(marks, BLACK, 0, size),
    )
    bottoms1, tops2 = back(scratch, BOTTOM, 1, size), back(scratch, TOP, 2, size)
    closes, closes2 = back(scratch, CLOSE, 0, size), back(scratch, CLOSE, 2, size)
    bodies2 = back(scratch, BODY, 2, size)
    for i in range(size):
        candles = white2[i] & long2[i] & small1[i] & long[i] & black[i]
        deep = closes[i] < closes2[i] - DEEP * bodies2[i]
        out[i] = -100 * (candles & deep & (bottoms1[i] > tops2[i]))


@kernel
def mark_soldiers(scratch: Floats, marks: Marks, size: int) -> None:
    """A white candle that follows another: hardly an upper wick, as large, closing higher.

    It opens over the last open (SOLDIER_GAPLESS: or at it) and at most NEAR over the last close.
    From the candle before the block on.
    """
    opens, opens1 = back(scratch, OPEN, 1, size + 1), back(scratch, OPEN, 2, size + 1)
    closes, closes1 = back(scratch, CLOSE, 1, size + 1), back(scratch, CLOSE, 2, size + 1)
    bodies, bodies1 = back(scratch, BODY, 1, size + 1), back(scratch, BODY, 2, size + 1)
    recent1 = back(scratch, RECENT_RANGE, 2, size + 1)
    white, no_upper = back(marks, WHITE, 1, size + 1), back(marks, NO_UPPER, 1, size + 1)
    soldier = back(marks, SOLDIER, 1, size + 1)
    soldier_gapless = back(marks, SOLDIER_GAPLESS, 1, size + 1)
    for i in range(size + 1):
        near = opens[i] <= closes1[i] + NEAR * recent1[i]
        large = bodies[i] > bodies1[i] - FAR * recent1[i]
        follows = white[i] & no_upper[i] & near & large & (closes[i] > closes1[i])
        soldier[i] = follows & (opens[i] > opens1[i])
        soldier_gapless[i] = follows & (opens[i] >= opens1[i])


@kernel
def mark_crows(scratch: Floats, marks: Marks, size: int) -> None:
    """A black candle that follows another: hardly a lower wick, closing lower.

    It opens between the ends of the last body (CROW_GAPLESS: or at one). From the candle before the
    block on.
    """
    opens, opens1 = back(scratch, OPEN, 1, size + 1), back(scratch, OPEN, 2, size + 1)
    closes, closes1 = back(scratch, CLOSE, 1, size + 1), back(scratch, CLOSE, 2, size + 1)
    black, no_lower = back(marks, BLACK, 1, size + 1), back(marks, NO_LOWER, 1, size + 1)
    crow, crow_gapless = back(marks, CROW, 1, size + 1), back(marks, CROW_GAPLESS, 1, size + 1)
    for i in range(size + 1):
        follows = black[i] & no_lower[i] & (closes[i] < closes1[i])
        crow[i] = follows & (opens[i] < opens1[i]) & (opens[i] > closes1[i])
        crow_gapless[i] = follows & (opens[i] <= opens1[i]) & (opens[i] >= closes1[i])


@kernel
def three_white_soldiers(marks: Marks, soldier: int, out: Flags) -> None:
    """A white candle with hardly an upper wick, two soldiers after it; the last body is long."""
    size = out.size
    white2, no_upper2 = back(marks, WHITE, 2, size), back(marks, NO_UPPER, 2, size)
    soldier0, soldier1 = back(marks, soldier, 0, size), back(marks, soldier, 1, size)
    long = back(marks, LONG, 0, size)
    for i in range(size):
        out[i] = 100 * (white2[i] & no_upper2[i] & soldier1[i] & soldier0[i] & long[i])


@kernel
def three_black_crows(scratch: Floats, marks: Marks, crow: int, out: Flags) -> None:
    """White, a black candle under its high with hardly a lower wick, two crows after it."""
    size = out.size
    white3, black2 = back(marks, WHITE, 3, size), back(marks, BLACK, 2, size)
    no_lower2 = back(marks, NO_LOWER, 2, size)
    crow0, crow1 = back(marks, crow, 0, size), back(marks, crow, 1, size)
    highs3, closes2 = back(scratch, HIGH, 3, size), back(scratch, CLOSE, 2, size)
    for i in range(size):
        candles = white3[i] & black2[i] & no_lower2[i] & crow1[i] & crow0[i]
        out[i] = -100 * (candles & (highs3[i] > closes2[i]))


@kernel
def three_inside(scratch: Floats, marks: Marks, out: Flags) -> None:
    """A small body strictly inside a long one, then a close beyond the first open."""
    size = out.size
    long2, small1, inside1 = (
        back(marks, LONG, 2, size),
        back(marks, SMALL, 1, size),
        back(marks, INSIDE, 1, size),
    )
    white, white2 = back(marks, WHITE, 0, size), back(marks, WHITE, 2, size)
    black, black2 = back(marks, BLACK, 0, size), back(marks, BLACK, 2, size)
    moves = back(marks, MOVES, 0, size)
    closes, opens2 = back(scratch, CLOSE, 0, size), back(scratch, OPEN, 2, size)
    for i in range(size):
        harami1 = long2[i] & small1[i] & inside1[i] & moves[i]
        up = harami1 & black2[i] & white[i] & (closes[i] > opens2[i])
        down = harami1 & white2[i] & black[i] & (closes[i] < opens2[i])
        out[i] = 100 * up - 100 * down


@kernel
def three_outside(scratch: Floats, marks: Marks, out: Flags) -> None:
    """An engulfing beyond both ends, then a close further on."""
    size = out.size
    white1, black2 = back(marks, WHITE, 1, size), back(marks, BLACK, 2, size)
    black1, white2 = back(marks, BLACK, 1, size), back(marks, WHITE, 2, size)
    closes, moves = back(scratch, CLOSE, 0, size), back(marks, MOVES, 0, size)
    opens1, closes1 = back(scratch, OPEN, 1, size), back(scratch, CLOSE, 1, size)
    opens2, closes2 = back(scratch, OPEN, 2, size), back(scratch, CLOSE, 2, size)
    for i in range(size):
        up1 = white1[i] & black2[i] & (closes1[i] > opens2[i]) & (opens1[i] < closes2[i])
        down1 = black1[i] & white2[i] & (closes1[i] < opens2[i]) & (opens1[i] > closes2[i])
        up, down = up1 & (closes[i] > closes1[i]), down1 & (closes[i] < closes1[i])
        out[i] = 100 * (moves[i] & up) - 100 * (moves[i] & down)


@kernel
def fill_triple_patterns(scratch: Floats, start: int, stop: int, flags: Flags) -> None:
    """All patterns of this module; a mark makes soldiers and crows gap-free."""
    marks = marks_of(scratch)
    mark_soldiers(scratch, marks, stop - start)
    mark_crows(scratch, marks, stop - start)
    morning_star(scratch, marks, flags[MORNING_STAR, start:stop])
    evening_star(scratch, marks, flags[EVENING_STAR, start:stop])
    three_white_soldiers(marks, SOLDIER, flags[THREE_WHITE_SOLDIERS, start:stop])
    three_black_crows(scratch, marks, CROW, flags[THREE_BLACK_CROWS, start:stop])
    out = flags[THREE_WHITE_SOLDIERS_GAPLESS, start:stop]
    three_white_soldiers(marks, SOLDIER_GAPLESS, out)
    out = flags[THREE_BLACK_CROWS_GAPLESS, start:stop]
    three_black_crows(scratch, marks, CROW_GAPLESS, out)
    three_inside(scratch, marks, flags[THREE_INSIDE, start:stop])
    three_outside(scratch, marks, flags[THREE_OUTSIDE, start:stop])
