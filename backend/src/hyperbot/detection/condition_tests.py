"""What a rule's condition asks of the facts: alternatives of comparisons with single columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from hyperbot.domain.rule_conditions import (
    CandleCondition,
    Condition,
    CycleCondition,
    SessionCondition,
    StructureCondition,
    VolumeCondition,
    ZoneCondition,
)
from hyperbot.domain.rule_vocabulary import (
    LEG_HALVES,
    MIRRORED_PATTERNS,
    MIRRORED_ZONES,
    PHASE_NUMBERS,
    SIDED_ZONES,
    toward,
)

_KINDS = {"order_block": "block", "fair_value_gap": "gap"}
_SIDES = {1: "bullish", -1: "bearish"}


class Comparison(NamedTuple):
    """`least <= sign * column <= most`, on the column as stored (patterns: signed percent).

    Limits of a float32 column are of that precision too (`_stored`), so that 0.7 is at least 0.7.
    """

    column: str
    least: float
    most: float = math.inf
    sign: int = 1


class Alternative(NamedTuple):
    """Met where all comparisons hold; `strength` names the column that says how clearly.

    An empty name means 1. `scale` 0: the column's size in its own unit (patterns: percent / 100);
    otherwise 1 - column / scale, so that nearer is stronger.
    """

    comparisons: tuple[Comparison, ...]
    strength: str = ""
    scale: float = 0.0


def alternatives_of(condition: Condition, side: int, *, mirrored: bool) -> tuple[Alternative, ...]:
    """What a condition asks for a trade to `side` (+1 long, -1 short): one of these must be met.

    `mirrored`: this is the short side of a rule that was written for the long side. A session has
    none: it asks the clock.
    """
    if isinstance(condition, CandleCondition):
        return tuple(_candle(condition, side, mirrored=mirrored))
    if isinstance(condition, StructureCondition):
        return tuple(_structure(condition, side))
    if isinstance(condition, ZoneCondition):
        return tuple(_zone(condition, side, mirrored=mirrored))
    if isinstance(condition, CycleCondition):
        return tuple(_cycle(condition, side))
    if isinstance(condition, VolumeCondition):
        return (_volume(condition),)
    assert isinstance(condition, SessionCondition)  # noqa: S101 - for the type checker
    return ()


def celery_order_waits(side: int) -> Alternative:
    """Met where the celery's stop order may be placed: at its fill it would be too late."""
    return Alternative((Comparison("candle.celery.state", 2, 2, side),))


def _signs(direction: str | None, side: int) -> tuple[int, ...]:
    return {"with": (side,), "against": (-side,)}.get(direction or "any", (1, -1))


def _stored(limit: float) -> float:
    """A limit as a float32 column would hold it."""
    return float(np.float32(limit))


def _candle(condition: CandleCondition, side: int, *, mirrored: bool) -> Iterator[Alternative]:
    # Stored in whole percent: a strength of 0.6 is met from 60 on.
    least = max(1, math.ceil(100 * condition.min_strength - 1e-9))
    for sign in _signs(condition.direction, side):
        pattern = condition.pattern
        if condition.direction != "any":
            pattern = toward(pattern, sign)
        elif mirrored:
            pattern = MIRRORED_PATTERNS.get(pattern, pattern)
        column = f"candle.{pattern}"
        yield Alternative((Comparison(column, least, 100, sign),), strength=column)


def _structure(condition: StructureCondition, side: int) -> Iterator[Alternative]:
    for sign in _signs(condition.direction, side):
        for comparisons in _events(condition, sign):
            yield Alternative(comparisons)


def _events(condition: StructureCondition, sign: int) -> Iterable[tuple[Comparison, ...]]:
    """What each event means to the side `sign`; several: any of them."""

    def is_on(column: str, sign: int = 1) -> Comparison:
        return Comparison(f"structure.{column}", 1, 127, sign)

    own, other = ("high", "low") if sign > 0 else ("low", "high")
    event = condition.event
    if event == "break":
        return ((is_on("bos", sign),), (is_on("choch", sign),))
    if event == "sweep":
        depth = Comparison("structure.sweep_depth", _stored(condition.min_depth_atr or 0.0))
        equal = (is_on("swept_equal"),) if condition.equal_levels_only else ()
        return ((is_on("sweep", sign), depth, *equal),)
    if event == "swing":
        return ((is_on(f"swing_{other}"),),)
    if event == "equal_levels":
        return ((is_on(f"equal_{other}s"),),)
    labels = {
        "swings": (is_on("high_label", sign), is_on("low_label", sign)),
        "progress_swing": (is_on(f"{own}_label", sign),),
        "pullback_swing": (is_on(f"{other}_label", sign),),
    }
    return (labels.get(event) or (is_on(event, sign),),)


def _zone(condition: ZoneCondition, side: int, *, mirrored: bool) -> Iterator[Alternative]:
    zone = condition.zone
    if mirrored and zone in MIRRORED_ZONES:
        zone = MIRRORED_ZONES[zone]
    if zone in LEG_HALVES:
        yield Alternative((Comparison("zone.premium", 1, 1, 1 if zone == "premium" else -1),))
    elif zone in SIDED_ZONES:
        for sign in _signs(condition.direction, side):
            yield _nearest(condition, f"zone.{_SIDES[sign]}_{_KINDS[zone]}")
    else:
        yield _nearest(condition, f"zone.{zone}")


def _nearest(condition: ZoneCondition, prefix: str) -> Alternative:
    asked = [Comparison(f"{prefix}.high", 1e-300)]  # 0: there is no such zone
    farthest = None if condition.max_distance_atr is None else _stored(condition.max_distance_atr)
    if farthest is not None:
        asked.append(Comparison(f"{prefix}.distance", 0, farthest))
    if condition.inside is not None:
        asked.append(Comparison(f"{prefix}.inside", int(condition.inside), int(condition.inside)))
    if condition.fresh is not None:
        asked.append(Comparison(f"{prefix}.fresh", int(condition.fresh), int(condition.fresh)))
    if condition.min_touches is not None:
        asked.append(Comparison(f"{prefix}.touches", condition.min_touches, 127))
    if farthest:
        # Half a strength at the farthest that still counts, a whole one inside.
        return Alternative(tuple(asked), f"{prefix}.distance", 2 * farthest)
    return Alternative(tuple(asked))


def _cycle(condition: CycleCondition, side: int) -> Iterator[Alternative]:
    sure = Comparison("cycle.confidence", _stored(condition.min_confidence), 1)
    for phase in condition.phases:
        number = PHASE_NUMBERS[phase]
        is_phase = Comparison("cycle.phase", number, number)
        if condition.direction == "any" or phase == "range":
            yield Alternative((is_phase, sure), strength="cycle.confidence")
            continue
        for sign in _signs(condition.direction, side):
            way = Comparison("cycle.direction", 1, 1, sign)
            yield Alternative((is_phase, way, sure), strength="cycle.confidence")


def _volume(condition: VolumeCondition) -> Alternative:
    # 0 means that the mean is not known yet, or that nothing was traded.
    least = max(_stored(condition.min_ratio or 0.0), 1e-30)
    most = math.inf if condition.max_ratio is None else _stored(condition.max_ratio)
    return Alternative((Comparison("candle.volume_ratio", least, most),))
