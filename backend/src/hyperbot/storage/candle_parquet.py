"""Candles as the bytes of a Parquet file, and back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import Fatal
from hyperbot.domain.market import COLUMN_NAMES
from hyperbot.storage.candle_manifest import YearFile

Candles = tuple[NDArray[np.int64], NDArray[np.float64]]  # ts (n,) and columns (5, n)

# pyarrow takes a fifth of a second to import and a warm read needs none of it: so it is imported
# where it is used (test_a_warm_read_needs_no_pyarrow).


def encode(ts: NDArray[np.int64], columns: NDArray[np.float64]) -> memoryview:
    """A Parquet file of `ts` (n,) and `columns` (5, n): zstd over deltas and split bytes."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pa.table([ts, *columns], names=["ts", *COLUMN_NAMES])
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=False,
        column_encoding={
            "ts": "DELTA_BINARY_PACKED",
            **dict.fromkeys(COLUMN_NAMES, "BYTE_STREAM_SPLIT"),
        },
    )
    return memoryview(sink.getvalue())


def decode(content: bytes) -> Candles:
    """The `ts` (n,) and `columns` (5, n) of a file that `encode` wrote."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pq.read_table(pa.BufferReader(content), columns=["ts", *COLUMN_NAMES])
    columns = np.empty((5, table.num_rows))
    for row, name in enumerate(COLUMN_NAMES):
        columns[row] = table[name].to_numpy()
    return table["ts"].to_numpy().astype(np.int64, copy=False), columns


def read_year(folder: Path, file: YearFile) -> Candles:
    """The candles of `file` in `folder`, after its hash was compared with the manifest's.

    Raises FileNotFoundError, and Fatal when the file was damaged.
    """
    path = folder / file.name
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise Fatal(
            f"{path} is damaged: delete that file and import its candles of {file.year} again"
        )
    return decode(content)
