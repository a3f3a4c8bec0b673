"""What a server of ours tells about itself, for people and scripts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hyperbot.storage.supervised.processes import LOOPBACK
from hyperbot.storage.supervised.shared_server import SharedServer


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A server, running or not. Times are seconds since 1970."""

    name: str
    is_running: bool
    address: str | None = None
    folder: str | None = None
    bytes_on_disk: int | None = None
    pid: int | None = None
    started_at: float | None = None
    started_by: str | None = None
    is_kept: bool = False
    """runs until it is stopped, not until nobody uses it"""
    restarts: int = 0
    version: str | None = None
    problem: str | None = None
    """why it does not answer, where that is known"""


def status_of(server: SharedServer, data: Sequence[Path], version: str | None) -> ServerStatus:
    """The server's state, with the size of its folders `data`."""
    state = server.running()
    folder = str(data[-1].resolve()) if data else None
    size = sum(_bytes_in(each) for each in data) if data else None
    if state is None or state.server is None:
        return ServerStatus(
            server.name, is_running=False, folder=folder, bytes_on_disk=size, version=version
        )
    return ServerStatus(
        name=server.name,
        is_running=True,
        address=f"{LOOPBACK}:{state.port}",
        folder=folder,
        bytes_on_disk=size,
        pid=state.server.pid,
        started_at=state.started_at,
        started_by=state.started_by,
        is_kept=server.is_kept(state),
        restarts=state.restarts,
        version=version,
    )


def _bytes_in(folder: Path) -> int:
    """Files come and go meanwhile: those that are gone count nothing."""
    total = 0
    for place, _, names in os.walk(folder.resolve()):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return total
