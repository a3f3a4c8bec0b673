"""Kills, full disks and neighbours: what was acknowledged is counted, whatever happens."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.trial_ledger import TrialLedger
from trial_builders import NOW, hold_out, ledger_with, trial

TESTS = Path(__file__).resolve().parents[2]  # where trial_builders lies

# Does something to a ledger over and over; the n-th time, the n-th thing that it does to the disk
# kills it with SIGKILL, or fails as a full disk does (Python announces each such thing to audit
# hooks). Everything runs in forked children, so that each starts from the same state.
AT_EVERY_STEP = """
import errno, os, shutil, signal, sys
from pathlib import Path
from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.trial_ledger import TrialLedger
from trial_builders import NOW, hold_out, ledger_with, trial

folder, how, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
CHANGES = {"open", "os.rename", "os.remove", "os.mkdir", "os.link", "os.truncate", "fcntl.flock"}

def prepare(place):
    if what != "first":
        ledger_with(place, 3)
    if what == "restart without ledger":
        (place / "ledger.jsonl").unlink()
    if what == "restart without head":
        (place / "head.json").unlink()
    ledger, head = place / "ledger.jsonl", place / "head.json"
    if what == "begun without head":
        head.unlink()
        ledger.write_bytes(ledger.read_bytes().splitlines(keepends=True)[0])
    if what == "begun beside the former head":
        former = head.read_bytes()
        ledger.unlink()
        TrialLedger(place).restart("killed between its files", NOW)
        head.write_bytes(former)
    if what == "repair":
        with (place / "ledger.jsonl").open("ab") as file:
            file.write(b'{"number":5,"ki')

def act(place):
    if what.startswith("restart"):
        TrialLedger(place).restart("tested", NOW)
    else:
        TrialLedger(place).record([trial(100), trial(101)], NOW)

def in_child(function, *arguments):
    child = os.fork()
    if child == 0:
        try:
            os._exit(function(*arguments) or 0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(99)
    return os.waitpid(child, 0)[1]

def act_until(step):
    place, seen = folder / "work", 0
    def hook(event, arguments):
        nonlocal seen
        is_ours = event == "fcntl.flock" or str(arguments[0]).startswith(str(place))
        if event in CHANGES and is_ours:
            seen += 1
            if seen == step and how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if seen == step:
                raise OSError(errno.ENOSPC, "No space left on device", str(arguments[0]))
    sys.addaudithook(hook)
    try:
        act(place)
    except InvalidInput as error:
        assert "No space left on device" in str(error), error
        return 3
    return 7 if seen < step else 0

def check(was_acknowledged):
    place = folder / "work"
    ledger = TrialLedger(place)
    if what.startswith("restart"):
        try:
            restarts = ledger.summary().restarts
        except InvalidInput:  # not begun: it can be tried again
            assert not was_acknowledged
            restarts = ledger.restart("tested", NOW).restarts
        assert [each.reason for each in restarts] == ["tested"], restarts
        assert ledger.so_far().variants == 3
        return
    before = 0 if what in {"first", "begun without head"} else 3
    variants = ledger.so_far().variants
    assert variants == before + 2 if was_acknowledged else variants in {before, before + 2}
    assert ledger.record([trial(100), trial(101), trial(102)], NOW).variants == before + 3
    assert TrialLedger(place).so_far().variants == before + 3
    names = {path.name for path in place.iterdir() if "-until-" not in path.name}
    assert names == {".lock", "ledger.jsonl", "head.json"}, names

assert in_child(prepare, folder / "before") == 0
for step in range(1, 60):
    shutil.rmtree(folder / "work", ignore_errors=True)
    if what != "first":
        shutil.copytree(folder / "before", folder / "work")
    status = in_child(act_until, step)
    code = os.waitstatus_to_exitcode(status)
    assert code in {-signal.SIGKILL, 0, 3, 7}, (step, code)
    assert in_child(check, code in {0, 7}) == 0, step
    if code == 7:
        break
print("steps", step)
assert 5 < step < 59
"""

APPEND = """
import sys
from pathlib import Path
from hyperbot.storage.trial_ledger import TrialLedger
from trial_builders import NOW, trial
ledger, begin, most, batch = TrialLedger(Path(sys.argv[1])), *map(int, sys.argv[2:])
for number in range(begin, begin + most, batch):
    ledger.record([trial(each) for each in range(number, number + batch)], NOW)
    print(number, flush=True)
"""


READ = """
import sys
from pathlib import Path
from hyperbot.storage.trial_ledger import TrialLedger
seen, reads = 0, 0
while seen < int(sys.argv[2]):
    ledger = TrialLedger(Path(sys.argv[1]))
    assert seen <= ledger.so_far().variants <= len(list(ledger.trials()))
    seen, reads = ledger.so_far().variants, reads + 1
print(reads)
"""


def started(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "what",
    [
        "first",
        "next",
        "repair",
        "begun without head",
        "begun beside the former head",
        "restart without ledger",
        "restart without head",
    ],
)
@pytest.mark.parametrize("how", ["kill", "fail"])
def test_a_crash_at_every_step_loses_nothing_and_heals(tmp_path, how, what):
    with started(AT_EVERY_STEP, tmp_path, how, what) as process:
        printed, errors = process.communicate(timeout=120)

    assert process.returncode == 0, errors
    assert printed.startswith("steps")


def test_processes_at_once_lose_nothing(tmp_path):
    reader = started(READ, tmp_path, 240)  # from before there is anything to read
    running = [started(APPEND, tmp_path, number * 1000, 40, 2) for number in range(6)]
    for process in [*running, reader]:
        with process:
            _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors

    ledger = TrialLedger(tmp_path)
    assert ledger.so_far().variants == 240
    assert [each.number for each in ledger.trials()] == list(range(2, 242))


def test_what_was_acknowledged_before_a_kill_is_counted(tmp_path):
    acknowledged = set()
    for round_number in range(8):
        begin = round_number * 100_000
        running = [started(APPEND, tmp_path, begin + each, 50_000, 7) for each in (0, 50_000)]
        assert running[0].stdout.readline()
        time.sleep(0.02 * round_number)
        acknowledged.add(begin)
        for process in running:
            process.send_signal(signal.SIGKILL)
            with process:
                printed, errors = process.communicate(timeout=60)
            assert process.returncode == -signal.SIGKILL, errors
            acknowledged |= {int(number) for number in printed.split()}

    recorded = {each.trial.rule for each in TrialLedger(tmp_path).trials()}
    expected = {f"rule-{first + each}" for first in acknowledged for each in range(7)}
    assert expected <= recorded
    before = TrialLedger(tmp_path).so_far().variants
    assert before == len(recorded)
    assert TrialLedger(tmp_path).record([trial(-1)], NOW).variants == before + 1


def test_whatever_is_left_of_an_append_the_next_one_heals_it(tmp_path):
    """Cut between the head that was acknowledged and the end, at every letter."""
    ledger = ledger_with(tmp_path, 3)
    path, head = tmp_path / "ledger.jsonl", (tmp_path / "head.json").read_bytes()
    acknowledged = path.stat().st_size
    ledger.record([trial(7), trial(8)], NOW)
    content = path.read_bytes()
    ends = [place + 1 for place in range(acknowledged, len(content)) if content[place] == ord("\n")]
    for size in range(acknowledged, len(content)):
        path.write_bytes(content[:size])
        (tmp_path / "head.json").write_bytes(head)
        whole = sum(end <= size for end in ends)
        assert TrialLedger(tmp_path).so_far().variants == 3 + whole
        if size % 16 == 0:
            assert TrialLedger(tmp_path).record([trial(9)], NOW).variants == 4 + whole
            assert TrialLedger(tmp_path).so_far().variants == 4 + whole


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_what_a_failing_disk_puts_behind_the_last_entry_is_cut_off(tmp_path_factory, garbage):
    folder = tmp_path_factory.mktemp("trials")
    ledger_with(folder, 2)
    with (folder / "ledger.jsonl").open("ab") as file:
        file.write(garbage)

    assert TrialLedger(folder).so_far().variants == 2
    assert TrialLedger(folder).record([trial(5)], NOW).variants == 3
    assert TrialLedger(folder).so_far().variants == 3


def test_a_full_disk_is_told_and_what_was_there_stays(tmp_path):
    ledger_with(tmp_path, 3)
    before = (tmp_path / "ledger.jsonl").read_bytes()
    script = f"""
import resource, sys
from pathlib import Path
from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.trial_ledger import TrialLedger
from trial_builders import NOW, trial
resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 1000}, resource.RLIM_INFINITY))
try:
    TrialLedger(Path(sys.argv[1])).record([trial(each) for each in range(100, 150)], NOW)
except InvalidInput as error:
    print(error)
"""
    with started(script, tmp_path) as process:
        printed, errors = process.communicate(timeout=60)

    assert "cannot write the ledger of trials" in printed, errors
    assert "File too large" in printed
    assert (tmp_path / "ledger.jsonl").read_bytes() == before
    assert TrialLedger(tmp_path).record([trial(9)], NOW).variants == 4


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    ledger = TrialLedger(tmp_path / "file" / "trials")
    with pytest.raises(InvalidInput, match=r"cannot write the ledger of trials: .*Not a directory"):
        ledger.record([trial()], NOW)


def test_a_ledger_that_is_a_folder_is_told(tmp_path):
    (tmp_path / "ledger.jsonl").mkdir()
    with pytest.raises(InvalidInput, match="Is a directory"):
        TrialLedger(tmp_path).so_far()


def test_one_of_many_opens_a_hold_out(tmp_path):
    ledger_with(tmp_path, 1).lock([hold_out()], NOW)
    script = """
import sys
from pathlib import Path
from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.trial_ledger import TrialLedger
from trial_builders import NOW, hold_out
try:
    TrialLedger(Path(sys.argv[1])).open_hold_outs([hold_out()], {sys.argv[2]: "a"}, NOW)
    print("opened")
except InvalidInput as error:
    print(error)
"""
    running = [started(script, tmp_path, f"rule-{number}") for number in range(5)]
    printed = []
    for process in running:
        with process:
            printed.append(process.communicate(timeout=60)[0].strip())

    winner = printed.index("opened")
    ((_, _, rules),) = TrialLedger(tmp_path).hold_outs()
    assert rules == (f"rule-{winner}",)
    others = [each for number, each in enumerate(printed) if number != winner]
    assert all(f"opened already, 2025-11-24 16:00 UTC for rule-{winner}" in each for each in others)


def test_a_system_without_locks_is_told(tmp_path):
    """Windows has no fcntl; one that cannot be imported stands in for it."""
    script = """
import sys
sys.modules["fcntl"] = None
from pathlib import Path
from hyperbot.domain.errors import HyperbotError
from hyperbot.storage.trial_ledger import TrialLedger
from trial_builders import NOW, trial
try:
    TrialLedger(Path(sys.argv[1])).record([trial()], NOW)
except HyperbotError as error:
    print(error)
"""
    with started(script, tmp_path) as process:
        printed, errors = process.communicate(timeout=60)

    assert "no locks for files" in printed, errors
