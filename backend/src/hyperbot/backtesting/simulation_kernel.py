"""Many trades over one coin's candles in one compiled pass, each by itself and of size 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.entry_kernel import enter, find_entry
from hyperbot.backtesting.kernel import kernel, part
from hyperbot.backtesting.trade_kernel import (
    AT_OPEN,
    CLOSE,
    FELL_INTO,
    HIGH,
    KIND,
    LIMIT,
    LONG_TRAIL,
    LOW,
    MARKET,
    OPEN,
    OPTIMISTIC,
    OVERLAPPING,
    PAUSE,
    PRICE,
    ROSE_INTO,
    ROW,
    SHORT_TRAIL,
    SIDE,
    STOP,
    STOP_ENTRY,
    STOPPED,
    T_BEST,
    T_DOUBTFUL,
    T_DUE,
    T_ENTERED,
    T_FIRST_STOP,
    T_LEFT,
    T_NEXT,
    T_REASON,
    T_RISK,
    T_SIDE,
    T_STOP,
    T_STOP_REASON,
    T_TRAILS,
    T_WORST,
    TARGET,
    TIMED_OUT,
    TOUCH,
    TRAILED,
    VALID,
    Fills,
    Setups,
    aim,
    close,
    has_gapped,
    is_reached,
    load,
    take_target,
    write_trade,
)


@kernel
def run_setups(
    columns: NDArray[np.float64],
    known: NDArray[np.float64],
    setups: Setups,
    trade: NDArray[np.float64],
    fills: Fills,
) -> int:
    """Trade the setups; how many columns of `fills` were written.

    `columns` (5, n) are those of a CandleSeries; `known` (4, n + 1) tells of each row and the end
    the ATR and the sum of funding before it, and where stops may follow to at its close.
    """
    numbers, prices = setups.numbers, setups.prices
    count, rows, free_from = 0, columns.shape[1], 0
    for setup in range(numbers.shape[1]):
        signal, side, kind = numbers[ROW, setup], numbers[SIDE, setup], numbers[KIND, setup]
        price = columns[CLOSE, signal] if kind == MARKET else prices[PRICE, setup]
        ahead = side * (price - columns[CLOSE, signal])
        is_late = (kind == LIMIT and ahead > 0.0) or (kind == STOP_ENTRY and ahead < 0.0)
        is_refused = is_late or side * (price - prices[STOP, setup]) <= 0.0
        if signal < free_from or is_refused:
            continue
        last = signal + 1 if kind == MARKET else numbers[VALID, setup]
        last = min(last, rows - 1)
        stop, touch = side * prices[STOP, setup], trade[TOUCH]
        row = find_entry(columns, side, kind, side * price, stop, signal + 1, last, touch)
        ended = last if row > 0 else -row
        if 0 < row <= last:
            entered = enter(columns, known, side, kind, side * price, row, signal + 1, trade)
            load(setups, setup, trade)
            ended = hold(columns, known, trade, row, entered)
            write_trade(columns, known, trade, row, ended, fills, count)
            count += 1
            ended += numbers[PAUSE, setup]
        if not trade[OVERLAPPING]:
            free_from = ended
    return count


@part
def hold(
    columns: NDArray[np.float64],
    known: NDArray[np.float64],
    trade: NDArray[np.float64],
    first: int,
    entered: int,
) -> int:
    """Follow the trade to its end: the row of its last exit, or the number of rows if pending."""
    rows = columns.shape[1]
    trade[T_RISK] = abs(trade[T_ENTERED] - trade[T_STOP])
    trade[T_DUE] = first + trade[T_DUE] if trade[T_DUE] > 0.0 else rows
    aim(trade)
    if has_gapped(trade):
        trade[T_DUE] = first + 1
    row = first
    while trade[T_LEFT] > 0.0 and row < rows:
        if row > first:
            row = pass_quiet_rows(columns, known, trade, row)
            if row == rows:
                break
        if entered == AT_OPEN:
            trade_open(columns, known, trade, row)
        trade_within(columns, known, trade, row, entered)
        row = after(columns, trade, row, first)
        entered = AT_OPEN
    return row if trade[T_LEFT] > 0.0 else row - 1


@part
def after(columns: NDArray[np.float64], trade: NDArray[np.float64], row: int, first: int) -> int:
    """Keep the extremes of a candle; the row after it.

    Of the candles of entry and exit nobody knows which prices came while the trade was open: the
    worst counts, as far as the first stop, and the best does not. A stop is the worst of its own.
    """
    side, is_open, reason = trade[T_SIDE], trade[T_LEFT] > 0.0, int(trade[T_REASON])
    one, other = side * columns[LOW, row], side * columns[HIGH, row]
    low, high = min(one, other), max(one, other)
    if is_open and row > first:
        trade[T_WORST], trade[T_BEST] = min(trade[T_WORST], low), max(trade[T_BEST], high)
    elif is_open or not STOPPED <= reason <= TRAILED:
        low = max(low, trade[T_FIRST_STOP])
        trade[T_WORST] = min(trade[T_WORST], low)
    return row + 1


@part
def pass_quiet_rows(
    columns: NDArray[np.float64], known: NDArray[np.float64], trade: NDArray[np.float64], first: int
) -> int:
    """The first row at which anything may happen, or the number of rows."""
    side, stop, target = trade[T_SIDE], trade[T_STOP], trade[T_NEXT]
    worst, best, due = trade[T_WORST], trade[T_BEST], int(trade[T_DUE])
    lows, highs, way = (LOW, HIGH, LONG_TRAIL) if side > 0 else (HIGH, LOW, SHORT_TRAIL)
    trails, reason = trade[T_TRAILS] > 0.0, trade[T_STOP_REASON]
    row = first
    while row < columns.shape[1]:
        moves = trails and row != due  # a stop stays once a close was asked for
        if moves and stop < side * known[way, row - 1] < side * columns[CLOSE, row - 1]:
            stop, reason = side * known[way, row - 1], float(TRAILED)
        low, high = side * columns[lows, row], side * columns[highs, row]
        if low <= stop or high >= target or row == due:
            break
        worst, best = min(worst, low), max(best, high)
        row += 1
    trade[T_STOP], trade[T_STOP_REASON], trade[T_WORST], trade[T_BEST] = stop, reason, worst, best
    return row


@part
def trade_open(
    columns: NDArray[np.float64],
    known: NDArray[np.float64],
    trade: NDArray[np.float64],
    row: int,
) -> None:
    """What happens at the first price of a candle."""
    opened = trade[T_SIDE] * columns[OPEN, row]
    is_stopped = opened <= trade[T_STOP]
    if is_stopped or row == trade[T_DUE]:
        reason = trade[T_STOP_REASON] if is_stopped else float(TIMED_OUT)
        if has_gapped(trade) and not is_stopped:
            reason = float(TARGET)  # the first one is the only one
        close(known, trade, row, opened, reason)
    while trade[T_LEFT] > 0.0 and is_reached(opened, trade[T_NEXT], trade[TOUCH]):
        take_target(known, trade, row)


@part
def trade_within(
    columns: NDArray[np.float64],
    known: NDArray[np.float64],
    trade: NDArray[np.float64],
    row: int,
    entered: int,
) -> None:
    """What happens within a candle: of two orders of events the worse, or the better one."""
    side, touch, optimistic = trade[T_SIDE], trade[TOUCH], trade[OPTIMISTIC] > 0.0
    high, low = side * columns[HIGH, row], side * columns[LOW, row]
    high, low, last = max(low, high), min(low, high), side * columns[CLOSE, row]
    was_hit = low <= trade[T_STOP] and entered != ROSE_INTO
    opened = side * columns[OPEN, row]
    while trade[T_LEFT] > 0.0:
        stop, target = trade[T_STOP], trade[T_NEXT]
        may_reach = is_reached(high, target, touch)
        reaches = may_reach and (entered != FELL_INTO or is_reached(last, target, touch))
        is_hit = low <= stop
        # Open: something else may come first, or the low came before the stop was there.
        is_open = may_reach or (last > stop and not was_hit)
        if (is_hit and is_open) or may_reach != reaches:
            trade[T_DOUBTFUL] = 1.0
        if is_hit and not (optimistic and is_open):
            close(known, trade, row, min(stop, opened), trade[T_STOP_REASON])
        elif reaches or (optimistic and may_reach):
            take_target(known, trade, row)
        else:
            break
