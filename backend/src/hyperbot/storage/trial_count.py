"""What a ledger of trials adds up to: entry by entry, in little memory."""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from hyperbot.backtesting.evidence import TrialsSoFar
from hyperbot.backtesting.trials import HoldOut
from hyperbot.storage.trial_entries import BEGUN, LOCKED, OPENED, TRIAL, Entry, is_moment, is_sharpe

ID_LENGTH = 8
"""letters of the hash of the first entry by which a ledger is called"""


@dataclass(frozen=True, slots=True)
class KeptHoldOut:
    """A stretch of time that was locked, and what became of it."""

    hold_out: HoldOut
    locked_at: int
    opened_at: int | None = None
    opened_for: tuple[str, ...] = ()
    """ids of rules"""


@dataclass(frozen=True, slots=True)
class Restart:
    """A ledger that could not be used any more, and was followed by another one."""

    at: int
    reason: str
    ledger: str
    """the former one"""
    sha256: str
    """of its last entry that was acknowledged"""
    entries: int
    variants: int


@dataclass(frozen=True, slots=True)
class Summary:
    """All that must not be lost with a ledger: its head, and what the next one carries over."""

    entries: int = 0
    sha256: str = ""
    """of the last entry"""
    ledger: str = ""
    since: int = 0
    runs: int = 0
    variants: int = 0
    sharpe_mean: float = 0.0
    sharpe_squares: float = 0.0
    """sum of squared distances from the mean"""
    played: tuple[tuple[str, int, int], ...] = ()
    """(coin, begin, end) of the time within which trials were played"""
    hold_outs: tuple[KeptHoldOut, ...] = ()
    restarts: tuple[Restart, ...] = ()

    def document(self) -> dict[str, Any]:
        """The summary as JSON can hold it."""
        return asdict(self)

    def agrees_with(self, other: Summary) -> bool:
        """Whether both say the same; sums may differ by what another machine rounds."""
        ours = (self.sharpe_mean, self.sharpe_squares)
        theirs = (other.sharpe_mean, other.sharpe_squares)
        is_close = all(
            math.isclose(*pair, rel_tol=1e-6, abs_tol=1e-12)
            for pair in zip(ours, theirs, strict=True)
        )
        same_sums = replace(other, sharpe_mean=ours[0], sharpe_squares=ours[1])
        return is_close and self == same_sums

    def followed_by(self, restart: Restart) -> Summary:
        """The same, for the ledger that follows."""
        return replace(self, restarts=(*self.restarts, restart))

    def so_far(self) -> TrialsSoFar:
        """What evidence tells of it."""
        variance = self.sharpe_squares / (self.variants - 1) if self.variants > 1 else 0.0
        return TrialsSoFar(self.variants, variance, self.ledger, self.since)


_SUMMARIES = TypeAdapter(Summary)
_HOLD_OUTS = TypeAdapter(tuple[HoldOut, ...])


def summary_of(document: object) -> Summary:
    """The summary that `document` holds. Raises ValueError."""
    summary = _SUMMARIES.validate_python(document)
    counts = (summary.entries, summary.variants, summary.runs, summary.sharpe_squares)
    if not all(0 <= each < math.inf for each in counts) or not math.isfinite(summary.sharpe_mean):
        raise ValueError("a number that counts nothing")
    opened = (each.opened_at for each in summary.hold_outs if each.opened_at is not None)
    moments = (summary.since, *(each.at for each in summary.restarts), *opened)
    if not all(map(is_moment, moments)) or not all(map(_is_stretch, _stretches(summary))):
        raise ValueError("a time that is none")
    return summary


class TrialCount:
    """Adds up the entries of one ledger, in their order."""

    def __init__(self) -> None:
        self.entries = 0
        self.sha256 = ""
        self.former_head = ""
        """sha256 of the head file that the first entry replaces"""
        self._carried = Summary()
        self._ledger = ""
        self._since = 0
        self._runs = 0
        self._variants: set[bytes] = set()
        self._sharpes = array("d")
        self._played: dict[str, tuple[int, int]] = {}
        self._hold_outs: dict[HoldOut, KeptHoldOut] = {}

    @property
    def hold_outs(self) -> tuple[KeptHoldOut, ...]:
        """In the order in which they were locked."""
        return tuple(self._hold_outs.values())

    def add(self, entry: Entry) -> None:
        """Count `entry`. Raises ValueError, KeyError or TypeError if it says something else."""
        if (entry.kind == BEGUN) != (self.entries == 0):
            raise ValueError("a ledger begins once")
        if entry.kind == TRIAL:
            self._add_trial(entry.content)
        elif entry.kind == BEGUN:
            self._begin(entry)
        elif entry.kind == LOCKED:
            kept = (KeptHoldOut(each, entry.at) for each in hold_outs_of(entry.content))
            self._hold_outs.update((each.hold_out, each) for each in kept)
        elif entry.kind == OPENED:
            self._open(entry)
        self.entries, self.sha256 = entry.number, entry.sha256

    def summary(self) -> Summary:
        """All of it, the ledgers before this one included."""
        variants, mean, squares = _joined(
            (self._carried.variants, self._carried.sharpe_mean, self._carried.sharpe_squares),
            _moments(self._sharpes),
        )
        return Summary(
            entries=self.entries,
            sha256=self.sha256,
            ledger=self._ledger,
            since=self._since,
            runs=self._runs,
            variants=variants,
            sharpe_mean=mean,
            sharpe_squares=squares,
            played=tuple((coin, *span) for coin, span in sorted(self._played.items())),
            hold_outs=self.hold_outs,
            restarts=self._carried.restarts,
        )

    def _begin(self, entry: Entry) -> None:
        carried = summary_of(entry.content["carried"])
        self.former_head = str(entry.content["former_head"])
        self._carried = carried
        self._ledger, self._since = entry.sha256[:ID_LENGTH], entry.at
        self._runs = carried.runs
        self._played = {coin: (since, until) for coin, since, until in carried.played}
        self._hold_outs = {each.hold_out: each for each in carried.hold_outs}

    def _add_trial(self, content: dict[str, Any]) -> None:
        variant, sharpe = f"{content['rule_sha256']} {content['terms_sha256']}", content["sharpe"]
        since, until, coins = content["since"], content["until"], content["coins"]
        if not is_sharpe(sharpe) or not is_moment(since) or not is_moment(until):
            raise ValueError("a number is none")
        key = hashlib.sha256(variant.encode()).digest()  # as Trial.key, in a third of the memory
        if key not in self._variants:
            self._variants.add(key)
            self._sharpes.append(sharpe)
        self._runs += 1
        for coin in coins:
            begin, end = self._played.get(coin, (since, since))
            if since < begin or until > end:
                if not isinstance(coin, str):
                    raise TypeError("a coin without a name")
                self._played[coin] = (min(begin, since), max(end, until))

    def _open(self, entry: Entry) -> None:
        rules = tuple(map(str, entry.content["rules"]))
        for each in hold_outs_of(entry.content):
            self._hold_outs[each] = replace(
                self._hold_outs[each], opened_at=entry.at, opened_for=rules
            )


def hold_outs_of(content: dict[str, Any]) -> tuple[HoldOut, ...]:
    """The stretches that an entry names. Raises ValueError."""
    hold_outs = _HOLD_OUTS.validate_python(content["hold_outs"])
    if not all(map(_is_stretch, hold_outs)):
        raise ValueError("a time that is none")
    return hold_outs


def _stretches(summary: Summary) -> Iterable[HoldOut]:
    return (each.hold_out for each in summary.hold_outs)


def _is_stretch(hold_out: HoldOut) -> bool:
    return is_moment(hold_out.since) and (hold_out.until is None or is_moment(hold_out.until))


def most_of(summaries: Iterable[Summary]) -> Summary:
    """The one that counts most, with the hold-outs of all: opened if any says so."""
    ordered = sorted(summaries, key=lambda each: (each.variants, each.entries))
    kept: dict[HoldOut, KeptHoldOut] = {}
    for summary in ordered:
        for each in summary.hold_outs:
            known = kept.get(each.hold_out)
            if known is None or known.opened_at is None:
                kept[each.hold_out] = each
    return replace(ordered[-1], hold_outs=tuple(kept.values()))


Moments = tuple[int, float, float]


def _moments(values: Sequence[float]) -> Moments:
    """(count, mean, sum of squared distances from it), the same in whatever order."""
    if not values:
        return 0, 0.0, 0.0
    mean = math.fsum(values) / len(values)
    distances = (value - mean for value in values)
    return len(values), mean, math.fsum(distance * distance for distance in distances)


def _joined(one: Moments, other: Moments) -> Moments:
    """The moments of both samples together (Chan, Golub and LeVeque)."""
    count = one[0] + other[0]
    if not one[0] or not other[0]:
        return other if other[0] else one
    distance = other[1] - one[1]
    mean = one[1] + distance * other[0] / count
    squares = one[2] + other[2] + distance * distance * one[0] * other[0] / count
    return count, mean, squares
