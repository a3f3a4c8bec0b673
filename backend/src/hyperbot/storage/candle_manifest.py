"""The list of what the candle store holds: the single truth about which files count."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from string import ascii_lowercase
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import Fatal, InvalidInput
from hyperbot.domain.market import LATEST_TS, Timeframe
from hyperbot.domain.resampling import gaps

SCHEMA = 1
GAPS_LISTED = 100  # of a file; all are counted, but every read parses the list

_VENUE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME = 200
_ENCODED = str.maketrans({letter: f"%{ord(letter):02X}" for letter in f"{ascii_lowercase}.~"})

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class SeriesKey(NamedTuple):
    """Which series: `venue` such as hyperliquid, `coin` such as BTC, and the timeframe."""

    venue: str
    coin: str
    timeframe: Timeframe

    def folder(self) -> Path:
        """Its folder below `candles`, in Hive style. Raises InvalidInput for impossible names.

        All but capitals, digits, `-` and `_` is percent-encoded, as Hive readers expect: no coin
        leaves its folder, and kPEPE and KPEPE differ where file names ignore case.
        """
        if not _VENUE.fullmatch(self.venue):
            raise InvalidInput(
                f"venue {self.venue[:40]!r} must be up to 32 small letters, digits, - or _"
            )
        is_word = self.coin.isprintable() and " " not in self.coin
        name = quote(self.coin, safe="").translate(_ENCODED) if is_word else ""
        if not 0 < len(name) <= _LONGEST_NAME:
            raise InvalidInput(
                f"coin {self.coin[:40]!r} must be a short word of printable characters"
            )
        return Path(f"venue={self.venue}", f"coin={name}", f"timeframe={self.timeframe}")


@dataclass(frozen=True, slots=True)
class YearFile:
    """One Parquet file: the candles of a UTC year. `gaps` are (first missing ts, count)."""

    year: int
    sha256: str
    size_bytes: int
    rows: int
    first: int
    last: int
    gap_count: int
    missing: int
    gaps: tuple[tuple[int, int], ...]

    @classmethod
    def describe(
        cls, year: int, content: bytes | memoryview, ts: NDArray[np.int64], timeframe: Timeframe
    ) -> YearFile:
        """What to note of `content`, the Parquet file of candles that open at `ts` (n,), n > 0."""
        found = gaps(ts, timeframe)
        return cls(
            year=year,
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            rows=int(ts.size),
            first=int(ts[0]),
            last=int(ts[-1]),
            gap_count=len(found),
            missing=sum(count for _, count in found),
            gaps=tuple(found[:GAPS_LISTED]),
        )

    @property
    def name(self) -> str:
        """The file's name: the content is part of it, so that a new state never overwrites."""
        return f"{self.year}-{self.sha256[:16]}.parquet"


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """One series as it lies in the store; `first` and `last` are open times in ms UTC."""

    key: SeriesKey
    synthetic: bool
    source: str
    files: tuple[YearFile, ...]

    @property
    def venue(self) -> str:
        """Where its candles come from."""
        return self.key.venue

    @property
    def coin(self) -> str:
        """Whose candles they are."""
        return self.key.coin

    @property
    def timeframe(self) -> Timeframe:
        """The length of its candles."""
        return self.key.timeframe

    @property
    def label(self) -> str:
        """`synthetic` for made-up candles, else nothing."""
        return "synthetic" if self.synthetic else ""

    @property
    def rows(self) -> int:
        """The number of candles."""
        return sum(file.rows for file in self.files)

    @property
    def first(self) -> int:
        """The first open time, ms UTC."""
        return self.files[0].first

    @property
    def last(self) -> int:
        """The last open time, ms UTC."""
        return self.files[-1].last

    @property
    def size_bytes(self) -> int:
        """The size on disk."""
        return sum(file.size_bytes for file in self.files)

    @property
    def missing(self) -> int:
        """How many candles are missing between the first and the last."""
        return (self.last - self.first) // self.timeframe.ms + 1 - self.rows

    @property
    def gap_count(self) -> int:
        """The number of gaps, those between two years included."""
        steps = [
            later.first - earlier.last
            for earlier, later in zip(self.files, self.files[1:], strict=False)
        ]
        inside = sum(file.gap_count for file in self.files)
        return inside + sum(step > self.timeframe.ms for step in steps)

    @property
    def content_hash(self) -> str:
        """Equal for equal content; names the cache file."""
        parts = "".join(file.sha256 for file in self.files)
        return hashlib.sha256(parts.encode()).hexdigest()


Manifest = Mapping[SeriesKey, SeriesRecord]


def load_manifest(path: Path) -> Manifest:
    """The records at `path`; none when there is no file. Raises Fatal when it is damaged."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise damaged_manifest(path) from error
    try:
        document = json.loads(text, object_pairs_hook=_unique)
        if document["schema"] != SCHEMA:
            raise Fatal(f"{path} was written by another version of hyperbot: update hyperbot")
        records = [_record(item) for item in document["series"]]
        return _unique([(record.key, record) for record in records])
    except (ValueError, TypeError, KeyError, RecursionError, InvalidInput) as error:
        raise damaged_manifest(path) from error


def damaged_manifest(path: Path) -> Fatal:
    """What to raise when the manifest at `path` cannot be believed."""
    return Fatal(
        f"{path} is damaged: restore it, or move the folder {path.parent} away and import the "
        "candles again"
    )


def dump_manifest(manifest: Manifest) -> bytes:
    """The JSON document of `manifest`, in a stable order."""
    series = [
        {
            "venue": record.venue,
            "coin": record.coin,
            "timeframe": str(record.timeframe),
            "synthetic": record.synthetic,
            "source": record.source,
            "files": [asdict(file) for file in record.files],
        }
        for _, record in sorted(manifest.items())
    ]
    return json.dumps({"schema": SCHEMA, "series": series}).encode()


def _unique(pairs: Sequence[tuple[_Key, _Value]]) -> dict[_Key, _Value]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def _record(item: Mapping[str, Any]) -> SeriesRecord:
    key = SeriesKey(str(item["venue"]), str(item["coin"]), Timeframe.parse(str(item["timeframe"])))
    key.folder()  # refuses names that no folder can have
    files = tuple(_year_file(file, key.timeframe) for file in item["files"])
    if not files:
        raise ValueError("a series without files")
    if any(later.year <= file.year for file, later in pairwise(files)):
        raise ValueError("years that do not ascend")
    return SeriesRecord(key, bool(item["synthetic"]), str(item["source"]), files)


def _year_file(item: Mapping[str, Any], timeframe: Timeframe) -> YearFile:
    found = tuple((_whole(first), _whole(count)) for first, count in item["gaps"])
    if not _SHA256.fullmatch(item["sha256"]):
        raise ValueError("not a SHA-256")
    numbers = ("year", "size_bytes", "rows", "first", "last", "gap_count", "missing")
    file = YearFile(
        sha256=item["sha256"], gaps=found, **{name: _whole(item[name]) for name in numbers}
    )
    if not (_times_agree(file, timeframe) and _gaps_agree(file, timeframe)):
        raise ValueError("numbers that contradict each other")
    return file


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:  # a bool is an int, too
        raise ValueError("not a whole number")
    return value


def _times_agree(file: YearFile, timeframe: Timeframe) -> bool:
    step, ends = timeframe.ms, (file.first, file.last)
    return (
        file.rows > 0
        and file.size_bytes > 0
        and file.first <= file.last < LATEST_TS
        and all((ts - timeframe.origin_ms) % step == 0 for ts in ends)
        and all(datetime.fromtimestamp(ts // 1000, UTC).year == file.year for ts in ends)
        and file.rows + file.missing == (file.last - file.first) // step + 1
    )


def _gaps_agree(file: YearFile, timeframe: Timeframe) -> bool:
    before = file.first  # a candle that is there
    for first_missing, count in file.gaps:
        if first_missing <= before or count == 0 or (first_missing - before) % timeframe.ms:
            return False
        before = first_missing + count * timeframe.ms
    unlisted = file.gap_count - len(file.gaps)
    missing_there = file.missing - sum(count for _, count in file.gaps)
    return before <= file.last and (0 < unlisted <= missing_there or unlisted == missing_there == 0)
