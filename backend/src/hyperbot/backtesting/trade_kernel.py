"""A trade at hand in compiled code: its state, and what its exits do to it.

Prices are multiplied by the side of the trade, so that a short is a long whose prices are negative:
low and high change places, higher is better and lower is worse for both.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.kernel import part

OPEN, HIGH, LOW, CLOSE = range(4)

# Rows of `Setups.numbers`, `Setups.prices`, and of the first axis of `Setups.ladder`.
ROW, SIDE, KIND, VALID, HELD, PAUSE = range(6)
PRICE, STOP, LEVEL = range(3)
TARGET_R, TARGET_SHARE, TARGET_THEN = range(3)
MARKET, LIMIT, STOP_ENTRY = range(3)
NOTHING, BREAKEVEN, TRAIL = range(3)
"""what a target does to the stop of the rest"""

# Rows of `Fills.numbers` and `Fills.values`; values of its row REASON, where targets follow TARGET.
SETUP, ENTRY_ROW, EXIT_ROW, REASON, DOUBTFUL = range(5)
ENTRY, EXIT, GROSS, NET, FEES, FUNDING, SLIPPAGE, ADVERSE, FAVOURABLE = range(9)
PENDING, STOPPED, AT_BREAKEVEN, TRAILED, TIMED_OUT, TARGET = range(6)

# Rows of `known`.
ATR, FUNDING_BEFORE, LONG_TRAIL, SHORT_TRAIL = range(4)

# Elements of `trade`: the rules for all, the trade at hand with prices times side, and its ladder.
TAKER, MAKER, HALF_SPREAD, ATR_SHARE, TOUCH, OPTIMISTIC, OVERLAPPING = range(7)
RULES = 7
T_SIDE, T_SETUP, T_ENTERED, T_RISK, T_STOP, T_NEXT, T_NEXT_SHARE, T_LEFT = range(7, 15)
T_DUE, T_TARGET, T_STOP_REASON, T_TRAILS, T_REASON, T_DOUBTFUL, T_SINCE = range(15, 22)
T_RETURNED, T_FEES, T_FUNDING, T_SLIPPAGE, T_WORST, T_BEST, T_FEE_RATE = range(22, 29)
T_LEVEL, T_FIRST_STOP, T_TARGETS, T_LADDER = range(29, 33)
MOST_TARGETS = 8
T_FIELDS = T_LADDER + 3 * MOST_TARGETS

# How a trade was entered on a candle: with it still to come, or somewhere within it.
AT_OPEN, FELL_INTO, ROSE_INTO = range(3)
_DUST = 1e-9
"""of a position of 1: what sums of shares leave by rounding"""


class Setups(NamedTuple):
    """m trades to open, by row."""

    numbers: NDArray[np.int64]
    """(6, m): signal row, side, kind of entry, last row it waits, rows it is held (0: no limit),
    rows from the exit on in which nothing new is opened"""
    prices: NDArray[np.float64]
    """(3, m): price of limit and stop entries, stop, level that closes what is left (nan none)"""
    ladder: NDArray[np.float64]
    """(3, m, T): R (nan none), share, what follows"""


class Fills(NamedTuple):
    """A column for each trade; as many columns as there are setups."""

    numbers: NDArray[np.int64]
    values: NDArray[np.float64]


@part
def slippage(
    known: NDArray[np.float64], trade: NDArray[np.float64], price: float, row: int
) -> float:
    """How much worse than `price` an order at market fills."""
    return trade[HALF_SPREAD] * abs(price) + trade[ATR_SHARE] * known[ATR, row]


@part
def is_reached(price: float, target: float, touch: float) -> bool:
    """Whether a limit order at `target` has filled: by trading through, or by a touch."""
    return price > target or (touch > 0.0 and price == target)


@part
def load(setups: Setups, setup: int, trade: NDArray[np.float64]) -> None:
    """Copy what is planned for a trade to it: one array is cheaper to pass on than four."""
    side, targets = setups.numbers[SIDE, setup], setups.ladder.shape[2]
    trade[T_SETUP], trade[T_TARGETS] = setup, targets
    trade[T_STOP] = trade[T_FIRST_STOP] = side * setups.prices[STOP, setup]
    trade[T_LEVEL] = side * setups.prices[LEVEL, setup]
    trade[T_DUE] = setups.numbers[HELD, setup]
    for at in range(targets):
        trade[T_LADDER + 3 * at + TARGET_R] = setups.ladder[TARGET_R, setup, at]
        trade[T_LADDER + 3 * at + TARGET_SHARE] = setups.ladder[TARGET_SHARE, setup, at]
        trade[T_LADDER + 3 * at + TARGET_THEN] = setups.ladder[TARGET_THEN, setup, at]


@part
def aim(trade: NDArray[np.float64]) -> None:
    """The nearest exit of those that are left: the next target by R, or the level."""
    at, last, level = int(trade[T_TARGET]), int(trade[T_TARGETS]) - 1, trade[T_LEVEL]
    is_ahead = level > trade[T_ENTERED]  # price may have gapped over it
    trade[T_NEXT], trade[T_NEXT_SHARE] = np.inf, 0.0
    here, after = T_LADDER + 3 * at, T_LADDER + 3 * min(at + 1, last)
    if at <= last and not np.isnan(trade[here + TARGET_R]):
        trade[T_NEXT] = trade[T_ENTERED] + trade[here + TARGET_R] * trade[T_RISK]
        is_last = at == last or not trade[after + TARGET_SHARE] > 0.0
        # What the level should have closed goes to the target before it.
        is_last |= not is_ahead and np.isnan(trade[after + TARGET_R])
        trade[T_NEXT_SHARE] = trade[T_LEFT] if is_last else trade[here + TARGET_SHARE]
    if is_ahead and level <= trade[T_NEXT]:
        trade[T_NEXT], trade[T_NEXT_SHARE] = level, 0.0


@part
def has_gapped(trade: NDArray[np.float64]) -> bool:
    """Whether there is no target left because price was beyond the only one at the entry."""
    return trade[T_TARGET] == 0.0 and trade[T_NEXT] == np.inf and not np.isnan(trade[T_LEVEL])


@part
def take_target(known: NDArray[np.float64], trade: NDArray[np.float64], row: int) -> None:
    """Fill the next target at its own price, move the stop, aim at the target after it."""
    at, price, share = int(trade[T_TARGET]), trade[T_NEXT], trade[T_NEXT_SHARE]
    if share == 0.0:  # the level
        share, last = trade[T_LEFT], int(trade[T_TARGETS]) - 1
        while at < last and trade[T_LADDER + 3 * (at + 1) + TARGET_SHARE] > 0.0:
            at += 1
    book(known, trade, row, price, min(share, trade[T_LEFT]), trade[MAKER])
    trade[T_REASON] = TARGET + at
    if trade[T_LEFT] > 0.0:
        move_stop(trade, price, trade[T_LADDER + 3 * at + TARGET_THEN])
        trade[T_TARGET] = at + 1
        aim(trade)


@part
def move_stop(trade: NDArray[np.float64], last: float, then: float) -> None:
    """To where the trade costs nothing, or the last price; or let it trail from the next close."""
    if then == TRAIL:
        trade[T_TRAILS] = 1.0
    elif then == BREAKEVEN:
        rates = trade[T_FEE_RATE] + trade[TAKER]
        price = min(trade[T_ENTERED] * (1.0 + trade[T_SIDE] * rates), last)
        if price > trade[T_STOP]:
            trade[T_STOP], trade[T_STOP_REASON] = price, AT_BREAKEVEN


@part
def close(
    known: NDArray[np.float64],
    trade: NDArray[np.float64],
    row: int,
    price: float,
    reason: float,
) -> None:
    """Close what is left, at market."""
    slipped = slippage(known, trade, price, row)
    trade[T_SLIPPAGE] += trade[T_LEFT] * slipped
    book(known, trade, row, price - slipped, trade[T_LEFT], trade[TAKER])
    trade[T_REASON] = reason


@part
def book(
    known: NDArray[np.float64],
    trade: NDArray[np.float64],
    row: int,
    price: float,
    share: float,
    rate: float,
) -> None:
    """Count a share of the position as closed, and the funding of what was held until now."""
    pay_funding(known, trade, row)
    trade[T_WORST], trade[T_BEST] = min(trade[T_WORST], price), max(trade[T_BEST], price)
    trade[T_RETURNED] += share * price
    trade[T_FEES] += share * abs(price) * rate
    trade[T_LEFT] -= share
    if trade[T_LEFT] < _DUST:
        trade[T_LEFT] = 0.0


@part
def pay_funding(known: NDArray[np.float64], trade: NDArray[np.float64], row: int) -> None:
    """Longs pay what shorts receive, for what is left; a candle's comes before its open trades."""
    until = min(row + 1, known.shape[1] - 1)
    due = known[FUNDING_BEFORE, until] - known[FUNDING_BEFORE, int(trade[T_SINCE])]
    trade[T_FUNDING] += trade[T_SIDE] * trade[T_LEFT] * due
    trade[T_SINCE] = until


@part
def write_trade(
    columns: NDArray[np.float64],
    known: NDArray[np.float64],
    trade: NDArray[np.float64],
    first: int,
    ended: int,
    fills: Fills,
    at: int,
) -> None:
    """Results in R: prices moved, then costs. What is left at the end is worth the last close."""
    side, numbers, values = trade[T_SIDE], fills.numbers, fills.values
    if trade[T_LEFT] > 0.0:
        pay_funding(known, trade, ended)
        trade[T_RETURNED] += trade[T_LEFT] * side * columns[CLOSE, ended - 1]
        trade[T_REASON] = PENDING
    numbers[SETUP, at], numbers[REASON, at] = int(trade[T_SETUP]), int(trade[T_REASON])
    numbers[ENTRY_ROW, at], numbers[EXIT_ROW, at] = first, ended
    numbers[DOUBTFUL, at] = int(trade[T_DOUBTFUL])
    entry, in_r = trade[T_ENTERED], 1.0 / trade[T_RISK] if trade[T_RISK] > 0.0 else 0.0
    values[ENTRY, at], values[EXIT, at] = side * entry, side * trade[T_RETURNED]
    values[GROSS, at] = (trade[T_RETURNED] - entry) * in_r
    values[FEES, at], values[FUNDING, at] = trade[T_FEES] * in_r, trade[T_FUNDING] * in_r
    values[SLIPPAGE, at] = trade[T_SLIPPAGE] * in_r
    values[NET, at] = values[GROSS, at] - values[FEES, at] - values[FUNDING, at]
    values[ADVERSE, at] = (trade[T_WORST] - entry) * in_r
    values[FAVOURABLE, at] = (trade[T_BEST] - entry) * in_r
