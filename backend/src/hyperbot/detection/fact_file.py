"""Facts as a Parquet file that explains itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from hyperbot.detection.registry import public_columns

if TYPE_CHECKING:
    from hyperbot.detection.facts import Facts


def write_facts(facts: Facts, path: Path) -> None:
    """Write `ts` and every column; the file appears whole or not at all."""
    fields = [pa.field("ts", pa.int64(), metadata={"unit": "ms UTC", "meaning": "open time"})]
    arrays = [pa.array(facts.ts)]
    for column in public_columns():
        metadata = {"unit": column.unit, "meaning": column.meaning}
        fields.append(pa.field(column.name, pa.from_numpy_dtype(column.dtype), metadata=metadata))
        arrays.append(pa.array(facts[column.name]))
    about = {"coin": facts.coin, "timeframe": str(facts.timeframe)}
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=about))
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        pq.write_table(table, partial, compression="zstd")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
