"""Files of funding payments (Parquet, CSV: ts, rate) in, checked columns out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import LATEST_TS

HIGHEST_RATE = 0.04
"""the exchange's own cap on an hourly rate; 8-hourly ones of others lie below it too"""
_ENDINGS = (".parquet", ".csv")

FundingColumns = tuple[NDArray[np.int64], NDArray[np.float64]]


def find_funding(folder: Path, venue: str, coin: str) -> Path | None:
    """`COIN-funding.parquet` or .csv in `folder`, or in its sub-folder of the venue.

    Raises InvalidInput if there is no such folder.
    """
    if not folder.is_dir():
        raise InvalidInput(
            f"--funding {folder} is no folder with files such as BTC-funding.parquet"
        )
    places = [place / f"{coin}-funding{e}" for place in (folder / venue, folder) for e in _ENDINGS]
    return next((path for path in places if path.is_file()), None)


def read_funding(path: Path) -> FundingColumns:
    """When payments were made (n,), ms UTC, and their rates (n,), positive if longs pay.

    Raises InvalidInput: one sentence with the file and what is wrong in it.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a fifth of a second
    from pyarrow import csv, parquet  # noqa: PLC0415 - the same

    try:
        if path.suffix == ".parquet":
            table = parquet.ParquetFile(path).read(columns=["ts", "rate"])
        else:
            table = csv.read_csv(path).select(["ts", "rate"])
        ts = _milliseconds(table["ts"]).to_numpy()
        rates = table["rate"].cast(pa.float64()).to_numpy()
    except (pa.ArrowException, KeyError, OSError, ValueError) as error:
        reason = f"{error}".partition("\n")[0][:120]
        raise InvalidInput(
            f"{path}: it is not a file of funding payments with columns ts and rate ({reason})"
        ) from error
    _check(path, ts, rates)
    return np.ascontiguousarray(ts), np.ascontiguousarray(rates)


def _milliseconds(times: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Dates (UTC where they say nothing) as whole numbers; numbers as they are."""
    import pyarrow as pa  # noqa: PLC0415 - takes a fifth of a second

    if pa.types.is_timestamp(times.type):
        times = times.cast(pa.timestamp("ms", tz=times.type.tz), safe=False)
    return times.cast(pa.int64())


def _check(path: Path, ts: NDArray[np.int64], rates: NDArray[np.float64]) -> None:
    if ts.size and not (ts[0] >= 0 and ts[-1] < LATEST_TS and (np.diff(ts) > 0).all()):
        raise InvalidInput(f"{path}: ts must be ascending milliseconds between 1970 and 2200")
    wrong = np.flatnonzero(~(np.abs(rates) <= HIGHEST_RATE))
    if wrong.size:
        row = int(wrong[0])
        raise InvalidInput(
            f"{path}: row {row + 1}: rate is {rates[row]:g}, it must lie between "
            f"-{HIGHEST_RATE} and {HIGHEST_RATE}"
        )
