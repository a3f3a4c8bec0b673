"""What the money would have made without any rule: all coins bought and kept, or nothing done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.account_metrics import account_stats
from hyperbot.backtesting.coin_alone import funding_before
from hyperbot.backtesting.equity import EquityCurve, drawdown
from hyperbot.backtesting.evidence import Benchmark
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.domain.costs import CostModel

Floats = NDArray[np.float64]


def hold_curve(
    histories: Sequence[CoinHistory], span: tuple[int, int], curve: EquityCurve, costs: CostModel
) -> Floats:
    """The money at each of `curve.ts` if equal parts had bought each coin at its first open.

    The coins are held as perpetuals without leverage: they pay taker fee and spread once, and
    funding all along. What is lost beyond a part stays lost, no part falls below 0.
    """
    start = float(curve.equity[0])
    parts = [_part(history, span, curve.ts, costs) for history in histories]
    worth: Floats = start / len(parts) * np.sum(parts, axis=0)
    return worth


def _part(
    history: CoinHistory, span: tuple[int, int], at: NDArray[np.int64], costs: CostModel
) -> Floats:
    """What one quote unit becomes, (n,)."""
    base = history.base
    first, last = base.ts.searchsorted(span).tolist()
    if first >= last:
        return np.ones(at.size)
    paid = funding_before(history)
    # What the fee leaves of the unit is both the margin and the value bought: no leverage.
    coins = 1 / (base.open[first] * (1 + float(costs.half_spread)) * (1 + float(costs.taker)))
    rows = np.minimum(base.close_ts.searchsorted(at, side="right") - 1, last - 1)
    funding = paid[np.maximum(rows, first) + 1] - paid[first]
    held = coins * (base.close[rows] - funding)
    return np.where(rows < first, 1.0, np.maximum(held, 0.0))


def benchmarks(curve: EquityCurve, hold: Floats) -> tuple[Benchmark, ...]:
    """Holding, and doing nothing, in numbers."""
    start = float(curve.equity[0])
    told = []
    for name, equity in (("hold", hold), ("cash", np.full(hold.size, start))):
        falls = drawdown(equity)
        none = np.zeros(hold.size)
        stats = account_stats(EquityCurve(curve.ts, equity, equity, none, falls))
        told.append(
            Benchmark(
                name=name,
                net=float(equity[-1]) - start,
                total_return=stats.total_return,
                max_drawdown=float(falls.max()),
                sharpe=stats.sharpe,
            )
        )
    return tuple(told)
