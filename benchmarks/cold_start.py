"""The `hyperbot` command in fresh processes: with nothing compiled, and from the cache."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple, cast

import pyarrow as pa
from pyarrow import parquet

from benchmarks.candles import synthetic
from benchmarks.results import Result, said
from hyperbot.domain.market import COLUMN_NAMES

CANDLES = 5_000
RUNS = 9
LIGHT = ("--help", "candles list", "candles --help", "detect --help", "chart --help")
"""commands that need no kernel"""

# The command as users have it: pyarrow imports pandas if it is there, which a peer brought here.
_AS_INSTALLED = "import sys; sys.modules['pandas'] = None; "
_COMMAND = "from hyperbot.cli import main; sys.argv[0] = 'hyperbot'; main()"
_SAYS_NUMBA = "import atexit; atexit.register(lambda: print('numba' in sys.modules)); "
_FIRST_PUSH = """
from benchmarks.candles import synthetic
from hyperbot.detection import Detector
Detector().push(synthetic(1)[0])
"""


class Run(NamedTuple):
    """One process, from its start."""

    first_output: float
    """seconds by the clock until the first byte of standard output"""
    cpu: float
    """seconds of processor time of the whole process"""
    told: str
    """standard error"""
    printed: str


def measure(*, quick: bool) -> Iterator[Result]:
    """With folders of its own for the kernels and the candle store; quick: the usual kernels."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Fresh(Path(folder), None if quick else Path(folder) / "kernels")
        detect = f"detect --candles {_file(Path(folder))}"
        if not quick:
            yield from _cold(fresh, detect)
        fresh.command(detect)
        yield from _detecting(fresh, detect)
        fresh.command("candles list")
        for command in LIGHT:
            yield from _light(fresh, command)


class Fresh:
    """Starts processes; `kernels` is the folder for compiled kernels, None the usual one."""

    def __init__(self, place: Path, kernels: Path | None) -> None:
        self._place = place
        self._environment = os.environ | {"HYPERBOT_DATA_DIR": str(place / "data")}
        if kernels is not None:
            self._environment["NUMBA_CACHE_DIR"] = str(kernels)

    def command(self, arguments: str, prelude: str = "") -> Run:
        """Run `hyperbot` with these arguments."""
        return self.python(_AS_INSTALLED + prelude + _COMMAND, arguments.split())

    def python(self, code: str, arguments: Sequence[str] = ()) -> Run:
        """Run Python. Raises RuntimeError if it fails."""
        with (self._place / "told").open("w+", encoding="utf-8") as told:
            began, before = time.perf_counter(), _children_cpu()
            with subprocess.Popen(
                [sys.executable, "-c", code, *arguments],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
            ) as process:
                output = cast("IO[str]", process.stdout)
                first = output.read(1)
                waited = time.perf_counter() - began
                printed = first + output.read()
            told.seek(0)
            complaint = told.read().strip()
        if process.returncode:
            raise RuntimeError(f"{code} {' '.join(arguments)} failed: {complaint}")
        return Run(waited, _children_cpu() - before, complaint, printed.strip())


def _cold(fresh: Fresh, detect: str) -> Iterator[Result]:
    run = fresh.command(detect)
    yield Result(
        "start: first `hyperbot detect`, compiling everything, processor time",
        *(run.cpu, "s"),
        limit=60,
        note=f"{run.first_output:.1f} s by the clock, whatever else ran",
    )
    yield said("start: it says that it compiles", holds="ompiling" in run.told, note=run.told)
    yield Result(
        "start: the first `hyperbot detect --to` after it, processor time",
        *(fresh.command(f"{detect} --to 2025-01-03").cpu, "s"),
        limit=1.5,
    )
    yield Result(
        "start: first push of a Detector after it, compiling anew, processor time",
        *(fresh.python(_FIRST_PUSH).cpu, "s"),
        limit=60,
    )


def _detecting(fresh: Fresh, detect: str) -> Iterator[Result]:
    runs = [fresh.command(detect) for _ in range(RUNS)]
    name = "start: `hyperbot detect`, compiled before"
    cpu, wall = min(run.cpu for run in runs), min(run.first_output for run in runs)
    best = f"best of {RUNS}"
    yield Result(f"{name}, processor time", cpu, "s", limit=1.5, goal=1.0, note=best)
    yield Result(f"{name}, first output by the clock", wall, "s", limit=1.5, goal=1.0, note=best)


def _light(fresh: Fresh, command: str) -> Iterator[Result]:
    runs = [fresh.command(command) for _ in range(RUNS)]
    wall = min(run.first_output for run in runs)
    yield Result(
        f"start: `hyperbot {command}`, first output by the clock",
        *(wall, "s"),
        limit=0.3,
        goal=0.2,
        note=f"best of {RUNS}; processor time {min(run.cpu for run in runs):.2f} s",
    )
    printed = fresh.command(command, _SAYS_NUMBA).printed
    yield said(f"start: `hyperbot {command}` imports no Numba", holds=printed.endswith("False"))


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _file(place: Path) -> Path:
    series, path = synthetic(CANDLES), place / "BTC-1m.parquet"
    columns = dict(zip(COLUMN_NAMES, series.columns, strict=True))
    parquet.write_table(pa.table({"ts": series.ts, **columns}), path)
    return path
