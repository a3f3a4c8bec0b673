"""Parts of history that differ: rising and falling, calm and wild markets; and the two sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.coin_alone import DAY_MS, AloneTrades, CoinAlone
from hyperbot.backtesting.evidence import Slice
from hyperbot.backtesting.rule_signals import RuleSignals

TREND_DAYS = 7
CALM_DAYS = 30
NAMES = ("long", "short", "rising market", "falling market", "calm market", "wild market")

Mask = NDArray[np.bool_]


def regimes(
    traded: Sequence[tuple[CoinAlone, RuleSignals, AloneTrades]],
) -> tuple[Slice, ...]:
    """The trades of each regime, which is what was known at the close of their signal candle.

    Rising: that close above the one 7 days before. Wild: the ATR above its mean of the 30 days
    before, both as shares of the price. What lies too early to tell counts in neither.
    """
    counts, sums = np.zeros(len(NAMES), np.int64), np.zeros(len(NAMES))
    for coin, signals, trades in traded:
        masks = _masks(coin, signals.row[trades.signal], trades.side)
        counts += masks.sum(axis=1)
        sums += masks @ trades.net
    return tuple(
        Slice(name, count, total / count if count else None)
        for name, count, total in zip(NAMES, counts.tolist(), sums.tolist(), strict=True)
    )


def _masks(coin: CoinAlone, rows: NDArray[np.int64], side: NDArray[np.int64]) -> Mask:
    closes, a_week, a_month = (coin.candles.close, *_lengths(coin.candles.timeframe.ms))
    week = rows - a_week
    since = closes[np.maximum(week, 0)]
    restless = coin.history.atr[1 : closes.size + 1] / closes
    running = np.concatenate([[0.0], np.cumsum(restless)])
    month = rows - a_month
    usual = (running[rows] - running[np.maximum(month, 0)]) / a_month
    is_told, is_wild = month >= 0, restless[rows] > usual
    return np.stack(
        [
            side > 0,
            side < 0,
            (week >= 0) & (closes[rows] > since),
            (week >= 0) & (closes[rows] <= since),
            is_told & ~is_wild,
            is_told & is_wild,
        ]
    )


def _lengths(candle_ms: int) -> tuple[int, int]:
    """Candles of a week and of a month; one at least, where candles are as long as that."""
    week, month = (max(days * DAY_MS // candle_ms, 1) for days in (TREND_DAYS, CALM_DAYS))
    return week, month
