"""`hyperbot trials`: the ledger that counts every run of every variant."""

from __future__ import annotations

import click

from hyperbot.cli.main import LazyGroup

COMMANDS = {
    "list": ("hyperbot.cli.trials_list:list_trials", "List the latest trials."),
    "count": (
        "hyperbot.cli.trials_count:count_trials",
        "Tell how many variants were ever tried.",
    ),
    "restart": (
        "hyperbot.cli.trials_restart:restart",
        "Follow a damaged ledger by a new one that carries its count on.",
    ),
}


@click.group(cls=LazyGroup, commands_in=COMMANDS)
def trials() -> None:
    """List and count all rules that were ever tried.

    The best of many trials looks good by luck alone. So each one is counted, and the count cannot
    be lowered.
    """
