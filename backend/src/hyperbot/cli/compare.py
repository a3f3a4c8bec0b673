"""`hyperbot compare`: backtests side by side, in the terminal and as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.detection_input import check_output, writing_to
from hyperbot.cli.terminal import print_json, print_table
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:  # numpy is imported when there is work for it
    from hyperbot.charting.run_comparison import NamedRun

EPILOG = """\b
Examples:
  hyperbot compare first-result second-result
  hyperbot compare runs/a runs/b runs/c --out compare.html"""

LONGEST_NAME = 24
DELTA = "\N{GREEK CAPITAL LETTER DELTA}"


@click.command(epilog=EPILOG)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also draw them as a page, such as compare.html.",
)
@click.option("--json", "is_json", is_flag=True, help="Print the comparison as JSON.")
def compare(runs: tuple[Path, ...], out: Path | None, is_json: bool) -> None:
    """Put backtests side by side: what differs in them, verdicts, key numbers, equity.

    Each RUN is the --out of `hyperbot backtest`; differences are to the first.
    """
    from hyperbot.charting.run_comparison import comparison  # noqa: PLC0415 - numpy

    if len(runs) < 2:
        raise InvalidInput("a comparison needs at least two runs: name a second folder")
    if out is not None:
        check_output(out, None, [".html", ".htm"])
    named = _named(runs)
    document = comparison(named)
    if is_json:
        print_json(document)
    else:
        _print(document)
    if out is not None:
        _write_page(named, out)
        click.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB", err=is_json)


def _named(folders: Sequence[Path]) -> list[NamedRun]:
    """The runs by the names of their folders; a name that is taken gets a number."""
    from hyperbot.charting.run_comparison import NamedRun  # noqa: PLC0415 - numpy
    from hyperbot.storage.backtest_results import read_result  # noqa: PLC0415 - pyarrow

    names: list[str] = []
    for folder in folders:
        name = folder.resolve().name
        names.append(f"{name} ({len(names) + 1})" if name in names else name)
    return [NamedRun(name, read_result(each)) for name, each in zip(names, folders, strict=True)]


def _write_page(named: Sequence[NamedRun], out: Path) -> None:
    from hyperbot.charting.compare_page import compare_page  # noqa: PLC0415 - numpy
    from hyperbot.storage.durable_files import write_durably  # noqa: PLC0415

    content = compare_page(named).encode()
    with writing_to(out):
        write_durably(out, content)


def _print(document: Mapping[str, Any]) -> None:
    runs = document["runs"]
    names = _short([run["name"] for run in runs])
    for name, run in zip(names, runs, strict=True):
        click.echo(f"{click.style(name, bold=True)}: {run['sentence']}")
    click.echo()
    if document["settings"]:
        rows = [[row["name"], *row["values"]] for row in document["settings"]]
        print_table("What differs", {"setting": "left"} | dict.fromkeys(names, "left"), rows)
    else:
        click.echo("Settings, rules and candles are the same.")
    click.echo()
    rows = [_number_row(row) for row in document["numbers"]]
    deltas = {name: "right" for each in names[1:] for name in (each, f"{DELTA} {each}")}
    print_table("Key numbers", {"number": "left", names[0]: "right", **deltas}, rows)
    if document["rules"]:
        click.echo()
        rows = [[row["rule"], *map(_rule_cell, row["runs"])] for row in document["rules"]]
        print_table("Rules alone", {"rule": "left"} | dict.fromkeys(names, "right"), rows)


def _short(names: Sequence[str]) -> list[str]:
    """Names that leave room for numbers, unless that would make two of them the same."""
    most, ending = LONGEST_NAME - 1, "\N{HORIZONTAL ELLIPSIS}"
    short = [name if len(name) <= LONGEST_NAME else f"{name[:most]}{ending}" for name in names]
    return short if len(set(short)) == len(names) else list(names)


def _number_row(row: Mapping[str, Any]) -> list[str]:
    pairs = zip(row["texts"][1:], row["differences"][1:], strict=True)
    return [row["name"], row["texts"][0], *(cell for pair in pairs for cell in pair)]


def _rule_cell(told: Mapping[str, Any] | None) -> str:
    from hyperbot.charting.wording import UNKNOWN, written  # noqa: PLC0415 - charting has numpy

    if told is None:
        return UNKNOWN
    verdict = f"{told['verdict']}, " if told["verdict"] else ""
    return f"{verdict}{written(told['mean'], 'R')} in {told['trades']:,}"
