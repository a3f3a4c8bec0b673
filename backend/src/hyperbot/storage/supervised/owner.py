"""Which user a server runs as: never root."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import NamedTuple

from hyperbot.domain.errors import Fatal

SYSTEM_FOLDER = Path("/var/lib/hyperbot")
WANTED_USERS = ("hyperbot", "nobody")
NOT_NEEDED = shutil.ignore_patterns("*.a", "include", "*.pyc", "__pycache__", "*.py")


class Owner(NamedTuple):
    """An unprivileged user and group."""

    uid: int
    gid: int


def owner_of(folder: Path) -> Owner | None:
    """Whom a server on `folder` must run as; None: as we are, which is not root.

    As root: whose folder it is, or will be; else the user `hyperbot`, else `nobody`.
    """
    if os.geteuid() != 0:
        return None
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if (found := there.stat()).st_uid != 0:
        return Owner(found.st_uid, found.st_gid)
    for name in WANTED_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(entry.pw_uid, entry.pw_gid)
    raise Fatal(
        "servers do not run as root, and there is no user to become: "
        "make one with `useradd --system hyperbot`"
    )


def is_reachable(path: Path, owner: Owner | None) -> bool:
    """Whether the owner may look into `path`, by the rights of each folder on the way."""
    if owner is None:
        return True
    real = path.resolve()
    return all(_may_pass(folder.stat(), owner) for folder in (real, *real.parents))


def _may_pass(found: os.stat_result, owner: Owner) -> bool:
    if found.st_uid == owner.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == owner.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def reachable_copy(parts: list[Path], label: str, owner: Owner | None, system_folder: Path) -> Path:
    """The folder that holds `parts` side by side, where the owner can run what is in them.

    `label` tells one version of them from another. Where they are if possible; else a copy, since
    the rights of a user's folders are not ours.
    """
    origin = parts[0].parent
    if is_reachable(parts[0], owner):
        return origin
    place = system_folder / "programs" / label
    if place.is_dir():
        return place
    make_passable(place.parent)
    half_done = place.with_name(f"{place.name}.{os.getpid()}.tmp")
    shutil.rmtree(half_done, ignore_errors=True)
    try:
        half_done.mkdir(mode=0o755)
        half_done.chmod(0o755)
        for part in parts:
            shutil.copytree(part, half_done / part.name, symlinks=True, ignore=NOT_NEEDED)
        _open_to_read(half_done)
        half_done.rename(place)
    except OSError:
        shutil.rmtree(half_done, ignore_errors=True)
        if not place.is_dir():  # else another process was quicker
            raise
    return place


def home_of_data(folder: Path, owner: Owner | None, system_folder: Path) -> Path:
    """Where a server's data go: into `folder`, or, when its owner cannot reach that, elsewhere."""
    if is_reachable(folder, owner):
        return folder
    told_apart = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return system_folder / f"{folder.name}-{told_apart}"


def make_passable(folder: Path) -> None:
    """Make a folder and its missing parents so that others can pass, whatever the umask."""
    if not folder.is_dir():
        make_passable(folder.parent)
        folder.mkdir(mode=0o711, exist_ok=True)
        folder.chmod(0o711)


def _open_to_read(folder: Path) -> None:
    for place, _, files in os.walk(folder):
        os.chmod(place, 0o755)  # noqa: S103 - our own copy of public programs
        for name in files:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755 if os.access(path, os.X_OK) else 0o644)
