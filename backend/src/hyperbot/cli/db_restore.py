"""`hyperbot db restore`: a backup takes the place of the database."""

from __future__ import annotations

from pathlib import Path

import click

from hyperbot.cli.progress import shown_progress

EPILOG = """\b
Examples:
  hyperbot db restore hyperbot-2026-11-24.dump
  hyperbot db restore hyperbot-2026-11-24.dump --overwrite"""


@click.command("restore", epilog=EPILOG)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace a database that holds something.")
def restore(file: Path, overwrite: bool) -> None:
    """Put the backup FILE in the place of the database.

    It is restored beside it and looked at; only then the two change names, and the former one is
    dropped. Whoever is connected is sent away at that moment. If anything fails, nothing changed.
    """
    from hyperbot.storage.database_backup import restore as restored  # noqa: PLC0415
    from hyperbot.wiring import database_client  # noqa: PLC0415 - only to work

    with shown_progress() as tell:
        tables = restored(database_client(), file.absolute(), tell, overwrite=overwrite)
    click.echo(f"Restored {tables:,} tables from {file}.")
