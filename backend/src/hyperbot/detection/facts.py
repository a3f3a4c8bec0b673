"""Facts: what detection says about each candle, by column name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from hyperbot.detection.registry import COLUMNS, ROWS, STORE_SIZES, Store, public_columns
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import Timeframe

Stores = dict[Store, NDArray[Any]]

NAMES: tuple[str, ...] = tuple(column.name for column in public_columns())
_GRADED = frozenset(column.name for column in COLUMNS if column.graded)
_STRENGTH = ".strength"
_ROW_SHAPES = tuple((STORE_SIZES[store], np.dtype(store.value)) for store in Store)
_ORDER = {store: place for place, store in enumerate(Store)}


def empty_stores(candles: int) -> Stores:
    """Room for the facts of `candles` candles: (rows, candles) per store, not yet written."""
    return {store: np.empty((STORE_SIZES[store], candles), dtype=store.value) for store in Store}


def empty_row() -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Room for the facts of one candle: (rows,) per store, not yet written."""
    flags, counts, ratios, prices = _ROW_SHAPES  # unrolled: this runs at every candle
    return np.empty(*flags), np.empty(*counts), np.empty(*ratios), np.empty(*prices)


def _stored(name: str) -> tuple[Store, int, str]:
    """Where a public column comes from: (store, row, one of "", "sign", "size")."""
    base = name.removesuffix(_STRENGTH)
    how = "" if base not in _GRADED else ("sign" if base == name else "size")
    if base not in ROWS or (base != name and not how):
        raise InvalidInput(f"there is no fact {name!r}; `hyperbot.detection.facts.NAMES` lists all")
    store, row = ROWS[base]
    return store, row, how


def _read(grades: Any, how: str) -> Any:  # noqa: ANN401 - an array or a single number
    if how == "sign":
        return np.sign(grades)
    if how == "size":
        return np.abs(grades).astype(np.float32) / np.float32(100)
    return grades


class Facts:
    """The facts of a series, column by column.

    `facts[name]` is an array (n,) of the dtype that the registry names: int8 directions and flags,
    int32 ages, float32 strengths and distances, float64 prices. `facts[a:b]` are the facts of the
    candles a..b-1. Equal means equal in every bit. Raises InvalidInput for an unknown name.
    """

    __slots__ = ("coin", "stores", "timeframe", "ts")

    def __init__(
        self, coin: str, timeframe: Timeframe, ts: NDArray[np.int64], stores: Stores
    ) -> None:
        self.coin = coin
        self.timeframe = timeframe
        self.ts = ts
        self.stores = stores

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return NAMES

    def __len__(self) -> int:
        return int(self.ts.size)

    @overload
    def __getitem__(self, key: str) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, key: slice) -> Facts: ...
    def __getitem__(self, key: str | slice) -> NDArray[Any] | Facts:
        if isinstance(key, slice):
            stores = {store: values[:, key] for store, values in self.stores.items()}
            return Facts(self.coin, self.timeframe, self.ts[key], stores)
        store, row, how = _stored(key)
        column: NDArray[Any] = _read(self.stores[store][row], how)
        return column

    def row(self, index: int) -> FactRow:
        """The facts of one candle."""
        return FactRow(tuple(values[:, index].copy() for values in self.stores.values()))

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __contains__(self, name: object) -> bool:
        return name in NAMES

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Facts):
            return NotImplemented
        return np.array_equal(self.ts, other.ts) and all(
            same_bits(values, other.stores[store]) for store, values in self.stores.items()
        )

    __hash__ = None  # type: ignore[assignment]  # equal by content, so not a key

    def to_parquet(self, path: Path | str) -> None:
        """Write `ts` and all columns to a Parquet file (zstd), with meanings and units."""
        from hyperbot.detection.fact_file import write_facts  # noqa: PLC0415 - pyarrow is heavy

        columns = ((column, self[column.name]) for column in public_columns())
        about = {"coin": self.coin, "timeframe": str(self.timeframe)}
        write_facts(Path(path), self.ts, columns, about)

    def __repr__(self) -> str:
        return f"<Facts {self.coin} {self.timeframe}, {len(self)} candles, {len(NAMES)} columns>"


class FactRow:
    """The facts of one candle: `row[name]` is a Python number."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: tuple[NDArray[Any], ...]) -> None:
        """`numbers` are one array (rows,) per store, in the order of `Store`."""
        self._numbers = numbers

    def __getitem__(self, name: str) -> int | float:
        store, row, how = _stored(name)
        number: int | float = _read(self._numbers[_ORDER[store]][row], how).item()
        return number

    def stores(self) -> Stores:
        """The numbers as stores of one candle: (rows, 1) each."""
        return {store: values[:, None] for store, values in zip(Store, self._numbers, strict=True)}

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def items(self) -> Iterator[tuple[str, int | float]]:
        """All names with their numbers."""
        return ((name, self[name]) for name in NAMES)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FactRow):
            return NotImplemented
        return all(map(same_bits, self._numbers, other._numbers))

    __hash__ = None  # type: ignore[assignment]  # equal by content, so not a key

    def __repr__(self) -> str:
        told = {name: number for name, number in self.items() if number}
        return f"<FactRow {told}>"


def same_bits(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether two arrays hold the same bytes (so that 0.0 and -0.0 differ)."""
    return one.shape == other.shape and one.tobytes() == other.tobytes()
