"""One server for all processes of a data directory: started by the first, found by the others."""

from __future__ import annotations

import getpass
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from hyperbot.domain.errors import Fatal
from hyperbot.storage.supervised.private_files import FileLock, write_private
from hyperbot.storage.supervised.records import (
    KEEP_FILE,
    LOG_FILE,
    START_LOCK,
    SUPERVISOR_LOCK,
    SUPERVISOR_LOG,
    USERS_LOCK,
    Order,
    State,
    read_state,
)

START_SECONDS, RECOVERY_SECONDS, STOP_SECONDS = 60.0, 1800.0, 90.0
"""to answer at all; to repair itself after a crash, saying so; to end"""
_POLL_SECONDS = 0.02
_held_locks: dict[Path, FileLock] = {}
"""one for each server this process uses, until the process ends: the supervisor looks at them"""


class Answer(Enum):
    """What is heard at a port."""

    NOTHING = "nothing"
    STARTING = "starting"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class SharedServer:
    """A server whose state is in `folder`; `ask` tells what is heard at a port of 127.0.0.1."""

    name: str
    folder: Path
    ask: Callable[[int], Answer]
    stop_signal: signal.Signals

    def running(self) -> State | None:
        """The state of the server if it runs and answers."""
        state = read_state(self.folder)
        if state is None or state.server is None:
            return None
        # Without its supervisor it is about to end.
        is_ours = state.supervisor.is_alive() and state.server.is_alive()
        return state if is_ours and self.ask(state.port) is Answer.READY else None

    def ensure(self, make_order: Callable[[], Order]) -> State:
        """The running server, started if need be, and kept for as long as this process lives.

        Raises Fatal when it cannot be started, Retryable when another process starts it for ever.
        """
        self._hold()
        try:
            return self.running() or self._start(make_order)
        except BaseException:
            self._let_go()
            raise

    def _start(self, make_order: Callable[[], Order]) -> State:
        start = FileLock(self.folder / START_LOCK)
        start.take_or_fail(START_SECONDS, f"{self.name} cannot be started")
        try:
            if state := self.running():  # another process was quicker
                return state
            if self._is_supervised():  # being started, or repairing itself
                with suppress(_Gone):
                    return self._until_ready(None)
            order = make_order()
            self._launch(order)
            return self._until_ready(order.run_id)
        except _Gone as gone:
            raise Fatal(str(gone)) from gone
        finally:
            start.release()

    def keep(self, state: State) -> None:
        """Let this server run until it is stopped, also when nobody uses it."""
        write_private(self.folder / KEEP_FILE, state.run_id)

    def is_kept(self, state: State) -> bool:
        """Whether it runs until it is stopped."""
        with suppress(OSError):
            return (self.folder / KEEP_FILE).read_text(encoding="utf-8") == state.run_id
        return False

    def stop(self) -> bool:
        """Stop it in order; whether it ran. Raises Fatal when it does not end."""
        if not self.folder.is_dir():
            return False
        start = FileLock(self.folder / START_LOCK)
        start.take_or_fail(START_SECONDS, f"{self.name} cannot be stopped")
        try:
            return self._stop()
        except PermissionError as error:
            raise Fatal(
                f"{self.name} runs as another user: that one, or root, can stop it"
            ) from error
        finally:
            start.release()
            self._let_go()

    def inherit(self) -> None:
        """Let the program that this process turns into count as a user of the server."""
        if lock := _held_locks.get(self.folder):
            lock.inherit()

    def _stop(self) -> bool:
        (self.folder / KEEP_FILE).unlink(missing_ok=True)
        if not (state := read_state(self.folder)):
            return False
        ran = False
        for process, number in (
            (state.supervisor, signal.SIGTERM),
            (state.server, self.stop_signal),  # where the supervisor was killed
        ):
            if process is None or not process.is_alive():
                continue
            ran = True
            process.signal(number)
            if not process.ends_within(STOP_SECONDS):
                raise Fatal(f"{self.name} (pid {process.pid}) does not end: see {self._log()}")
        return ran

    def _hold(self) -> None:
        if self.folder not in _held_locks:
            lock = FileLock(self.folder / USERS_LOCK)
            lock.take_or_fail(STOP_SECONDS, f"{self.name} is being stopped", shared=True)
            _held_locks[self.folder] = lock

    def _let_go(self) -> None:
        if lock := _held_locks.pop(self.folder, None):
            lock.release()

    def _is_supervised(self) -> bool:
        lock = FileLock(self.folder / SUPERVISOR_LOCK)
        is_free = lock.take()
        lock.release()
        return not is_free

    def _launch(self, order: Order) -> None:
        import json  # noqa: PLC0415 - only to start

        write_private(self.folder / SUPERVISOR_LOG, "")
        with (self.folder / SUPERVISOR_LOG).open("ab") as log:
            # -P: a file json.py in the current folder must not be taken for Python's own.
            begun = subprocess.run(
                [sys.executable, "-P", "-m", "hyperbot.storage.supervised.supervisor"],
                input=json.dumps(asdict(order)).encode(),
                stdout=log,
                stderr=log,
                check=False,
            )
        if begun.returncode:
            raise Fatal(f"{self.name} cannot be started: see {self.folder / SUPERVISOR_LOG}")

    def _until_ready(self, run_id: str | None) -> State:
        """Wait for this run's server, or a quicker one. Raises _Gone when it ended instead."""
        begun = time.monotonic()
        most_seconds = START_SECONDS
        while True:
            state = read_state(self.folder)
            has_ended = state and (state.failure or not state.supervisor.is_alive())
            if state and has_ended and run_id in {None, state.run_id}:
                raise _Gone(self._sentence(state.failure or "its supervisor was killed"))
            # Also of another run: whoever began it may have been killed before it could be seen.
            if state and not has_ended and state.server:
                answer = self.ask(state.port)
                if answer is Answer.READY:
                    return state
                if answer is Answer.STARTING:
                    most_seconds = RECOVERY_SECONDS
            if time.monotonic() - begun > most_seconds:
                raise Fatal(self._sentence(f"it did not answer within {most_seconds:g} s"))
            time.sleep(_POLL_SECONDS)

    def _sentence(self, reason: str) -> str:
        return f"{self.name} could not be started: {reason} (see {self._log()})"

    def _log(self) -> Path:
        return self.folder / LOG_FILE


class _Gone(Exception):
    """The server that was waited for ended."""


def who_starts() -> str:
    """This command and its user, for people."""
    program = Path(sys.argv[0]).name or "python"
    # Of other programs' arguments nothing is told: they may be secret.
    words = [program, *filter(str.isalpha, sys.argv[1:3] if program == "hyperbot" else ())]
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user without a name
        user = str(os.getuid())
    return f"{' '.join(words)} ({user}, pid {os.getpid()})"
