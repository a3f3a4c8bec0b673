"""A result as one document of plain values: `summary.json`, and what `--json` prints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from hyperbot.backtesting.report import BacktestResult

FORMAT = "hyperbot backtest"
FORMAT_VERSION = 2


def summary_document(result: BacktestResult) -> dict[str, Any]:
    """All of `result` but its rows. Exact money is text, measured numbers are numbers."""
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "software": result.software,
        "settings": asdict(result.settings),
        "data": {
            "sha256": result.data_sha256,
            "candles": result.candles,
            "proxy_share": result.proxy_share,
            "synthetic_share": result.synthetic_share,
            "coins": [asdict(each) | {"is_proxy": each.is_proxy} for each in result.lineage],
        },
        "results": asdict(result.results),
        "ledger": asdict(result.ledger)
        | {"cash": result.ledger.cash, "equity": result.ledger.equity},
        "performance": asdict(result.performance),
        "alone": [asdict(each) for each in result.alone],
        "evidence": None if result.evidence is None else asdict(result.evidence),
        "signals": {
            "traded": len(result.trades),
            "refused": len(result.refused),
            "missed": len(result.missed),
            "reasons": result.refusals,
        },
    }
    plain: dict[str, Any] = _plain(document)
    return plain


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return plain_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def plain_text(value: Decimal) -> str:
    """`1E+3` → `1000`, `0.500` → `0.5`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
