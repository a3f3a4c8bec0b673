"""Our own PostgreSQL in a data directory, shared by all processes that use it."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

from hyperbot.domain.errors import Fatal
from hyperbot.storage.embedded_postgres.handshake import ask
from hyperbot.storage.embedded_postgres.initialisation import (
    DATABASE,
    ENVIRONMENT,
    ROLE,
    initialise,
)
from hyperbot.storage.embedded_postgres.programs import Programs, find_programs
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
from hyperbot.storage.supervised.shared_server import SharedServer, who_starts
from hyperbot.storage.supervised.status import ServerStatus, status_of

NAME = "PostgreSQL"
PASSWORD_FILE, SUPERUSER_FILE = "password", "superuser-password"
_STILL_ENDING = ["postmaster.pid", "pre-existing shared memory block"]
_PORT_TAKEN = ["could not bind", "could not create any TCP/IP sockets"]


class EmbeddedPostgres:
    """The PostgreSQL of the data directory; its folder there is `postgres`."""

    def __init__(
        self,
        data_directory: Path,
        system_folder: Path = SYSTEM_FOLDER,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._folder = data_directory.absolute() / "postgres"
        self._system_folder = system_folder
        self._idle_seconds = idle_seconds
        self._server = SharedServer(NAME, self._folder, ask, signal.SIGINT)

    def url(self) -> str:
        """Where the database is, password included; starts the server on first use.

        It runs for as long as this process may use it. Raises Fatal when it cannot.
        """
        with told_errors(self._folder):
            return self._url(self._ensure())

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
        with told_errors(self._folder):
            return status_of(self._server, self._data_folders(), self._version())

    def programs(self) -> Path:
        """The folder of psql, pg_dump and pg_restore."""
        return find_programs().folder

    def inherit(self) -> None:
        """Let the program that this process turns into count as a user of the server."""
        self._server.inherit()

    def _version(self) -> str | None:
        try:
            return find_programs().version
        except Fatal:
            return None

    def _url(self, state: State) -> str:
        password = password_in(self._folder / PASSWORD_FILE)
        return f"postgresql://{ROLE}:{password}@{LOOPBACK}:{state.port}/{DATABASE}"

    def _ensure(self) -> State:
        owner = owner_of(self._owned_folder())
        make_private_folder(self._folder, 0o700 if owner is None else 0o711)
        return self._server.ensure(lambda: self._order(owner))

    def _owned_folder(self) -> Path:
        """A folder whose owner the server must be: its data, where there are some."""
        return next(iter(self._data_folders()), self._folder)

    def _data_folders(self) -> list[Path]:
        folders = sorted(self._folder.glob("pg[0-9]*"))
        return [each for each in folders if each.name.removeprefix("pg").isdigit()]

    def _order(self, owner: Owner | None) -> Order:
        programs = find_programs()
        place = reachable_copy(programs.parts, programs.label, owner, self._system_folder)
        runnable = programs.beside(place)
        data = self._prepared_data(programs, runnable, owner)
        return Order(
            name=NAME,
            folder=str(self._folder),
            command=[str(runnable / "postgres"), "-D", str(data), *_settings()],
            run_id=uuid.uuid4().hex,
            started_by=who_starts(),
            stop_signal=signal.SIGINT,  # connections end, then it does; SIGTERM would wait for them
            environment=ENVIRONMENT,
            owner=owner,
            process_file=str(data / "postmaster.pid"),
            retry_when=_STILL_ENDING,
            another_port_when=_PORT_TAKEN,
            wanted_port=last_port(self._folder),
            idle_seconds=self._idle_seconds,
        )

    def _prepared_data(self, programs: Programs, runnable: Path, owner: Owner | None) -> Path:
        shown = self._folder / f"pg{programs.major}"
        if shown.is_symlink() or shown.exists():
            return _checked(shown, programs.major)
        if others := self._data_folders():
            raise Fatal(_of_another_version(others[-1], programs.major))
        home = home_of_data(self._folder, owner, self._system_folder)
        make_passable(home)
        passwords = (
            password_in(self._folder / SUPERUSER_FILE),
            password_in(self._folder / PASSWORD_FILE),
        )
        data = home / shown.name
        if not data.exists():
            initialise(runnable, data, owner, passwords)
        if data != shown:
            shown.symlink_to(data)
        return data


def _settings() -> Iterator[str]:
    for setting in (
        f"listen_addresses={LOOPBACK}",
        "port={port}",
        "unix_socket_directories=",  # their paths may have 107 bytes, ours have more
        "logging_collector=off",
        "log_line_prefix=%m [%p] ",
    ):
        yield from ("-c", setting)


def _checked(shown: Path, major: int) -> Path:
    data = shown.resolve()
    if not data.is_dir():
        raise Fatal(f"the database's folder {data} is gone: bring it back, or delete {shown}")
    try:
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise Fatal(
            f"{data} is no folder of a database: PG_VERSION is missing; bring it back from a "
            "backup, or move it away to begin an empty one"
        ) from error
    if found != str(major):
        raise Fatal(_of_another_version(data, major, found))
    return data


def _of_another_version(data: Path, major: int, found: str = "") -> str:
    version = found or data.name.removeprefix("pg")
    return (
        f"{data} was made by PostgreSQL {version[:20]}, and this is {major}: run `hyperbot db "
        "backup` with the hyperbot that made it, move the folder away, then `hyperbot db restore`"
    )
