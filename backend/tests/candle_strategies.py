"""Made-up markets: seeded ones of many kinds, and hypothesis strategies over them.

Prices lie on a grid of whole numbers wherever that is possible, so that ties are frequent and
mirroring is exact.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple

from hypothesis import strategies as st

from hyperbot.detection import DetectionParams
from hyperbot.detection.params import (
    CandleParams,
    CycleParams,
    EntryParams,
    StructureParams,
    ZoneParams,
)
from hyperbot.domain.market import CandleSeries, Timeframe

MINUTE = Timeframe(60_000)
FIRST_PRICE = 10_000


class Shape(NamedTuple):
    """A candle relative to the last close: a gap, a body, two wicks, and a volume."""

    gap: float
    body: float
    upper: float
    lower: float
    volume: float


def series_of(shapes: Iterable[Shape], first_price: float = FIRST_PRICE) -> CandleSeries:
    """Candles one after the other, each starting at the last close plus its gap."""
    rows = []
    close = first_price
    for shape in shapes:
        opened = close + shape.gap
        close = opened + shape.body
        rows.append(
            (
                opened,
                max(opened, close) + shape.upper,
                min(opened, close) - shape.lower,
                close,
                shape.volume,
            )
        )
    return series_from_rows(rows)


def series_from_rows(rows: Iterable[tuple[float, float, float, float, float]]) -> CandleSeries:
    """Candles of one minute from (open, high, low, close, volume)."""
    columns = list(zip(*rows, strict=True)) or [()] * 5
    times = [minute * MINUTE.ms for minute in range(len(columns[0]))]
    return CandleSeries("TEST", MINUTE, times, *columns)


def bars(*prices: tuple[float, float, float, float]) -> CandleSeries:
    """Candles drawn by hand: (open, high, low, close), a volume of 1 each."""
    return series_from_rows((*price, 1) for price in prices)


def path(*closes: float) -> list[tuple[float, float, float, float]]:
    """Candles that open at the last close and have a wick of 1 on both sides."""
    return [(a, max(a, b) + 1, min(a, b) - 1, b) for a, b in pairwise(closes)]


#  110   /\    /\    /\    /\        the highs at 110, the lows at 99, every six candles
#       /  \  /  \  /  \  /  \       each candle ranges over 5: so does the average
#   99      \/    \/    \/
SIDEWAYS = (*((100, 103, 106, 109, 106, 103) * 4), 100)


def mirrored(series: CandleSeries) -> CandleSeries:
    """Prices p become K - p: what rose falls, highs are lows."""
    turned_at = 2.0 * FIRST_PRICE
    return CandleSeries(
        series.coin,
        series.timeframe,
        series.ts,
        turned_at - series.open,
        turned_at - series.low,
        turned_at - series.high,
        turned_at - series.close,
        series.volume,
    )


Market = Callable[[random.Random, int], list[Shape]]


def _walk(body: int, wick: int, gap: int = 0) -> Market:
    def market(rng: random.Random, candles: int) -> list[Shape]:
        return [
            Shape(
                gap=rng.randint(-gap, gap),
                body=rng.randint(-body, body),
                upper=rng.randint(0, wick),
                lower=rng.randint(0, wick),
                volume=rng.randint(0, 4) ** 2,
            )
            for _ in range(candles)
        ]

    return market


def _trend(rng: random.Random, candles: int) -> list[Shape]:
    """Drives of some forty candles, up and down in turn, with pullbacks."""
    shapes = _walk(6, 3)(rng, candles)
    direction = rng.choice((-1, 1))
    for i, shape in enumerate(shapes):
        if rng.random() < 1 / 40:
            direction = -direction
        drift = direction * (-2 if i % 8 > 5 else 3)
        shapes[i] = shape._replace(body=shape.body + drift)
    return shapes


def _range(rng: random.Random, candles: int) -> list[Shape]:
    """A price that swings between two edges, pokes beyond them, and at times leaves for others."""
    shapes = []
    price, bottom, height, direction = 0, -10, 20, 1
    for _ in range(candles):
        if rng.random() < 1 / 80:
            bottom, height = price + rng.randint(-30, 10), rng.randint(14, 40)
        if price >= bottom + height:
            direction = -1
        elif price <= bottom:
            direction = 1
        body = direction * rng.randint(-1, 5)
        price += body
        poke = rng.choice((0, 0, 1, 2, 3))
        upper, lower = (poke, 1) if direction > 0 else (1, poke)
        shapes.append(Shape(0, body, upper, lower, rng.randint(0, 9)))
    return shapes


def _spikes(rng: random.Random, candles: int) -> list[Shape]:
    shapes = _walk(4, 3)(rng, candles)
    for i, shape in enumerate(shapes):
        if rng.random() < 0.08:
            upper, lower = rng.choice(((30, 0), (0, 30), (25, 25), (12, 3), (3, 12)))
            shapes[i] = shape._replace(upper=upper, lower=lower)
    return shapes


def _flat(rng: random.Random, candles: int) -> list[Shape]:
    """A walk with stretches in which nothing moves, and some in which nothing is traded."""
    shapes = _walk(4, 3, gap=1)(rng, candles)
    is_still = False
    for i, shape in enumerate(shapes):
        if rng.random() < 0.15:
            is_still = not is_still
        if is_still:
            shapes[i] = Shape(0, 0, 0, 0, 0 if rng.random() < 0.7 else shape.volume)
    return shapes


def _real_numbers(rng: random.Random, candles: int) -> list[Shape]:
    """Prices off every grid."""
    return [
        Shape(
            gap=rng.gauss(0, 0.3) if rng.random() < 0.1 else 0,
            body=rng.gauss(0, 4),
            upper=rng.expovariate(0.5),
            lower=rng.expovariate(0.5),
            volume=rng.expovariate(0.1),
        )
        for _ in range(candles)
    ]


GRID_MARKETS: dict[str, Market] = {
    "ties": _walk(1, 1),
    "walk": _walk(5, 4),
    "gaps": _walk(4, 2, gap=5),
    "trend": _trend,
    "range": _range,
    "spikes": _spikes,
    "flat": _flat,
}


def _mixed(rng: random.Random, candles: int) -> list[Shape]:
    """All markets on the grid in turn, some fifty candles of each."""
    shapes: list[Shape] = []
    while len(shapes) < candles:
        market = rng.choice(list(GRID_MARKETS.values()))
        shapes += market(rng, rng.randint(10, 100))
    return shapes[:candles]


GRID_MARKETS["mixed"] = _mixed
MARKETS: dict[str, Market] = {**GRID_MARKETS, "real numbers": _real_numbers}


def market(kind: str, seed: int, candles: int) -> CandleSeries:
    """A seeded market of that kind."""
    rng = random.Random(f"{kind} {seed}")  # noqa: S311 - a market, not a secret
    return series_of(MARKETS[kind](rng, candles))


def seeded_series(
    kinds: Iterable[str] = tuple(MARKETS), most: int = 250
) -> st.SearchStrategy[CandleSeries]:
    """Long enough for cycles; shrinks to other seeds only."""
    return st.builds(
        market, st.sampled_from(list(kinds)), st.integers(0, 10_000), st.integers(20, most)
    )


def drawn_series(most: int = 40) -> st.SearchStrategy[CandleSeries]:
    """Short series on the grid that shrink candle by candle."""
    shapes = st.builds(
        Shape,
        gap=st.integers(-2, 2),
        body=st.integers(-3, 3),
        upper=st.integers(0, 3),
        lower=st.integers(0, 3),
        volume=st.integers(0, 3),
    )
    return st.lists(shapes, max_size=most).map(series_of)


def grid_series() -> st.SearchStrategy[CandleSeries]:
    """Any series with whole prices."""
    return st.one_of(drawn_series(), seeded_series(GRID_MARKETS))


def any_series() -> st.SearchStrategy[CandleSeries]:
    return st.one_of(drawn_series(), seeded_series())


def _share(*values: float) -> st.SearchStrategy[float]:
    return st.sampled_from(values)


_candle_params = st.builds(
    CandleParams,
    tick=_share(0, 0, 1, 0.5, 3),
    engulf_wick=_share(0.35, 0.5, 1),
    engulf_close=_share(0.65, 0.5, 0),
    engulf_range=_share(0.7, 0.3, 0),
    small_wick=_share(0.15, 0.3, 0),
    small_wick_body=_share(0.6, 0.4, 0.9),
    steeper_wick=_share(0.33, 0.2, 0.6),
    steeper_wick_ratio=_share(1.5, 0, 3),
    steeper_wick_close=_share(0.5, 0, 0.7),
)
_structure_params = st.builds(
    StructureParams,
    left=st.integers(1, 5),
    right=st.integers(1, 5),
    left_ties=st.booleans(),
    break_by_wick=st.booleans(),
    sweep=_share(0.05, 0, 0.3),
    equal=_share(0.1, 0, 0.5),
    levels=st.sampled_from((64, 1, 2, 3, 5)),
)
_zone_params = st.builds(
    ZoneParams,
    merge=_share(0.25, 0, 1),
    zones=st.sampled_from((16, 1, 2, 3)),
    memory=st.sampled_from((500, 1, 10, 40)),
    block_candles=st.sampled_from((10, 1, 2, 50)),
    block_on_choch=st.booleans(),
    gap=_share(0.1, 0, 0.5),
    gap_coloured=st.booleans(),
    open_zones=st.sampled_from((64, 1, 2, 3)),
)
_cycle_params = st.builds(
    CycleParams,
    drive=_share(0.35, 0, 0.2, 0.6, 1),
    break_candles=st.sampled_from((20, 1, 5, 60)),
    range_edge=_share(0.5, 0, 1, 2),
    range_least=_share(1.5, 0, 3),
    range_most=_share(8, 4, 20),
    range_end=_share(0.1, 0, 0.5),
    liquidity_sweep=_share(0.1, 0, 0.5),
    liquidity_candles=st.sampled_from((10, 1, 2, 30)),
    liquidity_inside=st.integers(1, 4),
    confirm=st.integers(1, 4),
)
_entry_params = st.builds(
    EntryParams,
    breakout=_share(0.1, 0, 0.3),
    breakout_body=_share(0.5, 0, 0.8, 1),
    breakout_volume=_share(1.5, 0, 0.5),
    fakeout=_share(0.1, 0, 0.3),
    fakeout_candles=st.sampled_from((3, 1, 2, 8, 20)),
    onion_height=_share(1.5, 0, 3),
    onion_edge=_share(0.2, 0, 0.5),
    celery_retrace=_share(0.25, 0, 0.6),
    celery_wait=st.sampled_from((3, 1, 2, 6)),
    celery_small_wick=st.booleans(),
    celery_steeper_wick=st.booleans(),
    celery_engulf=st.booleans(),
)


def any_params() -> st.SearchStrategy[DetectionParams]:
    """The defaults, or every number drawn anew: small capacities, zeros and switches included."""
    drawn = st.builds(
        DetectionParams,
        candle=_candle_params,
        structure=_structure_params,
        zone=_zone_params,
        cycle=_cycle_params,
        entry=_entry_params,
    )
    return st.one_of(st.just(DetectionParams()), drawn, drawn)
