"""`hyperbot hold-out list`: what is locked, and what was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.candle_arguments import write_moment
from hyperbot.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    from hyperbot.backtesting.trials import HoldOut

COLUMNS = {
    "coin": "left",
    "from (UTC)": "left",
    "to (UTC)": "left",
    "opened (UTC)": "left",
    "opened for": "left",
}
MOST_RULES = 3
EMPTY = """\
No time is locked yet. Keep the latest months back before you try rules on them:
  hyperbot hold-out lock --coins BTC,ETH --from 2026-01-01"""
EPILOG = """\b
Examples:
  hyperbot hold-out list
  hyperbot hold-out list --json"""

Kept = tuple["HoldOut", int | None, tuple[str, ...]]


@click.command("list", epilog=EPILOG)
@click.option("--json", "is_json", is_flag=True, help="Print JSON; times are in ms UTC.")
def list_hold_outs(is_json: bool) -> None:
    """List the time that is locked, and what was opened, when and for which rules."""
    from hyperbot.wiring import trial_ledger  # noqa: PLC0415 - numpy

    hold_outs = trial_ledger().hold_outs()
    if is_json:
        print_json([_document(each) for each in hold_outs])
    elif hold_outs:
        locked = sum(opened_at is None for _, opened_at, _ in hold_outs)
        title = f"{locked:,} locked, {len(hold_outs) - locked:,} opened"
        print_table(title, COLUMNS, [_row(each) for each in hold_outs], ())
    else:
        click.echo(EMPTY)


def _row(kept: Kept) -> list[str]:
    from rich.markup import escape  # noqa: PLC0415 - --json and --help need no rich

    hold_out, opened_at, rules = kept
    opened_for = ", ".join(rules[:MOST_RULES])
    if len(rules) > MOST_RULES:
        opened_for += f" and {len(rules) - MOST_RULES:,} more"
    return [
        escape(hold_out.coin),
        write_moment(hold_out.since),
        "open end" if hold_out.until is None else write_moment(hold_out.until),
        "locked" if opened_at is None else write_moment(opened_at),
        escape(opened_for),
    ]


def _document(kept: Kept) -> dict[str, Any]:
    hold_out, opened_at, rules = kept
    return {
        "coin": hold_out.coin,
        "since": hold_out.since,
        "until": hold_out.until,
        "opened_at": opened_at,
        "opened_for": list(rules),
    }
