"""Entries of the ledger of trials: JSON lines, each of which vouches for all before it."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from pydantic_core import from_json

from hyperbot.backtesting.trials import Trial
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import LATEST_TS

BEGUN, TRIAL, LOCKED, OPENED = "begun", "trial", "hold-out locked", "hold-out opened"
KINDS = frozenset({BEGUN, TRIAL, LOCKED, OPENED})
LARGEST_LINE = 16_000_000
"""bytes; an opening that names a hundred thousand rules fits"""
_HASH_BEGINS, _HASH_ENDS = b',"hash":"', b'"}\n'
_HASH_LENGTH = 64
_TAIL = len(_HASH_BEGINS) + _HASH_LENGTH + len(_HASH_ENDS)
_LARGEST_SHARPE = 1e6
"""of a day; its square can still be summed"""
_TRIALS = TypeAdapter(Trial)
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


class Entry(NamedTuple):
    """One line of the ledger, as it was read (a tuple: many thousands are made at once)."""

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


def encoded(entry: Entry) -> bytes:
    """The line of `entry`, whose `sha256` is that of the entry before.

    Raises InvalidInput for a line that would be too long to be read again.
    """
    said = {"number": entry.number, "kind": entry.kind, "at": entry.at, "content": entry.content}
    body = _ENCODER.encode(said)[:-1].encode()
    sha256 = hashlib.sha256(entry.sha256.encode() + body).hexdigest()
    line = b"".join((body, _HASH_BEGINS, sha256.encode(), _HASH_ENDS))
    if len(line) > LARGEST_LINE:
        raise InvalidInput(f"a {entry.kind} entry of {len(line):,} bytes is too long: name less")
    return line


def decoded(line: bytes, number: int, previous: str) -> Entry:
    """The entry that `line` holds, as the one after the hash `previous`. Raises ValueError."""
    body, tail = line[:-_TAIL], line[-_TAIL:]
    sha256 = hashlib.sha256(previous.encode() + body).hexdigest()
    if tail != _HASH_BEGINS + sha256.encode() + _HASH_ENDS:
        raise ValueError("the hash does not fit")
    said = from_json(
        line
    )  # thrice as fast as json, and it refuses deep nesting as it does all else
    kind, at, content = said["kind"], said["at"], said["content"]
    if said["number"] != number or kind not in KINDS or not is_moment(at):
        raise ValueError("number, kind or time is wrong")
    if not isinstance(content, dict):
        raise ValueError("no content")
    return Entry(number, kind, at, content, sha256)


def is_moment(value: object) -> bool:
    """Whether it is a time in ms UTC from 1970 to 2200."""
    return type(value) is int and 0 <= value <= LATEST_TS


def is_sharpe(value: object) -> bool:
    """Whether it is a number that can be the Sharpe ratio of a day."""
    return type(value) is float and -_LARGEST_SHARPE <= value <= _LARGEST_SHARPE


def trial_content(trial: Trial) -> dict[str, Any]:
    """What the entry of a trial says. Raises InvalidInput for a number that is none."""
    sharpe, since, until = float(trial.sharpe), int(trial.since), int(trial.until)
    mean_r = None if trial.mean_r is None else float(trial.mean_r)
    if not is_sharpe(sharpe) or not (mean_r is None or math.isfinite(mean_r)):
        raise InvalidInput(f"the trial of {trial.rule} has a mean R or Sharpe ratio that is none")
    if not is_moment(since) or not is_moment(until):
        raise InvalidInput(f"the trial of {trial.rule} is of no time between 1970 and 2200")
    content = {
        "rule": trial.rule,
        "rule_sha256": trial.rule_sha256,
        "terms_sha256": trial.terms_sha256,
        "coins": list(trial.coins),
        "since": since,
        "until": until,
        "origin": trial.origin,
        "trades": int(trial.trades),
        "mean_r": mean_r,
        "days": int(trial.days),
        "sharpe": sharpe,
    }
    try:
        _TRIALS.validate_python(content)
    except ValueError as error:
        raise InvalidInput(f"the trial of {trial.rule} could not be read again: {error}") from error
    return content


def decoded_trial(number: int, line: bytes) -> StoredTrial:
    """The trial in a line that was checked before. Raises InvalidInput if it tells of none."""
    try:
        said = from_json(line)
        trial = _TRIALS.validate_python(said["content"])
        if not is_moment(trial.since) or not is_moment(trial.until):
            raise ValueError("a span that is none")
        return StoredTrial(number, said["at"], trial)
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"entry {number:,} of the ledger of trials tells of no trial") from error
