"""Facts made by hand: all columns empty but for what a test says."""

from __future__ import annotations

import numpy as np

from hyperbot.detection.registry import Store, public_columns


def empty_facts(rows: int) -> dict[str, np.ndarray]:
    """What detection says where it has nothing to tell: ages -1, all else 0."""
    return {
        column.name: np.full(rows, -1 if column.dtype == Store.COUNT.value else 0, column.dtype)
        for column in public_columns()
    }


def facts_with(rows: int, said: dict[str, dict[int, float]]) -> dict[str, np.ndarray]:
    """Empty facts but for `said`: by column, values by row."""
    facts = empty_facts(rows)
    for name, values in said.items():
        for row, value in values.items():
            facts[name][row] = value
    return facts
