"""A new folder of PostgreSQL's data: whole, or not there at all."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from hyperbot.domain.errors import Fatal
from hyperbot.storage.supervised.owner import Owner

DATABASE, ROLE, SUPERUSER = "hyperbot", "hyperbot", "postgres"
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
"""all that a server is told of ours: variables such as PGDATA stay here"""
HALF_DONE = ".half-done"
_HOST_RULES = """\
# Nobody gets in without a password, and from this machine alone.
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
"""
_BUILTIN_LOCALES_SINCE = 17
_MOST_PATH_BYTES = 900
"""PostgreSQL keeps paths in 1,024 bytes, and appends to them"""


def initialise(programs: Path, data: Path, owner: Owner | None, passwords: tuple[str, str]) -> None:
    """Make `data`: our role, its database and pgvector in it.

    `passwords`: of the superuser `postgres`, and of the role `hyperbot`, which owns its database,
    may make others, and no more. Nothing listens meanwhile. Raises Fatal, and OSError.
    """
    if len(os.fsencode(data)) > _MOST_PATH_BYTES:
        raise Fatal(f"PostgreSQL cannot work in a folder whose path is so long: {data}")
    # Each try has a folder of its own: programs of one that was killed may still write into theirs.
    for former in data.parent.glob(f"{data.name}{HALF_DONE}*"):
        shutil.rmtree(former, ignore_errors=True)
    half_done = data.with_name(f"{data.name}{HALF_DONE}-{secrets.token_hex(4)}")
    half_done.mkdir(mode=0o700)
    try:
        if owner is not None:
            os.chown(half_done, owner.uid, owner.gid)
        _run(_initdb(programs, half_done), owner)
        (half_done / "pg_hba.conf").write_text(_HOST_RULES, encoding="utf-8")
        _fill(programs / "postgres", half_done, owner, passwords)
        half_done.rename(data)
    except BaseException:
        shutil.rmtree(half_done, ignore_errors=True)
        raise


def _initdb(programs: Path, data: Path) -> list[str]:
    # Its own sorting and letters: the same everywhere, whatever the system's C library thinks.
    locale = "C.UTF-8" if sys.platform == "linux" else "C"
    major = int(data.name.removeprefix("pg").partition(HALF_DONE)[0])
    builtin = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    return [
        *(str(programs / "initdb"), "-D", str(data), "-U", SUPERUSER, "--encoding=UTF8"),
        *(builtin if major >= _BUILTIN_LOCALES_SINCE else ()),
        *(f"--locale={locale}", "--lc-messages=C", "--auth=reject", "--no-instructions"),
        "--data-checksums",
    ]


def _fill(postgres: Path, data: Path, owner: Owner | None, passwords: tuple[str, str]) -> None:
    superusers, ours = passwords
    alone = [str(postgres), "--single", "-D", str(data), "-c", "exit_on_error=true"]
    commands = (
        f"ALTER ROLE {SUPERUSER} PASSWORD '{superusers}'",
        f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{ours}'",
        f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
    )
    # First, so that every new database has it: only the superuser may make it.
    _run([*alone, "template1"], owner, "CREATE EXTENSION vector")
    _run([*alone, "postgres"], owner, "\n".join(commands))


def _run(command: list[str], owner: Owner | None, standard_input: str = "") -> None:
    """Run a program as the owner."""
    ended = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        command,
        input=standard_input,
        capture_output=True,
        text=True,
        errors="replace",
        env=ENVIRONMENT,
        cwd="/",
        umask=0o077,
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        check=False,
    )
    if ended.returncode:
        raise Fatal(
            f"a new database could not be made in {Path(command[command.index('-D') + 1]).parent}: "
            f"{_first_problem(ended)}"
        )


def _first_problem(ended: subprocess.CompletedProcess[str]) -> str:
    lines = ended.stderr.splitlines()
    problems = [line for line in lines if "error:" in line or "FATAL" in line or "ERROR" in line]
    last = (problems or lines or [f"it ended with {ended.returncode}"])[0]
    return last.strip()[-300:]
