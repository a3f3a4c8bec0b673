"""`hyperbot hold-out`: time that nothing may look at until it is opened, once."""

from __future__ import annotations

import click

from hyperbot.cli.main import LazyGroup

COMMANDS = {
    "lock": ("hyperbot.cli.hold_out_lock:lock", "Keep a stretch of time back for one last look."),
    "list": ("hyperbot.cli.hold_out_list:list_hold_outs", "List what is locked, and was opened."),
}


@click.group(cls=LazyGroup, commands_in=COMMANDS)
def hold_out() -> None:
    """Lock time that no backtest may look at until it is opened, once."""
