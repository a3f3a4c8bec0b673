"""The content's own candles that need no memory: liquidity engulf, weak and strong ones, wicks."""

from __future__ import annotations

from numpy import int8
from numpy.typing import NDArray

from hyperbot.detection.candle_window import (
    BLACK,
    BODY,
    BODY_SHARE,
    FROM_HIGH,
    FROM_LOW,
    LOWER,
    LOWER_SHARE,
    MOVES,
    RANGE,
    RESISTANCE_HIGH,
    RISES,
    SUPPORT_LOW,
    UPPER,
    UPPER_SHARE,
    USUAL_BODY,
    Floats,
    Marks,
    back,
    load,
    marks_of,
)
from hyperbot.detection.clarity import grade, room, surplus
from hyperbot.detection.kernel import Memory, Outputs, kernel
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR
from hyperbot.domain.market import CLOSE, HIGH, LOW

Flags = NDArray[int8]

LIQUIDITY_ENGULF = row("candle.liquidity_engulf")
LE_WEAK = row("candle.le_weak")
SMALL_WICK = row("candle.small_wick")
STEEPER_WICK = row("candle.steeper_wick")
NO_WICK = row("candle.no_wick")
CELERY_CANDLE = row("candle.celery_candle")
STEEPER_WICK_LONGER = row("candle.steeper_wick.longer")
SWEPT_LOWS, SWEPT_HIGHS = row("structure.swept_lows"), row("structure.swept_highs")
NEAREST_SUPPORT, NEAREST_RESISTANCE = row("zone.support.low"), row("zone.resistance.high")

TICK = param("candle.tick")
ENGULF_WICK, ENGULF_CLOSE = param("candle.engulf_wick"), param("candle.engulf_close")
ENGULF_RANGE = param("candle.engulf_range")
WEAK_BODY, WEAK_WICK = param("candle.weak_body"), param("candle.weak_wick")
WEAK_PROGRESS = param("candle.weak_progress")
SMALL_WICK_MOST, SMALL_WICK_BODY = param("candle.small_wick"), param("candle.small_wick_body")
STEEPER_LEAST, STEEPER_RATIO = param("candle.steeper_wick"), param("candle.steeper_wick_ratio")
STEEPER_CLOSE = param("candle.steeper_wick_close")
NO_WICK_MOST = param("candle.no_wick")
CELERY_BODY, CELERY_WICK = param("candle.celery_body"), param("candle.celery_wick")
CELERY_BALANCE = param("candle.celery_balance")


@kernel
def liquidity_engulf(
    scratch: Floats,
    marks: Marks,
    params: Floats,
    atr: Floats,
    swept_lows: Flags,
    swept_highs: Flags,
    out: Flags,
) -> None:
    """Takes the last low and closes over the last high; clearer if it takes a level on the way."""
    size = out.size
    most, nearest, least = params[ENGULF_WICK], params[ENGULF_CLOSE], params[ENGULF_RANGE]
    highs, highs1 = back(scratch, HIGH, 0, size), back(scratch, HIGH, 1, size)
    lows, lows1 = back(scratch, LOW, 0, size), back(scratch, LOW, 1, size)
    closes, ranges = back(scratch, CLOSE, 0, size), back(scratch, RANGE, 0, size)
    uppers, lowers = back(scratch, UPPER, 0, size), back(scratch, LOWER, 0, size)
    from_low, from_high = back(scratch, FROM_LOW, 0, size), back(scratch, FROM_HIGH, 0, size)
    supports1 = back(scratch, SUPPORT_LOW, 1, size)
    resistances1 = back(scratch, RESISTANCE_HIGH, 1, size)
    rises, falls = back(marks, RISES, 0, size), back(marks, BLACK, 0, size)
    for i in range(size):
        takes = (lows[i] < lows1[i]) & rises[i], (highs[i] > highs1[i]) & falls[i]
        large, limit = ranges[i] >= least * atr[i], most * ranges[i]
        up = takes[0] & (closes[i] > highs1[i]) & (from_low[i] >= nearest) & large
        down = takes[1] & (closes[i] < lows1[i]) & (from_high[i] >= nearest) & large
        wick = uppers[i] if rises[i] else lowers[i]
        below = (swept_lows[i] > 0) | ((supports1[i] > lows[i]) & (supports1[i] < closes[i]))
        above = (swept_highs[i] > 0) | (
            (resistances1[i] < highs[i]) & (resistances1[i] > closes[i])
        )
        taken = (up & below) | (down & above)
        percent = grade(0.5 * room(wick, limit) + 0.5 * taken) * (wick <= limit)
        out[i] = percent * up - percent * down


@kernel
def le_weak(scratch: Floats, marks: Marks, params: Floats, atr: Floats, out: Flags) -> None:
    """The third of a colour that gets nowhere: a signal against it."""
    size = out.size
    ticks, most = 2.0 * params[TICK], params[WEAK_WICK]
    part, progress = params[WEAK_BODY], params[WEAK_PROGRESS]
    rises, rises1 = back(marks, RISES, 0, size), back(marks, RISES, 1, size)
    falls, falls1 = back(marks, BLACK, 0, size), back(marks, BLACK, 1, size)
    rises2, falls2 = back(marks, RISES, 2, size), back(marks, BLACK, 2, size)
    closes, closes1 = back(scratch, CLOSE, 0, size), back(scratch, CLOSE, 1, size)
    uppers, lowers = back(scratch, UPPER, 0, size), back(scratch, LOWER, 0, size)
    bodies, usual = back(scratch, BODY, 0, size), back(scratch, USUAL_BODY, 0, size)
    ranges = back(scratch, RANGE, 0, size)
    for i in range(size):
        limit, further = part * usual[i], progress * atr[i]
        wick = max(most * ranges[i], ticks)
        weak = bodies[i] <= limit
        white = rises[i] & rises1[i] & rises2[i] & (uppers[i] <= wick)
        black = falls[i] & falls1[i] & falls2[i] & (lowers[i] <= wick)
        down = weak & white & (closes[i] < closes1[i] + further)
        up = weak & black & (closes[i] > closes1[i] - further)
        percent = grade(room(bodies[i], limit))
        out[i] = percent * up - percent * down


@kernel
def small_wick(scratch: Floats, marks: Marks, params: Floats, out: Flags) -> None:
    """A large body with hardly a wick where it came from."""
    size = out.size
    most, least = params[SMALL_WICK_MOST], params[SMALL_WICK_BODY]
    rises, falls = back(marks, RISES, 0, size), back(marks, BLACK, 0, size)
    uppers, lowers = back(scratch, UPPER, 0, size), back(scratch, LOWER, 0, size)
    ranges, bodies = back(scratch, RANGE, 0, size), back(scratch, BODY, 0, size)
    shares = back(scratch, BODY_SHARE, 0, size)
    for i in range(size):
        wick, limit = lowers[i] if rises[i] else uppers[i], most * ranges[i]
        found = (wick <= limit) & (bodies[i] >= least * ranges[i])
        percent = grade(0.5 * room(wick, limit) + 0.5 * surplus(shares[i], least))
        out[i] = percent * (found & rises[i]) - percent * (found & falls[i])


@kernel
def steeper_wick(scratch: Floats, marks: Marks, params: Floats, out: Flags, longer: Flags) -> None:
    """Rejection by a long wick on one side; `longer` tells of one longer than the last candle's."""
    size = out.size
    least, ratio, nearest = params[STEEPER_LEAST], params[STEEPER_RATIO], params[STEEPER_CLOSE]
    uppers, lowers = back(scratch, UPPER, 0, size), back(scratch, LOWER, 0, size)
    uppers1, lowers1 = back(scratch, UPPER, 1, size), back(scratch, LOWER, 1, size)
    ranges, bodies = back(scratch, RANGE, 0, size), back(scratch, BODY, 0, size)
    from_low, from_high = back(scratch, FROM_LOW, 0, size), back(scratch, FROM_HIGH, 0, size)
    lower_shares = back(scratch, LOWER_SHARE, 0, size)
    upper_shares = back(scratch, UPPER_SHARE, 0, size)
    moves = back(marks, MOVES, 0, size)
    for i in range(size):
        wick = max(least * ranges[i], bodies[i])
        below = (lowers[i] >= wick) & (lowers[i] >= ratio * uppers[i]) & (from_low[i] >= nearest)
        above = (uppers[i] >= wick) & (uppers[i] >= ratio * lowers[i]) & (from_high[i] >= nearest)
        alone = moves[i] & (below ^ above)
        up, down = alone & below, alone & above
        percent = grade(surplus(lower_shares[i] if below else upper_shares[i], least))
        out[i] = percent * up - percent * down
        longer[i] = (up & (lowers[i] > lowers1[i])) | (down & (uppers[i] > uppers1[i]))


@kernel
def no_wick(scratch: Floats, marks: Marks, params: Floats, out: Flags) -> None:
    """Closed or opened at an extreme: no upper wick +, no lower -, neither: its colour."""
    size = out.size
    tick, most = params[TICK], params[NO_WICK_MOST]
    uppers, lowers = back(scratch, UPPER, 0, size), back(scratch, LOWER, 0, size)
    ranges, moves = back(scratch, RANGE, 0, size), back(marks, MOVES, 0, size)
    rises, falls = back(marks, RISES, 0, size), back(marks, BLACK, 0, size)
    for i in range(size):
        limit = max(most * ranges[i], tick)
        above, below = moves[i] & (uppers[i] <= limit), moves[i] & (lowers[i] <= limit)
        both = above & below
        up = (above ^ both) | (both & rises[i])
        down = (below ^ both) | (both & falls[i])
        out[i] = 100 * up - 100 * down


@kernel
def celery_candle(scratch: Floats, marks: Marks, params: Floats, out: Flags) -> None:
    """A narrow body between two long, equal wicks."""
    size = out.size
    widest, least, balance = params[CELERY_BODY], params[CELERY_WICK], params[CELERY_BALANCE]
    uppers, lowers = back(scratch, UPPER, 0, size), back(scratch, LOWER, 0, size)
    ranges, bodies = back(scratch, RANGE, 0, size), back(scratch, BODY, 0, size)
    moves = back(marks, MOVES, 0, size)
    for i in range(size):
        limit, wick = widest * ranges[i], least * ranges[i]
        balanced = abs(uppers[i] - lowers[i]) <= balance * ranges[i]
        wicks = (uppers[i] >= wick) & (lowers[i] >= wick) & balanced
        found = moves[i] & (bodies[i] <= limit) & wicks
        out[i] = found * grade(room(bodies[i], limit))


@kernel
def fill_content_patterns(memory: Memory, start: int, stop: int, facts: Outputs) -> None:
    """All patterns of this module for the candles start..stop-1."""
    scratch, params, marks = memory.scratch, memory.params, marks_of(memory.scratch)
    flags, atr = facts.flags, facts.prices[ATR, start:stop]
    size = stop - start
    supports1, resistances1 = facts.prices[NEAREST_SUPPORT], facts.prices[NEAREST_RESISTANCE]
    load(supports1, start, stop, 0.0, back(scratch, SUPPORT_LOW, 1, size + 1))
    load(resistances1, start, stop, 0.0, back(scratch, RESISTANCE_HIGH, 1, size + 1))
    swept_lows, swept_highs = flags[SWEPT_LOWS, start:stop], flags[SWEPT_HIGHS, start:stop]
    out = flags[LIQUIDITY_ENGULF, start:stop]
    liquidity_engulf(scratch, marks, params, atr, swept_lows, swept_highs, out)
    le_weak(scratch, marks, params, atr, flags[LE_WEAK, start:stop])
    small_wick(scratch, marks, params, flags[SMALL_WICK, start:stop])
    longer = flags[STEEPER_WICK_LONGER, start:stop]
    steeper_wick(scratch, marks, params, flags[STEEPER_WICK, start:stop], longer)
    no_wick(scratch, marks, params, flags[NO_WICK, start:stop])
    celery_candle(scratch, marks, params, flags[CELERY_CANDLE, start:stop])
