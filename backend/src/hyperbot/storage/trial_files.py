"""The two files of the ledger of trials: what each order of crash leaves, and what is no crash.

An append writes the ledger, fsync, then the head, fsync; only then it is acknowledged. So a head
never knows more than the ledger, unless somebody took something away. What the ledger holds beyond
its head was never acknowledged: whole entries are kept, the rest is cut off by the next writer.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.durable_files import TEMPORARY_ENDING, locked, write_durably
from hyperbot.storage.trial_count import Summary, TrialCount, summary_of
from hyperbot.storage.trial_entries import BEGUN, LARGEST_LINE, Entry, decoded, encoded

LEDGER, HEAD, LOCK = "ledger.jsonl", "head.json", ".lock"
FORMAT, FORMAT_VERSION = "hyperbot ledger of trials", 1
_LARGEST_HEAD = 4 * LARGEST_LINE
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError)
"""what an entry raises that says something else than it should"""


@dataclass(slots=True)
class Reading:
    """What lies in the folder."""

    count: TrialCount
    """of all whole entries"""
    size: int
    """bytes of the ledger that hold them; what follows was never acknowledged"""
    head: Summary | None
    head_sha256: str
    problem: str = ""
    """what is wrong with the ledger, to go on with its name; empty: nothing"""


class TrialFiles:
    """Ledger and head in one folder. What the disk refuses becomes InvalidInput."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / LEDGER
        self._head = folder / HEAD
        self._known: tuple[object, Reading] | None = None

    @contextmanager
    def to_write(self) -> Iterator[None]:
        """Be the only one at the files."""
        with self.errors_told("write"), locked(self.folder / LOCK):
            yield

    def read_shared(self) -> Reading:
        """What `read` tells, while no one writes; makes nothing where there is nothing."""
        with self.errors_told("read"):
            if not self.ledger.exists() and not self._head.exists():
                return Reading(TrialCount(), 0, None, "")
            with locked(self.folder / LOCK, shared=True):
                return self.read()

    def read(self) -> Reading:
        """All entries, each checked against the chain, and the whole against its head."""
        head_bytes = _content(self._head, _LARGEST_HEAD)
        signature = (_signature(self.ledger), head_bytes)
        if self._known is not None and self._known[0] == signature:
            return self._known[1]
        reading = self._read(head_bytes)
        self._known = None if reading.problem else (signature, reading)
        return reading

    def append(
        self, reading: Reading, entries: Sequence[tuple[str, dict[str, Any]]], at: int
    ) -> None:
        """Put entries (kind, content) behind what was read; returns when all are on the disk."""
        self._known = None  # whatever happens now, the files are looked at again
        if not reading.count.entries or _is_never_used(reading):
            self.begin(reading, at, Summary())
        elif reading.head is None or _is_begun_after(reading):
            self._write_head(reading)  # only of a lone first entry is it known why it has no head
        lines = []
        for kind, content in entries:
            number, previous = reading.count.entries + 1, reading.count.sha256
            lines.append(_readable(Entry(number, kind, at, content, previous), reading.count))
        self._append(reading, b"".join(lines))
        self._write_head(reading)

    def begin(self, reading: Reading, at: int, carried: Summary) -> None:
        """Put a new ledger of one entry in place of what is there: whole, or not at all."""
        self._known = None
        content = {
            "id": secrets.token_hex(16),
            "former_head": reading.head_sha256,
            "carried": carried.document(),
        }
        reading.count, reading.problem = TrialCount(), ""
        line = _readable(Entry(1, BEGUN, at, content, ""), reading.count)
        reading.size = len(line)
        write_durably(self.ledger, line)
        self._write_head(reading)

    def keep_former(self, at: int) -> None:
        """Keep ledger and head as they are under names of their own."""
        for path in filter(Path.exists, (self.ledger, self._head)):
            former = path.with_name(f"{path.stem}-until-{at}-{secrets.token_hex(4)}{path.suffix}")
            try:
                os.link(path, former)
            except OSError:  # not every disk has links
                shutil.copyfile(path, former)

    def lines(self, size: int) -> Iterator[bytes]:
        """The first `size` bytes of the ledger, line by line; a line without end is cut."""
        with self.ledger.open("rb") as file:
            while size > 0 and (line := file.readline(min(size, LARGEST_LINE + 1))):
                size -= len(line)
                yield line

    def _read(self, head_bytes: bytes | None) -> Reading:
        head_sha256 = "" if head_bytes is None else hashlib.sha256(head_bytes).hexdigest()
        head = _head_of(head_bytes)
        reading = Reading(TrialCount(), 0, head, head_sha256)
        if not self.ledger.exists():
            if head_bytes is not None:
                reading.problem = f"is gone, and only its {HEAD} is left"
            return reading
        sha256_at_head = self._count(reading)
        if _is_begun_after(reading):
            return reading
        if head is None:
            reading.problem = self._without_head(reading, is_there=head_bytes is not None)
        elif sha256_at_head != head.sha256:
            reading.problem = _difference(reading.count.entries, head.entries)
        elif reading.count.entries == head.entries and not head.agrees_with(
            reading.count.summary()
        ):
            reading.problem = f"says something else than its {HEAD}, which was edited"
        return reading

    def _count(self, reading: Reading) -> str:
        """Count all whole entries; returns the hash of the one that the head knows last."""
        count, known = reading.count, 0 if reading.head is None else reading.head.entries
        sha256_at_head = ""
        for line in self.lines(self.ledger.stat().st_size):
            try:
                count.add(decoded(line, count.entries + 1, count.sha256))
            except _DAMAGED:
                break
            reading.size += len(line)
            if count.entries == known:
                sha256_at_head = count.sha256
        return sha256_at_head

    def _without_head(self, reading: Reading, *, is_there: bool) -> str:
        if is_there:
            return f"cannot be checked, for its {HEAD} is damaged"
        is_whole = reading.size == self.ledger.stat().st_size
        if reading.count.entries == 1 and is_whole:  # begun, and killed before the head
            return ""
        return f"cannot be checked, for its {HEAD} is gone"

    def _append(self, reading: Reading, content: bytes) -> None:
        with self.ledger.open("r+b") as file:
            file.truncate(reading.size)
            file.seek(reading.size)
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                with suppress(OSError):  # else the next writer does it
                    os.truncate(self.ledger, reading.size)
                raise
        reading.size += len(content)

    def _write_head(self, reading: Reading) -> None:
        reading.head = reading.count.summary()
        said = {"format": FORMAT, "format_version": FORMAT_VERSION, **reading.head.document()}
        content = f"{json.dumps(said, indent=1, allow_nan=False)}\n".encode()
        for left in self.folder.glob(f"*{TEMPORARY_ENDING}"):  # of those who were killed
            left.unlink(missing_ok=True)
        write_durably(self._head, content)
        reading.head_sha256 = hashlib.sha256(content).hexdigest()
        self._known = ((_signature(self.ledger), content), reading)

    @contextmanager
    def errors_told(self, verb: str) -> Iterator[None]:
        """Turn an OSError into InvalidInput: one sentence with the place and the reason."""
        try:
            yield
        except OSError as error:
            place, reason = error.filename or self.folder, error.strerror or str(error)
            raise InvalidInput(
                f"cannot {verb} the ledger of trials: {place}: {reason}; no result is shown that "
                "cannot be counted"
            ) from error


def _readable(entry: Entry, count: TrialCount) -> bytes:
    """The line of `entry` as it was counted: nothing is written that could not be read again."""
    try:
        line = encoded(entry)
        count.add(decoded(line, entry.number, entry.sha256))
    except _DAMAGED as error:
        raise InvalidInput(
            f"the ledger of trials takes no {entry.kind} that it could not read again: {error}"
        ) from error
    return line


def _is_never_used(reading: Reading) -> bool:
    """Whether there is a lone first entry that nobody was told of, or all that followed was cut
    off: which of the two cannot be known, so that the ledger gets a new id, which tells."""
    known = reading.count.summary()
    return reading.head is None and not (known.runs or known.hold_outs or known.restarts)


def _is_begun_after(reading: Reading) -> bool:
    """Whether a restart was killed between its two files."""
    former = reading.count.former_head
    return reading.count.entries == 1 and bool(former) and former == reading.head_sha256


def _difference(found: int, acknowledged: int) -> str:
    if found >= acknowledged:
        return f"is not the one that its {HEAD} knows: it was edited, or is another one"
    return (
        f"was edited, cut or replaced by an older copy: {found:,} of its {acknowledged:,} entries "
        "are as they were written"
    )


def _head_of(content: bytes | None) -> Summary | None:
    if content is None or len(content) > _LARGEST_HEAD:
        return None
    try:
        said = json.loads(content)
        if (said.pop("format"), said.pop("format_version")) != (FORMAT, FORMAT_VERSION):
            return None
        return summary_of(said)
    except (*_DAMAGED, RecursionError):
        return None


def _content(path: Path, most: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(min(os.fstat(file.fileno()).st_size, most) + 1)
    except FileNotFoundError:
        return None


def _signature(path: Path) -> tuple[int, ...]:
    """What changes when anybody writes to the file."""
    try:
        told = path.stat()
    except FileNotFoundError:
        return ()
    return (told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)
