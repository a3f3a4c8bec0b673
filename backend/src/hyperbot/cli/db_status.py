"""`hyperbot db status`: what runs, and where."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    from hyperbot.storage.supervised.status import ServerStatus

NOT_RUNNING = 3
COLUMNS = {
    "server": "left",
    "state": "left",
    "address": "left",
    "version": "left",
    "MB": "right",
    "up": "right",
    "runs until": "left",
    "started by": "left",
}
OPTIONAL = ("runs until", "MB", "up")
EPILOG = """\b
Examples:
  hyperbot db status
  hyperbot db status --json

\b
Exit code: 0 when PostgreSQL runs, 3 when it does not. Nothing is started."""


@click.command("status", epilog=EPILOG)
@click.option("--json", "is_json", is_flag=True, help="Print JSON; times are in ms UTC.")
def status(is_json: bool) -> None:
    """Tell what runs, and where. Passwords are not shown."""
    from hyperbot.wiring import database, redis  # noqa: PLC0415 - only to work

    postgres, cache = database().status(), redis().status()
    if is_json:
        print_json({"postgres": _document(postgres), "redis": _document(cache)})
    else:
        print_table("Servers", COLUMNS, [_row(postgres), _row(cache)], OPTIONAL)
        for each in (postgres, cache):
            if remark := each.problem or (each.folder and f"its data are in {each.folder}"):
                click.echo(f"{each.name}: {remark}")
    if not postgres.is_running:
        sys.exit(NOT_RUNNING)


def _row(server: ServerStatus) -> list[str]:
    from rich.markup import escape  # noqa: PLC0415 - --json and --help need no rich

    is_ours = server.folder is not None
    until = ("stopped" if server.is_kept else "unused for 10 min") if is_ours else "-"
    return [
        server.name,
        "runs" if server.is_running else "does not run",
        server.address or "-",
        server.version or "-",
        "-" if server.bytes_on_disk is None else f"{server.bytes_on_disk / 1e6:,.1f}",
        "-" if server.started_at is None else written_age(time.time() - server.started_at),
        until if server.is_running else "-",
        escape(server.started_by or "-"),
    ]


def written_age(seconds: float) -> str:
    """A time span by its two largest units: 3 d 4 h, 2 h 5 min, 8 s."""
    rest = max(0, int(seconds))
    units = {"d": rest // 86_400, "h": rest // 3_600 % 24, "min": rest // 60 % 60, "s": rest % 60}
    first = next((place for place, count in enumerate(units.values()) if count), 3)
    shown = list(units.items())[first : first + 2]
    return " ".join(f"{count} {unit}" for unit, count in shown if count or len(shown) == 1)


def _document(server: ServerStatus) -> dict[str, Any]:
    started = server.started_at
    return asdict(server) | {"started_at": None if started is None else int(started * 1000)}
