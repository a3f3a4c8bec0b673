"""A second piece of work at the same time as the first, on another core."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

T = TypeVar("T")


def beside(task: Callable[[], T]) -> Callable[[], T]:
    """Begin `task` in a copy of this process; the answer waits for its result, or raises its error.

    Nothing that it changes is seen here, only what it returns. Where processes cannot be copied,
    or there is one core, it is done when the result is asked for. A copy whose result nobody asks
    for ends with this process.
    """
    if "fork" not in multiprocessing.get_all_start_methods() or (os.cpu_count() or 1) < 2:
        return task
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    copy = context.Process(target=_work, args=(task, there), daemon=True)
    copy.start()
    there.close()

    def answer() -> T:
        try:
            is_done, result = here.recv()
        except EOFError:  # it was killed: out of memory, or by a person
            return task()
        finally:
            copy.join()
        if not is_done:
            raise result
        value: T = result
        return value

    return answer


def _end_with_parent() -> None:
    """Whoever waits for our output must not wait for a copy whose result nobody will read."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _work(task: Callable[[], T], there: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that people see
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        there.send((True, task()))
    except BaseException as error:  # noqa: BLE001 - told where the result is asked for
        there.send((False, error))
