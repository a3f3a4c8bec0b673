"""The candles around a trade and why it was taken, as short JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hyperbot.backtesting.trade_chart import ConditionSeen, TradeChart

_SIGNIFICANT = 6


def coded_candles(chart: TradeChart, decimals: int) -> dict[str, Any]:
    """Open times in seconds (`start`, `step`, and `jumps` where they are not equal steps), and per
    candle four counts of ticks of 10^-`decimals`: open - last close, close - open, high above and
    low below the body."""
    opened, high, low, close = (
        np.round(np.asarray(column) * 10**decimals).astype(np.int64)
        for column in (chart.open, chart.high, chart.low, chart.close)
    )
    before = np.concatenate([[0], close[:-1]])[: close.size]
    above, below = high - np.maximum(opened, close), np.minimum(opened, close) - low
    seconds, step = np.asarray(chart.ts, dtype=np.int64) // 1000, chart.timeframe_ms // 1000
    jumps = np.flatnonzero(np.diff(seconds) != step) + 1
    return {
        "start": int(seconds[0]),
        "step": step,
        "jumps": [[int(row), int(seconds[row])] for row in jumps],
        "ticks": np.column_stack([opened - before, close - opened, above, below]).ravel().tolist(),
    }


class ConditionTexts:
    """What the conditions of many trades have in common, told once: trades name it by place."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self._places: dict[tuple[Any, ...], int] = {}

    def coded(self, conditions: Sequence[ConditionSeen]) -> list[list[Any]]:
        """Of each condition: its place, whether it was met, its candle in seconds, its values."""
        return [
            [
                self._place(each),
                int(each.is_met),
                None if each.candle_ts is None else each.candle_ts // 1000,
                [_short(fact.value) for fact in each.seen],
            ]
            for each in conditions
        ]

    def _place(self, condition: ConditionSeen) -> int:
        facts = tuple((fact.column, fact.least, fact.most) for fact in condition.seen)
        key = (condition.sentence, condition.is_required, condition.weight, facts)
        if key not in self._places:
            self._places[key] = len(self.told)
            self.told.append(
                {
                    "sentence": condition.sentence,
                    "required": condition.is_required,
                    "weight": condition.weight,
                    "facts": [
                        [column, _bound(least), _bound(most)] for column, least, most in facts
                    ],
                }
            )
        return self._places[key]


def _short(value: float) -> float | None:
    """Six digits tell what was seen; a value that is no number was not there."""
    return float(f"{value:.{_SIGNIFICANT}g}") if np.isfinite(value) else None


def _bound(value: float | None) -> float | None:
    return None if value is None else _short(value)
