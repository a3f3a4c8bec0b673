"""When an entry order fills, and at what price."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.kernel import part
from hyperbot.backtesting.trade_kernel import (
    AT_OPEN,
    FELL_INTO,
    HIGH,
    LIMIT,
    LOW,
    MAKER,
    MARKET,
    OPEN,
    ROSE_INTO,
    RULES,
    STOP_ENTRY,
    STOPPED,
    T_BEST,
    T_ENTERED,
    T_FEE_RATE,
    T_FEES,
    T_LADDER,
    T_LEFT,
    T_SIDE,
    T_SINCE,
    T_SLIPPAGE,
    T_STOP_REASON,
    T_WORST,
    TAKER,
    TOUCH,
    slippage,
)


@part
def find_entry(
    columns: NDArray[np.float64],
    side: int,
    kind: int,
    price: float,
    stop: float,
    first: int,
    last: int,
    touch: float,
) -> int:
    """The row in first..last at which the order fills; less than 0: -row at which it was broken.

    A stop entry is taken back when a candle closes that has reached its stop. last + 1: neither.
    """
    if kind == MARKET:
        return first
    lows, highs = (LOW, HIGH) if side > 0 else (HIGH, LOW)
    for row in range(first, last + 1):
        if kind == LIMIT:
            if row == first and side * columns[OPEN, row] <= price:  # it meets others at once
                return row
            low = side * columns[lows, row]
            if low < price or (touch and low == price):
                return row
        elif side * columns[highs, row] >= price:
            return row
        elif side * columns[lows, row] <= stop:
            return -row
    return last + 1


@part
def enter(
    columns: NDArray[np.float64],
    known: NDArray[np.float64],
    side: int,
    kind: int,
    price: float,
    row: int,
    first: int,
    trade: NDArray[np.float64],
) -> int:
    """Begin `trade` at the fill; whether that was AT_OPEN or within the candle."""
    opened, entered = side * columns[OPEN, row], AT_OPEN
    paid, rested = opened, False
    if kind == LIMIT and (row > first or opened > price):  # it rested
        paid, rested = price, True
        is_open = opened < price or (trade[TOUCH] > 0.0 and opened == price)
        entered = AT_OPEN if is_open else FELL_INTO
    elif kind == STOP_ENTRY and opened < price:
        paid, entered = price, ROSE_INTO
    rate = trade[MAKER] if rested else trade[TAKER]
    slipped = 0.0 if rested else slippage(known, trade, paid, row)
    if kind == LIMIT:
        slipped = min(slipped, price - paid)
    for field in range(RULES, T_LADDER):
        trade[field] = 0.0
    trade[T_SIDE], trade[T_SINCE], trade[T_LEFT] = side, row + 1, 1.0
    trade[T_FEE_RATE] = rate
    trade[T_ENTERED] = paid + slipped
    trade[T_WORST] = trade[T_BEST] = paid + slipped
    trade[T_SLIPPAGE] = slipped
    trade[T_FEES] = abs(paid + slipped) * rate
    trade[T_STOP_REASON] = STOPPED
    return entered
