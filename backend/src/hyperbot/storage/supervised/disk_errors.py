"""Errors of the disk, as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hyperbot.domain.errors import Fatal


@contextmanager
def told_errors(folder: Path) -> Iterator[None]:
    """Turn an OSError into Fatal, as one sentence that names the file and the reason."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        where = error.filename or folder
        raise Fatal(f"the database in {folder} cannot use {where}: {reason}") from error
