"""The content's own candles that need no memory: liquidity engulf, weak and strong ones, wicks."""

from __future__ import annotations

from hyperbot.detection.candle_window import (
    BLACK,
    BODY,
    BODY_SHARE,
    CLOSE,
    FROM_HIGH,
    FROM_LOW,
    HERE,
    HIGH,
    LOW,
    LOWER,
    LOWER_SHARE,
    MOVES,
    ONE,
    RANGE,
    RESISTANCE_HIGH,
    RISES,
    SUPPORT_LOW,
    TWO,
    UPPER,
    UPPER_SHARE,
    USUAL_BODY,
    Flags,
    Marks,
    Numbers,
    cells,
    load,
    marks_of,
)
from hyperbot.detection.clarity import grade, room, surplus
from hyperbot.detection.kernel import Outputs, kernel
from hyperbot.detection.params import param
from hyperbot.detection.registry import row
from hyperbot.detection.true_range import ATR

LIQUIDITY_ENGULF = row("candle.liquidity_engulf")
LE_WEAK = row("candle.le_weak")
SMALL_WICK = row("candle.small_wick")
STEEPER_WICK = row("candle.steeper_wick")
STEEPER_WICK_LONGER = row("candle.steeper_wick.longer")
NO_WICK = row("candle.no_wick")
CELERY_CANDLE = row("candle.celery_candle")
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
    work: Numbers,
    marks: Marks,
    params: Numbers,
    atr: Numbers,
    swept_lows: Flags,
    swept_highs: Flags,
    out: Flags,
) -> None:
    """Takes the last low and closes over the last high; clearer if it takes a level on the way."""
    most, least_position, least = params[ENGULF_WICK], params[ENGULF_CLOSE], params[ENGULF_RANGE]
    for i in cells(out.size):
        last, k, rises = i - ONE, i - HERE, marks[RISES + i]
        high, low, close = work[HIGH + i], work[LOW + i], work[CLOSE + i]
        upper, lower, limit = work[UPPER + i], work[LOWER + i], most * work[RANGE + i]
        wick = upper if rises else lower
        candle = (wick <= limit) & (work[RANGE + i] >= least * atr[k])
        up = rises & (low < work[LOW + last]) & (close > work[HIGH + last])
        down = marks[BLACK + i] & (high > work[HIGH + last]) & (close < work[LOW + last])
        up, down = (
            candle & up & (work[FROM_LOW + i] >= least_position),
            candle & down & (work[FROM_HIGH + i] >= least_position),
        )
        support, resistance = work[SUPPORT_LOW + last], work[RESISTANCE_HIGH + last]
        below = (swept_lows[k] > 0) | ((support > low) & (support < close))
        above = (swept_highs[k] > 0) | ((resistance < high) & (resistance > close))
        percent = grade(0.5 * room(wick, limit) + 0.5 * ((up & below) | (down & above)))
        out[k] = percent * up - percent * down


@kernel
def le_weak(work: Numbers, marks: Marks, params: Numbers, atr: Numbers, out: Flags) -> None:
    """The third candle of a colour, which gets nowhere: a signal against that colour."""
    share, least_ticks, most = params[WEAK_BODY], 2.0 * params[TICK], params[WEAK_WICK]
    progress = params[WEAK_PROGRESS]
    for i in cells(out.size):
        last, first = i - ONE, i - TWO
        limit, further = share * work[USUAL_BODY + i], progress * atr[i - HERE]
        close, last_close = work[CLOSE + i], work[CLOSE + last]
        wick, weak = max(most * work[RANGE + i], least_ticks), work[BODY + i] <= limit
        white = marks[RISES + first] & marks[RISES + last] & marks[RISES + i]
        black = marks[BLACK + first] & marks[BLACK + last] & marks[BLACK + i]
        down = weak & white & (work[UPPER + i] <= wick) & (close < last_close + further)
        up = weak & black & (work[LOWER + i] <= wick) & (close > last_close - further)
        percent = grade(room(work[BODY + i], limit))
        out[i - HERE] = percent * up - percent * down


@kernel
def small_wick(work: Numbers, marks: Marks, params: Numbers, out: Flags) -> None:
    """A large body with hardly a wick where it came from."""
    most, least = params[SMALL_WICK_MOST], params[SMALL_WICK_BODY]
    for i in cells(out.size):
        rises, span = marks[RISES + i], work[RANGE + i]
        upper, lower, limit = work[UPPER + i], work[LOWER + i], most * span
        wick = lower if rises else upper
        found = (wick <= limit) & (work[BODY + i] >= least * span)
        clarity = 0.5 * room(wick, limit) + 0.5 * surplus(work[BODY_SHARE + i], least)
        percent = grade(clarity) * found
        out[i - HERE] = percent * rises - percent * marks[BLACK + i]


@kernel
def steeper_wick(work: Numbers, marks: Marks, params: Numbers, out: Flags, longer: Flags) -> None:
    """Rejection by a long wick on one side; `longer` tells of one longer than the last candle's."""
    least, ratio, position = params[STEEPER_LEAST], params[STEEPER_RATIO], params[STEEPER_CLOSE]
    for i in cells(out.size):
        last, upper, lower = i - ONE, work[UPPER + i], work[LOWER + i]
        long = max(least * work[RANGE + i], work[BODY + i])
        below = (lower >= long) & (lower >= ratio * upper) & (work[FROM_LOW + i] >= position)
        above = (upper >= long) & (upper >= ratio * lower) & (work[FROM_HIGH + i] >= position)
        alone = (below ^ above) & marks[MOVES + i]
        up, down = alone & below, alone & above
        upper_share, lower_share = work[UPPER_SHARE + i], work[LOWER_SHARE + i]
        percent = grade(surplus(lower_share if below else upper_share, least))
        out[i - HERE] = percent * up - percent * down
        longer[i - HERE] = (up & (lower > work[LOWER + last])) | (
            down & (upper > work[UPPER + last])
        )


@kernel
def no_wick(work: Numbers, marks: Marks, params: Numbers, out: Flags) -> None:
    """Closed or opened at an extreme: no upper wick +, no lower -, neither: its colour."""
    most, tick = params[NO_WICK_MOST], params[TICK]
    for i in cells(out.size):
        limit, moves = max(most * work[RANGE + i], tick), marks[MOVES + i]
        no_upper, no_lower = work[UPPER + i] <= limit, work[LOWER + i] <= limit
        up = moves & no_upper & (marks[RISES + i] | (no_upper ^ no_lower))
        down = moves & no_lower & (marks[BLACK + i] | (no_upper ^ no_lower))
        out[i - HERE] = 100 * up - 100 * down


@kernel
def celery_candle(work: Numbers, marks: Marks, params: Numbers, out: Flags) -> None:
    """A narrow body between two long, equal wicks."""
    widest, least, balance = params[CELERY_BODY], params[CELERY_WICK], params[CELERY_BALANCE]
    for i in cells(out.size):
        body, upper, lower, span = work[BODY + i], work[UPPER + i], work[LOWER + i], work[RANGE + i]
        limit, long = widest * span, least * span
        wicks = (upper >= long) & (lower >= long) & (abs(upper - lower) <= balance * span)
        found = marks[MOVES + i] & (body <= limit) & wicks
        out[i - HERE] = grade(room(body, limit)) * found


@kernel
def fill_content_patterns(
    work: Numbers, params: Numbers, start: int, stop: int, facts: Outputs
) -> None:
    """All patterns of this module for the candles start..stop-1."""
    marks, flags, prices = marks_of(work), facts.flags, facts.prices
    load(prices[NEAREST_SUPPORT], start, stop, ONE, 0.0, work, SUPPORT_LOW)
    load(prices[NEAREST_RESISTANCE], start, stop, ONE, 0.0, work, RESISTANCE_HIGH)
    atr = prices[ATR, start:stop]
    swept_lows, swept_highs = flags[SWEPT_LOWS, start:stop], flags[SWEPT_HIGHS, start:stop]
    out = flags[LIQUIDITY_ENGULF, start:stop]
    liquidity_engulf(work, marks, params, atr, swept_lows, swept_highs, out)
    le_weak(work, marks, params, atr, flags[LE_WEAK, start:stop])
    small_wick(work, marks, params, flags[SMALL_WICK, start:stop])
    longer = flags[STEEPER_WICK_LONGER, start:stop]
    steeper_wick(work, marks, params, flags[STEEPER_WICK, start:stop], longer)
    no_wick(work, marks, params, flags[NO_WICK, start:stop])
    celery_candle(work, marks, params, flags[CELERY_CANDLE, start:stop])
