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
RUNS = 7
_COMMAND = "import sys; from hyperbot.cli import main; sys.argv[0] = 'hyperbot'; main()"
_MODULES = "import atexit, sys; atexit.register(lambda: print('numba' in sys.modules)); "
# Each needs no kernel.
LIGHT = (("--help",), ("candles", "list"), ("candles", "--help"), ("detect", "--help"))


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
    """In a folder of its own, for the kernels and for the candle store."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        detect = ["detect", "--candles", str(_file(place))]
        if not quick:
            yield from _cold(detect, place)
            spans = _run([*detect, "--to", "2025-01-03"], place, kernels=place)
            yield Result(
                "start: first `detect --to` after the first `detect`, processor time",
                *(spans.cpu, "s"),
                limit=1.5,
            )
        kernels = None if quick else place
        _run(detect, place, kernels=kernels)
        yield _first_output("detect, compiled before", detect, place, (1.5, 1.0), kernels)
        for arguments in LIGHT:
            command = " ".join(arguments)
            yield _first_output(command, arguments, place, (0.3, 0.2), kernels)
            loads = _run(arguments, place, kernels=kernels, prelude=_MODULES).printed
            yield said(
                f"start: `hyperbot {command}` imports no Numba", holds="True" not in loads[-6:]
            )


def _cold(detect: Sequence[str], place: Path) -> Iterator[Result]:
    run = _run(detect, place, kernels=place)
    yield Result(
        "start: first `hyperbot detect`, compiling everything, processor time",
        *(run.cpu, "s"),
        limit=60,
        note=f"{run.first_output:.1f} s by the clock, whatever else ran",
    )
    yield said("start: it says that it compiles", holds="ompiling" in run.told, note=run.told)


def _first_output(
    name: str,
    arguments: Sequence[str],
    place: Path,
    limits: tuple[float, float],
    kernels: Path | None,
) -> Result:
    runs = [_run(arguments, place, kernels=kernels) for _ in range(RUNS)]
    return Result(
        f"start: first output of `hyperbot {name}`",
        *(min(run.first_output for run in runs), "s"),
        limit=limits[0],
        goal=limits[1],
        note=f"best of {RUNS}; processor time {min(run.cpu for run in runs):.2f} s",
    )


def _run(arguments: Sequence[str], place: Path, *, kernels: Path | None, prelude: str = "") -> Run:
    """Run the command; `kernels`: where it keeps them, None for the usual place."""
    environment = os.environ | {"HYPERBOT_DATA_DIR": str(place / "data"), "COLUMNS": "100"}
    if kernels is not None:
        environment["NUMBA_CACHE_DIR"] = str(kernels / "kernels")
    command = [sys.executable, "-c", prelude + _COMMAND, *arguments]
    with (place / "told").open("w+", encoding="utf-8") as told:
        began, before = time.perf_counter(), _children_cpu()
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=told, text=True, bufsize=1
        ) as process:
            output = cast("IO[str]", process.stdout)
            first = output.read(1)
            waited = time.perf_counter() - began
            printed = first + output.read()
        told.seek(0)
        said_on_error = told.read().strip()
    if process.returncode:
        raise RuntimeError(f"hyperbot {' '.join(arguments)} failed: {said_on_error}")
    return Run(waited, _children_cpu() - before, said_on_error, printed.strip())


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _file(place: Path) -> Path:
    series, path = synthetic(CANDLES), place / "BTC-1m.parquet"
    columns = dict(zip(COLUMN_NAMES, series.columns, strict=True))
    parquet.write_table(pa.table({"ts": series.ts, **columns}), path)
    return path
