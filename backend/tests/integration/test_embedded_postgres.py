"""Our own PostgreSQL: started by the first who needs it, shared, and hard to kill."""

import logging
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from hyperbot.domain.errors import Fatal
from hyperbot.storage.supervised.processes import Process, process, started
from server_builders import (
    copied,
    killed,
    open_folder,
    server_in,
    sql,
    state_in,
    stopped_afterwards,
    user_of,
)

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
MEASURED = logging.getLogger("measured")
"""shown by `pytest -o log_cli=true -o log_cli_level=info`"""
FIVE_ROWS = ("create table kept (id int)", "insert into kept select generate_series(1, 5)")


@pytest.fixture(scope="module")
def place():
    """A folder for all data directories of these tests."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def template(place):
    """A data directory whose database was made, and whose server was stopped again."""
    data = place / "template"
    began = time.perf_counter()
    with stopped_afterwards(data) as server:
        url = server.url()
        MEASURED.info("first start %.2f s", time.perf_counter() - began)
        sql(url, *FIVE_ROWS)
    return data


@pytest.fixture
def data(template, place, request):
    """A copy of that directory; its server is stopped in the end."""
    folder = copied(template, place / request.node.name)
    yield folder
    server_in(folder).stop()


def count(url):
    """The rows that must be there after anything."""
    return sql(url, "select count(*) from kept")[0][0]


def port_of(url):
    return urlsplit(url).port


def refusal(data):
    """The one sentence with which it is not started."""
    with pytest.raises(Fatal) as refused:
        server_in(data).url()
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


def test_it_starts_on_first_use_and_again_with_all_that_was_in_it(data):
    server = server_in(data)
    began = time.perf_counter()
    first = server.url()
    cold = time.perf_counter() - began
    began = time.perf_counter()
    assert server.url() == first
    warm = time.perf_counter() - began
    MEASURED.info("cold start %.3f s, warm %.4f s", cold, warm)

    assert count(first) == 5
    assert server.stop() is True
    assert server.stop() is False
    assert not server.status().is_running
    assert server.url() == first  # pools of connections find it where it was
    assert count(first) == 5


def test_vectors_can_be_stored_and_searched_by_a_role_that_may_no_more_than_that(data):
    url = server_in(data).url()
    rows = sql(
        url,
        "create table near (id int, at halfvec(3))",
        "create index on near using hnsw (at halfvec_cosine_ops)",
        "insert into near values (1, '[1,0,0]'), (2, '[0,1,0]')",
        "select id from near order by at <=> '[0,2,0.1]' limit 1",
    )

    assert rows[0]["id"] == 2
    role = sql(url, "select rolsuper, rolcreaterole from pg_roles where rolname = current_user")[0]
    assert tuple(role) == (False, False)


def test_nobody_gets_in_without_the_password_nor_finds_it(data):
    url = server_in(data).url()
    parts = urlsplit(url)
    with pytest.raises(asyncpg.InvalidPasswordError):
        sql(url.replace(parts.password, "guess"), "select 1")
    with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InterfaceError)):
        sql(f"postgresql://postgres@127.0.0.1:{parts.port}/postgres", "select 1")

    folder = data / "postgres"
    for file in filter(Path.is_file, folder.iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE((folder / "pg18").stat().st_mode) == 0o700
    line = Path(f"/proc/{state_in(data).server.pid}/cmdline")
    assert not line.exists() or parts.password not in line.read_text()
    assert parts.password not in (folder / "server.log").read_text()


def test_several_processes_that_start_at_once_get_one_server(template, place):
    data = place / "at once"
    users = [user_of(data) for _ in range(5)]  # the folder is new: the database is made, too
    urls = {user.communicate()[0] for user in users}
    try:
        assert len(urls) == 1
        assert urls.pop().startswith("postgresql://hyperbot:")
    finally:
        assert server_in(data).stop()


@pytest.mark.parametrize("seconds", [0.3, 0.6])
def test_whoever_makes_it_may_be_killed_meanwhile(place, seconds):
    data = place / f"killed after {seconds}"
    user = user_of(data, seconds=60)
    time.sleep(seconds)
    killed(user)

    with stopped_afterwards(data) as server:
        assert sql(server.url(), "select '[1,2]'::vector")


def test_it_survives_the_death_of_whoever_started_it(data):
    user = user_of(data, seconds=60)
    url = user.stdout.readline().strip()
    killed(user)
    server = state_in(data).server

    assert server_in(data).url() == url
    assert state_in(data).server == server


def test_killed_it_comes_back_by_itself_where_it_was(data):
    server = server_in(data)
    url, former = server.url(), state_in(data).server
    os.kill(former.pid, signal.SIGKILL)
    began = time.perf_counter()
    assert server.url() == url
    MEASURED.info("back after kill -9 in %.2f s", time.perf_counter() - began)

    assert state_in(data).server != former
    assert server.status().restarts >= 1
    assert count(url) == 5


def test_it_ends_with_its_supervisor_and_the_next_use_starts_both(data):
    server = server_in(data)
    url, state = server.url(), state_in(data)
    os.kill(state.supervisor.pid, signal.SIGKILL)
    assert state.supervisor.ends_within(5)
    began = time.perf_counter()
    assert server.url() == url
    MEASURED.info("back after its supervisor's in %.2f s", time.perf_counter() - began)

    assert not state.server.is_alive()
    assert count(url) == 5


def test_both_killed_at_once_it_starts_over_what_they_left(data):
    server = server_in(data)
    url, state = server.url(), state_in(data)
    os.kill(state.supervisor.pid, signal.SIGKILL)
    os.kill(state.server.pid, signal.SIGKILL)

    assert server.url() == url
    assert count(url) == 5


def test_a_port_that_is_taken_is_given_up(data):
    server = server_in(data)
    url = server.url()
    server.stop()
    with closing(socket.socket()) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port_of(url)))
        other.listen()

        assert port_of(server.url()) != port_of(url)


def test_a_pid_that_another_program_was_given_is_neither_believed_nor_killed(data):
    server = server_in(data)
    server.url()
    state = state_in(data)
    server.stop()
    other = subprocess.Popen(SLEEP)
    try:
        former = Process(other.pid, "another boot:1")
        state.__class__(
            state.run_id, former, state.started_by, state.started_at, former, state.port
        ).write(data / "postgres")
        folder = data / "postgres" / "pg18"
        # As after a power cut: its own file names a program that is alive.
        (folder / "postmaster.pid").write_text(
            f"{other.pid}\n{folder}\n1\n{state.port}\n\n127.0.0.1\n        1         1\nready\n"
        )
        assert server.stop() is False
        assert not server.status().is_running
        assert count(server.url()) == 5
        server.stop()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_without_its_state_file_it_is_started_anew(data):
    server = server_in(data)
    server.url()
    server.stop()
    (data / "postgres" / "state.json").write_text("{half")

    assert count(server.url()) == 5


def test_unused_it_ends_by_itself_and_used_or_kept_it_does_not(template, place):
    data = copied(template, place / "idle")
    with stopped_afterwards(data, idle_seconds=1) as server:
        user = user_of(data, seconds=0)  # the first starts it, and sets how long it may be idle
        user.communicate()
        server.stop()

        url = server.url()
        time.sleep(2)
        assert server.status().is_running  # this process may use it at any time
        first = state_in(data)
        server._server._let_go()
        assert first.supervisor.ends_within(5)

        assert server.url() == url
        server.start()
        server._server._let_go()
        time.sleep(2)
        assert server.status().is_running
        assert server.status().is_kept


@pytest.mark.parametrize("name", ["two words", "Überraschung-δοκιμή", "/".join(["x" * 200] * 3)])
def test_any_folder_will_do(template, place, name):
    data = copied(template, place / name)
    with stopped_afterwards(data) as server:
        assert count(server.url()) == 5


def test_a_path_that_is_too_long_is_refused(place):
    data = place.joinpath(*["y" * 200] * 5)
    assert "path is so long" in refusal(data)


def test_a_damaged_folder_is_named(data):
    folder = data / "postgres" / "pg18"
    (folder / "PG_VERSION").write_text("16\n")
    assert "was made by PostgreSQL 16, and this is 18" in refusal(data)

    (folder / "PG_VERSION").unlink()
    assert "PG_VERSION is missing" in refusal(data)


def test_damage_that_postgresql_finds_is_told_in_its_words(data):
    control = data / "postgres" / "pg18" / "global" / "pg_control"
    control.write_bytes(b"x" * control.stat().st_size)
    began = time.perf_counter()

    assert "PANIC" in (sentence := refusal(data)) or "FATAL" in sentence
    assert "server.log" in sentence
    assert time.perf_counter() - began < 20


def test_data_of_an_older_version_are_not_passed_over(data):
    folder = data / "postgres"
    (folder / "pg18").rename(folder / "pg17")

    assert "was made by PostgreSQL 17" in refusal(data)
    assert not (folder / "pg18").exists()


def test_a_process_is_told_from_a_later_one_of_its_number():
    child = subprocess.Popen(SLEEP)
    known = process(child.pid)
    later = Process(child.pid, known.started + "0")

    assert known.is_alive()
    assert not later.is_alive()
    later.signal(signal.SIGKILL)
    assert child.poll() is None
    known.signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while known.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert started(child.pid) is None  # a zombie: nobody has reaped it
    child.wait()
