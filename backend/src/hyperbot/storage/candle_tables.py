"""Parquet, Feather and CSV files as tables of their candle columns, with bounded memory."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.candle_columns import bad_row, match_names

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 50_000_000
MOST_CSV_BYTES = 4 * 2**30

_HEADLESS = ("open_time", "open", "high", "low", "close", "volume")  # Binance's dumps
_CHUNK = 2**20


def read_table(path: Path, coin: str, most_rows: int = MOST_ROWS) -> pa.Table:
    """The columns ts, open, high, low, close and volume of `coin`'s file, unchecked.

    Its name has one of the known endings. A file of more than `most_rows` is refused before it
    is read. Raises InvalidInput, in words that follow on the file's name.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a fifth of a second, for those who import files

    ending = path.suffix.lower()
    read = {".parquet": _read_parquet, ".feather": _read_feather, ".csv": _read_csv}[ending]
    try:
        if path.stat().st_size == 0:
            raise InvalidInput("it is empty")
        table = read(path, coin, most_rows)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, MemoryError, csv.Error) as error:
        raise InvalidInput(
            f"it cannot be read as {ending[1:]} ({_first_line(error)}): it is not whole, or its "
            "ending is wrong"
        ) from error
    if not table.num_rows:
        raise InvalidInput("it holds no candles")
    return table


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:160].rstrip(".")


def _refuse_too_many(rows: int, most_rows: int) -> None:
    if rows > most_rows:
        raise InvalidInput(f"it holds {rows:,} rows, more than {most_rows:,}: split it")


def _refuse_texts(schema: Any, chosen: dict[str, str]) -> None:  # noqa: ANN401 - untyped pyarrow
    import pyarrow as pa  # noqa: PLC0415 - takes a fifth of a second, for those who import files

    # A text can be stored once and repeated millions of times; a number can not.
    for name in chosen.values():
        kind = schema.field(name).type
        if not pa.types.is_primitive(kind) and not pa.types.is_decimal(kind):
            raise InvalidInput(f"column {name!r} holds {kind} values: they must be numbers")


def _read_parquet(path: Path, coin: str, most_rows: int) -> pa.Table:
    import pyarrow.parquet as pq  # noqa: PLC0415 - see above

    with pq.ParquetFile(path) as file:
        _refuse_too_many(file.metadata.num_rows, most_rows)
        chosen = match_names(file.schema_arrow.names, coin)
        _refuse_texts(file.schema_arrow, chosen)
        table = file.read(columns=list(chosen.values()))
    return table.select(list(chosen.values())).rename_columns(list(chosen))


def _read_feather(path: Path, coin: str, most_rows: int) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - see above

    with pa.OSFile(str(path)) as file:
        whole = pa.ipc.open_file(file)
        _refuse_too_many(whole.count_rows(), most_rows)
        chosen = match_names(whole.schema.names, coin)
        _refuse_texts(whole.schema, chosen)
        places = [whole.schema.get_field_index(name) for name in chosen.values()]
        options = pa.ipc.IpcReadOptions(included_fields=places)
        table = pa.ipc.open_file(file, options=options).read_all()
    return table.select(list(chosen.values())).rename_columns(list(chosen))


def _read_csv(path: Path, coin: str, most_rows: int) -> pa.Table:
    from pyarrow import csv as arrow_csv  # noqa: PLC0415 - see above

    names, delimiter, has_heading = _csv_layout(path, most_rows)
    chosen = match_names(names, coin)
    broken: list[Any] = []

    def refuse(row: Any) -> str:  # noqa: ANN401 - untyped pyarrow
        broken.append(row)
        return "error"

    try:
        table = arrow_csv.read_csv(
            path,
            arrow_csv.ReadOptions(
                use_threads=False,  # or rows have no numbers
                column_names=None if has_heading else names,
            ),
            arrow_csv.ParseOptions(delimiter=delimiter, invalid_row_handler=refuse),
            arrow_csv.ConvertOptions(include_columns=list(chosen.values())),
        )
    except ValueError:
        if not broken:
            raise
        row = broken[0]
        raise bad_row(
            row.number - 1 - has_heading,
            f"it has {row.actual_columns} values where {row.expected_columns} are expected",
        ) from None
    return table.rename_columns(list(chosen))


def _csv_layout(path: Path, most_rows: int) -> tuple[list[str], str, bool]:
    """The names of the columns, what separates them, and whether the first line names them."""
    if path.stat().st_size > MOST_CSV_BYTES:
        raise InvalidInput(f"it is larger than {MOST_CSV_BYTES // 2**30} GiB: split it")
    rows, head = _scan(path)
    _refuse_too_many(rows, most_rows)
    text = head.removeprefix("\ufeff").lstrip("\r\n")
    line = io.StringIO(text, newline=None).readline().rstrip("\n")
    delimiter = max(",;\t", key=line.count)
    names = next(csv.reader([line], delimiter=delimiter), [])
    if not names or not names[0].strip().replace(".", "").isdigit():
        if text.strip() == line.strip():
            raise InvalidInput("it holds no candles")
        return names, delimiter, True
    if len(names) < len(_HEADLESS):
        raise InvalidInput(f"it has no heading and only {len(names)} columns")
    rest = [f"unnamed_{place}" for place in range(len(_HEADLESS), len(names))]
    return [*_HEADLESS, *rest], delimiter, False


def _scan(path: Path) -> tuple[int, str]:
    """The number of lines and the beginning of a text, which must be UTF-8 to its end."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    head, lines = "", 0
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            lines += chunk.count(b"\n")
            text = decoder.decode(chunk)
            head = head or text
    decoder.decode(b"", final=True)
    return lines, head
