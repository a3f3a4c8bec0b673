"""`hyperbot db stop`: the end of our servers."""

from __future__ import annotations

import click

from hyperbot.domain.errors import InvalidInput

EPILOG = """\b
Example:
  hyperbot db stop"""


@click.command("stop", epilog=EPILOG)
def stop() -> None:
    """Stop our servers, whoever uses them.

    What is being written is finished or taken back, never halved. The next use starts them again.
    """
    from hyperbot.wiring import database, redis  # noqa: PLC0415 - only to work

    ours = 0
    for name, server in (("Valkey", redis()), ("PostgreSQL", database())):
        try:
            ran = server.stop()
        except InvalidInput as refused:  # it is not ours
            click.echo(f"{refused}.", err=True)
            continue
        ours += 1
        click.echo(f"{name} was stopped." if ran else f"{name} was not running.")
    if not ours:
        raise InvalidInput("there is nothing of ours to stop")
