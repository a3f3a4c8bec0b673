"""Short rules mirror long ones: prices p that become K - p turn every fact around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from candle_strategies import FIRST_PRICE, GRID_MARKETS, any_params, grid_series, market, mirrored
from hyperbot.detection import DetectionParams
from hyperbot.domain.market import CandleSeries
from slow.comparison import detected

Column = NDArray[Any]


def as_it_is(column: Column) -> Column:
    return column


def turned(column: Column) -> Column:
    return -column


def price_turned(column: Column) -> Column:
    return np.where(column == 0, 0, 2.0 * FIRST_PRICE - column)


class Image(NamedTuple):
    """The column that a column becomes in the mirror, and how its values change."""

    name: str
    change: Callable[[Column], Column]


DIRECTIONS = (
    *(f"structure.{name}" for name in ("bos", "choch", "trend", "sweep")),
    *(f"zone.{name}" for name in ("order_block", "fair_value_gap", "premium")),
    "cycle.direction",
    *(f"candle.{name}" for name in ("breakout", "fakeout", "onion", "celery", "celery.state")),
    *(f"candle.{name}" for name in ("liquidity_engulf", "le_weak", "small_wick", "steeper_wick")),
    *(f"candle.{name}" for name in ("no_wick", "pin_bar")),
)
SAME_ON_BOTH_SIDES = (
    *(f"candle.{name}" for name in ("atr", "body_share", "wick_ratio", "volume_ratio")),
    *(f"structure.{name}" for name in ("break_age", "swept_equal", "sweep_depth")),
    *(f"cycle.{name}" for name in ("phase", "confidence", "age", "efficiency_ratio")),
    *(f"cycle.range.{name}" for name in ("active", "age", "touches")),
    "candle.steeper_wick.longer",
    "candle.celery_candle",
    *(
        f"candle.{name}.strength"
        for name in ("breakout", "fakeout", "onion", "celery", "liquidity_engulf", "le_weak")
    ),
    *(f"candle.{name}.strength" for name in ("small_wick", "steeper_wick", "no_wick", "pin_bar")),
)
PRICES = (
    "structure.break_level",
    "candle.breakout.level",
    "candle.fakeout.extreme",
    "candle.celery.trigger",
    "candle.celery.stop",
)
OF_LEVELS = ("distance", "inside", "touches", "age", "untouched")
OF_OPEN_ZONES = ("distance", "inside", "touches", "age", "fresh", "mitigated", "ended")
ZONES = (
    ("support", "resistance", OF_LEVELS),
    ("bullish_block", "bearish_block", OF_OPEN_ZONES),
    ("bullish_gap", "bearish_gap", OF_OPEN_ZONES),
)
OPPOSITES: tuple[tuple[str, str, Callable[[Column], Column]], ...] = (
    ("structure.swing_high", "structure.swing_low", as_it_is),
    ("structure.swing_high.age", "structure.swing_low.age", as_it_is),
    ("structure.swing_high.price", "structure.swing_low.price", price_turned),
    ("structure.high_label", "structure.low_label", turned),
    ("structure.equal_highs", "structure.equal_lows", as_it_is),
    ("structure.swept_highs", "structure.swept_lows", as_it_is),
    ("cycle.range.top", "cycle.range.bottom", price_turned),
    *(
        (f"zone.{long}.{name}", f"zone.{short}.{name}", as_it_is)
        for long, short, names in ZONES
        for name in names
    ),
    *((f"zone.{long}.low", f"zone.{short}.high", price_turned) for long, short, _ in ZONES),
    *((f"zone.{long}.high", f"zone.{short}.low", price_turned) for long, short, _ in ZONES),
)
IMAGES: dict[str, Image] = {
    **{name: Image(name, turned) for name in DIRECTIONS},
    **{name: Image(name, as_it_is) for name in SAME_ON_BOTH_SIDES},
    **{name: Image(name, price_turned) for name in PRICES},
    **{one: Image(other, change) for one, other, change in OPPOSITES},
    **{other: Image(one, change) for one, other, change in OPPOSITES},
}
LEG = "zone.leg_position"  # 1 - itself, unless it was cut off


def assert_mirrors(series: CandleSeries, params: DetectionParams) -> None:
    facts, image = detected(series, params), detected(mirrored(series), params)
    for name, (other, change) in IMAGES.items():
        expected, got = change(facts[name]), image[other]
        different = np.flatnonzero(expected != got)
        assert not different.size, (
            f"{name} at candle {different[0]}: its mirror image {other} should be"
            f" {expected[different[0]]}, but is {got[different[0]]}"
        )
    position = facts[LEG]
    is_on_leg = (facts["structure.swing_high.price"] > facts["structure.swing_low.price"]) & (
        facts["structure.swing_low.price"] > 0
    )
    is_cut_off = (np.abs(position) == 10) | (np.abs(image[LEG]) == 10)
    np.testing.assert_allclose(
        image[LEG][~is_cut_off], np.where(is_on_leg, 1 - position, 0)[~is_cut_off], atol=1e-5
    )


def test_every_column_of_structure_zones_and_cycle_has_an_image():
    facts = detected(market("walk", seed=1, candles=1))
    of_these = {name for name in facts if name.startswith(("structure.", "zone.", "cycle."))}

    assert of_these - set(IMAGES) == {LEG}


@given(grid_series(), any_params())
def test_a_mirrored_series_gives_mirrored_facts(series, params):
    assert_mirrors(series, params)


@pytest.mark.parametrize("kind", GRID_MARKETS)
def test_a_long_mirrored_series_gives_mirrored_facts(kind):
    assert_mirrors(market(kind, seed=5, candles=3000), DetectionParams())
