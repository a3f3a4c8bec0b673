"""Whom our servers run as: never root, and no folder of a user is opened for that."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import hyperbot
from hyperbot.domain.errors import Fatal
from hyperbot.storage.embedded_postgres.programs import find_programs
from hyperbot.storage.embedded_valkey import EmbeddedValkey
from hyperbot.storage.supervised.owner import Owner, is_reachable
from server_builders import (
    IS_ROOT,
    NOBODY,
    copied,
    open_folder,
    server_in,
    sql,
    state_in,
    stopped_afterwards,
)

as_root = pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
SOMEBODY = Owner(NOBODY, NOBODY)
SOURCES = Path(hyperbot.__file__).parents[1]
PACKAGES = Path(find_programs().parts[0]).parent
SYSTEM_PYTHON = Path(f"/usr/bin/python3.{sys.version_info.minor}")


def public_python():
    """A Python of this version that any user may run, hyperbot and its packages too."""
    if not all(
        is_reachable(each.parent, SOMEBODY) for each in (Path(hyperbot.__file__), PACKAGES / "x")
    ):
        return None
    candidates = (Path(sys.executable), SYSTEM_PYTHON)
    return next(
        (each for each in candidates if each.exists() and is_reachable(each, SOMEBODY)), None
    )


PUBLIC_PYTHON = public_python()
open_to_others = pytest.mark.skipif(
    PUBLIC_PYTHON is None, reason="this Python, or this checkout, is closed to other users"
)


@pytest.fixture
def place():
    with open_folder() as folder:
        yield folder


def uid_of(pid):
    return Path(f"/proc/{pid}").stat().st_uid


def hyperbot_as(user, data, *words, **options):
    """The command, run by another user."""
    environment = {
        "PATH": os.environ["PATH"],
        "HYPERBOT_DATA_DIR": str(data),
        "HYPERBOT_SYSTEM_DIR": str(data.parent / "system"),
        "PYTHONPATH": f"{SOURCES}:{PACKAGES}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [PUBLIC_PYTHON, "-m", "hyperbot", "db", *words],
        env=environment | options,
        cwd="/",
        user=user,
        group=user,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )


@as_root
def test_root_s_server_is_an_unprivileged_user_s_process(place):
    with stopped_afterwards(place / "data") as server:
        server.url()
        pid = state_in(place / "data").server.pid

        assert uid_of(pid) != 0
        data = place / "data" / "postgres" / "pg18"
        assert (data.stat().st_uid, stat.S_IMODE(data.stat().st_mode)) == (uid_of(pid), 0o700)


@as_root
def test_in_a_home_that_is_closed_it_works_and_the_home_stays_closed(place):
    """Data and programs that the server cannot reach are elsewhere; no rights are changed."""
    home = place / "home"
    home.mkdir(mode=0o700)
    for part in find_programs().parts:
        shutil.copytree(part, home / "packages" / part.name, symlinks=True)
    facts = next(PACKAGES.glob("embedded_postgres-*.dist-info"))
    shutil.copytree(facts, home / "packages" / facts.name)
    data = home / "data"
    before = [stat.S_IMODE(each.stat().st_mode) for each in (home, home / "packages")]
    script = (
        "import sys; from pathlib import Path; "
        f"sys.path[:0] = [{str(home / 'packages')!r}, {str(SOURCES)!r}]; "
        "from hyperbot.storage.embedded_postgres.server import EmbeddedPostgres; "
        f"print(EmbeddedPostgres(Path({str(data)!r}), Path({str(place / 'system')!r})).url())"
    )
    with stopped_afterwards_in(data, place / "system") as server:
        ran = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        assert sql(ran.stdout.strip(), "select 7 as it")[0]["it"] == 7
        program = Path(f"/proc/{state_in(data).server.pid}/exe").resolve()
        assert program.is_relative_to(place / "system" / "programs" / find_programs().label)
        assert server.status().folder.startswith(str(place / "system"))
        cache = EmbeddedValkey(data, place / "system")
        try:
            cache.url()
            assert uid_of(state_in(data, "valkey").server.pid) != 0
        finally:
            cache.stop()

    assert [stat.S_IMODE(each.stat().st_mode) for each in (home, home / "packages")] == before
    assert stat.S_IMODE((place / "system").stat().st_mode) == 0o711


def stopped_afterwards_in(data, system):
    """As stopped_afterwards, with a system folder that is not beside the data."""
    from contextlib import contextmanager

    from hyperbot.storage.embedded_postgres.server import EmbeddedPostgres

    @contextmanager
    def held():
        server = EmbeddedPostgres(data, system)
        try:
            yield server
        finally:
            server.stop()

    return held()


@as_root
@open_to_others
def test_an_ordinary_user_runs_it_all_and_root_may_help(place):
    data = place / "data"
    data.mkdir()
    os.chown(data, NOBODY, NOBODY)
    try:
        assert (made := hyperbot_as(NOBODY, data, "start")).returncode == 0, made.stderr
        told = hyperbot_as(NOBODY, data, "psql", "-Atc", "select current_user")
        assert told.stdout == "hyperbot\n"
        assert uid_of(state_in(data).server.pid) == NOBODY
        assert stat.S_IMODE((data / "postgres").stat().st_mode) == 0o700

        sql(server_in(data).url(), "create table by_root (id int)")  # in the same server
        server_in(data).stop()
        sql(server_in(data).url(), "select * from by_root")  # started by root
        assert uid_of(state_in(data).server.pid) == NOBODY
        assert (
            "another user" in (refused := hyperbot_as(NOBODY, data, "stop")).stderr + refused.stdout
        )
        server_in(data).stop()
        assert (again := hyperbot_as(NOBODY, data, "start")).returncode == 0, again.stderr
    finally:
        hyperbot_as(NOBODY, data, "stop")


@as_root
@open_to_others
def test_a_folder_that_may_not_be_written_or_is_another_s_is_named(place):
    closed = place / "closed"
    closed.mkdir(mode=0o755)
    refused = hyperbot_as(NOBODY, closed, "start")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: ")
    assert "Permission denied" in refused.stderr
    assert refused.stderr.count("\n") == 1

    with stopped_afterwards(place / "roots") as server:
        server.url()
    for file in (place / "roots" / "postgres").iterdir():
        if file.is_file():
            os.chown(file, 1, 1)
    refused = hyperbot_as(NOBODY, place / "roots", "start")
    assert refused.returncode == 1
    assert "Permission denied" in refused.stderr
    assert refused.stderr.count("\n") == 1


@as_root
@pytest.mark.parametrize("options", ["size=20m", "size=200m,ro"])
def test_a_full_or_read_only_disk_is_told_in_one_sentence(place, options):
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("no disks can be mounted here")
    try:
        with pytest.raises(Fatal) as refused:
            server_in(disk / "data").url()
        assert "\n" not in str(refused.value)
        assert "No space left" in str(refused.value) or "Read-only" in str(refused.value)
        assert not list(disk.glob("data/postgres/pg18*"))
    finally:
        subprocess.run(["/bin/umount", str(disk)], check=True)


def test_reachable_is_what_every_folder_on_the_way_lets_pass(place):
    inner = place / "a" / "b"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o711)
    inner.chmod(0o700)

    assert is_reachable(inner, None)
    assert is_reachable(inner.parent, SOMEBODY) == is_reachable(place, SOMEBODY)
    if IS_ROOT:
        assert not is_reachable(inner, SOMEBODY)
        os.chown(inner, NOBODY, NOBODY)
        assert is_reachable(inner, SOMEBODY)


@as_root
def test_data_that_were_left_to_another_user_are_run_as_that_user(place):
    with stopped_afterwards(place / "data") as server:
        server.url()
    moved = copied(place / "data", place / "moved")
    subprocess.run(["/bin/chown", "-R", "1:1", str(moved / "postgres" / "pg18")], check=True)

    with stopped_afterwards(moved) as server:
        server.url()
        assert uid_of(state_in(moved).server.pid) == 1
