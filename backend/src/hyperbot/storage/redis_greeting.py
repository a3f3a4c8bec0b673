"""Whether a Redis or Valkey answers at an address, asked without a library."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

PORT = 6379
SECONDS = 5


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a server said: `+PONG` if all is well, and what it tells of itself."""

    pong: str
    facts: dict[str, str]


def greet(url: str) -> Greeting:
    """Log in, say PING, and ask who it is. Raises OSError when nobody answers."""
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or PORT
    password, user = unquote(parts.password or ""), unquote(parts.username or "")
    words = [["AUTH", *([user] if user else []), password]] if password else []
    words += [["PING"], ["INFO", "server"]]
    with socket.create_connection((host, port), timeout=SECONDS) as plain:
        connection = plain
        if parts.scheme == "rediss":
            connection = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        connection.sendall(b"".join(map(_encoded, words)))
        with connection.makefile("rb") as heard:
            answers = [_answer(heard) for _ in words]
    facts = dict(line.split(":", 1) for line in answers[-1].splitlines() if ":" in line)
    refused = [each for each in answers[:-2] if each.startswith("-")]
    return Greeting(refused[0] if refused else answers[-2], facts)


def _encoded(words: list[str]) -> bytes:
    """A command, with the length of each word: passwords may hold anything."""
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(
        b"$%d\r\n%b\r\n" % (len(part), part) for part in parts
    )


def _answer(heard: BinaryIO) -> str:
    line = heard.readline().decode(errors="replace").strip()
    if not line.startswith("$") or line == "$-1":
        return line
    return heard.read(int(line[1:]) + len("\r\n")).decode(errors="replace")
