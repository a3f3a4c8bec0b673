"""`hyperbot db` where no server is needed: refusals, help, and what is imported for them."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from hyperbot.cli.db_status import written_age
from hyperbot.cli.main import command
from hyperbot.domain.errors import InvalidInput

COMMANDS = ("start", "stop", "status", "psql", "backup", "restore")
THEIRS = "postgresql://me:secret-4711@127.0.0.1:1/base"
LIGHT = """
import sys
from hyperbot.cli.main import command
try:
    command(["db", *sys.argv[1:]], standalone_mode=False)
except SystemExit:
    pass
heavy = {"numpy", "pydantic", "pyarrow", "numba", "httpx", "asyncpg", "valkey"} & set(sys.modules)
print("IMPORTED", *sorted(heavy))
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder of its own for the data, and no servers of others."""
    monkeypatch.setenv("HYPERBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HYPERBOT_SYSTEM_DIR", str(tmp_path / "system"))
    monkeypatch.delenv("HYPERBOT_DATABASE_URL", raising=False)
    monkeypatch.delenv("HYPERBOT_REDIS_URL", raising=False)
    return tmp_path


def hyperbot(*arguments):
    """What `hyperbot db ...` prints, and the error it ends with."""
    return CliRunner().invoke(command, ["db", *arguments], standalone_mode=False)


def refusal(*arguments):
    """The sentence with which it is refused."""
    error = hyperbot(*arguments).exception
    assert isinstance(error, InvalidInput)
    assert "secret-4711" not in str(error)
    return str(error)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name):
    told = hyperbot(name, "--help")
    assert told.exit_code == 0
    assert f"db {name}" in told.stdout


def test_what_does_not_run_is_told_and_nothing_is_made(place):
    told = hyperbot("status")
    assert told.exit_code == 3
    assert told.stdout.count("does not run") == 2
    assert hyperbot("stop").stdout == "Valkey was not running.\nPostgreSQL was not running.\n"
    assert not (place / "data").exists()


@pytest.mark.parametrize("words", [("status", "--json"), ("stop",), ("backup", "--help")])
def test_no_library_is_imported_to_look(words):
    ended = subprocess.run(
        [sys.executable, "-c", LIGHT, *words], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == "IMPORTED"


@pytest.mark.parametrize(
    "url", ["mysql://a@b/c", "postgresql://host", "postgresql://me:secret-4711@host:x/base", "x"]
)
def test_an_address_that_is_none_is_refused_without_its_password(monkeypatch, url):
    monkeypatch.setenv("HYPERBOT_DATABASE_URL", url)
    assert "must be an address such as postgresql://" in refusal("status")


@pytest.mark.parametrize("url", ["http://a:secret-4711@b", "redis://", "redis://host:0"])
def test_so_is_one_of_a_redis(monkeypatch, url):
    monkeypatch.setenv("HYPERBOT_REDIS_URL", url)
    assert "must be an address such as redis://" in refusal("status")


def test_servers_of_others_are_neither_started_nor_stopped(monkeypatch):
    monkeypatch.setenv("HYPERBOT_DATABASE_URL", THEIRS)
    monkeypatch.setenv("HYPERBOT_REDIS_URL", "redis://:secret-4711@127.0.0.1:1")
    for verb in ("start", "stop"):
        assert "there is nothing of ours" in refusal(verb)


def test_a_server_of_others_that_does_not_answer_is_told_in_the_status(monkeypatch):
    monkeypatch.setenv("HYPERBOT_DATABASE_URL", THEIRS)
    told = hyperbot("status")
    assert told.exit_code == 3
    assert "127.0.0.1:1/base" in told.stdout
    assert "no PostgreSQL can be reached" in told.stdout
    assert "secret-4711" not in told.stdout


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3_725, "1 h 2 min"), (200_000, "2 d 7 h")],
)
def test_ages_have_two_units_at_most(seconds, written):
    assert written_age(seconds) == written
