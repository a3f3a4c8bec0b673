"""Whether a PostgreSQL answers at a port, asked without a password and without a library."""

from __future__ import annotations

import socket
import struct

from hyperbot.storage.embedded_postgres.initialisation import DATABASE, ROLE
from hyperbot.storage.supervised.processes import LOOPBACK
from hyperbot.storage.supervised.shared_server import Answer

_PROTOCOL_3 = 196608
_SECONDS = 5
_CANNOT_CONNECT_NOW = b"C57P03\0"


def ask(port: int) -> Answer:
    """Say hello, and hear whether a password is asked for; more is not said."""
    words = f"user\0{ROLE}\0database\0{DATABASE}\0\0".encode()
    hello = struct.pack("!ii", len(words) + 8, _PROTOCOL_3) + words
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_SECONDS) as connection:
            connection.sendall(hello)
            heard = connection.recv(4096)
    except OSError:
        return Answer.NOTHING
    if heard.startswith(b"E") and _CANNOT_CONNECT_NOW in heard:
        return Answer.STARTING
    return Answer.READY if heard[:1] in {b"R", b"E"} else Answer.NOTHING
