"""When an entry order fills, and at what price."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.kernel import kernel
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
    STOP_ENTRY,
    STOPPED,
    T_BEST,
    T_ENTERED,
    T_FEE_RATE,
    T_FEES,
    T_LEFT,
    T_SIDE,
    T_SINCE,
    T_SLIPPAGE,
    T_STOP_REASON,
    T_WORST,
    TAKER,
    Market,
    slippage,
)


@kernel
def find_entry(
    columns: NDArray[np.float64],
    side: int,
    kind: int,
    price: float,
    first: int,
    last: int,
    touch: float,
) -> int:
    """The row in first..last at which the order fills, or last + 1."""
    if kind == MARKET:
        return first
    lows, highs = (LOW, HIGH) if side > 0 else (HIGH, LOW)
    for row in range(first, last + 1):
        if kind == LIMIT:
            low = side * columns[lows, row]
            if low < price or (touch and low == price):
                return row
        elif side * columns[highs, row] >= price:
            return row
    return last + 1


@kernel
def enter(
    market: Market,
    side: int,
    kind: int,
    price: float,
    row: int,
    rules: NDArray[np.float64],
    trade: NDArray[np.float64],
) -> int:
    """Begin `trade` at the fill; whether that was AT_OPEN or within the candle."""
    opened, entered = side * market.columns[OPEN, row], AT_OPEN
    paid, slipped, rate = opened, 0.0, rules[TAKER]
    if kind == LIMIT:
        paid, rate = price, rules[MAKER]
        entered = FELL_INTO if opened > price else AT_OPEN
    elif kind == STOP_ENTRY and opened < price:
        paid, entered = price, ROSE_INTO
    if kind != LIMIT:
        slipped = slippage(market, paid, row, rules)
    trade[:] = 0.0
    trade[T_SIDE], trade[T_SINCE], trade[T_LEFT], trade[T_FEE_RATE] = side, row, 1.0, rate
    trade[T_ENTERED] = paid + slipped
    trade[T_WORST] = trade[T_BEST] = paid + slipped
    trade[T_SLIPPAGE] = slipped
    trade[T_FEES] = abs(paid + slipped) * rate
    trade[T_STOP_REASON] = STOPPED
    return entered
