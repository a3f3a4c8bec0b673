"""Patterns by plain inequalities: pin bar, inside bar, outside bar."""

from __future__ import annotations

from hyperbot.detection.candle_window import (
    BLACK,
    BODY,
    BOTTOM,
    HERE,
    HIGH,
    LOW,
    LOWER,
    LOWER_SHARE,
    MOVES,
    ONE,
    RANGE,
    RISES,
    TOP,
    UPPER,
    UPPER_SHARE,
    Flags,
    Marks,
    Numbers,
    cells,
    marks_of,
)
from hyperbot.detection.clarity import grade, surplus
from hyperbot.detection.kernel import kernel
from hyperbot.detection.params import param
from hyperbot.detection.registry import row

PIN_BAR = row("candle.pin_bar")
INSIDE_BAR = row("candle.inside_bar")
OUTSIDE_BAR = row("candle.outside_bar")

PIN_WICK, PIN_BODY = param("candle.pin_wick"), param("candle.pin_body")


@kernel
def pin_bar(work: Numbers, marks: Marks, params: Numbers, out: Flags) -> None:
    """One long wick, a small body in the outer third on the other side."""
    least, widest = params[PIN_WICK], params[PIN_BODY]
    for i in cells(out.size):
        span = work[RANGE + i]
        small, long, third = work[BODY + i] <= widest * span, least * span, span / 3.0
        high = (work[LOWER + i] >= long) & (work[BOTTOM + i] >= work[HIGH + i] - third)
        low = (work[UPPER + i] >= long) & (work[TOP + i] <= work[LOW + i] + third)
        upper_share, lower_share = work[UPPER_SHARE + i], work[LOWER_SHARE + i]
        percent = grade(surplus(lower_share if high else upper_share, least))
        found = percent * (marks[MOVES + i] & small)
        out[i - HERE] = found * high - found * low


@kernel
def inside_bar(work: Numbers, marks: Marks, out: Flags) -> None:
    """High and low within those of the last candle."""
    for i in cells(out.size):
        last = i - ONE
        within = (work[HIGH + i] < work[HIGH + last]) & (work[LOW + i] > work[LOW + last])
        out[i - HERE] = 100 * (within & marks[MOVES + i])


@kernel
def outside_bar(work: Numbers, marks: Marks, out: Flags) -> None:
    """High and low beyond those of the last candle."""
    for i in cells(out.size):
        last = i - ONE
        beyond = (work[HIGH + i] > work[HIGH + last]) & (work[LOW + i] < work[LOW + last])
        out[i - HERE] = 100 * (beyond & marks[RISES + i]) - 100 * (beyond & marks[BLACK + i])


@kernel
def fill_plain_patterns(
    work: Numbers, params: Numbers, start: int, stop: int, flags: Flags
) -> None:
    """All patterns of this module for the candles start..stop-1."""
    marks = marks_of(work)
    pin_bar(work, marks, params, flags[PIN_BAR, start:stop])
    inside_bar(work, marks, flags[INSIDE_BAR, start:stop])
    outside_bar(work, marks, flags[OUTSIDE_BAR, start:stop])
