"""A rule's signals with one thing changed: later, nearer, wider, or at another moment."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.coin_alone import CoinAlone
from hyperbot.backtesting.rule_signals import FOREVER, RuleSignals

Floats = NDArray[np.float64]


def later(signals: RuleSignals, coin: CoinAlone) -> RuleSignals:
    """Heard one candle of the rule's timeframe later, at the prices of before."""
    row = signals.row + signals.plan.timeframe_ms // coin.candles.timeframe.ms
    return signals._replace(row=row).where(row < len(coin.candles))


def stops_times(signals: RuleSignals, factor: float) -> RuleSignals:
    """With stops so many times as far from the entry."""
    return signals._replace(stop=signals.entry + factor * (signals.stop - signals.entry))


def targets_times(signals: RuleSignals, factor: Decimal) -> RuleSignals:
    """With targets, those at a level too, so many times as far from the entry."""
    plan = signals.plan
    ladder = tuple(
        each if each.r is None else each._replace(r=each.r * factor) for each in plan.targets
    )
    level = signals.entry + float(factor) * (signals.level - signals.entry)
    return signals._replace(plan=replace(plan, targets=ladder), level=level)


def moved(signals: RuleSignals, coin: CoinAlone, rows: NDArray[np.int64]) -> RuleSignals:
    """The same setups at other candles `rows` (k,): as far from the close there, in ATR.

    Side, kind, validity and plan stay; what would not be traded there is left out.
    """
    closes, atr, candles = coin.candles.close_ts, coin.history.atr, coin.candles
    scale = np.divide(
        atr[rows + 1], atr[signals.row + 1], out=np.zeros(rows.size), where=atr[signals.row + 1] > 0
    )
    here, there = candles.close[signals.row], candles.close[rows]

    def carried(prices: Floats) -> Floats:
        return np.asarray(there + scale * (prices - here))

    waits = signals.valid_until - closes[signals.row]
    until = np.where(signals.valid_until == FOREVER, FOREVER, closes[rows] + waits)
    changed = signals._replace(
        row=rows,
        entry=carried(signals.entry),
        stop=carried(signals.stop),
        level=carried(signals.level),
        valid_until=until,
        atr=atr[rows + 1],
    )
    return changed.where(np.argsort(rows, kind="stable"))
