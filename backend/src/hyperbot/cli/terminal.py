"""What the commands print with: readable tables, JSON, progress bars."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print `value` as indented JSON on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(title: str, columns: Mapping[str, str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under headings; `columns` maps each heading to `left` or `right`."""
    from rich.console import Console  # noqa: PLC0415 - rich takes a tenth of a second to import
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading, justify in columns.items():
        table.add_column(heading, justify="right" if justify == "right" else "left")
    for row in rows:
        table.add_row(*row)
    # Piped output has no width of its own; 80 columns would break most rows.
    Console(width=None if sys.stdout.isatty() else 160).print(table)
