"""Candle files as others write them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq


def write_parquet(path, columns):
    pq.write_table(pa.table(columns), path)


def write_feather(path, columns):
    pa.feather.write_feather(pa.table(columns), path, compression="lz4")


def write_csv(path, columns):
    rows = zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


WRITERS = {"parquet": write_parquet, "feather": write_feather, "csv": write_csv}
