"""Conditions in compiled code: where each is met, how strongly, and what that adds up to."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy import float32, float64, int8, int64
from numpy.typing import NDArray

from hyperbot.detection.kernel import Outputs, kernel

STORE, ROW, SIGN, LEAST, MOST = range(5)
"""columns of `Program.comparisons`"""
STRENGTH_STORE, STRENGTH_ROW, SCALE = range(3)
"""columns of `Program.strengths`; a store of -1 means strength 1"""
SINCE, STRENGTH = range(2)
"""columns of the carried state: candles since a condition was met, and its strength then"""


class Program(NamedTuple):
    """Conditions on one timeframe's facts as flat arrays."""

    comparisons: NDArray[float64]
    """(comparisons, 5)"""
    alternatives: NDArray[int64]
    """(alternatives, 2): first and last comparison (left out) of each"""
    strengths: NDArray[float64]
    """(alternatives, 3)"""
    conditions: NDArray[int64]
    """(conditions, 3): first and last alternative (left out) of each, and `within`"""


@kernel
def compare(values: NDArray[Any], limits: NDArray[float64], holds: NDArray[int8]) -> None:
    """Where `least <= sign * values <= most` fails, it no longer holds; values of any dtype."""
    sign, least, most = limits[SIGN], limits[LEAST], limits[MOST]
    for k in range(holds.size):
        value = sign * values[k]
        holds[k] &= (least <= value) & (value <= most)


@kernel
def compare_column(
    limits: NDArray[float64], first: int, last: int, facts: Outputs, holds: NDArray[int8]
) -> None:
    """`compare` for the column that the comparison names."""
    store, row = int(limits[STORE]), int(limits[ROW])
    if store == 0:
        compare(facts.flags[row, first:last], limits, holds)
    elif store == 1:
        compare(facts.counts[row, first:last], limits, holds)
    elif store == 2:
        compare(facts.ratios[row, first:last], limits, holds)
    else:
        compare(facts.prices[row, first:last], limits, holds)


@kernel
def rate(
    rule: NDArray[float64],
    first: int,
    last: int,
    facts: Outputs,
    holds: NDArray[int8],
    strengths: NDArray[float32],
) -> None:
    """Raise strengths to that of an alternative where it holds."""
    store, row, scale = int(rule[STRENGTH_STORE]), int(rule[STRENGTH_ROW]), rule[SCALE]
    for k in range(last - first):
        if not holds[k]:
            continue
        strength = 1.0
        if store == 0:
            strength = abs(float(facts.flags[row, first + k])) / 100.0
        elif store > 0:
            value = float(facts.ratios[row, first + k])
            strength = 1.0 - value / scale if scale > 0.0 else value
        strengths[k] = max(strengths[k], float32(strength))


@kernel
def carry(
    within: int, state: NDArray[float64], met: NDArray[int8], strengths: NDArray[float32]
) -> None:
    """A condition that was met stays met for `within` candles in all, with the strength it had."""
    since, strength = state[SINCE], state[STRENGTH]
    for k in range(met.size):
        if met[k]:
            since, strength = 0.0, float(strengths[k])
        else:
            since += 1.0
            if since < within:
                met[k], strengths[k] = 1, float32(strength)
    state[SINCE], state[STRENGTH] = since, strength


@kernel
def evaluate(
    program: tuple[NDArray[Any], ...],
    outputs: tuple[NDArray[Any], ...],
    span: tuple[int, int],
    state: NDArray[float64],
    holds: NDArray[int8],
    results: tuple[NDArray[int8], NDArray[float32]],
) -> None:
    """Fill met (conditions, n) and strengths for the facts in columns span[0]..span[1]-1."""
    comparisons, alternatives, rules, conditions = program
    facts = Outputs(outputs[0], outputs[1], outputs[2], outputs[3])
    met, strengths = results
    first, last = span
    for c in range(conditions.shape[0]):
        met[c] = 0
        strengths[c] = 0.0
        for a in range(conditions[c, 0], conditions[c, 1]):
            holds[:] = 1
            for k in range(alternatives[a, 0], alternatives[a, 1]):
                compare_column(comparisons[k], first, last, facts, holds)
            rate(rules[a], first, last, facts, holds, strengths[c])
            for k in range(holds.size):
                met[c, k] |= holds[k]
        carry(conditions[c, 2], state[c], met[c], strengths[c])


@kernel
def add_condition(
    weight: float,
    required: bool,
    newest: NDArray[int64],
    met: NDArray[int8],
    strengths: NDArray[float32],
    sums: tuple[NDArray[float64], NDArray[float64], NDArray[int8]],
) -> None:
    """Add one condition to (weights met, weighted strengths, still possible) of each entry candle.

    newest[i] is the row of the newest closed candle of the condition's timeframe, -1 if none.
    """
    weights, weighted, possible = sums
    for i in range(newest.size):
        row = newest[i]
        if row >= 0 and met[row]:
            weights[i] += weight
            weighted[i] += weight * float(strengths[row])
        elif required:
            possible[i] = 0
