"""Servers for tests: folders an unprivileged user can reach, and processes that use a server."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from hyperbot.storage.embedded_postgres.server import EmbeddedPostgres
from hyperbot.storage.supervised.records import State, read_state

IS_ROOT = os.geteuid() == 0
NOBODY = 65534
ROOM_BYTES = 4_000_000_000
USE = """
import sys, time
from pathlib import Path
from hyperbot.storage.embedded_postgres.server import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1]), Path(sys.argv[2])).url(), flush=True)
time.sleep(float(sys.argv[3]))
"""


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that other users can pass, as a server of root's must; gone afterwards."""
    memory = Path("/dev/shm")  # noqa: S108 - many small files are gone faster from there
    is_roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM_BYTES
    folder = Path(tempfile.mkdtemp(prefix="hyperbot-test-", dir=memory if is_roomy else None))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copied(template: Path, place: Path) -> Path:
    """A copy of a data directory whose server does not run, rights and owners included."""
    place.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["/bin/cp", "-a", str(template), str(place)], check=True)
    return place


def server_in(data: Path, **options: float) -> EmbeddedPostgres:
    """The server of this data directory, with a system folder beside it."""
    return EmbeddedPostgres(data, data.parent / "system", **options)


@contextmanager
def stopped_afterwards(data: Path, **options: float) -> Iterator[EmbeddedPostgres]:
    """A server that does not outlive its test."""
    server = server_in(data, **options)
    try:
        yield server
    finally:
        server.stop()


def state_in(data: Path, name: str = "postgres") -> State:
    """What the supervisor tells."""
    state = read_state(data / name)
    assert state is not None
    return state


def user_of(data: Path, seconds: float = 0) -> subprocess.Popen[str]:
    """Another process that uses the server and then sleeps; it prints the address."""
    command = [sys.executable, "-c", USE, str(data), str(data.parent / "system"), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def killed(process: subprocess.Popen[str]) -> None:
    """Kill -9, and reap."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


def sql(url: str, *statements: str) -> list[asyncpg.Record]:
    """The rows of the last statement."""

    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            rows: list[asyncpg.Record] = []
            for statement in statements:
                rows = await connection.fetch(statement)
            return rows
        finally:
            await connection.close()

    return asyncio.run(run())
