"""Which candles of a coin matter: at all others, neither exchange nor engine would do anything."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.scanner import Scan, first_within
from hyperbot.domain.bars import NOTHING_WAITS, Reach
from hyperbot.trading.engine import Engine

NEVER = 1 << 62
_DAY_MS = 86_400_000


class Schedule(Protocol):
    """Says which candle comes next."""

    def next_row(self, row: int, engine: Engine, reach: Reach) -> int:
        """The next row after `row` that must be played; NEVER or beyond the end if none."""
        ...


class EveryCandle:
    """The slow way: one candle after the other."""

    def next_row(self, row: int, engine: Engine, reach: Reach) -> int:
        """The next candle."""
        return row + 1


class ScannedCandles:
    """Candles at which orders are in reach, a rule gives a signal, a payment or deadline falls due,
    a swing lets a stop trail, or a day ends."""

    def __init__(self, history: CoinHistory, scan: Scan) -> None:
        self._history = history
        self._closes = history.base.close_ts
        self._swings = {
            key: np.searchsorted(self._closes, swings.at) for key, swings in scan.swings.items()
        }
        given = np.searchsorted(self._closes, np.array(sorted(scan.signals), dtype=np.int64))
        # A candle that closes at midnight belongs to the day that ends then.
        days = (self._closes - 1) // _DAY_MS
        ends = np.flatnonzero(np.diff(days, append=days[-1:] + 1))
        self._always: NDArray[np.int64] = np.unique(np.concatenate([given, ends]))
        self._reach, self._reached = NOTHING_WAITS, -1

    def next_row(self, row: int, engine: Engine, reach: Reach) -> int:
        """The next row after `row` at which anything can happen."""
        coin = self._history.coin
        rows = [_after(self._always, row), self._next_in_reach(row, reach)]
        if (wake := engine.wakes_at(coin)) is not None:
            rows.append(max(row + 1, int(self._closes.searchsorted(wake))))
        if engine.has_position(coin):
            rows.append(_after(self._history.funding_rows, row))
            if (trail := engine.trails(coin)) is not None:
                rows.append(_after(self._swings[trail], row))
        return min(rows)

    def _next_in_reach(self, row: int, reach: Reach) -> int:
        if reach == NOTHING_WAITS:
            return NEVER
        if reach != self._reach or self._reached <= row:
            self._reach = reach
            self._reached = first_within(self._history.base, row + 1, reach)
        return self._reached


def _after(rows: NDArray[np.int64], row: int) -> int:
    """The first of ascending rows after `row`."""
    place = int(rows.searchsorted(row, side="right"))
    return int(rows[place]) if place < rows.size else NEVER
