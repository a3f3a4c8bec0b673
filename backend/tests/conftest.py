"""What every test can ask for, and what none may do: reach the network."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")

REPOSITORY = Path(__file__).resolve().parents[2]
LOOPBACK = ("127.", "::1", "localhost")

_reached: list[str] = []


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return  # a Unix socket's address is a string
    host = str(arguments[1][0])
    if not host.startswith(LOOPBACK):
        _reached.append(host)
        raise ConnectionRefusedError(f"tests must not reach {host}: only loopback is allowed")


sys.addaudithook(_refuse_network)


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Fail a test that connects to anything but loopback, even if it swallows the error."""
    _reached.clear()
    yield
    if _reached:
        pytest.fail(f"the test tried to reach {', '.join(_reached)}")


@pytest.fixture(scope="session")
def real_candles() -> Path:
    """The folder of real candle files, which are not part of the repository."""
    named = os.environ.get("HYPERBOT_TEST_CANDLES")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data" / "candles"
    if not folder.is_dir():
        pytest.skip(f"no real candles: set HYPERBOT_TEST_CANDLES ({folder} is no folder)")
    return folder
