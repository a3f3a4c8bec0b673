"""Every number of the detectors, named, with its unit; DOMAIN's definitions are the defaults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class CandleParams:
    """Single candles and small groups. Shares are of the range R, unless a unit is given."""

    tick: float = 0.0
    """the price step in quote units; 0 when unknown: then the shares alone decide"""
    engulf_wick: float = 0.35
    """liquidity_engulf: longest wick on the closing side, share of R"""
    engulf_close: float = 0.65
    """liquidity_engulf: least close position, 0 at the low, 1 at the high"""
    engulf_range: float = 0.7
    """liquidity_engulf: least range, in ATR"""
    weak_body: float = 0.5
    """le_weak: largest body, share of the mean body of the 10 candles before"""
    weak_wick: float = 0.15
    """le_weak: longest wick on the closing side, share of R (or 2 ticks)"""
    weak_progress: float = 0.1
    """le_weak: the close goes less than this beyond the last one, in ATR"""
    small_wick: float = 0.15
    """small_wick: longest wick on the side against the move, share of R"""
    small_wick_body: float = 0.6
    """small_wick: least body, share of R"""
    steeper_wick: float = 0.33
    """steeper_wick: least rejecting wick, share of R"""
    steeper_wick_ratio: float = 1.5
    """steeper_wick: least rejecting wick, in other wicks"""
    steeper_wick_close: float = 0.5
    """steeper_wick: least close position away from the rejecting wick"""
    no_wick: float = 0.02
    """no_wick: longest wick that counts as none, share of R (or 1 tick)"""
    celery_body: float = 0.25
    """celery_candle: largest body, share of R"""
    celery_wick: float = 0.25
    """celery_candle: least wick on either side, share of R"""
    celery_balance: float = 0.3
    """celery_candle: largest difference of the wicks, share of R"""
    pin_wick: float = 2 / 3
    """pin_bar: least length of the longer wick, share of R"""
    pin_body: float = 0.25
    """pin_bar: largest body, share of R; the body lies in the outer third"""


@dataclass(frozen=True, slots=True)
class StructureParams:
    """Swings, breaks, sweeps."""

    left: int = 3
    """candles before a swing that it must exceed (1 to 50)"""
    right: int = 3
    """candles after a swing that must not exceed it (1 to 50)"""
    left_ties: bool = False
    """whether an equal extreme among the candles before still lets it be a swing"""
    break_by_wick: bool = False
    """whether the wick, not the close, must pass a swing to break it"""
    sweep: float = 0.05
    """how far a wick must pass a level to sweep it, in ATR"""
    equal: float = 0.1
    """how near two swings of a kind are to be equal, in ATR"""
    levels: int = 64
    """unswept swings remembered per side; the farthest from the price goes"""


@dataclass(frozen=True, slots=True)
class ZoneParams:
    """Support and resistance, order blocks, fair value gaps."""

    merge: float = 0.25
    """a swing this near to the middle of a zone joins it, in ATR"""
    zones: int = 16
    """support or resistance zones remembered per side; the weakest goes"""
    memory: int = 500
    """a support or resistance that no swing joined for so long is forgotten, in candles"""
    block_candles: int = 10
    """how far back from a break the last opposite candle may lie, in candles (1 to 50)"""
    block_on_choch: bool = False
    """whether a CHoCH, too, makes an order block"""
    gap: float = 0.1
    """least size of a fair value gap, in ATR"""
    gap_coloured: bool = False
    """whether the middle candle of a gap must have the gap's colour"""
    open_zones: int = 64
    """order blocks, and gaps, remembered per direction; the farthest from the price goes"""


@dataclass(frozen=True, slots=True)
class CycleParams:
    """Drive, range, liquidity."""

    drive: float = 0.35
    """efficiency ratio over 20 candles from which a move is a drive, up to which it is a range"""
    break_candles: int = 20
    """how long a BOS without an opposite one supports a drive, in candles"""
    range_edge: float = 0.5
    """how near the last two highs, and the last two lows, of a range are, in ATR"""
    range_least: float = 1.5
    """least height of a range, in ATR"""
    range_most: float = 8.0
    """greatest height of a range, in ATR"""
    range_end: float = 0.1
    """two closes in a row this far beyond an edge end a range, in ATR"""
    liquidity_sweep: float = 0.1
    """how far a wick must pass a level to start a liquidity phase, in ATR"""
    liquidity_candles: int = 10
    """how long a liquidity phase lasts at most, in candles"""
    liquidity_inside: int = 3
    """closes in a row inside the active range that end it"""
    confirm: int = 2
    """equal candidates in a row before drive or range takes over"""


@dataclass(frozen=True, slots=True)
class EntryParams:
    """Entries at levels and ranges: breakout, fakeout, onion, celery."""

    breakout: float = 0.1
    """how far the close must pass the level, in ATR"""
    breakout_body: float = 0.5
    """least body, share of R"""
    breakout_volume: float = 1.5
    """least volume, in mean volumes of the 20 candles before; 0 switches it off"""
    fakeout: float = 0.1
    """how far price must go beyond a level, and how far back inside it must close, in ATR"""
    fakeout_candles: int = 3
    """within how many candles, this one included, price comes back (1 to 20)"""
    onion_height: float = 1.5
    """least height of the range, in ATR"""
    onion_edge: float = 0.2
    """how near the edge the wick must come, share of the range's height"""
    celery_retrace: float = 0.25
    """how deep price must come back into the signal candle, share of its R below its close"""
    celery_wait: int = 3
    """candles within which it must come back, and again within which the stop order lives"""
    celery_small_wick: bool = True
    """whether a small_wick candle arms it"""
    celery_steeper_wick: bool = True
    """whether a steeper_wick candle arms it"""
    celery_engulf: bool = False
    """whether a liquidity_engulf candle arms it"""


@dataclass(frozen=True, slots=True)
class DetectionParams:
    """The parameters of all detectors. Raises InvalidInput for a number that makes no sense."""

    candle: CandleParams = field(default_factory=CandleParams)
    structure: StructureParams = field(default_factory=StructureParams)
    zone: ZoneParams = field(default_factory=ZoneParams)
    cycle: CycleParams = field(default_factory=CycleParams)
    entry: EntryParams = field(default_factory=EntryParams)

    def __post_init__(self) -> None:
        for family in fields(self):
            values = getattr(self, family.name)
            plain = {
                item.name: _plain(
                    f"{family.name}.{item.name}", getattr(values, item.name), item.default
                )
                for item in fields(values)
            }
            object.__setattr__(self, family.name, type(values)(**plain))

    def flat(self) -> NDArray[np.float64]:
        """All values in the order of `param`, as the kernels read them."""
        return np.array([float(value) for _, value in _named_values(self)])


LARGEST = 1e308
"""no parameter is larger"""
_LIMITS = {
    "structure.left": (1, 50),
    "structure.right": (1, 50),
    "structure.levels": (1, 4096),
    "zone.zones": (1, 4096),
    "zone.memory": (1, 10_000),
    "zone.open_zones": (1, 4096),
    "zone.block_candles": (1, 50),
    "cycle.break_candles": (1, 10_000),
    "cycle.liquidity_candles": (1, 10_000),
    "cycle.liquidity_inside": (1, 10_000),
    "cycle.confirm": (1, 1_000),
    "entry.fakeout_candles": (1, 20),
    "entry.celery_wait": (1, 1_000),
}


def _plain(name: str, value: Any, default: Any) -> bool | int | float:  # noqa: ANN401 - unchecked
    """The value as a plain bool, int or float like its default. Raises InvalidInput."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise InvalidInput(f"{name} is {value!r}: it must be True or False")
    wanted = "a whole number" if isinstance(default, int) else "a number"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(f"{name} is {value!r}: it must be {wanted}")
    least, most = _LIMITS.get(name, (0, LARGEST))
    if not least <= value <= most:  # NaN, too
        raise InvalidInput(f"{name} is {value!r:.40}: it must lie between {least} and {most:g}")
    if isinstance(default, int):
        if value != int(value):
            raise InvalidInput(f"{name} is {value!r}: it must be a whole number")
        return int(value)
    return float(value)


def _named_values(params: DetectionParams) -> Iterator[tuple[str, Any]]:
    for family in fields(params):
        values = getattr(params, family.name)
        for item in fields(values):
            yield f"{family.name}.{item.name}", getattr(values, item.name)


_POSITIONS = {name: position for position, (name, _) in enumerate(_named_values(DetectionParams()))}


def param(name: str) -> int:
    """Where `family.field` lies in `DetectionParams.flat()`."""
    return _POSITIONS[name]


def params_from(values: dict[str, dict[str, Any]]) -> DetectionParams:
    """The opposite of `dataclasses.asdict`. Raises InvalidInput for a name that does not exist."""
    families = {
        family.name: type(getattr(DetectionParams(), family.name))
        for family in fields(DetectionParams)
    }
    for family, numbers in values.items():
        if family not in families:
            raise InvalidInput(f"there are no detection parameters {family}")
        known = {item.name for item in fields(families[family])}
        for name in numbers:
            if name not in known:
                raise InvalidInput(f"there is no detection parameter {family}.{name}")
    return DetectionParams(
        **{family: families[family](**numbers) for family, numbers in values.items()}
    )
