"""Patterns by plain inequalities: pin bar, inside bar, outside bar."""

from __future__ import annotations

from numpy import int8
from numpy.typing import NDArray

from hyperbot.detection.candle_window import (
    BLACK,
    BODY,
    BOTTOM,
    LOWER,
    LOWER_SHARE,
    MOVES,
    RANGE,
    RISES,
    TOP,
    UPPER,
    UPPER_SHARE,
    Floats,
    Marks,
    back,
    marks_of,
)
from hyperbot.detection.clarity import grade, surplus
from hyperbot.detection.kernel import Memory, kernel
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.domain.market import HIGH, LOW

Flags = NDArray[int8]

PIN_BAR = row("candle.pin_bar")
INSIDE_BAR = row("candle.inside_bar")
OUTSIDE_BAR = row("candle.outside_bar")

PIN_WICK, PIN_BODY = param("candle.pin_wick"), param("candle.pin_body")


@kernel
def pin_bar(scratch: Floats, marks: Marks, params: Floats, out: Flags) -> None:
    """One long wick, a small body in the outer third on the other side."""
    size = out.size
    least, widest = params[PIN_WICK], params[PIN_BODY]
    highs, lows = back(scratch, HIGH, 0, size), back(scratch, LOW, 0, size)
    tops, bottoms = back(scratch, TOP, 0, size), back(scratch, BOTTOM, 0, size)
    uppers, lowers = back(scratch, UPPER, 0, size), back(scratch, LOWER, 0, size)
    ranges, bodies = back(scratch, RANGE, 0, size), back(scratch, BODY, 0, size)
    lower_shares = back(scratch, LOWER_SHARE, 0, size)
    upper_shares = back(scratch, UPPER_SHARE, 0, size)
    moves = back(marks, MOVES, 0, size)
    for i in range(size):
        small = moves[i] & (bodies[i] <= widest * ranges[i])
        wick, third = least * ranges[i], ranges[i] / 3.0
        up = small & (lowers[i] >= wick) & (bottoms[i] >= highs[i] - third)
        down = small & (uppers[i] >= wick) & (tops[i] <= lows[i] + third)
        percent = grade(surplus(lower_shares[i] if up else upper_shares[i], least))
        out[i] = percent * up - percent * down


@kernel
def inside_and_outside_bar(scratch: Floats, marks: Marks, inside: Flags, outside: Flags) -> None:
    """High and low within, or both beyond, those of the last candle."""
    size = inside.size
    highs, highs1 = back(scratch, HIGH, 0, size), back(scratch, HIGH, 1, size)
    lows, lows1 = back(scratch, LOW, 0, size), back(scratch, LOW, 1, size)
    rises, falls = back(marks, RISES, 0, size), back(marks, BLACK, 0, size)
    moves = back(marks, MOVES, 0, size)
    for i in range(size):
        beyond = (highs[i] > highs1[i]) & (lows[i] < lows1[i])
        inside[i] = 100 * (moves[i] & (highs[i] < highs1[i]) & (lows[i] > lows1[i]))
        outside[i] = 100 * (beyond & rises[i]) - 100 * (beyond & falls[i])


@kernel
def fill_plain_patterns(memory: Memory, start: int, stop: int, flags: Flags) -> None:
    """All patterns of this module for the candles start..stop-1."""
    scratch, marks = memory.scratch, marks_of(memory.scratch)
    pin_bar(scratch, marks, memory.params, flags[PIN_BAR, start:stop])
    inside, outside = flags[INSIDE_BAR, start:stop], flags[OUTSIDE_BAR, start:stop]
    inside_and_outside_bar(scratch, marks, inside, outside)
