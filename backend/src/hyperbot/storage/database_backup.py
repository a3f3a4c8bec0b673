"""A whole database into one file, and back: nothing is lost on either way."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperbot.domain.errors import Fatal, HyperbotError, InvalidInput
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
where datname = $1 and usename = current_user
"""
_RESTORING, _FORMER = "restoring", "before_restore"
_MAINTENANCE = "postgres"
"""the database to stand in while others are made and renamed"""
_LEFT_OVER = """
select datname from pg_database
where datdba = current_user::regrole and starts_with(datname, $1)
"""
_DOOR_SECONDS = 0.05


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
        _sync(half_done)
        half_done.replace(file)
        _sync(file.parent)
    except BaseException:
        half_done.unlink(missing_ok=True)
        raise
    return file.stat().st_size


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
    try:
        finished(_make(client.address, new))
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
        with suppress(HyperbotError):  # else the next restore drops it
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
    async with connected(address.of_database(_MAINTENANCE), "restore") as connection:
        await _drop_left_over(connection, address.name)
        await connection.execute(f"create database {_quoted(new)} encoding 'UTF8'")
    async with connected(address.of_database(new), "restore") as connection:
        await connection.execute("create extension if not exists vector")


async def _drop(address: DatabaseAddress, name: str) -> None:
    async with connected(address.of_database(_MAINTENANCE), "restore") as connection:
        await connection.execute(f"drop database if exists {_quoted(name)} with (force)")


async def _swap(address: DatabaseAddress, new: str, tables: int) -> None:
    """Let the new database take the name of the old one, in one transaction, and drop that."""
    async with connected(address.of_database(new), "restore") as connection:
        if (found := await connection.fetchval(_TABLES)) < tables:
            raise Fatal(f"only {found} of {tables} tables were restored: nothing was changed")
        await connection.execute("analyze")
    former = f"{address.name}_{_FORMER}_{secrets.token_hex(4)}"
    maintenance = address.of_database(_MAINTENANCE)
    async with connected(maintenance, "restore") as renamer:
        async with connected(maintenance, "restore") as doorkeeper, renamer.transaction():
            await _rename_in_use(renamer, doorkeeper, address.name, former)
            await renamer.execute(_rename(new, address.name))
        await _drop_unused(renamer, [former])


async def _rename_in_use(renamer: Any, doorkeeper: Any, name: str, to: str) -> None:  # noqa: ANN401
    """Rename a database others are in: they are sent away meanwhile.

    From its beginning the renaming lets nobody in, and it waits 5 s for those inside to leave.
    """
    import asyncpg  # noqa: PLC0415 - only to connect

    renaming = asyncio.ensure_future(renamer.execute(_rename(name, to)))
    while not renaming.done():
        await doorkeeper.fetch(_SEND_AWAY, name)
        await asyncio.wait([renaming], timeout=_DOOR_SECONDS)
    try:
        await renaming
    except asyncpg.ObjectInUseError as error:
        raise Fatal(
            f"another role uses the database {name}, so it was not replaced: stop what uses it"
        ) from error


async def _drop_left_over(connection: Any, name: str) -> None:  # noqa: ANN401
    """What a restore that was killed left behind: half a new one, or the one that was replaced."""
    for kind in (_RESTORING, _FORMER):
        rows = await connection.fetch(_LEFT_OVER, f"{name}_{kind}_")
        await _drop_unused(connection, [row["datname"] for row in rows])


async def _drop_unused(connection: Any, names: Iterable[str]) -> None:  # noqa: ANN401
    import asyncpg  # noqa: PLC0415 - only to connect

    for name in names:
        with suppress(asyncpg.ObjectInUseError):  # another restore is at work
            await connection.execute(f"drop database if exists {_quoted(name)}")


def _rename(name: str, to: str) -> str:
    return f"alter database {_quoted(name)} rename to {_quoted(to)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
