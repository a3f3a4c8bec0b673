"""What was measured against what, whether it suffices, and how it is shown and kept."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "results.json"
FAILURES = "failures"
PACKAGES = ("hyperbot", "numba", "numpy", "TA-Lib", "smartmoneyconcepts", "pandas")
PACKAGES += ("vectorbt", "vectorbt-rust", "backtesting")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table; judged is ours / peer, or ours alone where there is no peer."""

    name: str
    ours: float
    unit: str
    peer: float | None = None
    peer_name: str = ""
    limit: float | None = None
    """the most that suffices"""
    goal: float | None = None
    """what we wish for beyond it"""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer

    @property
    def met(self) -> str:
        """`yes`, `no`, `limit only` if the goal is missed, or nothing where there is no limit."""
        judged = self.ours if self.ratio is None else self.ratio
        if self.limit is None:
            return ""
        if judged > self.limit:
            return "no"
        return "yes" if self.goal is None or judged <= self.goal else "limit only"


def said(name: str, *, holds: bool, note: str = "") -> Result:
    """A line about something that holds or does not."""
    return Result(name, 0.0 if holds else 1.0, FAILURES, limit=0.0, note=note)


def table(results: Sequence[Result]) -> str:
    """The lines under headings, as Markdown."""
    headings = ("name", "ours", "peer", "ratio", "target", "met")
    rows = [
        (
            each.name,
            _ours(each),
            "" if each.peer is None else f"{_number(each.peer)} ({each.peer_name})",
            _ratio(each.ratio),
            _target(each),
            each.met,
        )
        for each in results
    ]
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    lines = [headings, tuple("-" * width for width in widths), *rows]
    return "\n".join(
        "| "
        + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )


def write(results: Sequence[Result], seconds: float, file: Path = FILE) -> None:
    """Keep the results as JSON, with all that they depend on and nothing about whose machine."""
    file.write_text(json.dumps(as_json(results, seconds), indent=2) + "\n", encoding="utf-8")


def as_json(results: Sequence[Result], seconds: float) -> dict[str, Any]:
    """The results with versions, processor and day."""
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "seconds": round(seconds),
        "processor": processor(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "results": [asdict(each) | {"ratio": each.ratio, "met": each.met} for each in results],
    }


def processor() -> str:
    """The processor's model name, as the kernel of the operating system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _ours(each: Result) -> str:
    if each.unit == FAILURES:
        return "no" if each.ours else "yes"
    return f"{_number(each.ours)} {each.unit}"


def _number(value: float) -> str:
    if value == 0 or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"1/{_number(1 / ratio)}" if 0 < ratio < 1 else _number(ratio)


def _target(each: Result) -> str:
    if each.limit is None or each.unit == FAILURES:
        return ""
    shown = _ratio if each.peer is not None else _number
    goal = "" if each.goal is None else f" (goal {shown(each.goal)})"
    return f"<= {shown(each.limit)}{goal}"
