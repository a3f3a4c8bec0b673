"""`hyperbot trials restart`: what comes after a ledger that was damaged."""

from __future__ import annotations

import time

import click

from hyperbot.cli.trials_count import written_count

EPILOG = """\b
Example:
  hyperbot trials restart --reason "disk failed, the backup is of May"

\b
A ledger that is sound is not restarted. The damaged files are kept, and the restart with its
reason is told by `hyperbot trials count` for ever."""


@click.command("restart", epilog=EPILOG)
@click.option("--reason", required=True, metavar="TEXT", help="What happened; kept for ever.")
def restart(reason: str) -> None:
    """Follow a damaged ledger by a new one that carries its count on.

    To bring the folder back from a backup is better.
    """
    from hyperbot.wiring import trial_ledger  # noqa: PLC0415 - numpy

    summary = trial_ledger().restart(reason, time.time_ns() // 1_000_000)
    click.echo("\n".join(written_count(summary)))
