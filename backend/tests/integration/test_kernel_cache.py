"""A damaged, full or forbidden kernel cache costs time, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# One small kernel, cached as the real ones are; those would take a minute to compile each time.
PROGRAM = """
import pathlib, sys
from hyperbot.detection import kernel

@kernel.kernel
def twice(number):
    return 2 * number

print(twice(21), pathlib.Path(kernel.CACHE_FOLDER).is_relative_to(sys.argv[1]))
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def run(program: Path, cache: Path) -> str:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "NUMBA_DISABLE_JIT": "0"}
    done = subprocess.run(
        [sys.executable, str(program), str(cache)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def cached(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.suffix in {".nbi", ".nbc"})


def test_a_kernel_is_compiled_once_and_read_from_then_on(program, tmp_path):
    cache = tmp_path / "cache"
    assert run(program, cache) == "42 True"
    before = {path: path.stat().st_mtime_ns for path in cached(cache)}
    assert before
    assert run(program, cache) == "42 True"
    assert {path: path.stat().st_mtime_ns for path in cached(cache)} == before


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("left", [b"", b"\x80\x05damaged", b"x" * 100])
def test_a_damaged_cache_is_made_anew(program, tmp_path, suffix, left):
    cache = tmp_path / "cache"
    run(program, cache)
    damaged = [path for path in cached(cache) if path.suffix == suffix]
    for path in damaged:
        path.write_bytes(left)
    assert run(program, cache) == "42 True"
    assert all(path.read_bytes() != left for path in damaged if path.exists())
    assert run(program, cache) == "42 True"


def test_a_cache_folder_that_cannot_be_made_is_replaced_by_a_private_one(program, tmp_path):
    cache = tmp_path / "cache"
    cache.write_text("not a folder")
    assert run(program, cache) == "42 False"
    assert cache.read_text() == "not a folder"
