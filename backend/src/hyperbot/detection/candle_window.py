"""The scratch of one block: its candles, their parts, usual sizes and marks, to be read at any lag.

Every row of the scratch holds candle `start + i` of the block at HERE + i and up to HISTORY candles
before it. Where the history has none, there are flat candles at the first open. `back` gives a
view that is shifted by a lag: kernels index views of one length by i alone, so that they compile
to vector instructions (numba's test for negative indices would forbid it).
"""

from __future__ import annotations

from typing import Any

from numpy import bool_, float64
from numpy.typing import NDArray

from hyperbot.detection.kernel import LOOKBACK, kernel
from hyperbot.domain.market import CLOSE, HIGH, LOW, OPEN, VOLUME

Floats = NDArray[float64]
Marks = NDArray[bool_]

HERE = LOOKBACK
"""where the first candle of the block lies in a row of the scratch"""
HISTORY = 20
"""candles before the block that are loaded"""
DEEPEST = 3
"""lag up to which parts of a candle, usual sizes and marks may be read"""

# Rows of numbers; the first five are those of domain.market.
BODY, RANGE, UPPER, LOWER, TOP, BOTTOM = range(5, 11)
USUAL_BODY, USUAL_RANGE, RECENT_RANGE = range(11, 14)
"""means of the 10 bodies, 10 ranges and 5 ranges before"""
BODY_SHARE, UPPER_SHARE, LOWER_SHARE, FROM_LOW, FROM_HIGH = range(14, 19)
VOLUME_TOTAL = 19
SUPPORT_LOW, RESISTANCE_HIGH = 19, 20  # after the volumes, so one row serves both
_MARKS, _MARKS_END = 21, 24

# Marks of one candle. White and black are TA-Lib's: a candle without a body is white.
WHITE, BLACK, RISES, MOVES = range(4)
LONG, SHORT, SMALL, TINY = range(4, 8)
"""the body against the usual one: above it, below it, not above it, hardly there"""
NO_UPPER, NO_LOWER, SOME_UPPER, SOME_LOWER, LONG_UPPER, LONG_LOWER = range(8, 14)
# Marks of a candle and the one before, made in the modules of the patterns that use them.
INSIDE, WITHIN, SOLDIER, CROW = range(14, 18)
SOLDIER_GAPLESS, CROW_GAPLESS, ENGULFS_UP, ENGULFS_DOWN, HARAMI_GAPLESS = range(18, 23)
_MARK_ROWS = 24


@kernel
def back(table: NDArray[Any], row: int, lag: int, size: int) -> NDArray[Any]:
    """`size` cells of a row, beginning `lag` candles before the block."""
    return table[row, HERE - lag : HERE - lag + size]


@kernel
def marks_of(scratch: Floats) -> Marks:
    """The rows of the scratch that hold marks, one byte each."""
    return scratch[_MARKS:_MARKS_END].view(bool_).reshape(_MARK_ROWS, scratch.shape[1])


@kernel
def load(source: Floats, start: int, stop: int, missing: float, target: Floats) -> None:
    """Copy source[..stop) so that it ends where `target` ends; `missing` is for what is not there.

    `target` begins as far before `start` as it is longer than the block.
    """
    absent = max(target.size - stop, 0)
    blank, there = target[:absent], target[absent:]
    taken = source[stop - there.size : stop]
    for i in range(blank.size):
        blank[i] = missing
    for i in range(there.size):
        there[i] = taken[i]


@kernel
def prepare(candles: Floats, start: int, stop: int, scratch: Floats) -> None:
    """Fill all rows for the candles start..stop-1 that do not belong to one module of patterns."""
    size = stop - start + HISTORY
    for column in (OPEN, HIGH, LOW, CLOSE):
        load(candles[column], start, stop, candles[OPEN, 0], back(scratch, column, HISTORY, size))
    load(candles[VOLUME], start, stop, 0.0, back(scratch, VOLUME, HISTORY, size))
    fill_parts(scratch, size)
    fill_wicks(scratch, size)
    fill_shares(scratch, stop - start)
    fill_usual_sizes(scratch, stop - start + DEEPEST)
    marks = marks_of(scratch)
    mark_colours(scratch, marks, stop - start + DEEPEST)
    mark_bodies(scratch, marks, stop - start + DEEPEST)
    mark_short_wicks(scratch, marks, stop - start + DEEPEST)
    mark_long_wicks(scratch, marks, stop - start + DEEPEST)


@kernel
def fill_parts(scratch: Floats, size: int) -> None:
    """Body, range and the ends of the body."""
    opens, closes = back(scratch, OPEN, HISTORY, size), back(scratch, CLOSE, HISTORY, size)
    highs, lows = back(scratch, HIGH, HISTORY, size), back(scratch, LOW, HISTORY, size)
    bodies, ranges = back(scratch, BODY, HISTORY, size), back(scratch, RANGE, HISTORY, size)
    tops, bottoms = back(scratch, TOP, HISTORY, size), back(scratch, BOTTOM, HISTORY, size)
    for i in range(size):
        bodies[i] = abs(closes[i] - opens[i])
        ranges[i] = highs[i] - lows[i]
        tops[i] = max(closes[i], opens[i])
        bottoms[i] = min(opens[i], closes[i])


@kernel
def fill_wicks(scratch: Floats, size: int) -> None:
    """Upper and lower wick."""
    highs, lows = back(scratch, HIGH, HISTORY, size), back(scratch, LOW, HISTORY, size)
    tops, bottoms = back(scratch, TOP, HISTORY, size), back(scratch, BOTTOM, HISTORY, size)
    uppers, lowers = back(scratch, UPPER, HISTORY, size), back(scratch, LOWER, HISTORY, size)
    for i in range(size):
        uppers[i] = highs[i] - tops[i]
        lowers[i] = bottoms[i] - lows[i]


@kernel
def fill_shares(scratch: Floats, size: int) -> None:
    """What share of the range each part takes; 0 for a flat candle, which lies half way."""
    ranges, bodies = back(scratch, RANGE, 0, size), back(scratch, BODY, 0, size)
    uppers, lowers = back(scratch, UPPER, 0, size), back(scratch, LOWER, 0, size)
    body_shares = back(scratch, BODY_SHARE, 0, size)
    upper_shares = back(scratch, UPPER_SHARE, 0, size)
    lower_shares = back(scratch, LOWER_SHARE, 0, size)
    for i in range(size):
        span = ranges[i] if ranges[i] > 0.0 else 1.0
        body_shares[i] = bodies[i] / span
        upper_shares[i] = uppers[i] / span
        lower_shares[i] = lowers[i] / span
    fill_close_positions(scratch, size)


@kernel
def fill_close_positions(scratch: Floats, size: int) -> None:
    """Where the close lies, seen from the low and (for short patterns) from the high."""
    highs, lows = back(scratch, HIGH, 0, size), back(scratch, LOW, 0, size)
    closes, ranges = back(scratch, CLOSE, 0, size), back(scratch, RANGE, 0, size)
    from_low, from_high = back(scratch, FROM_LOW, 0, size), back(scratch, FROM_HIGH, 0, size)
    for i in range(size):
        moves = ranges[i] > 0.0
        span = ranges[i] if moves else 1.0
        from_low[i] = (closes[i] - lows[i]) / span if moves else 0.5
        from_high[i] = (highs[i] - closes[i]) / span if moves else 0.5


@kernel
def fill_usual_sizes(scratch: Floats, size: int) -> None:
    """The means that TA-Lib measures a candle by: of the candles before, not of itself."""
    mean_before(scratch, BODY, 10, back(scratch, USUAL_BODY, DEEPEST, size))
    mean_before(scratch, RANGE, 10, back(scratch, USUAL_RANGE, DEEPEST, size))
    mean_before(scratch, RANGE, 5, back(scratch, RECENT_RANGE, DEEPEST, size))


@kernel
def mean_before(scratch: Floats, row: int, period: int, means: Floats) -> None:
    """The mean of the `period` (5, 10) candles before each, summed oldest first."""
    for i in range(means.size):
        means[i] = 0.0
    for lag in range(DEEPEST + period, DEEPEST, -5):
        add_five(back(scratch, row, lag, means.size + 4), means)
    for i in range(means.size):
        means[i] = means[i] / period


@kernel
def add_five(values: Floats, totals: Floats) -> None:
    """Add five values in a row, from the same place on, to each total."""
    size = totals.size
    a, b, c = values[:size], values[1 : size + 1], values[2 : size + 2]
    d, e = values[3 : size + 3], values[4 : size + 4]
    for i in range(size):
        totals[i] = totals[i] + a[i] + b[i] + c[i] + d[i] + e[i]


@kernel
def mark_colours(scratch: Floats, marks: Marks, size: int) -> None:
    """White, black, rising; and whether there is a range at all."""
    opens, closes = back(scratch, OPEN, DEEPEST, size), back(scratch, CLOSE, DEEPEST, size)
    ranges = back(scratch, RANGE, DEEPEST, size)
    white, black = back(marks, WHITE, DEEPEST, size), back(marks, BLACK, DEEPEST, size)
    rises, moves = back(marks, RISES, DEEPEST, size), back(marks, MOVES, DEEPEST, size)
    for i in range(size):
        white[i] = closes[i] >= opens[i]
        black[i] = closes[i] < opens[i]
        rises[i] = closes[i] > opens[i]
        moves[i] = ranges[i] > 0.0


@kernel
def mark_bodies(scratch: Floats, marks: Marks, size: int) -> None:
    """The body against the usual body, and against a tenth of the usual range."""
    bodies = back(scratch, BODY, DEEPEST, size)
    usual, usual_ranges = (
        back(scratch, USUAL_BODY, DEEPEST, size),
        back(scratch, USUAL_RANGE, DEEPEST, size),
    )
    long, short = back(marks, LONG, DEEPEST, size), back(marks, SHORT, DEEPEST, size)
    small, tiny = back(marks, SMALL, DEEPEST, size), back(marks, TINY, DEEPEST, size)
    for i in range(size):
        long[i] = bodies[i] > usual[i]
        short[i] = bodies[i] < usual[i]
        small[i] = bodies[i] <= usual[i]
        tiny[i] = bodies[i] <= 0.1 * usual_ranges[i]


@kernel
def mark_short_wicks(scratch: Floats, marks: Marks, size: int) -> None:
    """Wicks against a tenth of the usual range: very short, or there."""
    uppers, lowers = back(scratch, UPPER, DEEPEST, size), back(scratch, LOWER, DEEPEST, size)
    usual_ranges = back(scratch, USUAL_RANGE, DEEPEST, size)
    no_upper, no_lower = back(marks, NO_UPPER, DEEPEST, size), back(marks, NO_LOWER, DEEPEST, size)
    some_upper = back(marks, SOME_UPPER, DEEPEST, size)
    some_lower = back(marks, SOME_LOWER, DEEPEST, size)
    for i in range(size):
        limit = 0.1 * usual_ranges[i]
        no_upper[i] = uppers[i] < limit
        no_lower[i] = lowers[i] < limit
        some_upper[i] = uppers[i] > limit
        some_lower[i] = lowers[i] > limit


@kernel
def mark_long_wicks(scratch: Floats, marks: Marks, size: int) -> None:
    """Wicks longer than the body."""
    uppers, lowers = back(scratch, UPPER, DEEPEST, size), back(scratch, LOWER, DEEPEST, size)
    bodies = back(scratch, BODY, DEEPEST, size)
    long_upper = back(marks, LONG_UPPER, DEEPEST, size)
    long_lower = back(marks, LONG_LOWER, DEEPEST, size)
    for i in range(size):
        long_upper[i] = uppers[i] > bodies[i]
        long_lower[i] = lowers[i] > bodies[i]
