"""`hyperbot db backup`: the whole database in one file."""

from __future__ import annotations

from pathlib import Path

import click

from hyperbot.cli.progress import shown_progress
from hyperbot.domain.errors import Fatal, InvalidInput

EPILOG = """\b
Examples:
  hyperbot db backup hyperbot-2026-11-24.dump
  hyperbot db backup nightly.dump --overwrite

\b
The file is PostgreSQL's custom format (pg_restore reads it too), readable by its owner alone."""


@click.command("backup", epilog=EPILOG)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
def backup(file: Path, overwrite: bool) -> None:
    """Write the whole database into FILE, as it is at one moment, while it is in use.

    FILE appears when all of it is written and was read once: it is whole, or as it was.
    """
    from hyperbot.storage.database_backup import back_up  # noqa: PLC0415 - only to work
    from hyperbot.wiring import database_client  # noqa: PLC0415

    if file.exists() and not overwrite:
        raise InvalidInput(f"{file} is there already: give --overwrite to replace it")
    if not file.absolute().parent.is_dir():
        raise InvalidInput(f"there is no folder {file.absolute().parent}")
    try:
        with shown_progress() as tell:
            size = back_up(database_client(), file.absolute(), tell)
    except OSError as error:
        raise Fatal(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"Wrote {file} ({size / 1e6:,.1f} MB).")
