"""Kills, failing disks and neighbours: the store keeps what it had."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from candle_builders import random_walk
from hyperbot.storage.candle_store import CandleStore

TESTS = Path(__file__).resolve().parents[2]  # where candle_builders lies

# Writes a delivery over and over; the n-th time, the n-th thing that it does to the disk kills it
# with SIGKILL, or fails as a full disk does. Python announces each such thing to audit hooks
# before it happens. Everything runs in forked children, so that each starts from the same state.
AT_EVERY_STEP = """
import errno, json, os, shutil, signal, sys
from pathlib import Path
import pyarrow.parquet
from candle_builders import random_walk
from hyperbot.domain.errors import Fatal
from hyperbot.storage.candle_store import CandleStore

pyarrow.table([random_walk(1).ts], names=["ts"])  # imports what it wants once, for all children
folder, how = Path(sys.argv[1]), sys.argv[2]
OLD, NEW = random_walk(300, timeframe="1d"), random_walk(600, timeframe="1d")  # two years more
CHANGES = {"open", "os.rename", "os.remove", "os.mkdir"}

def store_in(place):
    return CandleStore(place / "data", place / "cache")

def in_child(act, *arguments):
    child = os.fork()
    if child == 0:
        try:
            os._exit(act(*arguments) or 0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(99)
    return os.waitpid(child, 0)[1]

def write_old():
    store_in(folder / "old").write("binance", OLD)
    store_in(folder / "old").read("binance", "BTC", "1d")

def write_until(step):
    place, seen = str(folder / "work"), 0
    def hook(event, arguments):
        nonlocal seen
        if event in CHANGES and isinstance(arguments[0], str) and arguments[0].startswith(place):
            seen += 1
            if seen == step and how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if seen == step:
                raise OSError(errno.ENOSPC, "No space left on device", arguments[0])
    sys.addaudithook(hook)
    try:
        store_in(folder / "work").write("binance", NEW)
    except Fatal as error:
        assert "No space left on device" in str(error), error
        return 3
    return 7 if seen < step else 0

def check(must_be_new):
    work = store_in(folder / "work")
    series = work.read("binance", "BTC", "1d")
    assert series == NEW or (series == OLD and not must_be_new), series
    (folder / "states").open("a").write("new " if series == NEW else "old ")
    tail = random_walk(601, timeframe="1d")
    work.write("binance", tail)
    assert work.read("binance", "BTC", "1d") == tail
    counting = {file.name for record in work.list() for file in record.files}
    there = {path.name for path in (folder / "work" / "data").rglob("*") if path.is_file()}
    assert there == counting | {"manifest.json", ".lock"}, there

assert in_child(write_old) == 0
step = 0
while True:
    step += 1
    shutil.copytree(folder / "old", folder / "work")
    ended = os.waitstatus_to_exitcode(in_child(write_until, step))
    if ended == 7:
        break
    assert ended in {"kill": (-signal.SIGKILL,), "fail": (3, 0)}[how], ended
    assert in_child(check, ended == 0) == 0, f"step {step}"
    shutil.rmtree(folder / "work")
print(json.dumps((folder / "states").read_text().split()))
"""


def run(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={"PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("how", ["kill", "fail"])
def test_whatever_happens_at_any_step_the_old_or_the_new_state_is_readable(tmp_path, how):
    process = run(AT_EVERY_STEP, tmp_path, how)
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    states = json.loads(printed)
    if how == "kill":  # while a folder that cannot be made, since it is there, stops nothing
        assert states == sorted(states, reverse=True)
    assert states.count("old") >= 8
    assert states.count("new") >= 2


APPEND_FOR_EVER = """
import sys
from pathlib import Path
from candle_builders import random_walk
from hyperbot.storage.candle_store import CandleStore
store = CandleStore(Path(sys.argv[1]) / "data", Path(sys.argv[1]) / "cache")
market = random_walk(100_000)
for end in range(1, 100_000):
    store.write("binance", market[end - 1 : end])
    print(end, flush=True)
"""


def test_kill_9_in_the_middle_of_appending_loses_nothing_that_was_told_to_be_written(tmp_path):
    store = CandleStore(tmp_path / "data", tmp_path / "cache")
    market = random_walk(100_000)
    for wait_seconds in (0.0, 0.013, 0.037):
        process = run(APPEND_FOR_EVER, tmp_path)
        process.stdout.readline()
        time.sleep(wait_seconds)
        process.send_signal(signal.SIGKILL)
        told = [1, *map(int, process.communicate()[0].split())]
        series = store.read("binance", "BTC", "5m")
        assert len(series) >= told[-1]
        assert series == market[: len(series)]


def test_readers_see_whole_states_while_another_process_writes(tmp_path):
    process = run(APPEND_FOR_EVER, tmp_path)
    process.stdout.readline()
    store = CandleStore(tmp_path / "data", tmp_path / "cache")
    market, lengths = random_walk(100_000), [0]
    try:
        while lengths[-1] < 30 and process.poll() is None:
            series = store.read("binance", "BTC", "5m")
            assert series == market[: len(series)]
            lengths.append(len(series))
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()
    assert lengths == sorted(lengths)


APPEND_EVERY_SECOND = """
import sys
from pathlib import Path
from candle_builders import random_walk
from hyperbot.storage.candle_store import CandleStore
store = CandleStore(Path(sys.argv[1]) / "data", Path(sys.argv[1]) / "cache")
for place in range(int(sys.argv[2]), 30, 2):
    assert store.write("binance", random_walk(30)[place : place + 1]).added == 1
    store.write("binance", random_walk(1, coin=f"COIN{place}"))
"""


def test_two_processes_that_append_at_once_lose_nothing(tmp_path):
    processes = [run(APPEND_EVERY_SECOND, tmp_path, first) for first in (0, 1)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    for process in processes:
        process.communicate()
    store = CandleStore(tmp_path / "data", tmp_path / "cache")
    assert store.read("binance", "BTC", "5m") == random_walk(30)
    assert len(store.list()) == 31
