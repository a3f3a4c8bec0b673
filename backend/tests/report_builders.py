"""Stored backtests with evidence and charts of trades, for tests of pages made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from hyperbot.backtesting.evidence import (
    Benchmark,
    Evidence,
    HoldOutUse,
    MeanR,
    RandomEntries,
    RuleEvidence,
    Slice,
    StatedConfidence,
    Stress,
    TrackRecord,
    TrialsSoFar,
)
from hyperbot.backtesting.summary import summary_document
from hyperbot.backtesting.trade_chart import ConditionSeen, FactSeen, TradeChart
from hyperbot.storage import backtest_tables as tables
from result_builders import BEGIN, DAY, HOUR, result

HOSTILE = "</script><img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Run:
    """A stored run as the report asks for it."""

    summary: dict[str, Any]
    trades: Sequence[Mapping[str, Any]] = ()
    fills: Sequence[Mapping[str, Any]] = ()
    charts: Sequence[TradeChart] = ()
    equity: Mapping[str, Any] = field(default_factory=dict)


def _rows(columns: Sequence[tables.Column], rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [{c.name: _stored(c.kind, c.read(row)) for c in columns} for row in rows]


def _stored(kind: str, value: Any) -> Any:
    return float(value) if kind in {"money", "number"} and value is not None else value


def stored_run(
    evidence: Evidence | None = None, charts: Sequence[TradeChart] = (), **fields: Any
) -> Run:
    """What `read_result` would give of `result(**fields)`, with this evidence and these charts."""
    made = result(**fields)
    told = None if evidence is None else plain(asdict(evidence))
    curve = made.curve
    return Run(
        summary=summary_document(made) | {"evidence": told},
        trades=_rows(tables.TRADE_COLUMNS, tables.trade_rows(made)),
        fills=_rows(tables.FILL_COLUMNS, tables.fill_rows(made)),
        charts=charts,
        equity={
            "at": curve.ts,
            "equity": curve.equity,
            "cash": curve.cash,
            "exposure": curve.exposure,
            "drawdown": curve.drawdown,
            "hold": np.linspace(10_000.0, 10_500.0, len(curve)),
        },
    )


def plain(value: Any) -> Any:
    """As JSON would have it."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def chart_of(trade: str, candles: int = 80, **fields: Any) -> TradeChart:
    """Candles around a trade, from a day before BEGIN, with one condition met and one missed."""
    closes = [100.0 + (row * 7 % 13) / 10 for row in range(candles)]
    opens = [100.0, *closes[:-1]]
    seen = (FactSeen("candle.liquidity_engulf", 0.82, 0.35, None),)
    given: dict[str, Any] = {
        "timeframe_ms": HOUR,
        "ts": tuple(BEGIN - DAY + HOUR * row for row in range(candles)),
        "open": tuple(opens),
        "high": tuple(max(pair) + 0.3 for pair in zip(opens, closes, strict=True)),
        "low": tuple(min(pair) - 0.3 for pair in zip(opens, closes, strict=True)),
        "close": tuple(closes),
        "stops": ((BEGIN + HOUR, 90.0), (BEGIN + 2 * HOUR, 100.0)),
        "score": 0.8,
        "score_needed": 0.6,
        "conditions": (
            ConditionSeen("a liquidity engulf on the last candle", True, True, 1.0, BEGIN, seen),
            ConditionSeen("price in the cheap half of the leg", False, False, 0.5, None, ()),
        ),
    }
    return TradeChart(trade, **(given | fields))


def rule_evidence(rule: str = "le-15m", **fields: Any) -> RuleEvidence:
    """A rule of which everything was measured."""
    given: dict[str, Any] = {
        "verdict": "not enough evidence",
        "reasons": ("2 trades are too few: at least 30 days with trades are needed.",),
        "all_trades": MeanR(2, 0.5, -0.9, 1.9, 0.3),
        "days": 1,
        "win_rate": 0.5,
        "win_low": 0.09,
        "win_high": 0.91,
        "q_value": 0.4,
        "track": TrackRecord(2, 0.2, 0.6, 0.2, 0.31, 400.0),
        "random_entries": RandomEntries(999, -0.1, -0.6, 0.4, 0.03),
        "fragility": (
            Stress("entry one candle later", 2, 0.2, False),
            Stress("costs x3", 2, -0.1, True),
        ),
        "windows": (
            Slice("window 1", 1, 2.0, BEGIN, BEGIN + DAY),
            Slice("window 2", 0, None, BEGIN + DAY, BEGIN + 2 * DAY),
        ),
        "regimes": (Slice("trending", 1, 2.0), Slice("ranging", 1, -1.0)),
        "embargo": BEGIN + DAY,
        "embargo_reason": "its source is of 2025-01-02",
        "in_sample": MeanR(1, 2.0),
        "out_of_sample": MeanR(1, -1.0, -2.0, 0.5, 0.9),
        "confidence": StatedConfidence(0.7, 0.5, 0.29, 0.25, 0.66),
        "max_drawdown_r": 1.0,
    }
    return RuleEvidence(rule, **(given | fields))


def evidence(*rules: RuleEvidence, **fields: Any) -> Evidence:
    """Evidence with benchmarks, a ledger of trials and a hold-out still locked."""
    given: dict[str, Any] = {
        "sentence": "Nothing is proven: 2 trades are too few.",
        "alpha": 0.05,
        "confidence": 0.95,
        "rules": rules or (rule_evidence(),),
        "trials": TrialsSoFar(12, 0.01, "a91f03c2", BEGIN - DAY),
        "benchmarks": (
            Benchmark("hold", 500.0, 0.05, 0.02, 1.1),
            Benchmark("cash", 0.0, 0.0, 0.0, None),
        ),
        "hold_outs": (HoldOutUse("BTC", BEGIN + DAY, None),),
        "flags": ("60 % of the profit from 1 trade",),
        "seed": "a seed",
    }
    return Evidence(**(given | fields))
