"""A CSV file of given signals in, checked rows out."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import LATEST_TS

COLUMNS = ("ts", "direction", "stop", "target")
OPTIONAL = ("size",)
MOST_ROWS = 1_000_000
_DIRECTIONS = {"long": 1, "short": -1, "1": 1, "+1": 1, "-1": -1, "buy": 1, "sell": -1}
_MOST = Decimal(10) ** 12


class GivenSignal(NamedTuple):
    """A row: enter at the open after the candle that opens at `ts` (ms UTC)."""

    ts: int
    side: int
    stop: Decimal
    target: Decimal
    size: Decimal | None


def read_signals(path: Path) -> list[GivenSignal]:
    """The rows of a file, by time, each time once.

    Raises InvalidInput: one sentence with the file, the row (the first signal is row 1), the
    column, what stands there and what would be right.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            signals = list(_rows(csv.DictReader(file, strict=True)))
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"{path} cannot be read as CSV: {reason}") from error
    if not signals:
        raise InvalidInput(f"{path} holds no signals")
    return signals


def _rows(reader: csv.DictReader[str]) -> Iterator[GivenSignal]:
    names = [name.strip() for name in reader.fieldnames or ()]
    if missing := [name for name in COLUMNS if name not in names]:
        raise InvalidInput(
            f"it has no column {missing[0]}: it needs {', '.join(COLUMNS)}, and may have size"
        )
    if twice := [name for name in (*COLUMNS, *OPTIONAL) if names.count(name) > 1]:
        raise InvalidInput(f"it has several columns {twice[0]}: leave all but one out")
    reader.fieldnames = names
    before = -1
    for number, row in enumerate(reader, 1):
        if number > MOST_ROWS:
            raise InvalidInput(f"it holds more than {MOST_ROWS:,} signals: split it")
        if None in row:
            raise InvalidInput(f"row {number}: it has more than {len(names)} cells, one a column")
        signal = _signal(number, row)
        if signal.ts <= before:
            raise InvalidInput(f"row {number}: ts {signal.ts} must be later than the row before")
        before = signal.ts
        yield signal


def _signal(number: int, row: Mapping[str, str | None]) -> GivenSignal:
    texts = {name: (row.get(name) or "").strip() for name in (*COLUMNS, *OPTIONAL)}
    side = _DIRECTIONS.get(texts["direction"].lower())
    if side is None:
        raise _wrong(number, "direction", texts["direction"], "long or short")
    return GivenSignal(
        _moment(number, texts["ts"]),
        side,
        _number(number, "stop", texts["stop"]),
        _number(number, "target", texts["target"]),
        _number(number, "size", texts["size"]) if texts["size"] else None,
    )


def _wrong(number: int, column: str, text: str, wanted: str) -> InvalidInput:
    return InvalidInput(f"row {number}: {column} is {text[:40]!r}, it must be {wanted}")


def _moment(number: int, text: str) -> int:
    wanted = "the open time of a candle: ms since 1970, or 2025-01-01T12:30 (UTC)"
    if text.isascii() and text.isdigit() and len(text) < len(str(LATEST_TS)) + 1:
        moment = int(text)
    else:
        try:
            written = datetime.fromisoformat(text)
            aware = written if written.tzinfo else written.replace(tzinfo=UTC)
            moment = round(aware.timestamp() * 1000)
        except (ValueError, OverflowError) as error:
            raise _wrong(number, "ts", text, wanted) from error
    if not 0 <= moment < LATEST_TS:
        raise _wrong(number, "ts", text, wanted)
    return moment


def _number(number: int, column: str, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not (value.is_finite() and 0 < value < _MOST):
        raise _wrong(number, column, text, "a positive number")
    return value
