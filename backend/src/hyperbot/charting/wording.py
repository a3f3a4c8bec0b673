"""Numbers as a report writes them. A number nobody can know is an en dash, never 0."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

UNKNOWN = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
Unit = Literal["share", "change", "ratio", "R", "count", "days", "money"]

_FORMATS: dict[Unit, tuple[float, str, str]] = {
    "share": (100, ",.1f", " %"),
    "change": (100, "+,.1f", " %"),
    "ratio": (1, ",.2f", ""),
    "R": (1, "+,.2f", " R"),
    "count": (1, ",.0f", ""),
    "days": (1, ",.0f", " days"),
    "money": (1, ",.2f", ""),
}


def written(value: float | None, unit: Unit, *, is_difference: bool = False) -> str:
    """`value` with its unit, with a sign where the unit has one or it is a difference."""
    if value is None:
        return UNKNOWN
    factor, pattern, ending = _FORMATS[unit]
    if is_difference and not pattern.startswith("+"):
        pattern = f"+{pattern}"
    text = f"{value * factor:{pattern}}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")  # what rounds to nothing has no side
    return text.replace("-", MINUS) + ending


def interval(low: float | None, high: float | None, unit: Unit) -> str:
    """`low to high` with one unit, or nothing if either end is unknown."""
    if low is None or high is None:
        return ""
    ending = _FORMATS[unit][2]
    return f"{written(low, unit).removesuffix(ending)} to {written(high, unit)}"


def day_of(moment_ms: int) -> str:
    """`2025-01-31`, in UTC."""
    return datetime.fromtimestamp(moment_ms // 1000, UTC).strftime("%Y-%m-%d")


def minute_of(moment_ms: int) -> str:
    """`2025-01-31 07:05`, in UTC."""
    return datetime.fromtimestamp(moment_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M")
