"""`hyperbot report`: the report of a backtest as one page, drawn anew."""

from __future__ import annotations

from pathlib import Path

import click

from hyperbot.cli.detection_input import check_output
from hyperbot.cli.page_opening import open_page

EPILOG = """\b
Examples:
  hyperbot report first-result --open
  hyperbot report first-result --out first.html"""


@click.command(epilog=EPILOG)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The page to write; left out: report.html in the folder of the run.",
)
@click.option("--open", "is_opened", is_flag=True, help="Then show it in the browser.")
def report(run: Path, out: Path | None, is_opened: bool) -> None:
    """Draw the report of a backtest: RUN is the --out of `hyperbot backtest`.

    The page needs no network and holds all that the folder tells: verdict, equity, rules with
    their intervals, every trade with its candles, robustness, data and settings.
    """
    from hyperbot.storage.backtest_reports import write_report  # noqa: PLC0415 - numpy, pyarrow

    if out is not None:
        check_output(out, None, [".html", ".htm"])
    path = write_report(run, out)
    click.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    if is_opened:
        open_page(path)
