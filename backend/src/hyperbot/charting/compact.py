"""Columns of numbers as short JSON: dense, or only the rows at which they change."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.price_decimals import decimals_of as decimals_of


def coded(column: NDArray[Any]) -> list[Any] | dict[str, Any]:
    """`column` (n,) as a list, or as changes where these are shorter.

    Changes are {"d": steps from one change to the next, "v": new values, "s": slope}: between
    changes the value grows by `s` (0 or 1) per row, which makes an age as short as a flag.
    """
    best: list[Any] | dict[str, Any] = column.tolist()
    fewest = column.size
    slopes = (0, 1) if column.dtype.kind == "i" else (0,)
    for slope in slopes:
        flat = column - np.arange(column.size) if slope else column
        rows = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
        if 2 * rows.size < fewest:
            fewest = 2 * rows.size
            steps = np.diff(rows, prepend=0)
            best = {"s": slope, "d": steps.tolist(), "v": column[rows].tolist()}
    return best


def script_json(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """JSON that may stand inside a <script> element, whatever text it holds."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)  # ASCII only
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
