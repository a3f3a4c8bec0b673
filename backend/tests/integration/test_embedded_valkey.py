"""Our own Valkey: shared like the database, and of no account when it is lost."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import valkey

from hyperbot.domain.errors import InvalidInput, Retryable
from hyperbot.storage.embedded_valkey import EmbeddedValkey, version
from hyperbot.storage.external_redis import ExternalRedis
from server_builders import open_folder, state_in

USE = """
import sys
from pathlib import Path
from hyperbot.storage.embedded_valkey import EmbeddedValkey
print(EmbeddedValkey(Path(sys.argv[1]), Path(sys.argv[1]).parent / "system").url())
"""


@pytest.fixture
def data():
    with open_folder() as folder:
        yield folder / "dätä folder"


@pytest.fixture
def server(data):
    """A server that does not outlive its test."""
    server = EmbeddedValkey(data, data.parent / "system")
    yield server
    server.stop()


def ask(url, *words):
    """What the server answers to a command."""
    with valkey.Valkey.from_url(url) as client:
        return client.execute_command(*words)


def test_it_starts_on_first_use_and_again_with_what_was_in_it(server):
    url = server.url()
    assert ask(url, "SET", "key", "kept")
    assert server.url() == url
    assert server.stop() is True
    assert server.stop() is False

    assert server.url() == url
    assert ask(url, "GET", "key") == b"kept"
    status = server.status()
    assert (status.is_running, status.name, status.version) == (True, "Valkey", version())


def test_nobody_gets_in_without_the_password_nor_finds_it(server, data):
    parts = urlsplit(server.url())
    with pytest.raises(valkey.AuthenticationError):
        ask(f"redis://127.0.0.1:{parts.port}", "GET", "key")
    with pytest.raises(valkey.AuthenticationError):
        ask(f"redis://:guess@127.0.0.1:{parts.port}", "GET", "key")

    for file in filter(Path.is_file, (data / "valkey").iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    line = Path(f"/proc/{state_in(data, 'valkey').server.pid}/cmdline")
    assert not line.exists() or parts.password not in line.read_text()


def test_several_processes_that_start_at_once_get_one_server(server, data):
    command = [sys.executable, "-c", USE, str(data)]
    users = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(5)]

    assert {user.communicate()[0].strip() for user in users} == {server.url()}


@pytest.mark.parametrize("who", ["server", "supervisor"])
def test_killed_it_comes_back_where_it_was(server, data, who):
    url = server.url()
    ask(url, "SET", "key", "kept")
    ask(url, "WAITAOF", "1", "0", "5000")
    former = state_in(data, "valkey").server
    victim = getattr(state_in(data, "valkey"), who)
    os.kill(victim.pid, signal.SIGKILL)
    assert victim.ends_within(5)

    assert server.url() == url
    assert ask(url, "GET", "key") == b"kept"
    assert state_in(data, "valkey").server != former


def test_what_is_damaged_is_put_aside_and_it_starts_empty(server, data):
    url = server.url()
    ask(url, "SET", "key", "lost")
    server.stop()
    for file in (data / "valkey" / "data" / "appendonlydir").glob("*.aof"):
        file.write_bytes(b"*3\r\n$3\r\nSET\r\nnonsense" * 50)

    assert ask(server.url(), "GET", "key") is None
    assert (data / "valkey" / "data-damaged" / "appendonlydir").is_dir()


def test_a_server_of_others_is_greeted_and_left_alone(server):
    url = server.url()
    other = ExternalRedis(url, "HYPERBOT_REDIS_URL")
    assert other.url() == url
    assert (other.status().name, other.status().version) == ("Valkey", version())
    assert other.status().is_running
    for refused in (other.start, other.stop):
        with pytest.raises(InvalidInput, match="HYPERBOT_REDIS_URL names it"):
            refused()

    parts = urlsplit(url)
    for wrong in ("redis://:guess@", "redis://somebody:guess@", "redis://"):
        with pytest.raises(InvalidInput, match="the name or the password is wrong") as told:
            ExternalRedis(f"{wrong}127.0.0.1:{parts.port}/0", "HYPERBOT_REDIS_URL").url()
        assert "guess" not in str(told.value)
    server.stop()
    with pytest.raises(Retryable, match="no Redis can be reached"):
        other.url()
    assert not other.status().is_running
