"""What a client tells a supervisor, and what a supervisor tells everybody."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hyperbot.storage.supervised.private_files import write_private
from hyperbot.storage.supervised.processes import Process

STATE_FILE, KEEP_FILE, LOG_FILE = "state.json", "keep-running", "server.log"
SUPERVISOR_LOG = "supervisor.log"
START_LOCK, SUPERVISOR_LOCK, USERS_LOCK = "start.lock", "supervisor.lock", "users.lock"
IDLE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Order:
    """Which server to run, and how. `{port}` in the command becomes the port."""

    name: str
    folder: str
    """where state, log and locks are"""
    command: list[str]
    run_id: str
    started_by: str
    stop_signal: int
    standard_input: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    owner: tuple[int, int] | None = None
    """the user and group to become"""
    process_file: str | None = None
    """where the server writes its pid, and refuses to start over one that is in use"""
    retry_when: list[str] = field(default_factory=list)
    """words in the log after which to try again"""
    another_port_when: list[str] = field(default_factory=list)
    wanted_port: int | None = None
    idle_seconds: float = IDLE_SECONDS


@dataclass(frozen=True, slots=True)
class State:
    """Which server runs, by its supervisor."""

    run_id: str
    supervisor: Process
    started_by: str
    started_at: float
    """seconds since 1970"""
    server: Process | None = None
    port: int = 0
    restarts: int = 0
    failure: str = ""
    """why the server ended for good"""

    def write(self, folder: Path) -> None:
        """Keep it in `folder`. Raises OSError."""
        write_private(folder / STATE_FILE, json.dumps(asdict(self)))


def read_state(folder: Path) -> State | None:
    """The state in `folder`; None without one, or when it is no state."""
    try:
        found = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
        supervisor, server = Process(*found.pop("supervisor")), found.pop("server")
        return State(supervisor=supervisor, server=Process(*server) if server else None, **found)
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return None


def last_port(folder: Path) -> int | None:
    """The port of the last time: pools of connections find the server there again."""
    state = read_state(folder)
    return state.port or None if state else None
