"""Order blocks and fair value gaps over their whole life, rebuilt from candles and facts.

Facts tell of each candle the nearest zone and how many were first touched or closed through; this
follows the same rules zone by zone (docs/reference/detection.md, Zones), so that each can be drawn.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.charting.fact_table import CheckedFacts
from hyperbot.charting.layers import NEVER, Layer
from hyperbot.detection.params import ZoneParams
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries

LIVE, CLOSED_THROUGH, PUSHED_OUT = 0, 1, 2
BLOCK, GAP = 0, 1

_FIRST_STRIDE = 64


class _Birth(NamedTuple):
    row: int
    source: int
    low: float
    high: float


class ZoneLife(NamedTuple):
    """One zone: known from `start`, first touched at `touched`, over at `end` because of `fate`.

    A zone still live has the last row as its `end`; `touched` is NEVER for one never touched.
    """

    kind: int
    direction: int
    source: int
    start: int
    end: int
    touched: int
    touches: int
    low: float
    high: float
    fate: int


def zone_lives(series: CandleSeries, facts: CheckedFacts, params: ZoneParams) -> list[ZoneLife]:
    """Every order block and gap of `series`, in the order in which they became known."""
    blocks, gaps = facts["zone.order_block"], facts["zone.fair_value_gap"]
    lives: list[ZoneLife] = []
    for direction in (1, -1):
        block_births = [
            _block_birth(series, int(row), direction, params.block_candles)
            for row in np.flatnonzero(blocks == direction)
        ]
        gap_births = [
            _gap_birth(series, int(row), direction) for row in np.flatnonzero(gaps == direction)
        ]
        for kind, births in ((BLOCK, block_births), (GAP, gap_births)):
            side = _Side(series, kind, direction, params.open_zones)
            lives += side.lives(births)
    return sorted(lives, key=lambda life: life.start)


def zone_layer(lives: list[ZoneLife], kind: int) -> Layer:
    """The lives of one kind, as columns."""
    of_kind = [life for life in lives if life.kind == kind]
    return {
        name: np.array([getattr(life, name) for life in of_kind])
        for name in ZoneLife._fields
        if name != "kind"
    }


def _block_birth(series: CandleSeries, row: int, direction: int, candles: int) -> _Birth:
    oldest = max(row - candles, 0)
    body = direction * (series.close[oldest:row] - series.open[oldest:row])
    opposite = np.flatnonzero(body < 0)
    if not opposite.size:
        raise InvalidInput(
            f"the facts tell of an order block at candle {row}, but none of the {candles} candles"
            " before it is its source: they were detected from other candles or parameters"
        )
    source = oldest + int(opposite[-1])
    edges = sorted((float(series.open[source]), float(series.close[source])))
    return _Birth(row, source, *edges)


def _gap_birth(series: CandleSeries, row: int, direction: int) -> _Birth:
    if direction > 0:
        return _Birth(row, row - 2, float(series.high[row - 2]), float(series.low[row]))
    return _Birth(row, row - 2, float(series.high[row]), float(series.low[row - 2]))


class _Side:
    """Zones of one kind and direction; short ones are followed on mirrored prices."""

    def __init__(self, series: CandleSeries, kind: int, direction: int, most: int) -> None:
        self._kind, self._direction, self._most = kind, direction, most
        self._rows = len(series)
        self._near = series.low if direction > 0 else -series.high
        self._close = direction * series.close

    def lives(self, births: list[_Birth]) -> list[ZoneLife]:
        """The births with what became of them; when too many are live, the farthest one goes."""
        ends = [self._closed_through(birth) for birth in births]
        fates = [LIVE if end == self._rows else CLOSED_THROUGH for end in ends]
        tops = [self._mirrored(birth)[1] for birth in births]
        live: list[int] = []
        for newest, birth in enumerate(births):
            live = [zone for zone in live if ends[zone] > birth.row] + [newest]
            if len(live) > self._most:
                farthest = min(live, key=lambda zone: (tops[zone], -zone))
                ends[farthest], fates[farthest] = birth.row, PUSHED_OUT
                live.remove(farthest)
        return [self._life(*told) for told in zip(births, ends, fates, strict=True)]

    def _mirrored(self, birth: _Birth) -> tuple[float, float]:
        return (birth.low, birth.high) if self._direction > 0 else (-birth.high, -birth.low)

    def _closed_through(self, birth: _Birth) -> int:
        bottom, _ = self._mirrored(birth)
        start, stride = birth.row + 1, _FIRST_STRIDE
        while start < self._rows:
            below = self._close[start : start + stride] < bottom
            if below.any():
                return start + int(below.argmax())
            start, stride = start + stride, stride * 2
        return self._rows

    def _life(self, birth: _Birth, end: int, fate: int) -> ZoneLife:
        _, top = self._mirrored(birth)
        last = min(end, self._rows - 1)
        is_touching = self._near[birth.row + 1 : last + 1] <= top
        touched, touches = _touches(is_touching)
        return ZoneLife(
            kind=self._kind,
            direction=self._direction,
            source=birth.source,
            start=birth.row,
            end=last,
            touched=NEVER if touched == NEVER else birth.row + 1 + touched,
            touches=touches,
            low=birth.low,
            high=birth.high,
            fate=fate,
        )


def _touches(is_touching: NDArray[Any]) -> tuple[int, int]:
    if not is_touching.any():
        return NEVER, 0
    begins = is_touching.copy()
    begins[1:] &= ~is_touching[:-1]
    return int(is_touching.argmax()), int(begins.sum())
