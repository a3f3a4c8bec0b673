"""What is needed to look at one trade: its candles, why it was taken, and where its stop went."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactSeen:
    """One number that a condition looked at, on the rule's side, and what was asked of it."""

    column: str
    value: float
    least: float | None
    """None: no bound"""
    most: float | None


@dataclass(frozen=True, slots=True)
class ConditionSeen:
    """One condition of the rule at the signal candle."""

    sentence: str
    is_met: bool
    is_required: bool
    weight: float
    candle_ts: int | None
    """open (ms UTC) of the candle on which it was met or that was looked at"""
    seen: tuple[FactSeen, ...]


@dataclass(frozen=True, slots=True)
class TradeChart:
    """The candles around one trade, from some before the signal to some after the end.

    Candles are those of the rule's timeframe, or of a longer one if the trade lasted so long that
    there would be more than 150. All columns are equally long; times are opens in ms UTC.
    """

    trade: str
    """id of the trade's signal"""
    timeframe_ms: int
    ts: tuple[int, ...]
    open: tuple[float, ...]
    high: tuple[float, ...]
    low: tuple[float, ...]
    close: tuple[float, ...]
    stops: tuple[tuple[int, float], ...]
    """(from when on, price): the first stop, then where it was moved to"""
    score: float
    score_needed: float
    conditions: tuple[ConditionSeen, ...]
    """empty for given signals"""
