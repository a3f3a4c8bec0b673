"""`hyperbot trials list`: the latest trials, newest last."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.candle_arguments import write_moment
from hyperbot.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    from hyperbot.storage.trial_entries import StoredTrial

COLUMNS = {
    "number": "right",
    "time (UTC)": "left",
    "origin": "left",
    "rule": "left",
    "coins": "left",
    "span": "left",
    "trades": "right",
    "mean R": "right",
    "daily Sharpe": "right",
}
OPTIONAL = ("origin", "time (UTC)", "span", "number")
MOST_COINS = 3
EMPTY = "No trial was recorded yet: `hyperbot backtest` records each rule that it plays."
EPILOG = """\b
Examples:
  hyperbot trials list
  hyperbot trials list --last 1000 --json"""


@click.command("list", epilog=EPILOG)
@click.option(
    "--last",
    type=click.IntRange(1, 10_000_000),
    default=20,
    show_default=True,
    help="How many of them.",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON; times are in ms UTC.")
def list_trials(last: int, is_json: bool) -> None:
    """List the latest trials, newest last.

    A variant that was run twice is listed twice, though it counts once. After a restart, those of
    the former ledger are in the file that was kept.
    """
    from hyperbot.wiring import trial_ledger  # noqa: PLC0415 - numpy

    trials = list(trial_ledger().trials(last))
    if is_json:
        print_json([_document(each) for each in trials])
    elif trials:
        print_table(
            f"The last {len(trials):,} trials", COLUMNS, [_row(each) for each in trials], OPTIONAL
        )
    else:
        click.echo(EMPTY)


def _row(stored: StoredTrial) -> list[str]:
    from rich.markup import escape  # noqa: PLC0415 - --json and --help need no rich

    trial = stored.trial
    coins = ", ".join(trial.coins[:MOST_COINS])
    if len(trial.coins) > MOST_COINS:
        coins += f" and {len(trial.coins) - MOST_COINS} more"
    return [
        f"{stored.number:,}",
        write_moment(stored.at),
        trial.origin,
        escape(trial.rule),
        escape(coins),
        f"{write_moment(trial.since)} to {write_moment(trial.until)}",
        f"{trial.trades:,}",
        "-" if trial.mean_r is None else f"{trial.mean_r:+.3f}",
        f"{trial.sharpe:+.3f}",
    ]


def _document(stored: StoredTrial) -> dict[str, Any]:
    trial = asdict(stored.trial) | {"coins": list(stored.trial.coins)}
    return {"number": stored.number, "at": stored.at, "key": stored.trial.key, **trial}
