"""The process that runs one server: starts it again when it dies, stops it when nobody needs it.

`python -m hyperbot.storage.supervised.supervisor` reads an Order as JSON from standard input,
leaves the process that started it, and lives as long as the server is wanted. It needs the standard
library alone, so that it is small.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from hyperbot.storage.supervised.private_files import FileLock
from hyperbot.storage.supervised.processes import (
    Process,
    free_port,
    has_connections,
    process,
)
from hyperbot.storage.supervised.records import (
    KEEP_FILE,
    LOG_FILE,
    SUPERVISOR_LOCK,
    USERS_LOCK,
    Order,
    State,
    read_state,
)

TICK_SECONDS = 5.0
RETRY_SECONDS = 30.0
"""how long a start is tried again: a lock file stays until a dead server was reaped"""
RETRY_PAUSE_SECONDS = 0.25
STEADY_SECONDS = 10.0
"""a server that lived so long is started again however it ended"""
STOP_SECONDS = 60.0
LARGEST_LOG_BYTES = 10_000_000
TOLD_LOG_BYTES = 20_000
WORDS_OF_FAILURE = ("FATAL", "PANIC", "ERROR", "rror", "annot", "ailed", "an't", "Bad ")
_PR_SET_PDEATHSIG = 1


class Supervisor:
    """Runs the server of one Order until it is told to stop, or nobody needs it."""

    def __init__(self, order: Order, me: Process) -> None:
        self._order = order
        self._folder = Path(order.folder)
        self._log = self._folder / LOG_FILE
        self._users = FileLock(self._folder / USERS_LOCK)
        self._is_told_to_stop = False
        self._used_at = time.monotonic()
        self._wake = _wakened_by(signal.SIGTERM, signal.SIGCHLD, on_stop=self._told_to_stop)
        self._state = State(order.run_id, me, order.started_by, time.time())
        self._port = order.wanted_port
        self._tick_seconds = min(TICK_SECONDS, order.idle_seconds / 4)
        self._last_server = self._former_server()

    def _told_to_stop(self) -> None:
        self._is_told_to_stop = True

    def run(self) -> None:
        """Start the server, again whenever it dies, until it is stopped or cannot be started."""
        self._end_former_server()
        giving_up_at = time.monotonic() + RETRY_SECONDS
        while not self._is_told_to_stop:
            began, log_begins = time.monotonic(), self._log_bytes()
            child = self._start()
            if self._watch(child):
                with suppress(OSError):
                    self._tell(replace(self._state, server=None))
                return
            told = self._logged_since(log_begins)
            if time.monotonic() - began > STEADY_SECONDS:
                giving_up_at = time.monotonic() + RETRY_SECONDS
            elif not self._is_worth_another(told, child) or time.monotonic() > giving_up_at:
                self._tell(replace(self._state, server=None, failure=self._reason(told, child)))
                return
            self._tell(replace(self._state, server=None, restarts=self._state.restarts + 1))
            time.sleep(RETRY_PAUSE_SECONDS)

    def _start(self) -> subprocess.Popen[bytes]:
        order = self._order
        self._port = free_port(self._port)
        self._forget_recycled_number()
        with self._log.open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - our own command
                [part.replace("{port}", str(self._port)) for part in order.command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=order.environment,
                cwd="/",
                preexec_fn=_become(order.owner),  # noqa: PLW1509 - this process has one thread
            )
        assert child.stdin is not None  # noqa: S101 - it was asked for
        with suppress(BrokenPipeError), child.stdin:
            child.stdin.write(order.standard_input.encode())
        self._last_server = process(child.pid)
        try:
            self._tell(replace(self._state, server=self._last_server, port=self._port))
        except OSError:  # nobody would find it
            _stop(child, order.stop_signal)
            raise
        return child

    def _watch(self, child: subprocess.Popen[bytes]) -> bool:
        """Wait until the server ends; whether that was wanted."""
        while child.poll() is None:
            if self._is_told_to_stop or self._is_idle():
                _stop(child, self._order.stop_signal)
                return True
            self._shorten_log()
            if select.select([self._wake], [], [], self._tick_seconds)[0]:
                os.read(self._wake, 4096)
        return self._is_told_to_stop

    def _is_idle(self) -> bool:
        """Whether nobody used the server for long. Then newcomers wait until it has stopped."""
        now = time.monotonic()
        if self._is_kept() or has_connections(self._port or 0):
            self._used_at = now
        elif not self._users.take():
            self._users.release()
            self._used_at = now
        elif now - self._used_at >= self._order.idle_seconds:
            return True  # the lock is held until this process has ended
        else:
            self._users.release()
        return False

    def _is_kept(self) -> bool:
        with suppress(OSError):
            return (self._folder / KEEP_FILE).read_text(encoding="utf-8") == self._order.run_id
        return False

    def _is_worth_another(self, told: str, child: subprocess.Popen[bytes]) -> bool:
        order = self._order
        if any(words in told for words in order.another_port_when):
            self._port = None
            return True
        was_killed = child.returncode < 0
        return was_killed or any(words in told for words in order.retry_when)

    def _reason(self, told: str, child: subprocess.Popen[bytes]) -> str:
        lines = [line for line in told.splitlines() if "system is starting up" not in line]
        problems = [line for line in lines if any(words in line for words in WORDS_OF_FAILURE)]
        first = (problems or lines[-1:] or [f"it ended with {child.returncode}"])[0]
        return first.strip()[-300:]

    def _former_server(self) -> Process | None:
        former = read_state(self._folder)
        return former.server if former else None

    def _end_former_server(self) -> None:
        """Where a server does not end with its supervisor (macOS), end it now."""
        if self._last_server:
            self._last_server.signal(signal.Signals(self._order.stop_signal))
            self._last_server.ends_within(STOP_SECONDS)

    def _forget_recycled_number(self) -> None:
        """Put our own pid into a lock file whose pid now is of another program.

        PostgreSQL would refuse to start while that program runs. Of its parent's pid it knows that
        it is stale, and it goes on to look whether the memory of a former server is in use.
        """
        if self._order.process_file is None:
            return
        with suppress(OSError, ValueError):
            path = Path(self._order.process_file)
            text = path.read_text(encoding="utf-8")
            number, newline, rest = text.partition("\n")
            now, former = process(int(number)), self._last_server
            if now and former and now.pid == former.pid and now.started != former.started:
                with path.open("r+", encoding="utf-8") as file:
                    file.write(f"{os.getpid()}{newline}{rest}")
                    file.truncate()

    def fail(self, error: OSError) -> None:
        """Tell that this very process cannot go on."""
        with suppress(OSError):
            reason = f"{error.strerror or error} ({error.filename or self._folder})"
            self._tell(replace(self._state, server=None, failure=reason))

    def _tell(self, state: State) -> None:
        self._state = state
        state.write(self._folder)

    def _log_bytes(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def _logged_since(self, begin: int) -> str:
        with self._log.open("rb") as log:
            log.seek(max(begin, self._log_bytes() - TOLD_LOG_BYTES))
            return log.read().decode(errors="replace")

    def _shorten_log(self) -> None:
        """Begin the log anew when it is large. The server appends, so it need not know."""
        if self._log_bytes() > LARGEST_LOG_BYTES:
            shutil.copyfile(self._log, self._log.with_suffix(".log.1"))
            os.truncate(self._log, 0)


def _become(owner: tuple[int, int] | None) -> Callable[[], None]:
    """What the child does before it is the server: other rights, own session, end with us."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    supervisor = os.getpid()

    def prepare() -> None:
        os.setsid()
        os.umask(0o077)
        if owner is not None:
            os.setgroups([])
            os.setgid(owner[1])
            os.setuid(owner[0])
        if libc is not None:  # after setuid, which would forget it
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != supervisor:  # it died before that was asked for
            os._exit(1)

    return prepare


def _stop(child: subprocess.Popen[bytes], number: int) -> None:
    child.send_signal(number)
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGQUIT)
        child.wait()


def _wakened_by(*numbers: signal.Signals, on_stop: Callable[[], None]) -> int:
    """A descriptor that can be read after one of these signals came."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    for number in numbers:
        is_stop = number is signal.SIGTERM
        signal.signal(number, lambda *_, is_stop=is_stop: on_stop() if is_stop else None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _leave_parent() -> None:
    """Become nobody's child: the one who asked need not wait for us, nor we for them."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    os.umask(0o077)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def main() -> None:
    """Run the server that the Order on standard input describes."""
    order = Order(**json.load(sys.stdin))
    _leave_parent()
    me = process(os.getpid())
    lock = FileLock(Path(order.folder) / SUPERVISOR_LOCK)
    if me is None or not lock.take(seconds=RETRY_SECONDS):
        return
    supervisor = Supervisor(order, me)
    try:
        supervisor.run()
    except OSError as error:
        supervisor.fail(error)
    os._exit(0)  # the locks last until here


if __name__ == "__main__":
    main()
