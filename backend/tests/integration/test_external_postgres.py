"""A database at an address: what is wrong with it is said, its password never."""

import asyncio
import socket

import pytest

from hyperbot.domain.errors import InvalidInput, Retryable
from hyperbot.storage.database_address import DatabaseAddress
from hyperbot.storage.external_postgres import ExternalPostgres
from server_builders import open_folder, sql, stopped_afterwards

SOURCE = "HYPERBOT_DATABASE_URL"


@pytest.fixture(scope="module")
def place():
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def address(place):
    """A server that plays one of somebody else."""
    with stopped_afterwards(place / "data") as server:
        yield DatabaseAddress(server.url())


@pytest.fixture(scope="module")
def bare(address):
    """A database in it without pgvector."""
    sql(address.url, 'create database "bare & Ä" template template0')
    return address.of_database("bare & Ä")


def refused(address, kind=InvalidInput):
    """The one sentence with which it is refused."""
    with pytest.raises(kind) as told:
        ExternalPostgres(address, SOURCE).url()
    assert "\n" not in str(told.value)
    if address.password:
        assert address.password not in str(told.value)
    return str(told.value)


def test_a_database_that_is_fit_is_used(address):
    database = ExternalPostgres(address, SOURCE)
    assert database.url() == address.url

    async def within_a_loop():
        return database.url()

    assert asyncio.run(within_a_loop()) == address.url
    status = database.status()
    assert (status.is_running, status.address) == (True, str(address))
    assert status.version.startswith("18.")
    assert address.password not in repr(status)
    for verb in (database.start, database.stop):
        with pytest.raises(InvalidInput, match=f"{SOURCE} names it"):
            verb()


def test_a_wrong_password_or_name_is_told_without_it(address):
    wrong = DatabaseAddress(address.url.replace(address.password, "guess-4711"))
    assert "the name or the password is wrong" in refused(wrong)
    assert "there is no database 'nowhere'" in refused(address.of_database("nowhere"))
    assert not ExternalPostgres(wrong, SOURCE).status().is_running


def test_a_server_that_is_not_there_may_come_back(address):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = DatabaseAddress(f"postgresql://me:secret@127.0.0.1:{taken.getsockname()[1]}/x")

        assert "no PostgreSQL can be reached" in refused(nobody, Retryable)


def test_without_pgvector_it_is_set_up_by_whoever_may(bare, place):
    assert "let an administrator run CREATE EXTENSION vector" in refused(bare)

    password = (place / "data" / "postgres" / "superuser-password").read_text()
    parts = bare.url.rpartition("@")[2]
    administrator = DatabaseAddress(f"postgresql://postgres:{password}@{parts}")
    ExternalPostgres(administrator, SOURCE).url()
    assert ExternalPostgres(bare, SOURCE).url() == bare.url
