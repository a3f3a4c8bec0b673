"""Facts of the kernels against columns of the slow reference: the first difference, named."""

from __future__ import annotations

import numpy as np

from hyperbot.detection import DetectionParams, Facts, detect
from hyperbot.domain.market import CandleSeries
from slow import all_facts
from slow.candles import Columns

DEFAULTS = DetectionParams()


def assert_same(facts: Facts, expected: Columns, of: str = "") -> None:
    """Every expected column bit by bit, at the precision in which facts keep it."""
    for name, values in expected.items():
        got = facts[name]
        wanted = np.array(values, dtype=got.dtype)
        assert got.shape == wanted.shape, f"{of} {name}: {got.shape} rows for {wanted.shape}"
        different = np.flatnonzero(got != wanted)
        if different.size:
            row = int(different[0])
            raise AssertionError(
                f"{of} {name} at candle {row}: expected {wanted[row]!r}, got {got[row]!r}"
                f" ({different.size} of {wanted.size} differ)"
            )


def detected(series: CandleSeries, params: DetectionParams = DEFAULTS) -> Facts:
    """`detect`, with every warning of NumPy an error."""
    with np.errstate(all="raise"):
        return detect(series, params)


def checked(series: CandleSeries, params: DetectionParams = DEFAULTS) -> Facts:
    """The facts of the kernels, once the slow reference has said the same."""
    facts = detected(series, params)
    assert_same(facts, all_facts(series, params))
    return facts
