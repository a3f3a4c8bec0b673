"""What is told while kernels are compiled: one line, and on a terminal how long it has taken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

SENTENCE = "Compiling the detection kernels, once, about a minute …"


@contextmanager
def compiling() -> Iterator[None]:
    """Say on standard error that it takes a while; on a terminal, count the seconds."""
    if not sys.stderr.isatty():
        click.echo(SENTENCE, err=True)
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - rich takes a tenth of a second to import
    from rich.progress import Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        progress.add_task(SENTENCE, total=None)
        yield
