"""The ledger of trials: every run of every variant, counted for ever, and the locked hold-outs.

What a trial is, and what the files are worth, tells docs/reference/trials.md.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from hyperbot.backtesting.evidence import TrialsSoFar
from hyperbot.backtesting.hold_out import overlap, written
from hyperbot.backtesting.trials import HoldOut, Trial
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import LATEST_TS
from hyperbot.storage.trial_count import KeptHoldOut, Restart, Summary, most_of
from hyperbot.storage.trial_entries import (
    LOCKED,
    OPENED,
    TRIAL,
    StoredTrial,
    decoded_trial,
    trial_content,
)
from hyperbot.storage.trial_files import Reading, TrialFiles

_LONGEST_REASON = 1000
_TRIAL_LINE = f'"kind":"{TRIAL}"'.encode()


class TrialLedger:
    """The ledger in one folder. Every method raises InvalidInput if it cannot be trusted.

    Several processes may use it at once. What a method returned from is on the disk.
    """

    def __init__(self, folder: Path) -> None:
        self._files = TrialFiles(folder)

    def record(self, trials: Sequence[Trial], at: int) -> TrialsSoFar:
        """Count `trials`, all with one look at the disk; the answer includes them."""
        _check_time(at)
        if not trials:
            return self.so_far()
        return self._append([(TRIAL, trial_content(trial)) for trial in trials], at).so_far()

    def so_far(self) -> TrialsSoFar:
        """What was counted; of a ledger that nothing was written to yet, nothing."""
        return self.summary().so_far()

    def summary(self) -> Summary:
        """All that the ledger adds up to, restarts included."""
        return self._read().count.summary()

    def trials(self, last: int | None = None) -> Iterator[StoredTrial]:
        """All trials of this ledger in the order in which they were recorded, or the last ones."""
        size = self._read().size
        with self._files.errors_told("read"):  # without the lock: the reader may take its time
            lines: Iterable[tuple[int, bytes]] = (
                enumerate(self._files.lines(size), 1) if size else ()
            )
            told = ((number, line) for number, line in lines if _TRIAL_LINE in line[:60])
            for number, line in told if last is None else deque(told, last):
                yield decoded_trial(number, line)

    def lock(self, hold_outs: Sequence[HoldOut], at: int) -> None:
        """Keep stretches of time back; locking the same one again changes nothing."""
        _check_time(at)
        with self._files.to_write():
            reading = self._sound()
            known = reading.count.hold_outs
            new: list[HoldOut] = []
            for each in dict.fromkeys(hold_outs):
                _check_stretch(each)
                if not _is_locked(each, known):
                    _refuse_overlap(each, chain((kept.hold_out for kept in known), new))
                    new.append(each)
            if new:
                self._files.append(reading, [(LOCKED, _named(new))], at)

    def hold_outs(self) -> tuple[tuple[HoldOut, int | None, tuple[str, ...]], ...]:
        """(stretch, when it was opened or None, the rules it was opened for), oldest first."""
        kept = self._read().count.hold_outs
        return tuple((each.hold_out, each.opened_at, each.opened_for) for each in kept)

    def locked_from(self, coins: Collection[str]) -> tuple[HoldOut, ...]:
        """The stretches of these coins that nothing may look at yet."""
        return tuple(
            each.hold_out
            for each in self._read().count.hold_outs
            if each.opened_at is None and each.hold_out.coin in coins
        )

    def already_played(self, hold_outs: Iterable[HoldOut]) -> tuple[HoldOut, ...]:
        """Those of `hold_outs` whose time trials of their coin may have seen."""
        played = {coin: (since, until) for coin, since, until in self.summary().played}
        return tuple(
            each
            for each in hold_outs
            if (span := played.get(each.coin)) is not None
            and span[1] > each.since
            and (each.until is None or span[0] < each.until)
        )

    def open_hold_outs(
        self, hold_outs: Sequence[HoldOut], rules: Mapping[str, str], at: int
    ) -> None:
        """Log that `rules` (id -> behaviour hash) take their one look at all of `hold_outs`.

        Raises InvalidInput, and opens none, if one of them was opened before or never locked.
        """
        _check_time(at)
        if not rules:
            raise InvalidInput("a hold-out is opened for rules: name at least one")
        with self._files.to_write():
            reading = self._sound()
            kept = {each.hold_out: each for each in reading.count.hold_outs}
            for each in hold_outs:
                _refuse_opening(each, kept.get(each))
            if hold_outs:
                content = _named(list(dict.fromkeys(hold_outs))) | {"rules": dict(rules)}
                self._files.append(reading, [(OPENED, content)], at)

    def restart(self, reason: str, at: int) -> Summary:
        """Begin a new ledger in place of one that cannot be trusted; what it counted is carried on.

        The former files stay beside it. Raises InvalidInput if there is nothing wrong with it.
        """
        _check_time(at)
        reason = " ".join(reason.split())
        if not reason or len(reason) > _LONGEST_REASON or not reason.isprintable():
            raise InvalidInput(f"a reason is needed, of at most {_LONGEST_REASON} plain letters")
        with self._files.to_write():
            reading = self._files.read()
            if not reading.problem:
                raise InvalidInput(
                    f"the ledger of trials in {self._files.folder} is sound: it goes on, and its "
                    "count cannot be lowered"
                )
            former = _known_of(reading)
            restart = Restart(
                at, reason, former.ledger, former.sha256, former.entries, former.variants
            )
            self._files.keep_former(at)
            self._files.begin(reading, at, former.followed_by(restart))
            return reading.count.summary()

    def _append(self, entries: Sequence[tuple[str, dict[str, Any]]], at: int) -> Summary:
        with self._files.to_write():
            reading = self._sound()
            self._files.append(reading, entries, at)
            return reading.count.summary()

    def _read(self) -> Reading:
        return self._trusted(self._files.read_shared())

    def _sound(self) -> Reading:
        return self._trusted(self._files.read())

    def _trusted(self, reading: Reading) -> Reading:
        if reading.problem:
            variants = _known_of(reading).variants
            raise InvalidInput(
                f"the ledger of trials {self._files.ledger} {reading.problem}. It had counted "
                f"{variants:,} different trials. Bring the folder back from a backup, or begin a "
                'new ledger that carries this count on: hyperbot trials restart --reason "..."'
            )
        return reading


def _known_of(reading: Reading) -> Summary:
    """The most that ledger or head know to have been counted."""
    heads = [] if reading.head is None else [reading.head]
    return most_of([reading.count.summary(), *heads])


def _named(hold_outs: Iterable[HoldOut]) -> dict[str, Any]:
    return {
        "hold_outs": [
            {"coin": each.coin, "since": each.since, "until": each.until} for each in hold_outs
        ]
    }


def _check_time(at: int) -> None:
    if not 0 <= at < LATEST_TS:
        raise InvalidInput(f"{at} is no time in ms between the years 1970 and 2200")


def _check_stretch(hold_out: HoldOut) -> None:
    until = LATEST_TS if hold_out.until is None else hold_out.until
    if not 0 <= hold_out.since < until <= LATEST_TS:
        raise InvalidInput(f"the hold-out {written(hold_out)} must end after it begins")
    if not hold_out.coin:
        raise InvalidInput("a hold-out is of one coin: name it")


def _is_locked(wanted: HoldOut, known: Iterable[KeptHoldOut]) -> bool:
    return any(each.hold_out == wanted and each.opened_at is None for each in known)


def _refuse_overlap(wanted: HoldOut, known: Iterable[HoldOut]) -> None:
    for each in known:
        if overlap(each, wanted):
            raise InvalidInput(
                f"the hold-out {written(wanted)} overlaps one that is there, {written(each)}: "
                "lock a stretch that lies beside it"
            )


def _refuse_opening(wanted: HoldOut, kept: KeptHoldOut | None) -> None:
    if kept is None:
        raise InvalidInput(f"there is no hold-out {written(wanted)} to open: lock it first")
    if kept.opened_at is not None:
        raise InvalidInput(
            f"the hold-out {written(wanted)} was opened already, {written(kept.opened_at)} UTC for "
            f"{_listed(kept.opened_for)}: a second look proves nothing, lock a later stretch"
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5:,} more" if len(names) > 5 else shown
