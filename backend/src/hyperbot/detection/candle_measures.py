"""Single numbers of a candle: body share, close position, wick ratio, volume ratio."""

from __future__ import annotations

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from hyperbot.detection.candle_window import (
    BODY,
    BODY_SHARE,
    FROM_LOW,
    HISTORY,
    LOWER,
    UPPER,
    VOLUME_TOTAL,
    Floats,
    add_five,
    back,
)
from hyperbot.detection.kernel import kernel
from hyperbot.detection.registry import row
from hyperbot.domain.market import VOLUME

Ratios = NDArray[float32]

MEASURED_BODY_SHARE, MEASURED_POSITION = row("candle.body_share"), row("candle.close_position")
WICK_RATIO, VOLUME_RATIO = row("candle.wick_ratio"), row("candle.volume_ratio")

LARGEST = 1e9
VOLUMES = 20
"""candles before that make the usual volume"""


@kernel
def share(scratch: Floats, row: int, out: Ratios) -> None:
    """A row of shares, as facts keep it."""
    shares = back(scratch, row, 0, out.size)
    for i in range(out.size):
        out[i] = np.float32(shares[i])


@kernel
def wick_ratio(scratch: Floats, out: Ratios) -> None:
    """Both wicks in bodies."""
    uppers, lowers = back(scratch, UPPER, 0, out.size), back(scratch, LOWER, 0, out.size)
    bodies = back(scratch, BODY, 0, out.size)
    for i in range(out.size):
        out[i] = np.float32(bounded_ratio(uppers[i] + lowers[i], bodies[i]))


@kernel
def volume_ratio(scratch: Floats, out: Ratios) -> None:
    """Volume in mean volumes of the 20 candles before."""
    size = out.size
    totals = back(scratch, VOLUME_TOTAL, 0, size)
    for i in range(size):
        totals[i] = 0.0
    for lag in range(HISTORY, 0, -5):
        add_five(back(scratch, VOLUME, lag, size + 4), totals)
    volumes = back(scratch, VOLUME, 0, size)
    for i in range(size):
        out[i] = np.float32(bounded_ratio(volumes[i], totals[i] / VOLUMES))


@kernel
def bounded_ratio(part: float, whole: float) -> float:
    """Part / whole, at most LARGEST; 0 where whole is 0."""
    fits = part < LARGEST * whole
    ratio = part / (whole if fits else 1.0)
    bounded = ratio if fits else LARGEST
    return bounded if whole > 0.0 else 0.0


@kernel
def fill_measures(scratch: Floats, start: int, stop: int, ratios: Ratios) -> None:
    """All measures of this module for the candles start..stop-1."""
    share(scratch, BODY_SHARE, ratios[MEASURED_BODY_SHARE, start:stop])
    share(scratch, FROM_LOW, ratios[MEASURED_POSITION, start:stop])
    wick_ratio(scratch, ratios[WICK_RATIO, start:stop])
    volume_ratio(scratch, ratios[VOLUME_RATIO, start:stop])
