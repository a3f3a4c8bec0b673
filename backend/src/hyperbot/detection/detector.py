"""Candles in, facts out: the whole history at once, or one candle at a time."""

from __future__ import annotations

import contextlib
import io
import json
import operator
import zipfile
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperbot.detection.blocks_and_gaps import advance_gaps, advance_order_blocks
from hyperbot.detection.candle_patterns import advance_candle_patterns
from hyperbot.detection.celery_entry import advance_celery
from hyperbot.detection.cycle_classifier import advance_cycle
from hyperbot.detection.facts import FactRow, Facts, Stores, empty_row, empty_stores
from hyperbot.detection.kernel import (
    BLOCK,
    CACHE_FOLDER,
    LOOKBACK,
    ORIGIN,
    ORIGIN_STATE,
    SCRATCH_ROWS,
    STATE_SHAPE,
    TABLE_FIELDS,
    TABLES,
    Memory,
    Outputs,
    kernel,
)
from hyperbot.detection.level_entries import advance_breakouts, advance_fakeouts, advance_onions
from hyperbot.detection.market_structure import advance_breaks, advance_swings
from hyperbot.detection.params import DetectionParams, params_from
from hyperbot.detection.registry import Store
from hyperbot.detection.sweeps import advance_sweeps
from hyperbot.detection.true_range import advance_true_range
from hyperbot.detection.zones import advance_premium, advance_support_and_resistance
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import (
    LARGEST_PRICE,
    LARGEST_VOLUME,
    LATEST_TS,
    SMALLEST_PRICE,
    Candle,
    CandleSeries,
    Timeframe,
)

DEFAULTS = DetectionParams()
_COMPILED = CACHE_FOLDER / "compiled"
_MINUTE = Timeframe(60_000)
_LARGEST_SAVED = 1 << 26
_WINDOW = 1100
"""columns of the live window; no power of two, or its rows would fight for the same cache lines"""

NOT_TAKEN = tuple(np.empty(0, store.value) for store in Store)
"""for `advance`, where no copy of the last facts is wanted"""


@kernel
def advance(
    candles: NDArray[np.float64],
    first: int,
    last: int,
    memory: tuple[NDArray[Any], ...],
    outputs: tuple[NDArray[Any], ...],
    taken: tuple[NDArray[Any], ...],
) -> None:
    """All detectors over the candles first..last-1, block by block so that these stay in cache.

    The facts of the last candle are copied to `taken`, unless its arrays are empty. Plain tuples
    in (a NamedTuple takes microseconds to pass from Python), named ones inside.
    """
    known = Memory(memory[0], memory[1], memory[2], memory[3], memory[4])
    facts = Outputs(outputs[0], outputs[1], outputs[2], outputs[3])
    for start in range(first, last, BLOCK):
        end = min(start + BLOCK, last)
        advance_true_range(candles, start, end, known, facts)
        advance_swings(candles, start, end, known, facts)
        advance_breaks(candles, start, end, known, facts)
        advance_sweeps(candles, start, end, known, facts)
        advance_support_and_resistance(candles, start, end, known, facts)
        advance_order_blocks(candles, start, end, known, facts)
        advance_gaps(candles, start, end, known, facts)
        advance_premium(candles, start, end, facts)
        advance_cycle(candles, start, end, known, facts)
        advance_candle_patterns(candles, start, end, known, facts)
        advance_breakouts(candles, start, end, known, facts)
        advance_fakeouts(candles, start, end, known, facts)
        advance_onions(candles, start, end, known, facts)
        advance_celery(candles, start, end, known, facts)
    for row in range(taken[0].size):
        taken[0][row] = facts.flags[row, last - 1]
    for row in range(taken[1].size):
        taken[1][row] = facts.counts[row, last - 1]
    for row in range(taken[2].size):
        taken[2][row] = facts.ratios[row, last - 1]
    for row in range(taken[3].size):
        taken[3][row] = facts.prices[row, last - 1]


def new_memory(params: DetectionParams) -> Memory:
    """The memory of a detector that has seen nothing."""
    capacity = 2 * max(params.structure.levels, params.zone.zones, params.zone.open_zones)
    return Memory(
        params=params.flat(),
        state=np.zeros(STATE_SHAPE),
        tables=np.zeros((TABLES, TABLE_FIELDS, capacity)),
        sizes=np.zeros(TABLES, dtype=np.int64),
        scratch=np.zeros((SCRATCH_ROWS, LOOKBACK + BLOCK)),
    )


def kernels_are_compiled() -> bool:
    """Whether this machine has compiled these kernels before; if not, the first call takes long."""
    return _COMPILED.exists()


def detect(series: CandleSeries, params: DetectionParams = DEFAULTS) -> Facts:
    """The facts of every candle of a series, each from itself and earlier candles alone.

    Returns `len(series)` rows; see `hyperbot.detection.registry` for columns, dtypes and units and
    docs/reference/detection.md for the definitions. An empty series gives empty facts.
    """
    stores = empty_stores(len(series))
    # One memory layout, so that kernels are compiled once: slices of a series have another.
    columns = np.ascontiguousarray(series.columns)
    columns.setflags(write=False)
    memory = tuple(new_memory(params))
    advance(columns, 0, len(series), memory, tuple(stores.values()), NOT_TAKEN)
    if not _COMPILED.exists():
        with contextlib.suppress(OSError):
            _COMPILED.touch()
    return Facts(series.coin, series.timeframe, series.ts, stores)


class Detector:
    """The same facts as `detect`, one candle at a time, at a cost that history does not change.

    Memory is bounded: a window of candles and facts, the carried numbers, the lists of levels.
    """

    def __init__(self, params: DetectionParams = DEFAULTS) -> None:
        self.params = params
        self._memory = new_memory(params)
        self._candles = np.zeros((5, _WINDOW))
        self._columns = tuple(self._candles)
        # Read-only, as series are, so that the same compiled kernels take it.
        self._window = self._candles.view()
        self._window.setflags(write=False)
        self._stores: Stores = empty_stores(_WINDOW)
        self._at = 0
        self._last_ts: int | None = None
        self._memory_arrays = tuple(self._memory)
        self._outputs = tuple(self._stores.values())

    def push(self, candle: Candle) -> FactRow:
        """Take the next closed candle; returns its facts.

        Raises InvalidInput, and takes nothing, for a candle that is not later than the last one or
        breaks the rules of `CandleSeries`.
        """
        moment = self._check(candle)
        if self._at == _WINDOW:
            self._slide()
        at = self._at
        opened, high, low, close, volume = self._columns  # unrolled: twice as fast as a loop
        _, opened[at], high[at], low[at], close[at], volume[at] = candle
        facts = empty_row()
        advance(self._window, at, at + 1, self._memory_arrays, self._outputs, facts)
        self._at, self._last_ts = at + 1, moment
        return FactRow(facts)

    def _check(self, candle: Candle) -> int:
        """The time of a candle that may be taken."""
        try:
            ts, opened, high, low, close, volume = candle
            moment = operator.index(ts)
            # Chained comparisons are false for NaN, so this refuses it too.
            is_whole = SMALLEST_PRICE <= low <= opened <= high <= LARGEST_PRICE
            is_whole = is_whole and low <= close <= high and 0 <= volume <= LARGEST_VOLUME
        except (TypeError, ValueError) as error:
            raise InvalidInput(
                f"{candle!r:.200} is no candle: it must be ts (whole ms), open, high, low, close, "
                "volume"
            ) from error
        if not (is_whole and 0 <= moment < LATEST_TS):
            CandleSeries("pushed", _MINUTE, [moment], [opened], [high], [low], [close], [volume])
        if self._last_ts is not None and moment <= self._last_ts:
            raise InvalidInput(
                f"candle at {moment}: it must open later than the last, {self._last_ts}"
            )
        return moment

    def _slide(self) -> None:
        """Keep the last LOOKBACK candles and facts, make room for more."""
        kept = slice(self._at - LOOKBACK, self._at)
        self._candles[:, :LOOKBACK] = self._candles[:, kept]
        for values in self._stores.values():
            values[:, :LOOKBACK] = values[:, kept]
        self._memory.state[ORIGIN_STATE, ORIGIN] += self._at - LOOKBACK
        self._at = LOOKBACK

    def save(self) -> bytes:
        """Everything that later facts depend on, as bytes for `restore`."""
        kept = slice(max(0, self._at - LOOKBACK), self._at)
        state = self._memory.state.copy()
        state[ORIGIN_STATE, ORIGIN] += kept.start
        about = {
            "kernels": CACHE_FOLDER.name,
            "params": asdict(self.params),
            "last_ts": self._last_ts,
        }
        buffer = io.BytesIO()
        stores: dict[str, Any] = {s.name: values[:, kept] for s, values in self._stores.items()}
        np.savez(
            buffer,
            about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
            candles=self._candles[:, kept],
            state=state,
            tables=self._memory.tables,
            sizes=self._memory.sizes,
            **stores,
        )
        return buffer.getvalue()

    @classmethod
    def restore(cls, saved: bytes) -> Detector:
        """The detector that `save` was called on: its next facts have the same bits.

        Raises InvalidInput for bytes that are not a saved detector, or one of other kernels (then
        push the history again).
        """
        try:
            with zipfile.ZipFile(io.BytesIO(saved)) as members:
                if sum(member.file_size for member in members.infolist()) > _LARGEST_SAVED:
                    raise InvalidInput("these bytes unpack to more than a saved detector can hold")
            with np.load(io.BytesIO(saved), allow_pickle=False) as arrays:
                about = json.loads(arrays["about"].tobytes())
                if about["kernels"] != CACHE_FOLDER.name:
                    raise InvalidInput(
                        "this detector was saved by another version: push its candles again"
                    )
                detector = cls(params_from(about["params"]))
                detector._load(arrays, about["last_ts"])
        except InvalidInput:
            raise
        except Exception as error:  # hostile bytes can fail in any way
            raise InvalidInput("these bytes are not a detector saved by Detector.save") from error
        return detector

    def _load(self, arrays: Any, last_ts: int | None) -> None:  # noqa: ANN401 - an NpzFile
        """Take saved arrays; what does not fit would make kernels read beyond their arrays."""
        memory, kept = self._memory, arrays["candles"].shape[1]
        origin = float(arrays["state"][ORIGIN_STATE, ORIGIN])
        sizes = _like(arrays["sizes"], memory.sizes)
        if (
            kept > LOOKBACK
            or not (origin.is_integer() and 0 <= origin < 2**52)
            or (origin > 0 and kept < LOOKBACK)
            or (sizes < 0).any()
            or (sizes > memory.tables.shape[2] // 2).any()
            or not (last_ts is None or (type(last_ts) is int and 0 <= last_ts < LATEST_TS))
        ):
            raise InvalidInput("these bytes say of a detector what cannot be")
        self._candles[:, :kept] = _like(arrays["candles"], self._candles[:, :kept])
        memory.state[:] = _like(arrays["state"], memory.state)
        memory.tables[:] = _like(arrays["tables"], memory.tables)
        memory.sizes[:] = sizes
        for store, values in self._stores.items():
            values[:, :kept] = _like(arrays[store.name], values[:, :kept])
        self._at, self._last_ts = kept, last_ts


def _like(array: NDArray[Any], wanted: NDArray[Any]) -> NDArray[Any]:
    """The array, if it has the wanted shape and dtype and only finite numbers."""
    if (array.shape, array.dtype) != (wanted.shape, wanted.dtype) or not np.isfinite(array).all():
        raise InvalidInput("these bytes hold other arrays than a saved detector")
    return array
