"""The room in which candle patterns work: a block of candles with their parts, sizes and marks.

`work` (numbers) and `marks` (true or false) are flat: cell `ROW + i` belongs to candle i of the
block, whose first candle is i = HERE; `ROW + i - ONE` to the candle before, as far back as HISTORY
allows. Where there is no candle yet, flat ones at the first open stand in. All indices are unsigned
and all rows lie in one array at fixed distances. So the compiler sees that no index is negative
and no two rows overlap, makes vector instructions of every loop, and is done six times sooner
than with one view for each row and lag. Kernels read both cells before they choose one of them:
a read behind a condition is slower.
"""

from __future__ import annotations

from numpy import bool_, float64, int8, uint64
from numpy.typing import NDArray

from hyperbot.detection.kernel import BLOCK, LOOKBACK, kernel
from hyperbot.domain import market

Numbers = NDArray[float64]
Marks = NDArray[bool_]
Flags = NDArray[int8]

ONE, TWO, THREE, FOUR, FIVE, TEN = (uint64(lag) for lag in (1, 2, 3, 4, 5, 10))
HERE = uint64(LOOKBACK)
HISTORY = uint64(20)
"""candles before the block that have prices, volume and parts"""
DEPTH = uint64(3)
"""candles before the block that have usual sizes and marks"""

_CELLS = LOOKBACK + BLOCK
_MARKS_START, _MARKS_END = 21 * _CELLS, 24 * _CELLS

OPEN, HIGH, LOW, CLOSE, VOLUME = (uint64(row * _CELLS) for row in range(5))
BODY, RANGE, UPPER, LOWER, TOP, BOTTOM = (uint64(row * _CELLS) for row in range(5, 11))
# Means of the 10 bodies, of the 10 and of the 5 ranges before.
USUAL_BODY, USUAL_RANGE, RECENT_RANGE = (uint64(row * _CELLS) for row in range(11, 14))
BODY_SHARE, UPPER_SHARE, LOWER_SHARE = (uint64(row * _CELLS) for row in range(14, 17))
FROM_LOW, FROM_HIGH = (uint64(row * _CELLS) for row in range(17, 19))
SUPPORT_LOW, RESISTANCE_HIGH = (uint64(row * _CELLS) for row in range(19, 21))

# White and black as TA-Lib has them: a candle without a body is white.
WHITE, BLACK, RISES, MOVES = (uint64(row * _CELLS) for row in range(4))
# The body against the usual one: above it, below it, not above it; or hardly there.
LONG, SHORT, SMALL, TINY = (uint64(row * _CELLS) for row in range(4, 8))
# Wicks: very short, not that short, longer than the body.
NO_UPPER, NO_LOWER, SOME_UPPER, SOME_LOWER = (uint64(row * _CELLS) for row in range(8, 12))
LONG_UPPER, LONG_LOWER = (uint64(row * _CELLS) for row in range(12, 14))
# A candle against the one before, made from HERE - ONE on by the module whose patterns use it.
INSIDE, WITHIN, ENGULFS_UP, ENGULFS_DOWN = (uint64(row * _CELLS) for row in range(14, 18))
SOLDIER, SOLDIER_GAPLESS, CROW, CROW_GAPLESS = (uint64(row * _CELLS) for row in range(18, 22))
HARAMI_GAPLESS = uint64(22 * _CELLS)


@kernel
def cells(size: int) -> range:
    """The candles of a block."""
    return range(HERE, HERE + uint64(size))


@kernel
def cells_since(lag: uint64, size: int) -> range:
    """The candles of a block, and `lag` before it."""
    return range(HERE - lag, HERE + uint64(size))


@kernel
def marks_of(work: Numbers) -> Marks:
    """The part of `work` that holds marks, one byte each."""
    return work[_MARKS_START:_MARKS_END].view(bool_)


@kernel
def prepare(candles: Numbers, start: int, stop: int, work: Numbers) -> None:
    """Fill everything that more than one module reads, for the candles start..stop-1."""
    first_open = candles[market.OPEN, 0]
    load(candles[market.OPEN], start, stop, HISTORY, first_open, work, OPEN)
    load(candles[market.HIGH], start, stop, HISTORY, first_open, work, HIGH)
    load(candles[market.LOW], start, stop, HISTORY, first_open, work, LOW)
    load(candles[market.CLOSE], start, stop, HISTORY, first_open, work, CLOSE)
    load(candles[market.VOLUME], start, stop, HISTORY, 0.0, work, VOLUME)
    fill_parts(work, stop - start)
    fill_usual_sizes(work, stop - start)
    fill_shares(work, stop - start)
    mark_candles(work, marks_of(work), stop - start)


@kernel
def load(
    source: Numbers,
    start: int,
    stop: int,
    lag: uint64,
    missing: float,
    work: Numbers,
    row: uint64,
) -> None:
    """Copy source[start - lag : stop] to a row, with `missing` where there is nothing before 0."""
    absent = max(int(lag) - start, 0)
    at = int(row + HERE - lag)
    for k in range(absent):
        work[at + k] = missing
    taken = source[start - int(lag) + absent : stop]
    target = work[at + absent : at + absent + taken.size]
    for k in range(taken.size):
        target[k] = taken[k]


@kernel
def fill_parts(work: Numbers, size: int) -> None:
    """Body, range, the ends of the body, the wicks."""
    for i in cells_since(HISTORY, size):
        opened, high, low, close = work[OPEN + i], work[HIGH + i], work[LOW + i], work[CLOSE + i]
        top, bottom = max(opened, close), min(opened, close)
        work[BODY + i] = abs(close - opened)
        work[RANGE + i] = high - low
        work[UPPER + i] = high - top
        work[LOWER + i] = bottom - low
        work[TOP + i] = top
        work[BOTTOM + i] = bottom


@kernel
def add_five(total: float, work: Numbers, cell: uint64) -> float:
    """`total` and five cells from `cell` on, added in this order."""
    start = total + work[cell] + work[cell + ONE]
    added: float = start + work[cell + TWO] + work[cell + THREE] + work[cell + FOUR]
    return added


@kernel
def fill_usual_sizes(work: Numbers, size: int) -> None:
    """What TA-Lib measures a candle by: means over the candles before it, summed oldest first."""
    for i in cells_since(DEPTH, size):
        bodies = add_five(0.0, work, BODY + i - TEN)
        ranges = add_five(0.0, work, RANGE + i - TEN)
        work[USUAL_BODY + i] = add_five(bodies, work, BODY + i - FIVE) / 10.0
        work[USUAL_RANGE + i] = add_five(ranges, work, RANGE + i - FIVE) / 10.0
        work[RECENT_RANGE + i] = add_five(0.0, work, RANGE + i - FIVE) / 5.0


@kernel
def fill_shares(work: Numbers, size: int) -> None:
    """Shares of the range, and where the close lies in it; a flat candle has 0 and half."""
    for i in cells(size):
        high, low, close, span = work[HIGH + i], work[LOW + i], work[CLOSE + i], work[RANGE + i]
        moves = span > 0.0
        whole = span if moves else 1.0
        work[BODY_SHARE + i] = work[BODY + i] / whole
        work[UPPER_SHARE + i] = work[UPPER + i] / whole
        work[LOWER_SHARE + i] = work[LOWER + i] / whole
        work[FROM_LOW + i] = (close - low) / whole if moves else 0.5
        work[FROM_HIGH + i] = (high - close) / whole if moves else 0.5


@kernel
def mark_candles(work: Numbers, marks: Marks, size: int) -> None:
    """All marks that a candle has by itself."""
    for i in cells_since(DEPTH, size):
        opened, close = work[OPEN + i], work[CLOSE + i]
        body, upper, lower = work[BODY + i], work[UPPER + i], work[LOWER + i]
        usual, tenth = work[USUAL_BODY + i], 0.1 * work[USUAL_RANGE + i]
        marks[WHITE + i] = close >= opened
        marks[BLACK + i] = close < opened
        marks[RISES + i] = close > opened
        marks[MOVES + i] = work[RANGE + i] > 0.0
        marks[LONG + i] = body > usual
        marks[SHORT + i] = body < usual
        marks[SMALL + i] = body <= usual
        marks[TINY + i] = body <= tenth
        marks[NO_UPPER + i] = upper < tenth
        marks[NO_LOWER + i] = lower < tenth
        marks[SOME_UPPER + i] = upper > tenth
        marks[SOME_LOWER + i] = lower > tenth
        marks[LONG_UPPER + i] = upper > body
        marks[LONG_LOWER + i] = lower > body
