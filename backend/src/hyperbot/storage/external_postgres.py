"""A PostgreSQL that is not ours, named by its address: checked before it is used."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hyperbot.domain.errors import Fatal, HyperbotError, InvalidInput, Retryable
from hyperbot.storage.embedded_postgres.programs import OLDEST_MAJOR, find_programs
from hyperbot.storage.supervised.status import ServerStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hyperbot.storage.database_address import DatabaseAddress

Result = TypeVar("Result")
CONNECT_SECONDS = 10
OLDEST_VECTOR = (0, 8)
"""since then filtered searches look on until they have found enough (iterative scan)"""
_FACTS = """
select current_setting('server_version_num')::int as number,
       current_setting('server_version') as version,
       current_setting('server_encoding') as encoding,
       pg_is_in_recovery() as is_replica,
       pg_database_size(current_database()) as bytes,
       extract(epoch from pg_postmaster_start_time())::float as started_at,
       (select extversion from pg_extension where extname = 'vector') as vector,
       (select default_version from pg_available_extensions where name = 'vector') as available
"""


class ExternalPostgres:
    """The database at an address; `source` names the setting it came from."""

    def __init__(self, address: DatabaseAddress, source: str) -> None:
        self._address = address
        self._source = source

    def url(self) -> str:
        """Its address with the password, after it was checked to be fit.

        Makes the extension `vector` if it is not there. Raises InvalidInput for what must be put
        right, Retryable when it cannot be reached.
        """
        finished(self._checked())
        return self._address.url

    def start(self) -> ServerStatus:
        """Refused: it is run by others."""
        raise InvalidInput(self._not_ours("start"))

    def stop(self) -> bool:
        """Refused: it is run by others."""
        raise InvalidInput(self._not_ours("stop"))

    def status(self) -> ServerStatus:
        """What answers there; what it lacks is not looked at."""
        try:
            facts = finished(self._asked())
        except HyperbotError as error:
            return ServerStatus(
                "PostgreSQL", is_running=False, address=str(self._address), problem=str(error)
            )
        return ServerStatus(
            "PostgreSQL",
            is_running=True,
            address=str(self._address),
            bytes_on_disk=facts["bytes"],
            started_at=facts["started_at"],
            started_by=f"others ({self._source})",
            version=facts["version"],
        )

    def programs(self) -> Path:
        """The folder of psql, pg_dump and pg_restore. Ours know no TLS."""
        if not self._address.needs_tls:
            return find_programs().folder
        if found := shutil.which("pg_dump"):
            return Path(found).parent
        raise InvalidInput(
            f"{self._source} asks for TLS, which hyperbot's own psql and pg_dump cannot do: "
            "install PostgreSQL's client programs (Debian: apt-get install postgresql-client)"
        )

    def inherit(self) -> None:
        """Nothing to do: it runs anyway."""

    def _not_ours(self, verb: str) -> str:
        return f"hyperbot cannot {verb} the server at {self._address}: {self._source} names it"

    async def _asked(self) -> Any:  # noqa: ANN401 - a row of asyncpg
        async with connected(self._address, self._source) as connection:
            return await connection.fetchrow(_FACTS)

    async def _checked(self) -> None:
        import asyncpg  # noqa: PLC0415 - only to connect

        async with connected(self._address, self._source) as connection:
            facts = await connection.fetchrow(_FACTS)
            if lack := lack_of(facts):
                raise InvalidInput(f"the server at {self._address} ({self._source}) {lack}")
            if facts["vector"]:
                return
            try:
                await connection.execute("create extension if not exists vector")
            except asyncpg.InsufficientPrivilegeError as error:
                raise InvalidInput(
                    f"pgvector is not set up in {self._address}, and this user may not do it: let "
                    "an administrator run CREATE EXTENSION vector in that database"
                ) from error


def lack_of(facts: Any) -> str | None:  # noqa: ANN401 - a row of asyncpg
    """What keeps a server from being used; None if nothing does."""
    vector = facts["vector"] or facts["available"]
    if facts["number"] // 10_000 < OLDEST_MAJOR:
        return f"is PostgreSQL {facts['version']}: {OLDEST_MAJOR} or newer is needed"
    if facts["is_replica"]:
        return "is a replica, where nothing can be written: name the primary"
    if facts["encoding"] != "UTF8":
        return f"keeps text as {facts['encoding']}: make a database with ENCODING 'UTF8'"
    if vector is None:
        return "has no pgvector: install it there (for instance the image pgvector/pgvector:pg18)"
    if tuple(map(int, re.findall(r"\d+", vector)[:2])) < OLDEST_VECTOR:
        return f"has pgvector {vector}: 0.8 or newer is needed (ALTER EXTENSION vector UPDATE)"
    return None


@asynccontextmanager
async def connected(address: DatabaseAddress, source: str) -> AsyncIterator[Any]:
    """A connection of asyncpg; why there is none, or it fails, is told without the password."""
    import asyncpg  # noqa: PLC0415 - only to connect

    try:
        connection = await asyncpg.connect(address.url, timeout=CONNECT_SECONDS)
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise InvalidInput(
            f"{address} does not let the user of {source} in: the name or the password is wrong, "
            "or this machine is not allowed"
        ) from error
    except asyncpg.InvalidCatalogNameError as error:
        raise InvalidInput(f"there is no database {address.name!r} at {address}") from error
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Retryable(
            f"no PostgreSQL can be reached at {address} ({source}): {_reason(error)}"
        ) from error
    except ValueError as error:  # an option that asyncpg does not know; it may tell secrets
        raise InvalidInput(f"{source} has an option that cannot be understood") from error
    try:
        yield connection
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Fatal(f"the database {address} failed: {_reason(error)}") from error
    finally:
        await connection.close()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_SECONDS} s"
    return (getattr(error, "strerror", None) or str(error)).strip()[:200]


def finished(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of `work`, also where another event loop runs in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
