"""Trades from candles and signals: ours with ladder and costs, peers with what they have."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.candles import beginning, synthetic
from benchmarks.results import Result
from benchmarks.timing import Timing, in_turns
from hyperbot.backtesting.market_history import liquidity_before
from hyperbot.backtesting.simulation import Setups, SimulatedMarket, SimulationRules, simulate
from hyperbot.domain.costs import CostModel
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.signals import PlannedTarget

SEED = 4
ODDS = 0.05
STOP, TARGET, FEE = 0.003, 0.006, 0.00045
HOUR = 60
"""candles"""
LADDER = (
    PlannedTarget(Decimal(1), Decimal("0.4"), "breakeven"),
    PlannedTarget(Decimal(2), Decimal("0.3")),
    PlannedTarget(Decimal(3), Decimal("0.3")),
)
ONE_TARGET = (PlannedTarget(Decimal(2), Decimal(1)),)
FEES_ALONE = CostModel(Decimal(str(FEE)), Decimal(str(FEE)), Decimal(0), Decimal(0), Decimal(0))

Task = Callable[[], Any]


class Signals(NamedTuple):
    """Where to buy and where to sell, at the close of each candle."""

    long: NDArray[np.bool_]
    short: NDArray[np.bool_]


def measure(*, quick: bool) -> Iterator[Result]:
    """The same random signals for all, one position at a time."""
    os.environ["TQDM_DISABLE"] = "1"  # or backtesting.py draws a bar for each run
    series = synthetic(100_000 if quick else 1_000_000)
    shorter = beginning(series, len(series) // 10)
    signals = random_signals(len(series))
    tasks = {"ours": ours(series, signals, LADDER, CostModel())}
    tasks |= {"plain": ours(series, signals, ONE_TARGET, FEES_ALONE)}
    tasks |= {"floor": floor(series, signals)}
    engines = vectorbt_engines(series, signals)
    timings = in_turns(tasks | engines)
    first = Signals(*(side[: len(shorter)] for side in signals))
    slow = {"backtesting.py": backtesting_py(shorter, first)}
    timings |= in_turns(slow, least=2, seconds=0, warm=False)
    each = {
        name: 1e9 * timing.cpu / len(shorter if name in slow else series)
        for name, timing in timings.items()
    }
    yield from _results(each, timings, len(series))


def _results(each: dict[str, float], timings: dict[str, Timing], count: int) -> Iterator[Result]:
    limits = {"vectorbt Rust": 1.0, "vectorbt Numba": 1 / 4, "backtesting.py": 1 / 100}
    for peer, limit in limits.items():
        yield Result(
            f"simulation: ladder, break-even, all costs, {count:,}",
            *(each["ours"], "ns/candle", each[peer], f"{peer}: stop, target, fee"),
            limit=limit,
            note=f"ours {timings['ours'].told}; {peer} {timings[peer].told}",
        )
    yield Result(
        f"simulation: stop, target, fee, {count:,}",
        *(each["plain"], "ns/candle", each["vectorbt Rust"], "vectorbt Rust: the same"),
        note=timings["plain"].told,
    )
    yield Result(
        f"simulation: stop, target, fee, {count:,}",
        *(each["plain"], "ns/candle", each["floor"], "a loop that does only this"),
        note=timings["floor"].told,
    )


def random_signals(count: int) -> Signals:
    """One candle in twenty, half of them to buy."""
    random = np.random.default_rng(SEED)
    chosen, buys = random.random(count) < ODDS, random.random(count) < 0.5
    return Signals(chosen & buys, chosen & ~buys)


def ours(
    series: CandleSeries,
    signals: Signals,
    ladder: tuple[PlannedTarget, ...],
    costs: CostModel,
) -> Task:
    """A task: from arrays in to trades out. Funding and ATR are read, not made, in it."""
    rows = np.flatnonzero(signals.long | signals.short)
    side = np.where(signals.long[rows], 1, -1)
    stop = series.close[rows] * (1 - side * STOP)
    atr = liquidity_before(series)[0][:-1]
    is_due = np.arange(len(series)) % HOUR == 0
    funding = np.concatenate(([0.0], np.cumsum(np.where(is_due, 1.25e-5 * series.open, 0.0))))
    market = SimulatedMarket(series, atr, funding)
    setups, rules = Setups(rows, side, stop).closing(ladder), SimulationRules(costs)
    return lambda: simulate(market, setups, rules)


def floor(series: CandleSeries, signals: Signals) -> Task:
    """A task: the smallest loop that finds stop or target and adds up results."""
    marks = signals.long.astype(np.int8) - signals.short.astype(np.int8)
    results = np.empty(len(series))
    return lambda: smallest_loop(series.columns, marks, results)


@numba.njit(error_model="numpy")
def smallest_loop(columns, marks, results):
    opens, highs, lows, closes = columns[0], columns[1], columns[2], columns[3]
    count, row, rows = 0, 0, marks.size
    while row < rows - 1:
        side = marks[row]
        if side == 0:
            row += 1
            continue
        row += 1
        entry = opens[row]
        stop = entry * (1 - side * STOP)
        target = entry * (1 + side * TARGET)
        left_at = closes[rows - 1]
        while row < rows:
            against = lows[row] if side > 0 else highs[row]
            along = highs[row] if side > 0 else lows[row]
            if side * against <= side * stop:
                left_at = side * min(side * stop, side * opens[row])
                break
            if side * along > side * target:
                left_at = target
                break
            row += 1
        results[count] = side * (left_at - entry) - FEE * (entry + left_at)
        count += 1
    return count


def vectorbt_engines(series: CandleSeries, signals: Signals) -> dict[str, Task]:
    """Tasks: `Portfolio.from_signals`, orders only, on the next open."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        import vectorbt as vbt
    opened, high, low, close = (pd.Series(prices) for prices in series.columns[:4])
    long, short = (pd.Series(np.concatenate(([False], side[:-1]))) for side in signals)

    def task(engine: str) -> Task:
        def run() -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return vbt.Portfolio.from_signals(
                    *(close, long, None, short, None),
                    price=opened,
                    open=opened,
                    high=high,
                    low=low,
                    sl_stop=STOP,
                    tp_stop=TARGET,
                    fees=FEE,
                    size=1.0,
                    init_cash=1e9,
                    upon_opposite_entry="ignore",
                    engine=engine,
                )

        return run

    return {"vectorbt Rust": task("rust"), "vectorbt Numba": task("numba")}


def backtesting_py(series: CandleSeries, signals: Signals) -> Task:
    """A task: a strategy that orders with stop and target whenever it has no position."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from backtesting import Backtest, Strategy
    names = ("Open", "High", "Low", "Close", "Volume")
    frame = pd.DataFrame(
        dict(zip(names, series.columns, strict=True)), index=pd.to_datetime(series.ts, unit="ms")
    )
    marks = signals.long.astype(np.int8) - signals.short.astype(np.int8)

    class Random(Strategy):
        def init(self) -> None:
            pass

        def next(self) -> None:
            side = marks[len(self.data) - 1]
            if side == 0 or self.position:
                return
            price = self.data.Close[-1]
            levels = {"sl": price * (1 - side * STOP), "tp": price * (1 + side * TARGET)}
            (self.buy if side > 0 else self.sell)(size=1, **levels)

    def run() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Backtest(frame, Random, cash=1e9, commission=FEE).run()

    return run
