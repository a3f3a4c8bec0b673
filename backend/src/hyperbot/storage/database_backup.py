"""A whole database into one file, and back: nothing is lost on either way."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperbot.domain.errors import Fatal, InvalidInput
from hyperbot.storage.database_address import DatabaseAddress
from hyperbot.storage.external_postgres import connected, finished

Tell = Callable[[str, float], None]
"""told what is being done, and which share of it is done"""
_TABLES = """
select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm', 'p') and n.nspname !~ '^(pg_|information_schema$)'
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
"""
_OF_VECTOR = re.compile(r"^\d+;.* (EXTENSION|COMMENT) - (EXTENSION )?vector\b")
"""the extension is in the new database already, and only a superuser may make it"""
_SEND_AWAY = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = any($1::text[]) and pid <> pg_backend_pid()
"""
_RESTORING, _FORMER = "restoring", "before_restore"
_SWAP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Client:
    """PostgreSQL's programs, and the database they work on."""

    programs: Path
    address: DatabaseAddress

    def begin(self, program: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:  # noqa: ANN401
        """A program at work, its words in English; the password is not on its command line."""
        return subprocess.Popen(  # noqa: S603 - PostgreSQL's own
            [str(self.programs / program), *arguments],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=self.address.environment() | {"LC_ALL": "C"},
            **options,
        )


def back_up(client: Client, file: Path, tell: Tell) -> int:
    """Write the database to `file`, as it is at one moment; its size in bytes.

    The file is the old one, or whole: it appears under its name when it is done and was read once.
    Raises Fatal, and OSError.
    """
    tables = finished(_count_of_tables(client.address))
    descriptor, name = tempfile.mkstemp(".tmp", f".{file.name}.", file.parent)
    os.close(descriptor)
    half_done = Path(name)
    try:
        dump = client.begin(
            *("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--verbose"),
            *("--lock-wait-timeout=60s", f"--file={half_done}"),
            f"--dbname={client.address.without_password}",
        )
        _follow(dump, "dumping contents of table", "Backing up", tables, tell)
        _read_through(client, half_done)
        with half_done.open("rb") as written:
            os.fsync(written.fileno())
        half_done.replace(file)
    except BaseException:
        half_done.unlink(missing_ok=True)
        raise
    return file.stat().st_size


def restore(client: Client, file: Path, tell: Tell, *, overwrite: bool) -> int:
    """Put what `file` holds into the database; the number of tables.

    It is restored beside the database first; only when all of it is there, the two change names and
    the former one is dropped. Raises InvalidInput if the database is not empty, unless `overwrite`.
    """
    contents = _contents(client, file)
    tables = sum(" TABLE DATA " in line for line in contents)
    if not overwrite and finished(_count_of_tables(client.address)):
        raise InvalidInput(
            f"the database {client.address} is not empty: give --overwrite to replace all of it"
        )
    new = f"{client.address.name}_{_RESTORING}_{secrets.token_hex(4)}"
    finished(_make(client.address, new))
    try:
        with _without_vector(contents) as listed:
            work = client.begin(
                *("pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", "--verbose"),
                *(f"--use-list={listed}",),
                f"--dbname={client.address.of_database(new).without_password}",
                str(file),
            )
            _follow(work, "processing data for table", "Restoring", tables, tell)
        finished(_swap(client.address, new, tables))
    except BaseException:
        finished(_drop(client.address, new))
        raise
    return tables


def _follow(work: subprocess.Popen[str], step: str, what: str, steps: int, tell: Tell) -> None:
    """Wait for a program, and tell how far it is. Raises Fatal with its first complaint."""
    done, complaints = 0, []
    tell(what, 0.0)
    assert work.stderr is not None  # noqa: S101 - it was asked for
    try:
        with work.stderr:
            for line in work.stderr:
                if step in line:
                    done += 1
                    tell(what, min(1.0, done / max(steps, 1)))
                if "error:" in line or "FATAL:" in line:
                    complaints.append(line.strip())
        code = work.wait()
    except BaseException:
        work.kill()
        work.wait()
        raise
    if code:
        reason = complaints[0] if complaints else f"it ended with {code}"
        raise Fatal(f"{what.lower()} failed, and nothing was changed: {reason[-300:]}")


def _read_through(client: Client, file: Path) -> None:
    """Read all of a backup that was just written. Raises Fatal when it cannot be restored."""
    reading = client.begin("pg_restore", f"--file={os.devnull}", str(file))
    _, complaint = reading.communicate()
    if reading.returncode:
        raise Fatal(
            f"the backup cannot be read again, and was not kept: {complaint.strip()[-300:]}"
        )


def _contents(client: Client, file: Path) -> list[str]:
    """The table of contents of a backup. Raises InvalidInput when it is none."""
    if not file.is_file():
        raise InvalidInput(f"{file} is no file")
    listing = client.begin("pg_restore", "--list", str(file), stdout=subprocess.PIPE)
    told, complaint = listing.communicate()
    if listing.returncode:
        reason = complaint.strip().splitlines()[-1:] or ["it cannot be read"]
        raise InvalidInput(f"{file} is no whole backup of a database: {reason[0][-200:]}")
    return told.splitlines()


@contextmanager
def _without_vector(contents: list[str]) -> Iterator[Path]:
    descriptor, name = tempfile.mkstemp(".list", "hyperbot-restore-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join(line for line in contents if not _OF_VECTOR.search(line)))
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


async def _count_of_tables(address: DatabaseAddress) -> int:
    async with connected(address, str(address)) as connection:
        found: int = await connection.fetchval(_TABLES)
        return found


async def _make(address: DatabaseAddress, new: str) -> None:
    import asyncpg  # noqa: PLC0415 - only to connect

    try:
        async with connected(address.of_database("postgres"), "restore") as connection:
            await connection.execute(f"create database {_quoted(new)} encoding 'UTF8'")
        async with connected(address.of_database(new), "restore") as connection:
            await connection.execute("create extension if not exists vector")
    except asyncpg.PostgresError as error:
        await _drop(address, new)
        raise Fatal(f"no database can be made to restore into: {error}") from error


async def _drop(address: DatabaseAddress, name: str) -> None:
    async with connected(address.of_database("postgres"), "restore") as connection:
        await connection.execute(f"drop database if exists {_quoted(name)} with (force)")


async def _swap(address: DatabaseAddress, new: str, tables: int) -> None:
    """Let the new database take the name of the old one, in one transaction, and drop that."""
    async with connected(address.of_database(new), "restore") as connection:
        if (found := await connection.fetchval(_TABLES)) < tables:
            raise Fatal(f"only {found} of {tables} tables were restored: nothing was changed")
        await connection.execute("analyze")
    old, former = _quoted(address.name), f"{address.name}_{_FORMER}_{secrets.token_hex(4)}"
    async with connected(address.of_database("postgres"), "restore") as connection:
        # Nobody new comes in, those inside are sent away, and then the names change.
        await connection.execute(f"alter database {old} allow_connections false")
        try:
            await _rename(connection, address.name, former, new)
        except BaseException:
            await connection.execute(f"alter database {old} allow_connections true")
            raise
    await _drop(address, former)


async def _rename(connection: Any, name: str, former: str, new: str) -> None:  # noqa: ANN401
    import asyncpg  # noqa: PLC0415 - only to connect

    deadline = time.monotonic() + _SWAP_SECONDS
    while True:
        await connection.fetch(_SEND_AWAY, [name, new])
        with suppress(asyncpg.ObjectInUseError):
            async with connection.transaction():
                await connection.execute(
                    f"alter database {_quoted(name)} rename to {_quoted(former)}"
                )
                await connection.execute(f"alter database {_quoted(new)} rename to {_quoted(name)}")
            return
        if time.monotonic() > deadline:
            raise Fatal(f"the database {name} is still in use: nothing was changed")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
