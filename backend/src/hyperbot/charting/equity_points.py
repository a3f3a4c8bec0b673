"""The account over time, thinned to what a screen can show, with what lies behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 1_500


def equity_points(
    columns: Mapping[str, Any], evidence: Mapping[str, Any] | None, most: int = MOST_POINTS
) -> dict[str, Any]:
    """Columns of equally many moments: the last value of each stretch, the deepest drawdown in it.

    `at` is in seconds; money has cents, `drawdown` is in hundredths of a percent.
    """
    at = np.asarray(columns["at"], dtype=np.int64) // 1000
    last, first = _stretches(at.size, most)
    drawdown = np.asarray(columns["drawdown"], dtype=np.float64)
    told = columns.get("hold")
    hold = None if told is None else np.asarray(told, dtype=np.float64)
    if hold is not None and not np.isfinite(hold).all():
        hold = None
    return {
        "at": at[last].tolist(),
        "equity": _cents(columns["equity"], last),
        "hold": None if hold is None else _cents(hold, last),
        "drawdown": np.round(1e4 * np.maximum.reduceat(drawdown, first)).astype(int).tolist(),
        "every": int(np.median(np.diff(at[last]))) if last.size > 1 else 0,
        "embargoes": _embargoes(evidence or {}),
        "hold_outs": [
            each | {"since": each["since"] // 1000, "until": _seconds(each["until"])}
            for each in (evidence or {}).get("hold_outs", ())
        ],
    }


def _stretches(rows: int, most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The last and the first row of each of at most `most` stretches, after a first of one row."""
    size = max(1, -(-(rows - 1) // max(most - 1, 1)))
    first = np.concatenate([[0], np.arange(1, rows, size)]).astype(np.int64)
    return np.append(first[1:], rows) - 1, first


def _cents(values: Any, rows: NDArray[np.int64]) -> list[float]:  # noqa: ANN401 - a column
    cents: list[float] = np.round(np.asarray(values, dtype=np.float64)[rows], 2).tolist()
    return cents


def _seconds(moment_ms: int | None) -> int | None:
    return None if moment_ms is None else moment_ms // 1000


def _embargoes(evidence: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Moments before which sources may have known what happened, with their rules."""
    found: dict[int, dict[str, Any]] = {}
    for rule in evidence.get("rules", ()):
        if (moment := rule["embargo"]) is not None:
            told = found.setdefault(
                moment, {"at": moment // 1000, "rules": [], "reason": rule["embargo_reason"]}
            )
            told["rules"].append(rule["rule"])
    return [found[moment] for moment in sorted(found)]
