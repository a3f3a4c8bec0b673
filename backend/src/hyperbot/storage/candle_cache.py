"""Memory-mapped copies of series, one per machine, that many processes share."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.market import CandleSeries
from hyperbot.storage.candle_manifest import SeriesRecord
from hyperbot.storage.durable_files import write_durably

# A .npy file of int64 (6, n): the times, then the five float64 columns bit by bit.
_ROWS = 6


class CandleCache:
    """Series by the hash of their content below `directory`, which may be deleted at any time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "candles"

    def find(self, record: SeriesRecord) -> CandleSeries | None:
        """The series without a copy, or None when there is no file of the right size and form."""
        path, header = self._path(record), _header(record.rows)
        size_bytes = len(header) + 8 * _ROWS * record.rows
        try:
            with path.open("rb") as file:
                is_whole = file.read(len(header)) == header and path.stat().st_size == size_bytes
            if not is_whole:
                return None
            shape = (_ROWS, record.rows)
            mapped = np.memmap(path, dtype="<i8", mode="r", offset=len(header), shape=shape)
        except (OSError, ValueError):
            return None
        return _series(record, mapped.view(np.ndarray))

    def keep(
        self, record: SeriesRecord, ts: NDArray[np.int64], columns: NDArray[np.float64]
    ) -> CandleSeries:
        """Write the series and remove older states of it; a full disk costs only speed."""
        matrix = np.empty((_ROWS, ts.size), dtype="<i8")
        matrix[0] = ts
        matrix[1:] = columns.view(np.int64)
        path = self._path(record)
        with suppress(OSError):
            write_durably(path, _header(record.rows), matrix.data)
            for other in path.parent.iterdir():
                if other != path:
                    other.unlink(missing_ok=True)
        return self.find(record) or _series(record, matrix)

    def _path(self, record: SeriesRecord) -> Path:
        return self._directory / record.key.folder() / f"{record.content_hash[:32]}.npy"


def _series(record: SeriesRecord, matrix: NDArray[np.int64]) -> CandleSeries:
    columns = matrix[1:].view(np.float64)
    return CandleSeries.from_checked(record.coin, record.timeframe, matrix[0], columns)


def _header(rows: int) -> bytes:
    header = io.BytesIO()
    form = {"descr": "<i8", "fortran_order": False, "shape": (_ROWS, rows)}
    np.lib.format.write_array_header_1_0(header, form)
    return header.getvalue()
