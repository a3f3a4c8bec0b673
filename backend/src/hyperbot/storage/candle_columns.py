"""Foreign columns in, times in ms and prices as floats out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import COLUMN_NAMES, LATEST_TS

if TYPE_CHECKING:
    import pyarrow as pa

# The first of these that a file has counts; the last three are how pandas writes an index.
_TIME_NAMES = ["ts", "open_time", "opentime", "timestamp", "time", "datetime", "date", "t", "unix"]
_NAMES = {
    "ts": [*_TIME_NAMES, "index", "__index_level_0__", ""],
    "open": ["open", "o"],
    "high": ["high", "h"],
    "low": ["low", "l"],
    "close": ["close", "c"],
    "volume": ["volume", "vol", "v"],
}
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# Bare numbers count as times from the year 2000 on: then no two units can be confused, nor can
# dates written as 202501310000 pass for milliseconds.
_EARLIEST_SECOND, _LATEST_SECOND = 946_684_800, LATEST_TS // 1000


class Unit(NamedTuple):
    """A unit of time and the numbers that can be times in it."""

    name: str
    per_second: int

    def holds(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which numbers (n,) lie between the years 2000 and 2200 in this unit."""
        earliest, latest = _EARLIEST_SECOND * self.per_second, _LATEST_SECOND * self.per_second
        within: NDArray[np.bool_] = (numbers >= earliest) & (numbers < latest)
        return within


UNITS = (
    Unit("seconds", 1),
    Unit("milliseconds", 10**3),
    Unit("microseconds", 10**6),
    Unit("nanoseconds", 10**9),
)


def match_names(names: Sequence[str], coin: str) -> dict[str, str]:
    """Which of a file's column `names` is which: ts, open, high, low, close, volume → its name.

    The volume may be named after the `coin` that it counts, as in `Volume BTC`. Upper and lower
    case count only where both are there. Raises InvalidInput.
    """
    known = _NAMES | {"volume": [*_NAMES["volume"], f"volume_{coin.lower()}"]}
    return {field: _matching(field, known[field], names) for field in ("ts", *COLUMN_NAMES)}


def _matching(field: str, known_names: Sequence[str], names: Sequence[str]) -> str:
    for known in known_names:
        alike = [name for name in names if _plain(name) == known]
        chosen = [name for name in alike if name == known] or alike
        if len(chosen) > 1:
            raise InvalidInput(f"column {chosen[0]!r} is there {len(chosen)} times")
        if chosen:
            return chosen[0]
    wanted = "time" if field == "ts" else field
    there = ", ".join(repr(name[:20]) for name in names[:12])
    raise InvalidInput(f"it has no column for the {wanted}: its columns are {there}")


def _plain(name: str) -> str:
    """`Open time` → open_time, `Volume (BTC)` → volume_btc."""
    words = name.replace("(", " ").replace(")", " ").strip().strip("<>").lower().split()
    return "_".join(words)


def bad_row(row: int, sentence: str) -> InvalidInput:
    """What is wrong with `row`, counted from 0; people count from 1, without the heading."""
    return InvalidInput(f"data row {row + 1}: {sentence}")


def prices(name: str, column: pa.ChunkedArray) -> NDArray[np.float64]:
    """The numbers of a column (n,), NaN where there is none. Raises InvalidInput."""
    import pyarrow as pa  # noqa: PLC0415 - takes a fifth of a second, for those who import files

    kind = column.type
    if pa.types.is_string(kind):
        raise _not_a_number(name, column)
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)
    if not is_number and not pa.types.is_decimal(kind):
        raise InvalidInput(f"column {name!r} holds {kind} values: they must be numbers")
    numbers: NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy()
    return numbers


def _not_a_number(name: str, column: pa.ChunkedArray) -> InvalidInput:
    row, value = _first_text(column)
    hint = ": write a point where a comma stands" if _DECIMAL_COMMA.fullmatch(value) else ""
    return bad_row(row, f"{name} must be a number, not {value[:40]!r}{hint}")


def _first_text(column: Iterable[Any]) -> tuple[int, str]:
    """The first value that is no number; pyarrow found one, or the column would hold numbers."""
    texts = ((row, scalar.as_py() or "") for row, scalar in enumerate(column))
    return next(((row, text) for row, text in texts if not _is_number(text)), (0, "a text"))


def times(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """The times (n,) of a column in ms since the epoch, UTC where it names no zone.

    Dates, and numbers in seconds, milliseconds, microseconds or nanoseconds, told apart by their
    size. Raises InvalidInput.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a fifth of a second, for those who import files

    kind = column.type
    if column.null_count:
        raise bad_row(int(np.argmax(column.is_null().to_numpy())), "the time is missing")
    if pa.types.is_date(kind):
        column, kind = column.cast(pa.timestamp("s")), pa.timestamp("s")
    if pa.types.is_timestamp(kind):
        return _milliseconds(column.cast(pa.int64()).to_numpy(), _UNITS_PER_SECOND[kind.unit])
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _guessed(_whole(column.to_numpy()))
    if pa.types.is_string(kind):
        return _written(column)
    raise InvalidInput(f"its times are {kind} values: they must be dates or numbers")


def _whole(numbers: NDArray[Any]) -> NDArray[np.int64]:
    with np.errstate(invalid="ignore"):
        whole = numbers.astype(np.int64)
        broken = (whole != numbers) | (numbers >= 2.0**63)
    if broken.any():
        row = int(broken.argmax())
        raise bad_row(row, f"time {numbers[row]} is not a whole number")
    return whole


def _guessed(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    unit = next((unit for unit in UNITS if unit.holds(numbers[:1]).all()), None)
    if unit is None:
        known = ", ".join(unit.name for unit in UNITS)
        raise bad_row(0, f"time {numbers[0]} is no time since the year 2000 in {known}")
    strange = ~unit.holds(numbers)
    if strange.any():
        row = int(strange.argmax())
        raise bad_row(row, f"time {numbers[row]} is not in {unit.name}, as that of row 1 is")
    return _milliseconds(numbers, unit.per_second)


def _milliseconds(numbers: NDArray[np.int64], per_second: int) -> NDArray[np.int64]:
    outside = (numbers < 0) | (numbers >= _LATEST_SECOND * per_second)
    if outside.any():
        row = int(outside.argmax())
        raise bad_row(row, "the time must lie between the years 1970 and 2200")
    if per_second <= 1000:
        return numbers * (1000 // per_second)
    ms, rest = np.divmod(numbers, per_second // 1000)
    if rest.any():
        raise bad_row(int(np.argmax(rest != 0)), "the time must be a whole millisecond")
    return ms


def _written(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Texts of which pyarrow could not make one kind of time."""
    if _is_number(column[0].as_py()):
        row, text = _first_text(column)
        raise bad_row(row, f"time {text[:40]!r} is not a number, as that of row 1 is")
    ms = np.empty(len(column), dtype=np.int64)
    for row, scalar in enumerate(column):
        text = scalar.as_py()
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            raise bad_row(row, f"time {text[:40]!r} is no date such as 2025-01-31 00:05") from None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        ms[row], rest = divmod(aware - _EPOCH, timedelta(milliseconds=1))
        if rest:
            raise bad_row(row, "the time must be a whole millisecond")
    return ms


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
