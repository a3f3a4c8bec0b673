"""Facts as a Parquet file that explains itself."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hyperbot.detection.registry import PublicColumn


def write_facts(
    path: Path,
    ts: NDArray[np.int64],
    columns: Iterable[tuple[PublicColumn, NDArray[Any]]],
    about: dict[str, str],
) -> None:
    """Write `ts` and every column (n,) with unit and meaning, whole or not at all."""
    fields = [pa.field("ts", pa.int64(), metadata={"unit": "ms UTC", "meaning": "open time"})]
    arrays = [pa.array(ts)]
    for column, values in columns:
        metadata = {"unit": column.unit, "meaning": column.meaning}
        fields.append(pa.field(column.name, pa.from_numpy_dtype(column.dtype), metadata=metadata))
        arrays.append(pa.array(values))
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=about))
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        pq.write_table(table, partial, compression="zstd")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
