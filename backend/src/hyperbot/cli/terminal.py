"""What the commands print with: readable tables, JSON, progress bars."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # rich takes a tenth of a second to import
    from rich.console import Console
    from rich.table import Table

PIPED_WIDTH = 160
FREE_TEXT = frozenset({"file", "name", "note", "source"})
"""headings whose cells may be folded; numbers, dates, coins and ids are shown whole"""
NARROWEST_TEXT = 16
BOUNDLESS = 10_000
STYLE_BEGIN, STYLE_END = "\x1b[", "\x1b[0m"
_PADDING = re.compile(r"(?: |\x1b\[[0-9;]*m)+$")
OPTIONAL = ("there before", "MB", "missing", "source", "gaps", "first (UTC)")
"""headings that a narrow terminal can do without, the least needed first"""


class AliasedOption(click.Option):
    """An option of several spellings, of which `--help` tells the first alone."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        spellings = self.opts
        self.opts = spellings[:1]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = spellings


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print `value` as indented JSON on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(
    title: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[str]],
    optional: Sequence[str] = OPTIONAL,
) -> None:
    """Print rows under headings; `columns` maps each heading to `left` or `right`.

    Of the `optional` columns a narrow terminal gets as many as fit; the first one goes first.
    """
    from rich.console import Console  # noqa: PLC0415 - rich takes a tenth of a second to import

    # Of a dumb terminal rich believes the width only together with a height.
    console = Console(width=_width(), height=len(rows) + 2)
    kept = list(columns)
    table = _table(title, columns, rows, kept)
    for heading in filter(columns.__contains__, optional):
        if _narrowest(console, table) <= console.width:
            break
        kept.remove(heading)
        table = _table(title, columns, rows, kept)
    # What does not fit even so is wrapped by the terminal, as plain text is: nothing is cut.
    console.width = max(console.width, _narrowest(console, table))
    with console.capture() as captured:
        console.print(table)
    click.echo("\n".join(map(_without_padding, captured.get().splitlines())))


def _width() -> int:
    """Piped output has no width of its own, and 80 columns would break most rows."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED_WIDTH


def _narrowest(console: Console, table: Table) -> int:
    """The width in which no cell is cut; a console measures nothing wider than itself."""
    return console.measure(table, options=console.options.update_width(BOUNDLESS)).minimum


def _without_padding(line: str) -> str:
    """The line up to its last letter; a style that reached further ends there."""
    return _PADDING.sub(STYLE_END if STYLE_BEGIN in line else "", line)


def _table(
    title: str, columns: Mapping[str, str], rows: Sequence[Sequence[str]], kept: Sequence[str]
) -> Table:
    from rich.table import Table  # noqa: PLC0415

    places = {heading: place for place, heading in enumerate(columns)}
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading in kept:
        is_text = heading in FREE_TEXT
        longest = max(len(heading), *(len(row[places[heading]]) for row in rows), 0)
        table.add_column(
            heading,
            justify="right" if columns[heading] == "right" else "left",
            no_wrap=not is_text,
            overflow="fold",
            min_width=min(longest, NARROWEST_TEXT) if is_text else longest,
        )
    for row in rows:
        table.add_row(*(row[places[heading]] for heading in kept))
    return table
