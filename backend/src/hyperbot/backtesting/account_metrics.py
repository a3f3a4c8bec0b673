"""The equity curve summed up in numbers. A number nobody can know is None."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.equity import EquityCurve

DAY_MS = 86_400_000
YEAR_DAYS = 365
"""crypto trades every day"""
YEAR_MS = YEAR_DAYS * DAY_MS
FEWEST_DAYS = 30
"""with fewer days nothing is told per year"""
_STILL = 1e-12
"""a deviation of returns this small is an account that did not move: rounding, not risk"""


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall from a peak of the equity."""

    share: float
    amount: float
    """in quote units"""
    peak_at: int
    trough_at: int
    recovered_at: int | None
    """the first moment at which the peak was reached again; None: not by the end"""
    days: float
    """from peak to recovery, or to the end"""


@dataclass(frozen=True, slots=True)
class AccountStats:
    """What became of the account. Ratios come from returns of whole UTC days, a year has 365."""

    start: float
    end: float
    days: float
    total_return: float
    """end / start - 1"""
    cagr: float | None
    """(end / start) ** (365 / days) - 1; None below 30 days, -1 if all was lost"""
    sharpe: float | None
    """mean / standard deviation (n - 1) of daily returns * sqrt(365), no riskless rate
    (Sharpe 1994); None below 30 days or without any deviation"""
    sortino: float | None
    """mean / root mean square of negative daily returns * sqrt(365) (Sortino, van der Meer 1991,
    target 0); None below 30 days or without a negative day"""
    calmar: float | None
    """cagr / share of the deepest drawdown (Young 1991); None without either"""
    max_drawdown: Drawdown | None
    """None if the equity never fell"""
    longest_drawdown_days: float
    """the longest time below an earlier peak, recovered or not"""
    time_in_market: float
    """share of the moments at which a position was open"""
    mean_exposure: float
    """mean over time of |position value| / equity"""


def account_stats(curve: EquityCurve) -> AccountStats:
    """The numbers of a curve of at least one moment."""
    start, end = float(curve.equity[0]), float(curve.equity[-1])
    days = (int(curve.ts[-1]) - int(curve.ts[0])) / DAY_MS
    deepest = deepest_drawdown(curve)
    returns = daily_returns(curve)
    yearly = _cagr(start, end, days)
    has_equity = curve.equity > 0
    leverage = np.divide(curve.exposure, curve.equity, out=np.zeros(len(curve)), where=has_equity)
    return AccountStats(
        start=start,
        end=end,
        days=days,
        total_return=end / start - 1 if start > 0 else 0.0,
        cagr=yearly,
        sharpe=sharpe(returns),
        sortino=sortino(returns),
        calmar=yearly / deepest.share if yearly is not None and deepest else None,
        max_drawdown=deepest,
        longest_drawdown_days=_longest_below_peak(curve) / DAY_MS,
        time_in_market=float(np.mean(curve.exposure > 0)),
        mean_exposure=float(np.mean(leverage)),
    )


def daily_returns(curve: EquityCurve) -> NDArray[np.float64]:
    """The returns of whole UTC days, (n,): from midnight to midnight, at the last moment till then.

    The rest of the first and of the last day is left out. Empty where an equity was not positive.
    """
    first = -(-int(curve.ts[0]) // DAY_MS) * DAY_MS
    midnights = np.arange(first, int(curve.ts[-1]) + 1, DAY_MS, dtype=np.int64)
    rows = np.searchsorted(curve.ts, midnights, side="right") - 1
    equity = curve.equity[rows]
    if equity.size < 2 or (equity <= 0).any():
        return np.empty(0)
    return np.asarray(equity[1:] / equity[:-1] - 1, dtype=np.float64)


def sharpe(returns: NDArray[np.float64]) -> float | None:
    """Of daily returns, annualised; see AccountStats."""
    if returns.size < FEWEST_DAYS:
        return None
    deviation = float(np.std(returns, ddof=1))
    return (
        float(np.mean(returns)) / deviation * math.sqrt(YEAR_DAYS) if deviation > _STILL else None
    )


def sortino(returns: NDArray[np.float64]) -> float | None:
    """Of daily returns, annualised; see AccountStats."""
    if returns.size < FEWEST_DAYS:
        return None
    downside = float(np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2)))
    return float(np.mean(returns)) / downside * math.sqrt(YEAR_DAYS) if downside > _STILL else None


def _cagr(start: float, end: float, days: float) -> float | None:
    if days < FEWEST_DAYS or start <= 0:
        return None
    if end <= 0:
        return -1.0
    exponent = math.log(end / start) * YEAR_DAYS / days
    return math.expm1(exponent) if exponent < math.log(1e12) else None


def deepest_drawdown(curve: EquityCurve) -> Drawdown | None:
    """The deepest fall by share, the first of equally deep ones; None if the equity never fell."""
    trough = int(np.argmax(curve.drawdown))
    share = float(curve.drawdown[trough])
    if share <= 0:
        return None
    peak = int(np.argmax(curve.equity[: trough + 1]))
    again = np.flatnonzero(curve.equity[trough:] >= curve.equity[peak])
    recovered = int(curve.ts[trough + int(again[0])]) if again.size else None
    until = int(curve.ts[-1]) if recovered is None else recovered
    return Drawdown(
        share=share,
        amount=float(curve.equity[peak] - curve.equity[trough]),
        peak_at=int(curve.ts[peak]),
        trough_at=int(curve.ts[trough]),
        recovered_at=recovered,
        days=(until - int(curve.ts[peak])) / DAY_MS,
    )


def _longest_below_peak(curve: EquityCurve) -> int:
    """The longest time from one peak to the next or to the end, with a fall between, in ms."""
    is_below = curve.equity < np.maximum.accumulate(curve.equity)
    begins = np.flatnonzero(is_below[1:] & ~is_below[:-1])
    ends = np.flatnonzero(is_below[:-1] & ~is_below[1:]) + 1
    if is_below[-1]:
        ends = np.append(ends, is_below.size - 1)
    return int(np.max(curve.ts[ends] - curve.ts[begins], initial=0))
