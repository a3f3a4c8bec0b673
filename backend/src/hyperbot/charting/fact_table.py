"""What a chart asks of facts, and the one place where a missing column is told."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import InvalidInput


class FactTable(Protocol):
    """Columns by name, one value per candle: `detection.Facts`, or a plain dict of arrays."""

    def __getitem__(self, name: str, /) -> NDArray[Any]: ...


class CheckedFacts:
    """A fact table whose columns are there and as long as the candles, or say so.

    Raises InvalidInput when a column that is asked for is missing or has another length.
    """

    def __init__(self, table: FactTable, rows: int) -> None:
        self._table = table
        self._rows = rows

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            column = np.asarray(self._table[name])
        except (KeyError, InvalidInput) as error:
            raise InvalidInput(
                f"the facts have no column {name}: detect again with this version of hyperbot"
            ) from error
        if column.shape != (self._rows,):
            raise InvalidInput(
                f"the facts' column {name} has {column.size} values for {self._rows} candles:"
                " facts and candles must be of the same series"
            )
        return column


class Runs(NamedTuple):
    """Stretches of equal values: run j covers rows `start[j]` to `end[j]`, both included."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]


def runs_of(*columns: NDArray[Any]) -> Runs:
    """The stretches over which all of `columns` (n,) stay the same."""
    rows = columns[0].size
    is_new = np.ones(rows, np.bool_)
    if rows:
        is_new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    start = np.flatnonzero(is_new).astype(np.int64)
    return Runs(start, np.append(start[1:], rows)[: start.size] - 1)
