"""The trades of a run as columns for a page: what was done, what it cost, what it looked like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hyperbot.backtesting.trade_chart import TradeChart
from hyperbot.charting.compact import decimals_of
from hyperbot.charting.stored_run import StoredRun
from hyperbot.charting.trade_candles import ConditionTexts, coded_candles

_MONEY = ("gross", "fees", "funding", "slippage", "forfeited", "net", "risk")
_RATIOS = ("r", "mae_r", "mfe_r", "score")
_AS_THEY_ARE = ("id", "entry", "stop", "size", "mean_exit", "exit_reason", "outcome", "doubtful")

Row = Mapping[str, Any]


def trade_rows(stored: StoredRun) -> dict[str, Any]:
    """Columns of equally many trades; `rules` and `coins` name what `rule` and `coin` count."""
    rows = stored.trades
    rules, coins = _names(rows, "rule"), _names(rows, "coin")
    decimals = price_decimals(rows, stored.charts)
    texts = ConditionTexts()
    charts = {chart.trade: chart for chart in stored.charts if chart.ts}
    exits = _exits(stored.fills)
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in _AS_THEY_ARE}
    columns |= {name: [round(row[name], 4) for row in rows] for name in (*_MONEY, *_RATIOS)}
    columns |= {
        "rule": [rules.index(row["rule"]) for row in rows],
        "coin": [coins.index(row["coin"]) for row in rows],
        "side": [1 if row["side"] == "long" else -1 for row in rows],
        "signal": [_seconds(row["signal_at"]) for row in rows],
        "opened": [_seconds(row["opened_at"]) for row in rows],
        "closed": [_seconds(row["closed_at"]) for row in rows],
        "targets": [[float(price) for price in row["targets"].split()] for row in rows],
        "leaving": [exits.get(row["id"], []) for row in rows],
        "chart": [
            _chart(charts.get(row["id"]), decimals.get(row["coin"], 2), texts) for row in rows
        ],
    }
    return {
        "rules": rules,
        "coins": coins,
        "decimals": [decimals[coin] for coin in coins],
        "columns": columns,
        "conditions": texts.told,
    }


def price_decimals(rows: Sequence[Row], charts: Sequence[TradeChart]) -> dict[str, int]:
    """With how many decimals the prices of each coin are written: those of its candles."""
    coin_of = {row["id"]: row["coin"] for row in rows}
    prices: dict[str, list[float]] = {}
    for chart in charts:
        if chart.trade in coin_of:
            for column in (chart.open, chart.high, chart.low, chart.close):
                prices.setdefault(coin_of[chart.trade], []).extend(column)
    for coin in _names(rows, "coin"):
        if coin not in prices:  # then those it was entered at
            prices[coin] = [row["entry"] for row in rows if row["coin"] == coin]
    return {coin: decimals_of(np.array(told)) for coin, told in prices.items()}


def _names(rows: Sequence[Row], column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows))


def _seconds(moment_ms: int | None) -> int | None:
    return None if moment_ms is None else moment_ms // 1000


def _exits(fills: Sequence[Row]) -> dict[str, list[list[Any]]]:
    """Of each trade its exits: when, at which price, how much, why, and whether in doubt."""
    found: dict[str, list[list[Any]]] = {}
    for fill in fills:
        if fill["number"]:
            told = [fill["at"] // 1000, fill["price"], fill["size"], fill["reason"]]
            found.setdefault(fill["trade"], []).append([*told, int(fill["doubtful"])])
    return found


def _chart(chart: TradeChart | None, decimals: int, texts: ConditionTexts) -> Any:  # noqa: ANN401
    if chart is None:
        return None
    return coded_candles(chart, decimals) | {
        "stops": [[at // 1000, price] for at, price in chart.stops],
        "score": round(chart.score, 3),
        "needed": round(chart.score_needed, 3),
        "conditions": texts.coded(chart.conditions),
    }
