"""What a rule makes of its signals by itself, in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleAlone:
    """What became of a rule's signals. Means are over closed trades, of all coins."""

    rule: str
    signals: int
    """given in the span"""
    trades: int
    """closed"""
    pending: int
    """still open at the end"""
    wins: int
    """R at least 0.1"""
    mean_r: float | None
    mean_gross_r: float | None
    """before fees and funding; slippage is in it"""
    total_r: float
    profit_factor: float | None
    """sum of positive R / sum of negative ones; None without a negative one"""
    error_r: float | None
    """standard error of `mean_r`: trades entered on one UTC day, of all coins, count as one draw.

    sqrt(D / (D - 1) * sum over days of (sum of (R - mean) on the day)^2) / trades, of D days with
    trades; None under 2 days."""
    doubtful_share: float | None
    """closed trades that another order of prices within a candle would have changed"""
