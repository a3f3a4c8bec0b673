"""The columns that detection fills: name, meaning, unit, and where each is stored."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

import numpy as np


class Store(Enum):
    """The four tables of numbers that kernels write, by dtype."""

    FLAG = "int8"
    COUNT = "int32"
    RATIO = "float32"
    PRICE = "float64"


class Column(NamedTuple):
    """One stored column.

    A graded column is stored as int8 in -100..100 and read as two: `name`, its sign (-1, 0, +1),
    and `name.strength`, its size as float32 in 0..1.
    """

    name: str
    store: Store
    unit: str
    meaning: str
    graded: bool = False


class PublicColumn(NamedTuple):
    """One column as a reader of facts sees it."""

    name: str
    dtype: np.dtype[np.generic]
    unit: str
    meaning: str


def _pattern(name: str, meaning: str) -> Column:
    return Column(f"candle.{name}", Store.FLAG, "direction", meaning, graded=True)


def _flag(name: str, unit: str, meaning: str) -> Column:
    return Column(name, Store.FLAG, unit, meaning)


def _count(name: str, meaning: str) -> Column:
    return Column(name, Store.COUNT, "candles", meaning)


def _ratio(name: str, unit: str, meaning: str) -> Column:
    return Column(name, Store.RATIO, unit, meaning)


def _price(name: str, meaning: str) -> Column:
    return Column(name, Store.PRICE, "price", meaning)


_MEASURES = (
    _price("candle.atr", "Wilder's average true range, 14"),
    _ratio("candle.body_share", "share", "body / range; 0 for a flat candle"),
    _ratio("candle.close_position", "share", "0 at the low, 1 at the high; 0.5 for a flat candle"),
    _ratio(
        "candle.wick_ratio", "ratio", "(upper + lower wick) / body, at most 1e9; 0 without body"
    ),
    _ratio(
        "candle.volume_ratio",
        "ratio",
        "volume / mean of the 20 before, at most 1e9; 0 while these are missing or zero",
    ),
)

_CLASSICAL = (
    _pattern("doji", "the body is tiny against the usual range; +1 where present"),
    _pattern("dragonfly_doji", "a doji with no upper but a lower wick; +1 where present"),
    _pattern("gravestone_doji", "a doji with no lower but an upper wick; +1 where present"),
    _pattern("long_legged_doji", "a doji with a wick longer than its body; +1 where present"),
    _pattern("hammer", "short body on a long lower wick, near the last low; +1"),
    _pattern("hanging_man", "short body on a long lower wick, near the last high; -1"),
    _pattern("inverted_hammer", "short body under a long upper wick, after a gap down; +1"),
    _pattern("shooting_star", "short body under a long upper wick, after a gap up; -1"),
    _pattern("spinning_top", "short body between longer wicks; sign of its colour"),
    _pattern("marubozu", "long body without wicks; sign of its colour"),
    _pattern("belt_hold", "long body that opens at its extreme; sign of its colour"),
    _pattern("engulfing", "the body engulfs the last one of the other colour (0.8: one end equal)"),
    _pattern("harami", "a short body within the last long one (0.8: one end equal)"),
    _pattern("harami_cross", "a doji within the last long body (0.8: one end equal)"),
    _pattern("piercing", "opens under the last low, closes above the middle of the last body; +1"),
    _pattern("dark_cloud_cover", "opens over the last high, closes under the last middle; -1"),
    _pattern("morning_star", "long black, short body a gap below, white deep into the first; +1"),
    _pattern("evening_star", "long white, short body a gap above, black deep into the first; -1"),
    _pattern("three_white_soldiers", "three white bodies, each closing higher with hardly a wick"),
    _pattern("three_black_crows", "three black bodies, each closing lower with hardly a wick"),
    _pattern("three_inside", "a harami, then a close beyond the first open"),
    _pattern("three_outside", "an engulfing, then a close further on"),
)

_GAPLESS = tuple(
    _pattern(f"{name}_gapless", f"{name.replace('_', ' ')} without TA-Lib's gap test: {how}")
    for name, how in (
        ("inverted_hammer", "the body's middle lies under the last close"),
        ("shooting_star", "the body's middle lies over the last close"),
        ("engulfing", "body ends may miss by Equal"),
        ("harami", "body ends may stand out by Equal"),
        ("piercing", "opens at most Equal over the last close"),
        ("dark_cloud_cover", "opens at most Equal under the last close"),
        ("morning_star", "the star's middle lies under the first close"),
        ("evening_star", "the star's middle lies over the first close"),
        ("three_white_soldiers", "each may open at the last open"),
        ("three_black_crows", "each may open at the ends of the last body"),
        ("three_inside", "on harami_gapless"),
        ("three_outside", "on engulfing_gapless"),
    )
)

_PLAIN = (
    _pattern("pin_bar", "one long wick, small body in the outer third; + for a lower wick"),
    _pattern("inside_bar", "high and low within the last candle's; +1 where present"),
    _pattern("outside_bar", "high and low beyond the last candle's; sign of its colour"),
)

_ENTRIES = (
    _pattern("liquidity_engulf", "takes the last low, closes over the last high (and mirrored)"),
    _pattern("le_weak", "struggles in its direction: a signal against its colour"),
    _pattern("small_wick", "conviction: large body, hardly a wick on the side against the move"),
    _pattern("steeper_wick", "rejection: a long wick on one side; + for a lower wick"),
    _flag("candle.steeper_wick.longer", "flag", "1 if that wick is longer than the last candle's"),
    _pattern("no_wick", "+ no upper wick, - no lower wick, both: its colour; lowers confidence"),
    _pattern("celery_candle", "narrow body between two long, equal wicks; +1 where present"),
    _pattern("celery", "the stop order of the celery tactic is filled"),
    _flag("candle.celery.state", "state", "0 idle, ±1 armed, ±2 stop order resting; sign: side"),
    _price("candle.celery.trigger", "the extreme of the signal candle + 1 tick; 0 when idle"),
    _price("candle.celery.stop", "the other extreme of the signal candle - 1 tick; 0 when idle"),
    _pattern("breakout", "closes beyond a range edge or swing with body and volume"),
    _price("candle.breakout.level", "the level that was passed; 0 without breakout"),
    _pattern("fakeout", "the first close back inside after a break; direction against the break"),
    _price("candle.fakeout.extreme", "how far the break went; 0 without fakeout"),
    _pattern("onion", "turns at the edge of the active range, away from the edge"),
)

_STRUCTURE = (
    _flag("structure.swing_high", "flag", "1 if a swing high is confirmed at this close"),
    _flag("structure.swing_low", "flag", "1 if a swing low is confirmed at this close"),
    _price("structure.swing_high.price", "the last confirmed swing high; 0 before the first"),
    _price("structure.swing_low.price", "the last confirmed swing low; 0 before the first"),
    _count("structure.swing_high.age", "since the candle of that high; -1 before the first"),
    _count("structure.swing_low.age", "since the candle of that low; -1 before the first"),
    _flag("structure.high_label", "label", "last swing high: +1 HH, -1 LH, 0 equal or first"),
    _flag("structure.low_label", "label", "last swing low: +1 HL, -1 LL, 0 equal or first"),
    _flag("structure.equal_highs", "flag", "1 if the high confirmed here equals the one before"),
    _flag("structure.equal_lows", "flag", "1 if the low confirmed here equals the one before"),
    _flag("structure.bos", "direction", "break of structure: the trend goes on"),
    _flag("structure.choch", "direction", "change of character: the trend turns"),
    _flag("structure.trend", "direction", "direction of the last BOS or CHoCH; 0 before the first"),
    _price("structure.break_level", "the swing that BOS or CHoCH broke here; 0 without"),
    _count("structure.break_age", "since the candle of the swing broken here; -1 without"),
    _flag("structure.sweep", "direction", "+1 lows swept, -1 highs swept; 0 none or undecided"),
    _flag("structure.swept_highs", "count", "swing highs swept here, at most 127"),
    _flag("structure.swept_lows", "count", "swing lows swept here, at most 127"),
    _flag(
        "structure.swept_equal", "flag", "1 if a level swept here was one of equal highs or lows"
    ),
    _ratio(
        "structure.sweep_depth", "ATR", "how far the sweep went beyond the nearest level, to 100"
    ),
)


def _zone_columns(kind: str, name: str, *, fresh: bool) -> tuple[Column, ...]:
    columns = (
        _ratio(f"zone.{kind}.distance", "ATR", f"to the nearest {name}; 100: none so near"),
        _flag(f"zone.{kind}.inside", "flag", f"1 if the close lies in the nearest {name}"),
        _flag(f"zone.{kind}.touches", "count", f"touches of the nearest {name}, at most 127"),
        _count(f"zone.{kind}.age", f"since the nearest {name} was known; -1: none"),
        _price(f"zone.{kind}.low", f"lower edge of the nearest {name}; 0: none"),
        _price(f"zone.{kind}.high", f"upper edge of the nearest {name}; 0: none"),
    )
    if not fresh:
        return columns
    return (
        *columns,
        _flag(f"zone.{kind}.fresh", "flag", f"1 if the nearest {name} was never touched"),
        _flag(f"zone.{kind}.mitigated", "count", f"{name}s first touched here, at most 127"),
        _flag(f"zone.{kind}.ended", "count", f"{name}s closed through here, at most 127"),
    )


_ZONES = (
    *_zone_columns("support", "support zone", fresh=False),
    *_zone_columns("resistance", "resistance zone", fresh=False),
    _count("zone.support.untouched", "since a swing last joined the nearest zone; -1: none"),
    _count("zone.resistance.untouched", "since a swing last joined the nearest zone; -1: none"),
    _flag("zone.order_block", "direction", "an order block becomes known here"),
    *_zone_columns("bullish_block", "bullish order block", fresh=True),
    *_zone_columns("bearish_block", "bearish order block", fresh=True),
    _flag("zone.fair_value_gap", "direction", "a fair value gap becomes known here"),
    *_zone_columns("bullish_gap", "bullish fair value gap", fresh=True),
    *_zone_columns("bearish_gap", "bearish fair value gap", fresh=True),
    _flag("zone.premium", "side", "+1 above, -1 below the middle of the last swing leg; 0 at it"),
    _ratio("zone.leg_position", "share", "0 at the leg's low, 1 at its high, within -10..10"),
)

_CYCLE = (
    _flag("cycle.phase", "phase", "0 not yet known, 1 drive, 2 range, 3 liquidity"),
    _flag("cycle.direction", "direction", "of the drive, or against the sweep; 0 in a range"),
    _ratio("cycle.confidence", "share", "how clearly the phase is met; 0 while not known"),
    _count("cycle.age", "since this phase and direction began; -1 while not known"),
    _ratio("cycle.efficiency_ratio", "share", "net move / path over 20 candles; 0 before"),
    _flag("cycle.range.active", "flag", "1 while a range is active"),
    _price("cycle.range.top", "frozen upper edge; 0 without a range"),
    _price("cycle.range.bottom", "frozen lower edge; 0 without a range"),
    _count("cycle.range.age", "since the range became active; -1 without"),
    _flag("cycle.range.touches", "count", "swings at its edges, at most 127; 0 without"),
)

COLUMNS: tuple[Column, ...] = (
    *_MEASURES,
    *_CLASSICAL,
    *_GAPLESS,
    *_PLAIN,
    *_ENTRIES,
    *_STRUCTURE,
    *_ZONES,
    *_CYCLE,
)

_BY_STORE = {store: [c for c in COLUMNS if c.store is store] for store in Store}
ROWS: dict[str, tuple[Store, int]] = {
    column.name: (store, row)
    for store, columns in _BY_STORE.items()
    for row, column in enumerate(columns)
}
STORE_SIZES: dict[Store, int] = {store: len(columns) for store, columns in _BY_STORE.items()}


def row(name: str) -> int:
    """The row of a stored column within its store; kernels keep it as a constant."""
    return ROWS[name][1]


def public_columns() -> Iterator[PublicColumn]:
    """The columns of `Facts`, in order."""
    for column in COLUMNS:
        dtype: np.dtype[np.generic] = np.dtype(column.store.value)
        yield PublicColumn(column.name, dtype, column.unit, column.meaning)
        if column.graded:
            meaning = f"how clearly {column.name} is met; 0 where it is not"
            yield PublicColumn(f"{column.name}.strength", np.dtype(np.float32), "share", meaning)
