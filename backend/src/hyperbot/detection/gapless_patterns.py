"""The classical patterns that TA-Lib ties to a gap, with tests that mean something on perpetuals.

There a candle opens at the last close, give or take a tick, so a gap measures noise. EQUAL is the
tolerance at an opening end.
"""

from __future__ import annotations

from numpy import int8
from numpy.typing import NDArray

from hyperbot.detection.candle_window import (
    BLACK,
    BODY,
    BOTTOM,
    ENGULFS_DOWN,
    ENGULFS_UP,
    HARAMI_GAPLESS,
    LONG,
    LONG_UPPER,
    MOVES,
    NO_LOWER,
    RECENT_RANGE,
    SHORT,
    SMALL,
    TOP,
    WHITE,
    Floats,
    Marks,
    back,
    marks_of,
)
from hyperbot.detection.kernel import kernel
from hyperbot.detection.pair_patterns import HALF
from hyperbot.detection.registry import row
from hyperbot.detection.triple_patterns import DEEP
from hyperbot.domain.market import CLOSE, OPEN

Flags = NDArray[int8]

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
def inverted_gapless(scratch: Floats, marks: Marks, hammer: Flags, star: Flags) -> None:
    """A short body under a long wick, its middle below (hammer) or above (star) the last close."""
    size = hammer.size
    short, long_upper = back(marks, SHORT, 0, size), back(marks, LONG_UPPER, 0, size)
    no_lower = back(marks, NO_LOWER, 0, size)
    opens, closes = back(scratch, OPEN, 0, size), back(scratch, CLOSE, 0, size)
    closes1 = back(scratch, CLOSE, 1, size)
    for i in range(size):
        shape = short[i] & long_upper[i] & no_lower[i]
        middle = (opens[i] + closes[i]) / 2.0
        hammer[i] = 100 * (shape & (middle < closes1[i]))
        star[i] = -100 * (shape & (middle > closes1[i]))


@kernel
def mark_engulfing_gapless(scratch: Floats, marks: Marks, size: int) -> None:
    """Whether the body reaches the ends of the last one up to EQUAL, and passes one of them."""
    opens, opens1 = back(scratch, OPEN, 1, size + 1), back(scratch, OPEN, 2, size + 1)
    closes, closes1 = back(scratch, CLOSE, 1, size + 1), back(scratch, CLOSE, 2, size + 1)
    recent = back(scratch, RECENT_RANGE, 1, size + 1)
    white, white1 = back(marks, WHITE, 1, size + 1), back(marks, WHITE, 2, size + 1)
    black, black1 = back(marks, BLACK, 1, size + 1), back(marks, BLACK, 2, size + 1)
    up, down = back(marks, ENGULFS_UP, 1, size + 1), back(marks, ENGULFS_DOWN, 1, size + 1)
    for i in range(size + 1):
        equal = EQUAL * recent[i]
        rises = (closes[i] >= opens1[i] - equal) & (opens[i] <= closes1[i] + equal)
        falls = (closes[i] <= opens1[i] + equal) & (opens[i] >= closes1[i] - equal)
        passes_up = (closes[i] > opens1[i]) | (opens[i] < closes1[i])
        passes_down = (closes[i] < opens1[i]) | (opens[i] > closes1[i])
        up[i] = white[i] & black1[i] & rises & passes_up
        down[i] = black[i] & white1[i] & falls & passes_down


@kernel
def engulfing_gapless(scratch: Floats, marks: Marks, out: Flags) -> None:
    """100 if the close passes the last open, 80 if it is only within EQUAL of it."""
    size = out.size
    up, down = back(marks, ENGULFS_UP, 0, size), back(marks, ENGULFS_DOWN, 0, size)
    closes, opens1 = back(scratch, CLOSE, 0, size), back(scratch, OPEN, 1, size)
    moves = back(marks, MOVES, 0, size)
    for i in range(size):
        rising = (80 + 20 * (closes[i] > opens1[i])) * (up[i] & moves[i])
        falling = (80 + 20 * (closes[i] < opens1[i])) * (down[i] & moves[i])
        out[i] = rising - falling


@kernel
def mark_harami_gapless(scratch: Floats, marks: Marks, size: int) -> None:
    """A small body within EQUAL of a long one's ends, from the candle before the block on."""
    tops, tops1 = back(scratch, TOP, 1, size + 1), back(scratch, TOP, 2, size + 1)
    bottoms, bottoms1 = back(scratch, BOTTOM, 1, size + 1), back(scratch, BOTTOM, 2, size + 1)
    recent, moves = back(scratch, RECENT_RANGE, 1, size + 1), back(marks, MOVES, 1, size + 1)
    small, long1 = back(marks, SMALL, 1, size + 1), back(marks, LONG, 2, size + 1)
    harami = back(marks, HARAMI_GAPLESS, 1, size + 1)
    for i in range(size + 1):
        equal = EQUAL * recent[i]
        within = (tops[i] <= tops1[i] + equal) & (bottoms[i] >= bottoms1[i] - equal)
        harami[i] = small[i] & long1[i] & moves[i] & within


@kernel
def harami_gapless(scratch: Floats, marks: Marks, out: Flags) -> None:
    """100 if the close lies strictly inside the last body, else 80."""
    size = out.size
    harami, white1 = back(marks, HARAMI_GAPLESS, 0, size), back(marks, WHITE, 1, size)
    closes = back(scratch, CLOSE, 0, size)
    tops1, bottoms1 = back(scratch, TOP, 1, size), back(scratch, BOTTOM, 1, size)
    for i in range(size):
        inside = (closes[i] < tops1[i]) & (closes[i] > bottoms1[i])
        out[i] = harami[i] * (80 + 20 * inside) * (1 - 2 * white1[i])


@kernel
def piercing_gapless(scratch: Floats, marks: Marks, out: Flags) -> None:
    """Piercing that opens at most EQUAL over the last close."""
    size = out.size
    opens, closes = back(scratch, OPEN, 0, size), back(scratch, CLOSE, 0, size)
    opens1, closes1 = back(scratch, OPEN, 1, size), back(scratch, CLOSE, 1, size)
    recent, bodies1 = back(scratch, RECENT_RANGE, 0, size), back(scratch, BODY, 1, size)
    white, black1 = back(marks, WHITE, 0, size), back(marks, BLACK, 1, size)
    long, long1 = back(marks, LONG, 0, size), back(marks, LONG, 1, size)
    for i in range(size):
        candles = white[i] & long[i] & black1[i] & long1[i]
        ends = (closes[i] < opens1[i]) & (closes[i] > closes1[i] + HALF * bodies1[i])
        out[i] = 100 * (candles & ends & (opens[i] <= closes1[i] + EQUAL * recent[i]))


@kernel
def dark_cloud_cover_gapless(scratch: Floats, marks: Marks, out: Flags) -> None:
    """Dark cloud cover that opens at most EQUAL under the last close."""
    size = out.size
    opens, closes = back(scratch, OPEN, 0, size), back(scratch, CLOSE, 0, size)
    opens1, closes1 = back(scratch, OPEN, 1, size), back(scratch, CLOSE, 1, size)
    recent, bodies1 = back(scratch, RECENT_RANGE, 0, size), back(scratch, BODY, 1, size)
    black, white1 = back(marks, BLACK, 0, size), back(marks, WHITE, 1, size)
    long1 = back(marks, LONG, 1, size)
    for i in range(size):
        candles = black[i] & white1[i] & long1[i]
        ends = (closes[i] > opens1[i]) & (closes[i] < closes1[i] - HALF * bodies1[i])
        out[i] = -100 * (candles & ends & (opens[i] >= closes1[i] - EQUAL * recent[i]))


@kernel
def stars_gapless(scratch: Floats, marks: Marks, morning: Flags, evening: Flags) -> None:
    """A long body, a small one with its middle beyond the first close, and deep back."""
    size = morning.size
    long2, small1 = back(marks, LONG, 2, size), back(marks, SMALL, 1, size)
    long, white = back(marks, LONG, 0, size), back(marks, WHITE, 0, size)
    black2, white2 = back(marks, BLACK, 2, size), back(marks, WHITE, 2, size)
    black = back(marks, BLACK, 0, size)
    opens1, closes1 = back(scratch, OPEN, 1, size), back(scratch, CLOSE, 1, size)
    closes, closes2 = back(scratch, CLOSE, 0, size), back(scratch, CLOSE, 2, size)
    bodies2 = back(scratch, BODY, 2, size)
    for i in range(size):
        bodies, middle1 = long2[i] & small1[i] & long[i], (opens1[i] + closes1[i]) / 2.0
        reach = DEEP * bodies2[i]
        up = (middle1 < closes2[i]) & (closes[i] > closes2[i] + reach)
        down = (middle1 > closes2[i]) & (closes[i] < closes2[i] - reach)
        morning[i] = 100 * (bodies & black2[i] & white[i] & up)
        evening[i] = -100 * (bodies & white2[i] & black[i] & down)


@kernel
def three_inside_gapless(scratch: Floats, marks: Marks, out: Flags) -> None:
    """The last candle was a harami_gapless, then a close beyond the first open."""
    size = out.size
    harami1, moves = back(marks, HARAMI_GAPLESS, 1, size), back(marks, MOVES, 0, size)
    white, white2 = back(marks, WHITE, 0, size), back(marks, WHITE, 2, size)
    black, black2 = back(marks, BLACK, 0, size), back(marks, BLACK, 2, size)
    closes, opens2 = back(scratch, CLOSE, 0, size), back(scratch, OPEN, 2, size)
    for i in range(size):
        up = black2[i] & white[i] & (closes[i] > opens2[i])
        down = white2[i] & black[i] & (closes[i] < opens2[i])
        out[i] = 100 * (harami1[i] & moves[i] & up) - 100 * (harami1[i] & moves[i] & down)


@kernel
def three_outside_gapless(scratch: Floats, marks: Marks, out: Flags) -> None:
    """The last candle was an engulfing_gapless, then a close further on."""
    size = out.size
    up1, down1 = back(marks, ENGULFS_UP, 1, size), back(marks, ENGULFS_DOWN, 1, size)
    moves, moves1 = back(marks, MOVES, 0, size), back(marks, MOVES, 1, size)
    closes, closes1 = back(scratch, CLOSE, 0, size), back(scratch, CLOSE, 1, size)
    for i in range(size):
        moving = moves[i] & moves1[i]
        up = moving & up1[i] & (closes[i] > closes1[i])
        down = moving & down1[i] & (closes[i] < closes1[i])
        out[i] = 100 * up - 100 * down


@kernel
def fill_gapless_patterns(scratch: Floats, start: int, stop: int, flags: Flags) -> None:
    """All patterns of this module for the candles start..stop-1."""
    marks = marks_of(scratch)
    mark_engulfing_gapless(scratch, marks, stop - start)
    mark_harami_gapless(scratch, marks, stop - start)
    hammer, star = flags[INVERTED_HAMMER, start:stop], flags[SHOOTING_STAR, start:stop]
    inverted_gapless(scratch, marks, hammer, star)
    engulfing_gapless(scratch, marks, flags[ENGULFING, start:stop])
    harami_gapless(scratch, marks, flags[HARAMI, start:stop])
    piercing_gapless(scratch, marks, flags[PIERCING, start:stop])
    dark_cloud_cover_gapless(scratch, marks, flags[DARK_CLOUD_COVER, start:stop])
    morning, evening = flags[MORNING_STAR, start:stop], flags[EVENING_STAR, start:stop]
    stars_gapless(scratch, marks, morning, evening)
    three_inside_gapless(scratch, marks, flags[THREE_INSIDE, start:stop])
    three_outside_gapless(scratch, marks, flags[THREE_OUTSIDE, start:stop])
