"""The address of a database: what may be shown of it, and what only its programs are told."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

_DRIVERS = ("postgresql+asyncpg", "postgresql+psycopg", "postgres")
_SECRETS = {"password", "sslpassword"}
_TLS_NEEDED = {"require", "verify-ca", "verify-full"}
_OTHER_PLACES = {
    *("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD"),
    *("PGSERVICE", "PGOPTIONS", "PGREQUIREAUTH", "PGTARGETSESSIONATTRS"),
}
"""variables that would lead PostgreSQL's programs elsewhere"""
PORT = 5432


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A checked address of a PostgreSQL database. Its text shows no password."""

    url: str
    """with the password, as drivers take it"""

    @classmethod
    def parse(cls, text: str) -> DatabaseAddress | None:
        """The address in `text`, with or without the name of a driver; None if it is none."""
        try:
            parts = urlsplit(text)
            scheme = "postgresql" if parts.scheme in _DRIVERS else parts.scheme
            port, has_host = parts.port, bool(parts.hostname)
        except ValueError:
            return None
        has_name = len(parts.path) > 1
        if scheme != "postgresql" or not has_host or not has_name or port == 0:
            return None
        return cls(urlunsplit(parts._replace(scheme=scheme)))

    @property
    def password(self) -> str | None:
        """The password, decoded."""
        parts = urlsplit(self.url)
        in_query = dict(parse_qsl(parts.query)).get("password")
        return in_query or (unquote(parts.password) if parts.password else None)

    @property
    def without_password(self) -> str:
        """What may stand on a command line, where everybody on the machine can read it."""
        parts = urlsplit(self.url)
        user, at, place = parts.netloc.rpartition("@")
        query = [pair for pair in parse_qsl(parts.query) if pair[0] not in _SECRETS]
        netloc = user.partition(":")[0] + at + place
        return urlunsplit(parts._replace(netloc=netloc, query=urlencode(query, quote_via=quote)))

    @property
    def name(self) -> str:
        """The database's name, decoded."""
        return unquote(urlsplit(self.url).path[1:])

    @property
    def needs_tls(self) -> bool:
        """Whether it is to be reached encrypted or not at all."""
        return dict(parse_qsl(urlsplit(self.url).query)).get("sslmode") in _TLS_NEEDED

    def of_database(self, name: str) -> DatabaseAddress:
        """The same server and user, another database."""
        parts = urlsplit(self.url)
        return DatabaseAddress(urlunsplit(parts._replace(path="/" + quote(name, safe=""))))

    def environment(self) -> dict[str, str]:
        """What PostgreSQL's programs are told beside `without_password`."""
        kept = {name: value for name, value in os.environ.items() if name not in _OTHER_PLACES}
        return kept if self.password is None else kept | {"PGPASSWORD": self.password}

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or PORT}/{self.name}"

    def __repr__(self) -> str:
        return f"DatabaseAddress({self})"
