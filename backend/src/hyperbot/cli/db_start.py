"""`hyperbot db start`: the servers, before anybody needs them."""

from __future__ import annotations

import click

from hyperbot.domain.errors import InvalidInput

EPILOG = """\b
Example:
  hyperbot db start"""


@click.command("start", epilog=EPILOG)
def start() -> None:
    """Start our servers, to run until `hyperbot db stop`.

    Without it they start on first use, and end when nobody has used them for ten minutes.
    """
    from hyperbot.wiring import database, redis  # noqa: PLC0415 - only to work

    started = 0
    for server in (database(), redis()):
        try:
            status = server.start()
        except InvalidInput as refused:  # it is not ours
            click.echo(f"{refused}.", err=True)
            continue
        started += 1
        click.echo(f"{status.name} {status.version} runs at {status.address}, until it is stopped.")
    if not started:
        raise InvalidInput("there is nothing of ours to start")
