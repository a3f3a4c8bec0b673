"""A stored backtest to the plain data of its report page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from hyperbot.backtesting.given_signals import RULE_ID as GIVEN
from hyperbot.charting.equity_points import equity_points
from hyperbot.charting.key_numbers import (
    KeyNumber,
    has_costs,
    key_numbers,
    verdict_kind,
    verdict_sentence,
    warnings,
)
from hyperbot.charting.rule_rows import rule_rows
from hyperbot.charting.stored_run import StoredRun
from hyperbot.charting.trade_order import QUANTILES, order_fan
from hyperbot.charting.trade_rows import trade_rows
from hyperbot.charting.wording import day_of, minute_of


def report_document(stored: StoredRun) -> dict[str, Any]:
    """All that the page shows; the same folder gives the same document."""
    summary = stored.summary
    settings, data, evidence = summary["settings"], summary["data"], summary.get("evidence")
    return {
        "title": title_of(summary),
        "software": summary["software"],
        "sentence": verdict_sentence(summary),
        "verdict": verdict_kind(summary),
        "warnings": warnings(summary),
        "numbers": [number_row(each) for each in key_numbers(stored)],
        "curve": equity_points(stored.equity, evidence),
        "rules": rule_rows(summary),
        "given": _is_given(settings),
        "trades": trade_rows(stored),
        "evidence": _overall(evidence),
        "order": _order(stored),
        "signals": summary["signals"],
        "results": summary["results"],
        "data": data,
        "settings": settings,
        "seed": (evidence or {}).get("seed", ""),
        "command": command_of(settings),
    }


def title_of(summary: Mapping[str, Any]) -> str:
    """`BTC, ETH · 2025-01-01 to 2025-07-01`."""
    settings = summary["settings"]
    coins = ", ".join(settings["coins"][:4])
    more = f" and {len(settings['coins']) - 4} more" if len(settings["coins"]) > 4 else ""
    span = f"{day_of(settings['since'])} to {day_of(settings['until'])}"
    return f"{coins}{more} \N{MIDDLE DOT} {span}"


def number_row(number: KeyNumber) -> dict[str, str]:
    """A key number as a page shows it."""
    told = {"name": number.name, "text": number.text, "note": number.note}
    return told | {"tone": number.tone}


def command_of(settings: Mapping[str, Any]) -> str:
    """How to run the backtest again; which candles and rules, the hashes tell."""
    parts = [
        "hyperbot backtest",
        f"--coins {','.join(settings['coins'])}",
        f"--from {_moment(settings['since'])}",
        f"--to {_moment(settings['until'])}",
        f"--equity {settings['equity']}",
    ]
    if _is_given(settings):
        parts.insert(1, "--signals FILE.csv")
    if not has_costs(settings):
        parts.append("--no-costs")
    if settings["fills"] != "through":
        parts.append(f"--fills {settings['fills']}")
    if not settings["limits"].get("is_isolated", True):
        parts.append("--margin cross")
    return " ".join([*parts, "--out FOLDER"])


def _is_given(settings: Mapping[str, Any]) -> bool:
    """Whether signals were given in place of rules."""
    return all(rule["id"] == GIVEN for rule in settings["rules"])


def _moment(moment_ms: int) -> str:
    """`2025-01-31`, with the time of day where it is not midnight."""
    return minute_of(moment_ms).replace(" ", "T").removesuffix("T00:00")


def _overall(evidence: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The evidence without what the rows of the rules and the key numbers hold already."""
    if evidence is None:
        return None
    left_out = {"rules", "benchmarks", "flags", "sentence", "hold_outs"}
    return {name: value for name, value in evidence.items() if name not in left_out}


def _order(stored: StoredRun) -> dict[str, Any] | None:
    closed = [row for row in stored.trades if row["closed_at"] is not None]
    closed.sort(key=lambda row: (row["closed_at"], row["opened_at"], row["id"]))
    results = np.array([row["r"] for row in closed], dtype=np.float64)
    fan = order_fan(results, stored.summary["data"]["sha256"])
    return None if fan is None else asdict(fan) | {"shares": QUANTILES}
