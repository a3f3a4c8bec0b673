"""`hyperbot trials count`: how often luck was given a chance."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.candle_arguments import write_moment
from hyperbot.cli.terminal import print_json

if TYPE_CHECKING:
    from hyperbot.storage.trial_count import Restart, Summary

EPILOG = """\b
Examples:
  hyperbot trials count
  hyperbot trials count --json"""


@click.command("count", epilog=EPILOG)
@click.option("--json", "is_json", is_flag=True, help="Print JSON; times are in ms UTC.")
def count_trials(is_json: bool) -> None:
    """Tell how many variants were ever tried, in how many runs.

    A variant is a rule as it trades, on candles, span and costs; the same one counts once.
    """
    from hyperbot.wiring import trial_ledger  # noqa: PLC0415 - numpy

    summary = trial_ledger().summary()
    if is_json:
        print_json(_document(summary))
    elif summary.entries:
        click.echo("\n".join(written_count(summary)))
    else:
        click.echo("No trial was counted yet.")


def written_count(summary: Summary) -> list[str]:
    """The count as lines for people."""
    so_far = summary.so_far()
    return [
        f"{so_far.variants:,} different trials in {summary.runs:,} runs, counted since "
        f"{write_moment(so_far.since)} UTC by ledger {so_far.ledger}",
        f"variance of their daily Sharpe ratios: {so_far.sharpe_variance:.6g}",
        *map(_written_restart, summary.restarts),
    ]


def _written_restart(restart: Restart) -> str:
    return (
        f"RESTARTED {write_moment(restart.at)} UTC, with {restart.variants:,} trials of ledger "
        f"{restart.ledger or 'unknown'} carried over: {restart.reason}"
    )


def _document(summary: Summary) -> dict[str, Any]:
    so_far = summary.so_far()
    return {
        "variants": so_far.variants,
        "runs": summary.runs,
        "since": so_far.since if summary.entries else None,
        "ledger": so_far.ledger,
        "sharpe_variance": so_far.sharpe_variance,
        "restarts": [asdict(each) for each in summary.restarts],
    }
