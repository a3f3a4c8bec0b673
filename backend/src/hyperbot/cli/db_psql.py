"""`hyperbot db psql`: PostgreSQL's own shell."""

from __future__ import annotations

import os
from typing import NoReturn

import click

EPILOG = """\b
Examples:
  hyperbot db psql
  hyperbot db psql -c "select version()"
  hyperbot db psql --csv -f report.sql"""


# Only --help is ours: psql has a -h of its own.
SETTINGS = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@click.command("psql", epilog=EPILOG, context_settings=SETTINGS)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> NoReturn:
    """Open PostgreSQL's own shell on the database; ARGUMENTS are psql's own."""
    from hyperbot.wiring import database_client  # noqa: PLC0415 - only to work

    client = database_client()
    program = str(client.programs / "psql")
    command = [program, f"--dbname={client.address.without_password}", *arguments]
    os.execve(program, command, client.address.environment())  # noqa: S606 - it becomes psql
