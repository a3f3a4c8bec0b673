"""Processes and ports of this machine: who is alive, who is it, and which port is free."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

LOOPBACK = "127.0.0.1"
_STATE, _STARTED = 0, 19
"""fields of /proc/PID/stat behind the name: its state, and the ticks from boot to its start"""
_ESTABLISHED = "01"
_POLL_SECONDS = 0.02


class Process(NamedTuple):
    """A process, told from a later one that was given the same number."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        """Whether exactly this process runs; one that ended and was not yet reaped does not."""
        return started(self.pid) == self.started

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the process is gone. Raises PermissionError."""
        if self.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def ends_within(self, seconds: float) -> bool:
        """Wait for its end; False if it still runs then."""
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True


def process(pid: int) -> Process | None:
    """The process that has this number now."""
    began = started(pid)
    return None if began is None else Process(pid, began)


def started(pid: int) -> str | None:
    """When the process of this number began, as a text to compare; None if none runs.

    With the boot it belongs to: after a restart of the machine the same numbers come again.
    """
    if sys.platform != "linux":
        return _started_by_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[_STATE] in "ZX" else f"{boot}:{fields[_STARTED]}"


def _started_by_ps(pid: int) -> str | None:
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    state, _, began = told.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else began.strip()


def free_port(wanted: int | None = None) -> int:
    """A port of 127.0.0.1 that nobody listens on: `wanted` if it is free."""
    for port in (wanted or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((LOOPBACK, port))
                taken: int = probe.getsockname()[1]
                return taken
    raise OSError("no port of 127.0.0.1 is free")


def has_connections(port: int) -> bool:
    """Whether anybody is connected to this port of this machine; where that is not told: no."""
    try:
        rows = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return False
    ending = f":{port:04X}"
    return any(
        fields[1].endswith(ending) and fields[3] == _ESTABLISHED for fields in map(str.split, rows)
    )
