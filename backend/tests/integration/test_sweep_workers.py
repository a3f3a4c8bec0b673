"""A sweep finds the same bytes on one worker, on two, on a cluster, and when workers are killed.

Real processes: those of the command, a Dask scheduler and its workers, all on loopback.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest
from pyarrow import parquet

from hyperbot.domain.market import COLUMN_NAMES, Timeframe
from hyperbot.exchange.synthetic import synthesize

pytestmark = pytest.mark.slow
BEGIN = 1_735_689_600_000
CANDLES = 12_000
SECONDS = 60
FOUND = ("sweep.json", "sweep.parquet", "best.yaml")
COMMAND = "import sys; from hyperbot.cli import main; sys.argv[0] = 'hyperbot'; main()"
RULE = """
id: le
name: LE
direction: both
entry_type: LE
timeframe: 5m
conditions:
  - {kind: structure, event: trend, timeframe: 15m, weight: 1}
  - {kind: zone, zone: support, max_distance_atr: 2, within: 3, weight: 1}
confluence_required: {min_score: 0.4}
risk_params: {stop: {beyond: atr, atr_multiple: 3}}
"""
# Each value of structure.left must be detected anew: that makes work.
VARIED = (
    "*:conditions.1.parameters.structure.left=2:13:1",
    "*:risk_params.stop.atr_multiple=2,3,4",
    "*:confluence_required.min_score=0.3,0.6,1.5",
)


class Place(NamedTuple):
    """Where the sweeps of this module find their data."""

    folder: Path
    environment: dict[str, str]

    def command(self, out: str, *more: str) -> list[str]:
        varied = [word for each in VARIED for word in ("--vary", each)]
        given = [
            "--rules",
            str(self.folder / "rule.yaml"),
            "--candles",
            str(self.folder / "binance"),
        ]
        kept = ["--out", str(self.folder / out), "--json"]
        return [sys.executable, "-c", COMMAND, "sweep", *given, *varied, *kept, *more]

    def begin(self, out: str, *more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(out, *more),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, out: str, *more: str) -> subprocess.CompletedProcess[str]:
        process = self.begin(out, *more)
        told = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, *told)

    def finished(self, out: str) -> int:
        """Chunks that are on the disk."""
        return len(list((self.folder / out / "chunks").glob("*.npz")))

    def found(self, out: str) -> dict[str, bytes]:
        return {name: (self.folder / out / name).read_bytes() for name in FOUND}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "binance").mkdir()
    for seed, coin in enumerate(("BTC", "DOGE")):
        series = synthesize(coin, Timeframe.parse("5m"), BEGIN, CANDLES, seed=seed)
        columns = dict(zip(COLUMN_NAMES, series.columns, strict=True))
        parquet.write_table(
            pa.table({"ts": series.ts, **columns}), folder / "binance" / f"{coin}-5m.parquet"
        )
    (folder / "rule.yaml").write_text(RULE)
    environment = os.environ | {"HYPERBOT_DATA_DIR": str(folder / "data")}
    return Place(folder, environment)


@pytest.fixture(scope="module")
def expected(place: Place) -> dict[str, bytes]:
    """What one worker finds, undisturbed."""
    done = place.run("one", "--workers", "1")
    assert done.returncode == 0, done.stderr
    return place.found("one")


def wait_for(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, f"waited too long for {what}"
        time.sleep(0.005)


def children_of(process: int) -> list[int]:
    """Its children that run Python's spawned workers, not the one that tracks resources."""
    told = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in told}
    return [child for child, line in lines.items() if b"spawn_main" in line]


def test_the_findings_are_whole(place, expected):
    told = json.loads(expected["sweep.json"])
    assert (told["variants"], told["backtests"]) == (72, 144)
    assert sum(told["refused"].values()) == 36
    assert told["trials"]["variants"] == 144
    assert {each["coin"] for each in told["hold_outs"]} == {"BTC", "DOGE"}
    rows = parquet.read_table(place.folder / "one" / "sweep.parquet").to_pylist()
    assert len(rows) == 144
    assert sum(row["trades"] for row in rows) > 1_000


def test_a_worker_killed_in_the_middle_is_replaced_and_nothing_is_lost(place, expected):
    with place.begin("two", "--workers", "2") as process:
        wait_for(lambda: place.finished("two") > 0, "the first chunk")
        os.kill(children_of(process.pid)[0], signal.SIGKILL)
        finished = place.finished("two")
        _, told = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, told
    assert finished < place.finished("two")
    assert place.found("two") == expected


def test_a_sweep_that_was_stopped_goes_on_where_it_was(place, expected):
    with place.begin("stopped", "--workers", "2") as process:
        wait_for(lambda: place.finished("stopped") > 0, "the first chunk")
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "the same command goes on from there" in told
    assert "Traceback" not in told
    chunks = list((place.folder / "stopped" / "chunks").iterdir())
    written = {chunk: chunk.stat().st_mtime_ns for chunk in chunks}
    assert not (place.folder / "stopped" / "sweep.json").exists()
    assert place.run("stopped", "--workers", "2").returncode == 0
    assert place.found("stopped") == expected
    assert len(written) < place.finished("stopped")
    assert all(chunk.stat().st_mtime_ns == at for chunk, at in written.items())


def test_a_command_that_is_killed_leaves_no_worker_behind_and_goes_on(place, expected):
    with place.begin("killed", "--workers", "2") as process:
        wait_for(lambda: place.finished("killed") > 0, "the first chunk")
        workers = children_of(process.pid)
        process.kill()
    assert len(workers) == 2
    wait_for(lambda: not any(map(is_running, workers)), "the workers to end")
    finished = place.finished("killed")
    assert place.run("killed", "--workers", "2").returncode == 0
    assert finished < place.finished("killed")
    assert place.found("killed") == expected


def is_running(process: int) -> bool:
    """Whether it is there, and not just waiting to be forgotten."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_another_sweep_in_the_same_folder_is_refused(place, expected):
    done = place.run("one", "--workers", "1", "--folds", "3")
    assert done.returncode == 2
    assert "holds another sweep, which differs in folds" in done.stderr


class Cluster(NamedTuple):
    """A scheduler, and the workers that this test started."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def cluster(place: Place, workers: int) -> Iterator[Cluster]:
    """A Dask scheduler on a free port of loopback, and worker processes of one thread each."""
    about = place.folder / "scheduler.json"
    about.unlink(missing_ok=True)  # that of an earlier one
    shared = ["--scheduler-file", str(about), "--host", "127.0.0.1", "--no-dashboard"]
    single = ["--no-nanny", "--nthreads", "1", "--local-directory", str(place.folder / "dask")]
    started: list[subprocess.Popen[bytes]] = []

    def start(module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen(command, env=place.environment, **quiet))

    try:
        start("dask_scheduler", *shared, "--port", "0", "--no-show")
        wait_for(about.exists, "the scheduler")
        for _ in range(workers):
            start("dask_worker", *shared, *single)
        yield Cluster(json.loads(about.read_text())["address"], started[1:])
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def test_a_cluster_finds_the_same_though_one_of_its_workers_is_killed(place, expected):
    with cluster(place, 2) as found:
        with place.begin("cluster", "--cluster", found.address) as process:
            wait_for(lambda: place.finished("cluster") > 0, "the first chunk")
            finished = place.finished("cluster")
            found.workers[0].kill()  # kill -9
            _, told = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, told
        assert found.workers[1].poll() is None
        assert finished < place.finished("cluster")
    assert place.found("cluster") == expected


def test_no_scheduler_is_one_sentence(place):
    done = place.run("nowhere", "--cluster", "tcp://127.0.0.1:9")
    assert done.returncode == 2
    assert "no Dask scheduler answers there" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--cluster", "tcp://127.0.0.1:9"), "no Dask scheduler answers there"),
        (("--vary", "*:risk_params.cooldown_candles=-1"), "no combination of --vary makes a rule"),
    ],
)
def test_a_sweep_that_cannot_begin_locks_nothing_and_leaves_nothing(place, more, sentence):
    fresh = place._replace(
        environment=place.environment | {"HYPERBOT_DATA_DIR": f"{place.folder}/f"}
    )
    done = fresh.run("refused", *more)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert not (place.folder / "refused").exists()
    assert not list((place.folder / "f").rglob("*hold*"))
    assert not list((place.folder / "f").rglob("trials/*"))
