"""Single numbers of a candle: body share, close position, wick ratio, volume ratio."""

from __future__ import annotations

from numpy import float32, uint64
from numpy.typing import NDArray

from hyperbot.detection.candle_window import (
    BODY,
    BODY_SHARE,
    FIVE,
    FROM_LOW,
    HERE,
    LOWER,
    TEN,
    UPPER,
    VOLUME,
    Numbers,
    add_five,
    cells,
)
from hyperbot.detection.kernel import kernel
from hyperbot.detection.registry import row

Ratios = NDArray[float32]

CANDLE_BODY_SHARE, CLOSE_POSITION = row("candle.body_share"), row("candle.close_position")
WICK_RATIO, VOLUME_RATIO = row("candle.wick_ratio"), row("candle.volume_ratio")

LARGEST = 1e9
VOLUMES = 20
"""candles before that make the usual volume"""
_TWENTY, _FIFTEEN = uint64(VOLUMES), uint64(15)


@kernel
def bounded_ratio(part: float, whole: float) -> float:
    """The quotient part / whole, at most LARGEST; 0 where whole is 0."""
    fits = part < LARGEST * whole
    ratio = part / (whole if fits else 1.0)
    bounded = ratio if fits else LARGEST
    return bounded if whole > 0.0 else 0.0


@kernel
def body_share(work: Numbers, out: Ratios) -> None:
    """Body / range."""
    for i in cells(out.size):
        out[i - HERE] = float32(work[BODY_SHARE + i])


@kernel
def close_position(work: Numbers, out: Ratios) -> None:
    """Where the close lies: 0 at the low, 1 at the high."""
    for i in cells(out.size):
        out[i - HERE] = float32(work[FROM_LOW + i])


@kernel
def wick_ratio(work: Numbers, out: Ratios) -> None:
    """Both wicks in bodies."""
    for i in cells(out.size):
        out[i - HERE] = float32(bounded_ratio(work[UPPER + i] + work[LOWER + i], work[BODY + i]))


@kernel
def volume_ratio(work: Numbers, out: Ratios) -> None:
    """Volume in mean volumes of the 20 candles before, summed oldest first."""
    for i in cells(out.size):
        here = VOLUME + i
        older = add_five(add_five(0.0, work, here - _TWENTY), work, here - _FIFTEEN)
        total = add_five(add_five(older, work, here - TEN), work, here - FIVE)
        out[i - HERE] = float32(bounded_ratio(work[here], total / VOLUMES))


@kernel
def fill_measures(work: Numbers, start: int, stop: int, ratios: Ratios) -> None:
    """All measures of this module for the candles start..stop-1."""
    body_share(work, ratios[CANDLE_BODY_SHARE, start:stop])
    close_position(work, ratios[CLOSE_POSITION, start:stop])
    wick_ratio(work, ratios[WICK_RATIO, start:stop])
    volume_ratio(work, ratios[VOLUME_RATIO, start:stop])
