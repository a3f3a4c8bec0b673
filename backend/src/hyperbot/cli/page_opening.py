"""Showing a page that was written in the browser of the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

OPENING_SECONDS = 5.0


def open_page(path: Path) -> None:
    """Show the page; what a machine without a browser says of itself helps nobody."""
    address = path.resolve().as_uri()
    if not (_opened_by_desktop(address) if sys.platform == "linux" else not click.launch(address)):
        click.echo(f"no browser was found: open {address}", err=True)


def _opened_by_desktop(address: str) -> bool:
    """Whether xdg-open took it; one that still runs after a while is the browser itself."""
    silent = subprocess.DEVNULL
    try:
        opener = subprocess.Popen(  # noqa: S603 - our own words and the address of our own file
            ["xdg-open", address],  # noqa: S607 - wherever the desktop has it
            stdin=silent,
            stdout=silent,
            stderr=silent,
            start_new_session=True,
        )
        return opener.wait(OPENING_SECONDS) == 0
    except subprocess.TimeoutExpired:
        return True
    except OSError:
        return False
