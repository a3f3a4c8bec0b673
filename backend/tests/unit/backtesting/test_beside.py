import os
import subprocess
import sys

import pytest

from hyperbot.backtesting.beside import beside


def test_the_work_is_done_in_a_copy_that_changes_nothing_here():
    seen: list[int] = []

    def work() -> int:
        seen.append(1)
        return os.getpid()

    answer = beside(work)
    assert isinstance(answer(), int)
    if (os.cpu_count() or 1) > 1:
        assert seen == []


def test_an_error_is_raised_where_the_result_is_asked_for():
    def fails() -> int:
        raise ValueError("no")

    answer = beside(fails)
    with pytest.raises(ValueError, match="no"):
        answer()


def test_work_whose_copy_was_killed_is_done_here():
    here = os.getpid()

    def work() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), 9)
        return 7

    assert beside(work)() == 7


PARENT = """
import os, time
from hyperbot.backtesting.beside import beside

def work():
    os.write(1, b"working")
    time.sleep(60)

beside(work)
time.sleep(60)
"""


def test_a_copy_ends_with_the_process_that_began_it():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.read(7) == b"working"
    parent.kill()
    assert parent.stdout.read() == b""  # nobody holds the other end any more
    assert parent.wait(timeout=10) == -9
    parent.stdout.close()
