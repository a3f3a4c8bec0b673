"""Entries of the ledger of trials: JSON lines, each of which vouches for all before it."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from hyperbot.backtesting.trials import Trial
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:
    from pydantic import TypeAdapter

BEGUN, TRIAL, LOCKED, OPENED = "begun", "trial", "hold-out locked", "hold-out opened"
KINDS = frozenset({BEGUN, TRIAL, LOCKED, OPENED})
LARGEST_LINE = 16_000_000
"""bytes; an opening that names a hundred thousand rules fits"""
_HASH_BEGINS, _HASH_ENDS = b',"hash":"', b'"}\n'
_HASH_LENGTH = 64
_TAIL = len(_HASH_BEGINS) + _HASH_LENGTH + len(_HASH_ENDS)
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger, as it was read."""

    number: int
    """from 1"""
    kind: str
    at: int
    """ms UTC"""
    content: dict[str, Any]
    sha256: str
    """of the hash of the entry before it, and of all that this one says"""


@dataclass(frozen=True, slots=True)
class StoredTrial:
    """A trial, and when it was recorded."""

    number: int
    """of its entry in the ledger"""
    at: int
    """ms UTC"""
    trial: Trial


def encoded(entry: Entry) -> tuple[bytes, str]:
    """The line of `entry`, whose `sha256` is that of the entry before, and the line's own hash.

    Raises InvalidInput for a line that would be too long to be read again.
    """
    said = {"number": entry.number, "kind": entry.kind, "at": entry.at, "content": entry.content}
    body = _ENCODER.encode(said)[:-1].encode()
    sha256 = hashlib.sha256(entry.sha256.encode() + body).hexdigest()
    line = b"".join((body, _HASH_BEGINS, sha256.encode(), _HASH_ENDS))
    if len(line) > LARGEST_LINE:
        raise InvalidInput(f"a {entry.kind} entry of {len(line):,} bytes is too long: name less")
    return line, sha256


def decoded(line: bytes, number: int, previous: str) -> Entry:
    """The entry that `line` holds, as the one after the hash `previous`. Raises ValueError."""
    body, tail = line[:-_TAIL], line[-_TAIL:]
    sha256 = hashlib.sha256(previous.encode() + body).hexdigest()
    if tail != _HASH_BEGINS + sha256.encode() + _HASH_ENDS:
        raise ValueError("the hash does not fit")
    try:
        said = json.loads(body.decode("ascii") + "}")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    kind, at, content = said["kind"], said["at"], said["content"]
    if said["number"] != number or kind not in KINDS or type(at) is not int:
        raise ValueError("number, kind or time is wrong")
    if not isinstance(content, dict):
        raise ValueError("no content")
    return Entry(number, kind, at, content, sha256)


def trial_content(trial: Trial) -> dict[str, Any]:
    """What the entry of a trial says. Raises InvalidInput for a number that is none."""
    mean_r = None if trial.mean_r is None else float(trial.mean_r)
    sharpe = float(trial.sharpe)
    if not math.isfinite(sharpe) or not (mean_r is None or math.isfinite(mean_r)):
        raise InvalidInput(f"the trial of {trial.rule} has a mean R or Sharpe ratio that is none")
    return {
        "rule": trial.rule,
        "rule_sha256": trial.rule_sha256,
        "terms_sha256": trial.terms_sha256,
        "coins": list(trial.coins),
        "since": int(trial.since),
        "until": int(trial.until),
        "origin": trial.origin,
        "trades": int(trial.trades),
        "mean_r": mean_r,
        "days": int(trial.days),
        "sharpe": sharpe,
    }


def decoded_trial(number: int, line: bytes) -> StoredTrial:
    """The trial in a line that was checked before. Raises InvalidInput if it tells of none."""
    try:
        said = json.loads(line)
        return StoredTrial(number, said["at"], _trials().validate_python(said["content"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"entry {number:,} of the ledger of trials tells of no trial") from error


@cache
def _trials() -> TypeAdapter[Trial]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - built once, and only to list

    return TypeAdapter(Trial)
