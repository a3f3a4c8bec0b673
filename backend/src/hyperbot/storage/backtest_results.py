"""Results of backtests as folders: whole or not there at all."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hyperbot.backtesting.report import BacktestResult
from hyperbot.backtesting.summary import FORMAT, FORMAT_VERSION, summary_document
from hyperbot.backtesting.trade_chart import TradeChart
from hyperbot.domain.errors import InvalidInput
from hyperbot.storage import backtest_tables as tables
from hyperbot.storage.durable_files import TEMPORARY_ENDING, write_durably

MARKER = "complete.json"
"""written last: names every other file with its sha256"""
TRADES, FILLS, SIGNALS, EQUITY = (
    "trades.parquet",
    "fills.parquet",
    "signals.parquet",
    "equity.parquet",
)
SUMMARY, CHARTS = "summary.json", "charts.json"
FILES = frozenset({TRADES, FILLS, SIGNALS, EQUITY, SUMMARY, CHARTS, "trades.csv", "fills.csv"})
REPORT = "report.html"
"""may be there: made of the files above, so it is no part of the result and has no hash"""
_LARGEST_MARKER = 100_000

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A result as read back: the summary, rows and columns with times in ms UTC, charts."""

    folder: Path
    summary: dict[str, Any]
    trades: Rows
    fills: Rows
    equity: dict[str, NDArray[Any]]
    """columns of the account over time: at, equity, cash, exposure, drawdown, perhaps hold"""
    charts: tuple[TradeChart, ...]


def check_result_folder(folder: Path, *, overwrite: bool = False) -> None:
    """Refuse, before any work, a place that must not be written: raises InvalidInput."""
    with _errors_told(folder):
        _refuse_place(folder, overwrite=overwrite)


def _refuse_place(folder: Path, *, overwrite: bool) -> None:
    if not folder.parent.is_dir():
        raise InvalidInput(
            f"cannot write {folder}: there is no folder {folder.parent}, make it first"
        )
    if not folder.is_symlink() and not folder.exists():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise InvalidInput(f"{folder} is there and is not a folder: choose another name")
    names = {path.name for path in folder.iterdir()}
    if not names:
        return
    if MARKER not in names or not _is_marker(folder / MARKER):
        raise InvalidInput(
            f"{folder} is not a result of a backtest, and is left as it is: choose another name"
        )
    if foreign := sorted(filter(_is_foreign, names)):
        raise InvalidInput(
            f"{folder} also holds {foreign[0][:60]!r}, which is not of the backtest, and is left"
            " as it is: choose another name"
        )
    if not overwrite:
        raise InvalidInput(
            f"{folder} holds the result of a backtest: choose another name, or say --overwrite"
        )


def _is_foreign(name: str) -> bool:
    is_unfinished = name.startswith(f"{REPORT}.") and name.endswith(TEMPORARY_ENDING)
    return name not in FILES | {MARKER, REPORT} and not is_unfinished


def write_result(result: BacktestResult, folder: Path, *, overwrite: bool = False) -> None:
    """Put `result` at `folder`, whole: until then it is as it was, whatever happens.

    Everything goes into a folder beside it that is renamed at the end. The same result gives the
    same bytes. Raises InvalidInput where `folder` must not be, or cannot be, written.
    """
    check_result_folder(folder, overwrite=overwrite)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}{TEMPORARY_ENDING}")
    with _errors_told(folder):
        try:
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir()
            _fill(beside, result)
            _put_in_place(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def read_result(folder: Path) -> StoredResult:
    """The result at `folder`, after its hashes were compared. Raises InvalidInput."""
    if not folder.is_dir():
        raise InvalidInput(f"there is no folder {folder}: name the --out of a backtest")
    with _errors_told(folder, "read"):
        marker = _marker(folder)
        summary = _summary(folder, _content(folder, SUMMARY, marker))
        trades, fills = (
            _rows(folder, name, columns, _content(folder, name, marker))
            for name, columns in ((TRADES, tables.TRADE_COLUMNS), (FILLS, tables.FILL_COLUMNS))
        )
        equity = _equity(folder, _content(folder, EQUITY, marker))
        charts = _charts(folder, _content(folder, CHARTS, marker))
    return StoredResult(folder, summary, trades, fills, equity, charts)


def _fill(folder: Path, result: BacktestResult) -> None:
    from hyperbot.storage.trade_chart_file import charts_bytes  # noqa: PLC0415 - pydantic

    trades, fills = tables.trade_rows(result), tables.fill_rows(result)
    summary = json.dumps(summary_document(result), indent=2, allow_nan=False, ensure_ascii=False)
    contents: dict[str, bytes | memoryview] = {
        TRADES: _parquet(tables.parquet_table(tables.TRADE_COLUMNS, trades)),
        "trades.csv": tables.csv_bytes(tables.TRADE_COLUMNS, trades),
        FILLS: _parquet(tables.parquet_table(tables.FILL_COLUMNS, fills)),
        "fills.csv": tables.csv_bytes(tables.FILL_COLUMNS, fills),
        SIGNALS: _parquet(tables.parquet_table(tables.SIGNAL_COLUMNS, tables.signal_rows(result))),
        EQUITY: _parquet(tables.equity_table(result)),
        SUMMARY: f"{summary}\n".encode(),
        CHARTS: charts_bytes(result.charts),
    }
    for name, content in contents.items():
        write_durably(folder / name, content)
    write_durably(folder / MARKER, _marker_bytes(contents))


def _marker_bytes(contents: Mapping[str, bytes | memoryview]) -> bytes:
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    marker = {"format": FORMAT, "format_version": FORMAT_VERSION, "files": hashes}
    return f"{json.dumps(marker, indent=2, sort_keys=True)}\n".encode()


def _put_in_place(beside: Path, folder: Path) -> None:
    former = folder.with_name(f".{folder.name}.{os.getpid()}.former")
    try:
        if folder.exists() and any(folder.iterdir()):
            folder.replace(former)
        beside.replace(folder)  # an empty folder gives way
    finally:
        if former.exists():
            if folder.exists():
                shutil.rmtree(former, ignore_errors=True)
            else:
                former.replace(folder)


def _parquet(table: Any) -> memoryview:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa  # noqa: PLC0415 - a fifth of a second
    import pyarrow.parquet as pq  # noqa: PLC0415

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return memoryview(sink.getvalue())


def _summary(folder: Path, content: bytes) -> dict[str, Any]:
    try:
        summary = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _damaged(folder, SUMMARY) from error
    if not isinstance(summary, dict):
        raise _damaged(folder, SUMMARY)
    return summary


def _charts(folder: Path, content: bytes) -> tuple[TradeChart, ...]:
    from hyperbot.storage.trade_chart_file import charts_of  # noqa: PLC0415 - pydantic

    try:
        return charts_of(content)
    except ValueError as error:
        raise _damaged(folder, CHARTS) from error


def _equity(folder: Path, content: bytes) -> dict[str, NDArray[Any]]:
    try:
        return tables.equity_columns(_table(folder, EQUITY, content))
    except ValueError as error:
        raise _damaged(folder, EQUITY) from error


def _table(folder: Path, name: str, content: bytes) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa  # noqa: PLC0415 - a fifth of a second
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        return pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(folder, name) from error


def _rows(folder: Path, name: str, columns: Sequence[tables.Column], content: bytes) -> Rows:
    import pyarrow as pa  # noqa: PLC0415 - a fifth of a second

    table = _table(folder, name, content)
    if table.schema != tables.parquet_table(columns, []).schema:
        raise _damaged(folder, name)
    for place, column in enumerate(columns):
        if column.kind == "time":
            table = table.set_column(place, column.name, table[column.name].cast(pa.int64()))
    rows: Rows = table.to_pylist()
    if not all(_is_sound(row) for row in rows):
        raise _damaged(folder, name)
    return rows


def _is_sound(row: Mapping[str, Any]) -> bool:
    numbers = (value for value in row.values() if isinstance(value, float))
    is_complete = all(row[name] is not None for name in row if name not in tables.MAY_BE_UNKNOWN)
    return is_complete and all(map(math.isfinite, numbers))


def _content(folder: Path, name: str, marker: dict[str, Any]) -> bytes:
    content = (folder / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != marker["files"].get(name):
        raise _damaged(folder, name)
    return content


def _marker(folder: Path) -> dict[str, Any]:
    path = folder / MARKER
    if not path.is_file() or not _is_marker(path):
        raise InvalidInput(f"{folder} is not the result of a backtest: it has no {MARKER} of one")
    marker: dict[str, Any] = json.loads(path.read_bytes())
    version = marker.get("format_version")
    if version != FORMAT_VERSION:
        raise InvalidInput(
            f"{folder} is a result of format {str(version)[:20]}, and this hyperbot reads"
            f" {FORMAT_VERSION}: run the backtest again"
        )
    return marker


def _is_marker(path: Path) -> bool:
    try:
        if path.stat().st_size > _LARGEST_MARKER:
            return False
        marker = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    is_ours = isinstance(marker, dict) and marker.get("format") == FORMAT
    return is_ours and isinstance(marker.get("files"), dict)


def _damaged(folder: Path, name: str) -> InvalidInput:
    return InvalidInput(f"{folder / name} is damaged: run the backtest again")


@contextmanager
def _errors_told(folder: Path, verb: str = "write") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # Arrow says only in its text what the system said, after a file of its own and a number.
        reason = (error.strerror or str(error)).rpartition("] ")[2]
        raise InvalidInput(f"cannot {verb} {folder}: {reason}") from error
