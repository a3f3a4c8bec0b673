"""`hyperbot db ...` on real servers: run, look, back up, restore."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hyperbot.storage.embedded_valkey import EmbeddedValkey
from server_builders import open_folder, server_in, sql

HYPERBOT = Path(sys.executable).with_name("hyperbot")
NEAR = "select id from note order by near <-> '[1,1,1]' limit 1"
FILL = (
    "create extension pg_trgm",
    "create table note (id int primary key, near vector(3), half halfvec(3), text text, "
    "at timestamptz)",
    "create index on note using hnsw (near vector_l2_ops)",
    "insert into note select n, array[n,n,n]::vector, array[n,0,0]::halfvec, 'Größe ' || n, now() "
    "from generate_series(1, 500) n",
    "create table tag (note int references note, name text check (name <> ''))",
    "insert into tag values (1, 'first')",
    "create view named as select note.id, name from note join tag on tag.note = note.id",
)
SEEN = (
    "select (select count(*) from note), (select sum(id) from note), (select max(text) from note), "
    "(select count(*) from named), (select half::text from note where id = 7)"
)


@pytest.fixture(scope="module")
def data():
    with open_folder() as folder:
        data = folder / "data"
        yield data
        server_in(data).stop()
        EmbeddedValkey(data, folder / "system").stop()


@pytest.fixture
def hyperbot(data, tmp_path):
    """Run the command in a folder of its own."""

    def run(*words, code=0, **more):
        environment = os.environ | {
            "HYPERBOT_DATA_DIR": str(data),
            "HYPERBOT_SYSTEM_DIR": str(data.parent / "system"),
            "PGHOST": "nowhere.invalid",  # variables of others lead nobody astray
            "PGHOSTADDR": "127.0.0.9",
            "PGDATABASE": "theirs",
            **more,
        }
        ended = subprocess.run(
            [HYPERBOT, "db", *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == code, ended.stderr + ended.stdout
        return ended.stdout + ended.stderr

    return run


@pytest.fixture
def url(data):
    """A database with something in it."""
    url = server_in(data).url()
    sql(url, "drop owned by hyperbot", *FILL)
    return url


def test_start_status_and_stop(hyperbot, data):
    assert "does not run" in hyperbot("status", code=3)
    assert "PostgreSQL 18." in hyperbot("start")
    table = hyperbot("status")
    assert table.count("hyperbot db start (") == 2
    found = json.loads(hyperbot("status", "--json"))
    assert found["postgres"]["is_running"]
    assert found["postgres"]["is_kept"]
    assert found["postgres"]["bytes_on_disk"] > 1_000_000
    assert found["redis"]["address"].startswith("127.0.0.1:")
    password = (data / "postgres" / "password").read_text()
    assert password not in table + str(found)

    assert "PostgreSQL was stopped." in hyperbot("stop")
    assert "PostgreSQL was not running." in hyperbot("stop")
    assert not json.loads(hyperbot("status", "--json", code=3))["redis"]["is_running"]


def test_psql_is_led_to_the_database_and_takes_its_own_words(hyperbot):
    assert hyperbot("psql", "-Atc", "select current_database()") == "hyperbot\n"
    assert "syntax error" in hyperbot("psql", "-c", "no sql", code=1)


def test_a_backup_brings_everything_back(hyperbot, url, tmp_path):
    before = sql(url, SEEN)
    assert "Wrote all.dump" in hyperbot("backup", "all.dump")
    assert stat.S_IMODE((tmp_path / "all.dump").stat().st_mode) == 0o600
    assert "give --overwrite" in hyperbot("backup", "all.dump", code=2)
    hyperbot("backup", "all.dump", "--overwrite")

    sql(url, "drop view named", "delete from tag", "delete from note where id > 3")
    assert "is not empty: give --overwrite" in hyperbot("restore", "all.dump", code=2)
    assert "Restored 2 tables" in hyperbot("restore", "all.dump", "--overwrite")
    assert sql(url, SEEN) == before
    assert sql(url, NEAR)[0]["id"] == 1
    assert databases(url) == ["hyperbot", "postgres"]
    assert os.listdir(tmp_path) == ["all.dump"]


def test_a_restore_sends_others_away_and_they_come_back_to_the_new_one(hyperbot, url):
    hyperbot("backup", "all.dump")
    program = "import asyncio, asyncpg, sys\nasync def main():\n" + (
        "    c = await asyncpg.connect(sys.argv[1])\n    print('in', flush=True)\n"
        "    await c.execute('select pg_sleep(60)')\nasyncio.run(main())"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, url],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert other.stdout.readline() == "in\n"
    hyperbot("restore", "all.dump", "--overwrite")
    other.communicate()
    assert other.returncode
    assert sql(url, SEEN)[0][0] == 500


CODES = {"cut": 1, "changed": 1, "no backup": 2, "missing": 2}


@pytest.mark.parametrize("damage", CODES)
def test_a_backup_that_is_not_whole_changes_nothing(hyperbot, url, tmp_path, damage):
    hyperbot("backup", "bad.dump")
    file = tmp_path / "bad.dump"
    whole = file.read_bytes()
    middle = len(whole) * 2 // 3
    file.write_bytes(
        {
            "cut": whole[:middle],
            "changed": whole[: middle - 99] + b"\0" * 200 + whole[middle + 101 :],
            "no backup": b"hello",
            "missing": whole,
        }[damage]
    )
    if damage == "missing":
        file.unlink()
    before = sql(url, SEEN)

    told = hyperbot("restore", "bad.dump", "--overwrite", code=CODES[damage])
    assert told.startswith("Error: ")
    assert told.count("\n") == 1
    assert sql(url, SEEN) == before
    assert databases(url) == ["hyperbot", "postgres"]


def test_the_same_with_a_database_of_others(hyperbot, url):
    sql(url, 'create database "their base"')
    theirs = {"HYPERBOT_DATABASE_URL": url.removesuffix("hyperbot") + "their%20base"}
    hyperbot("backup", "ours.dump")
    assert "Restored 2 tables" in hyperbot("restore", "ours.dump", **theirs)
    assert hyperbot("psql", "-Atc", "select count(*) from note", **theirs) == "500\n"
    assert "Wrote theirs.dump" in hyperbot("backup", "theirs.dump", **theirs)
    assert "others (HYPERBOT_DATABASE_URL)" in hyperbot("status", **theirs)
    refused = hyperbot("stop", **theirs)
    assert "HYPERBOT_DATABASE_URL names it" in refused
    sql(url, 'drop database "their base" with (force)')


def test_a_backup_goes_nowhere_where_there_is_no_folder(hyperbot, url):
    assert "there is no folder" in hyperbot("backup", "no/where.dump", code=2)


def databases(url):
    """Their names, less the templates: nothing of a restore is left over."""
    rows = sql(url, "select datname from pg_database where not datistemplate order by 1")
    return [row["datname"] for row in rows]
