"""`hyperbot db`: the servers that keep what hyperbot knows."""

from __future__ import annotations

import click

from hyperbot.cli.main import LazyGroup

COMMANDS = {
    "start": ("hyperbot.cli.db_start:start", "Start our servers, to run until they are stopped."),
    "stop": ("hyperbot.cli.db_stop:stop", "Stop our servers."),
    "status": ("hyperbot.cli.db_status:status", "Tell what runs, and where."),
    "psql": ("hyperbot.cli.db_psql:psql", "Open PostgreSQL's own shell on the database."),
    "backup": ("hyperbot.cli.db_backup:backup", "Write the whole database into a file."),
    "restore": ("hyperbot.cli.db_restore:restore", "Put a backup in the place of the database."),
}


@click.group(cls=LazyGroup, commands_in=COMMANDS)
def database() -> None:
    """Run, look at, back up and restore the database.

    PostgreSQL and Valkey come with hyperbot: each command that needs them starts them, and they end
    by themselves when nobody has used them for ten minutes. HYPERBOT_DATABASE_URL and
    HYPERBOT_REDIS_URL name servers of yours instead.
    """
