"""Write docs/reference/facts.md from the registry of columns: `python tools/write_reference.py`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from hyperbot.detection.registry import COLUMNS, Column, public_columns

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "facts.md"
FAMILIES = {
    "candle": "Candles, patterns and entries",
    "structure": "Market structure",
    "zone": "Zones",
    "cycle": "Market cycle",
}
INTRODUCTION = """\
# The facts, column by column

Written by `tools/write_reference.py` from `hyperbot/detection/registry.py`: change that, then run
the tool again. `detection.md` has the exact rules.

`hyperbot detect` writes these {count} columns and `ts`, the open time in ms UTC; `Facts` in Python
has the same names. Row *i* is known at the close of candle *i* and reads nothing after it. No
column ever holds NaN or infinity.

A column marked *graded* is two: `name` (-1, 0, +1, int8) and `name.strength` (0..1, float32), how
clearly it is met; the strength is 0 where `name` is 0.
"""


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION.format(count=len(list(public_columns())))]
    for family, columns in groupby(COLUMNS, key=lambda column: column.name.split(".")[0]):
        parts.append("\n".join(_section(FAMILIES[family], list(columns))))
    return "\n".join(parts)


def _section(title: str, columns: list[Column]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| column | dtype | unit | meaning |"
    yield "| --- | --- | --- | --- |"
    for column in columns:
        dtype = "graded" if column.graded else column.store.value
        meaning = column.meaning.replace("|", r"\|")
        yield f"| `{column.name}` | {dtype} | {column.unit} | {meaning} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
