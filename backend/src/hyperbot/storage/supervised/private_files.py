"""Files for their owner's eyes alone, and locks that need not wait for ever."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from pathlib import Path

from hyperbot.domain.errors import Retryable

_POLL_SECONDS = 0.02


def make_private_folder(folder: Path, mode: int = 0o700) -> None:
    """Make a folder that no umask opens or closes, owned as the folder it is in.

    So what root makes in a user's folder stays the user's. One that is there is left as it is.
    """
    if folder.is_dir():
        return
    if not folder.parent.exists():
        make_private_folder(folder.parent, 0o777 & ~_umask())
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        if folder.is_dir():  # another process was quicker
            return
        raise
    folder.chmod(mode)
    _own_like(folder.parent, folder)


def write_private(path: Path, text: str) -> None:
    """Put `text` at `path`, readable by the owner alone, whole or not at all. Raises OSError."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _own_like(path.parent, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def password_in(path: Path) -> str:
    """The password kept at `path`; made of 192 random bits the first time. Raises OSError."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text(encoding="utf-8").strip()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _own_like(folder: Path, made: Path) -> None:
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(made, owner.st_uid, owner.st_gid)


class FileLock:
    """A lock on a file that the system frees when its holder dies. Held until released."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self, *, shared: bool = False, seconds: float = 0) -> bool:
        """Take the lock, waiting up to `seconds`; False if another still holds it then."""
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            _own_like(self._path.parent, self._path)
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(_POLL_SECONDS)
            else:
                return True

    def release(self) -> None:
        """Let others have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def inherit(self) -> None:
        """Let the program that this process turns into hold it on (exec)."""
        if self._descriptor is not None:
            os.set_inheritable(self._descriptor, True)

    def take_or_fail(self, seconds: float, what: str, *, shared: bool = False) -> None:
        """Take the lock, or raise Retryable that tells `what` could not be done."""
        if not self.take(shared=shared, seconds=seconds):
            self.release()
            raise Retryable(f"{what}: another process holds {self._path} for {seconds:g} s already")
