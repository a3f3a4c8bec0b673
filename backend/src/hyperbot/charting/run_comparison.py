"""Several backtests side by side: what differs in them, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hyperbot.charting.key_numbers import (
    KeyNumber,
    key_numbers,
    verdict_kind,
    verdict_sentence,
    warnings,
)
from hyperbot.charting.stored_run import StoredRun
from hyperbot.charting.wording import minute_of, written

CURVE_POINTS = 1_000
_MOMENTS = ("settings.since", "settings.until")


@dataclass(frozen=True, slots=True)
class NamedRun:
    """A stored run and what it is called here."""

    name: str
    stored: StoredRun


def comparison(runs: Sequence[NamedRun]) -> dict[str, Any]:
    """Plain data of the comparison; differences are to the first run."""
    summaries = [run.stored.summary for run in runs]
    return {
        "runs": [
            {
                "name": run.name,
                "sentence": verdict_sentence(summary),
                "verdict": verdict_kind(summary),
                "warnings": warnings(summary),
            }
            for run, summary in zip(runs, summaries, strict=True)
        ],
        "settings": different_settings(summaries),
        "numbers": _number_rows(runs),
        "rules": _rule_rows(summaries),
    }


def different_settings(summaries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The settings and data that are not the same in all runs, as text."""
    flat = [_flat(summary) for summary in summaries]
    names = dict.fromkeys(name for each in flat for name in each)
    rows = ((name, [each.get(name, "") for each in flat]) for name in names)
    return [{"name": name, "values": told} for name, told in rows if len(set(told)) > 1]


def _flat(summary: Mapping[str, Any]) -> dict[str, str]:
    """Settings and data by dotted names; each rule and each coin is one setting."""
    settings, data = dict(summary["settings"]), summary["data"]
    rules = settings.pop("rules")
    found: dict[str, str] = {"hyperbot": summary["software"]}
    for name, value in _leaves("settings", settings):
        found[name] = minute_of(value) if name in _MOMENTS else _text(value)
    for rule in rules:
        found[f"rule {rule['id']}"] = f"v{rule['version']} {rule['sha256'][:12]}"
    for coin in data["coins"]:
        told = f"{coin['venue']} {coin['timeframe']} {coin['candles']:,} {coin['sha256'][:12]}"
        found[f"candles {coin['coin']}"] = f"{told}{' SYNTHETIC' if coin['is_synthetic'] else ''}"
    return {name.removeprefix("settings."): value for name, value in found.items()}


def _leaves(name: str, value: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - parsed JSON
    if not isinstance(value, Mapping):
        return [(name, value)]
    return [leaf for key, each in value.items() for leaf in _leaves(f"{name}.{key}", each)]


def _text(value: Any) -> str:  # noqa: ANN401 - parsed JSON
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _number_rows(runs: Sequence[NamedRun]) -> list[dict[str, Any]]:
    """One row a key number: per run its value, text, note and the difference to the first."""
    columns = [key_numbers(run.stored) for run in runs]
    return [
        {
            "name": row[0].name,
            "unit": row[0].unit,
            "values": [each.value for each in row],
            "texts": [each.text for each in row],
            "notes": [each.note for each in row],
            "tones": [each.tone for each in row],
            "differences": [_difference(row[0], each) for each in row],
        }
        for row in zip(*columns, strict=True)
    ]


def _difference(first: KeyNumber, other: KeyNumber) -> str:
    if first is other or first.value is None or other.value is None:
        return ""
    if first.value == other.value:
        return "the same"
    text = written(other.value - first.value, first.unit, is_difference=True)
    # A difference of two shares is in points: 10 % and 12 % are 2 points apart, not 2 %.
    return text.replace(" %", " points")


def _rule_rows(summaries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Per rule and run the verdict and the mean R of the rule alone; None where it is not in."""
    tables = [_rules_of(summary) for summary in summaries]
    names = dict.fromkeys(name for each in tables for name in each)
    return [{"rule": name, "runs": [each.get(name) for each in tables]} for name in names]


def _rules_of(summary: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = {
        each["rule"]: {"verdict": "", "trades": each["trades"], "mean": each["mean_r"]}
        for each in summary.get("alone", ())
    }
    for each in (summary.get("evidence") or {}).get("rules", ()):
        mean = each["out_of_sample"] or each["all_trades"]  # what the verdict rests on
        told = {name: mean[name] for name in ("trades", "mean", "low", "high")}
        found[each["rule"]] = {"verdict": each["verdict"], **told}
    return found


def aligned_curves(runs: Sequence[NamedRun], points: int = CURVE_POINTS) -> dict[str, Any]:
    """The equity of each run on one grid of moments (seconds), 100 at its own first moment.

    None before a run began and after it ended.
    """
    times = [np.asarray(run.stored.equity["at"], dtype=np.int64) for run in runs]
    begin, end = min(int(at[0]) for at in times), max(int(at[-1]) for at in times)
    grid = np.unique(np.linspace(begin, end, points).astype(np.int64) // 1000 * 1000)
    curves = []
    for run, at in zip(runs, times, strict=True):
        equity = np.asarray(run.stored.equity["equity"], dtype=np.float64)
        rows = np.searchsorted(at, grid, side="right") - 1
        values = np.round(100 * equity[np.maximum(rows, 0)] / equity[0], 3).tolist()
        is_inside = (grid >= at[0]) & (grid <= at[-1])
        curves.append(
            [value if kept else None for value, kept in zip(values, is_inside, strict=True)]
        )
    return {"at": (grid // 1000).tolist(), "curves": curves}
