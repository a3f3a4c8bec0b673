"""Files that are either whole or as they were, and one writer at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hyperbot.domain.errors import Fatal

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

TEMPORARY_ENDING = ".tmp"


def write_durably(path: Path, *parts: bytes | memoryview) -> None:
    """Put `parts` at `path`: after a crash at any moment the file is the old or the new one.

    Temporary file beside it, fsync, rename, fsync of the folder. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY_ENDING}")
    try:
        with temporary.open("wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock file at `path`, waiting for it; the system frees it when a holder dies.

    `shared`: with all others who only read, also where nothing may be written.
    """
    if fcntl is None:
        raise Fatal("this system has no locks for files (fcntl): use Linux, macOS or WSL")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        if not shared:
            raise
        if not path.exists():  # nobody can write here, so nobody does
            yield
            return
        descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def disk_errors_told() -> Iterator[None]:
    """Turn an OSError into Fatal, as one sentence that names the file and the reason."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise Fatal(
            f"the candle store cannot use {error.filename or 'its disk'}: {reason}"
        ) from error
