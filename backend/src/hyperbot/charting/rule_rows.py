"""The rules of a run, each with what it made alone, in the account, and what that proves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def rule_rows(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a rule, in the order of the run; what was not measured is None."""
    by_rule = summary["performance"]["by_rule"]
    alone = {each["rule"]: each for each in summary.get("alone", ())}
    proofs = {each["rule"]: each for each in (summary.get("evidence") or {}).get("rules", ())}
    records = {each["id"]: each for each in summary["settings"]["rules"]}
    names = dict.fromkeys((*records, *by_rule, *proofs))
    return [
        {
            "id": name,
            "name": records.get(name, {}).get("name", name),
            "version": records.get(name, {}).get("version"),
            "citations": records.get(name, {}).get("citations", []),
            "account": _account(by_rule.get(name)),
            "alone": alone.get(name),
            "evidence": proofs.get(name),
        }
        for name in names
    ]


def _account(stats: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if stats is None:
        return None
    kept = ("trades", "win_rate", "expectancy_r", "profit_factor", "net", "total_r")
    return {name: stats[name] for name in (*kept, "max_drawdown_r")}
