"""Scores of rules in plain Python that reads like the reference page, from the facts by name."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

import numpy as np

from hyperbot.detection import DetectionParams, detect
from hyperbot.detection.params import params_from
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.rule_conditions import (
    CandleCondition,
    Condition,
    CycleCondition,
    SessionCondition,
    StructureCondition,
    VolumeCondition,
    ZoneCondition,
)
from hyperbot.domain.rule_vocabulary import BEARISH_PATTERNS, BULLISH_PATTERNS, MIRRORED_PATTERNS
from hyperbot.domain.rules import StrategyRule

See = Callable[[str], float]
"""Name of a column → its number at the candle in question."""
Candles = Mapping[Timeframe, CandleSeries]

MIRRORED_ZONES = {
    "support": "resistance",
    "resistance": "support",
    "premium": "discount",
    "discount": "premium",
}
PHASES = {"drive": 1, "range": 2, "liquidity": 3}
SESSIONS = {"asia": "00:00-08:00", "london": "07:00-16:00", "new_york": "12:00-21:00"}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Answer(NamedTuple):
    """Whether a condition is met, how strongly, and on which row of its timeframe."""

    is_met: bool
    strength: float
    row: int


NOT_YET = Answer(is_met=False, strength=0.0, row=-1)


class Judgement(NamedTuple):
    """One side of a rule at one candle of its timeframe."""

    score: float
    strength: float
    is_signal: bool
    answers: tuple[Answer, ...]


def judge(
    rule: StrategyRule, side: int, candles: Candles, params: DetectionParams
) -> list[Judgement]:
    """One side of a rule at each close of its timeframe."""
    mirrored = rule.direction == "both" and side == -1
    answers = [
        _answers(each, side, mirrored, candles[each.timeframe or rule.timeframe], params)
        for each in rule.tests
    ]
    if rule.entry.at == "celery_trigger":
        answers[0] = _celery_orders(rule, side, candles[rule.timeframe], params)
    frames = [candles[each.timeframe or rule.timeframe] for each in rule.tests]
    biases = {
        timeframe: _biases(candles[timeframe], params)
        for timeframe in rule.confluence_required.bias_timeframes
    }
    judged = []
    for close in candles[rule.timeframe].close_ts.tolist():
        now = []
        for known, series in zip(answers, frames, strict=True):
            row = newest_closed(series, close)
            now.append(known[row] if row >= 0 else NOT_YET)
        bias = []
        for timeframe, known_biases in biases.items():
            row = newest_closed(candles[timeframe], close)
            bias.append(known_biases[row] if row >= 0 else 0)
        judged.append(_judgement(rule, side, tuple(now), bias))
    return judged


def newest_closed(series: CandleSeries, moment: int) -> int:
    """The row of the newest candle that has closed by then, -1 before the first."""
    return bisect_right(series.close_ts.tolist(), moment) - 1


def _judgement(
    rule: StrategyRule, side: int, answers: tuple[Answer, ...], bias: list[int]
) -> Judgement:
    all_weights = met_weights = weighted = 0.0
    possible = True
    for condition, answer in zip(rule.tests, answers, strict=True):
        all_weights += condition.weight
        if answer.is_met:
            met_weights += condition.weight
            weighted += condition.weight * answer.strength
        elif condition.required:
            possible = False
    score = met_weights / all_weights if possible else 0.0
    strength = weighted / met_weights if met_weights else 0.0
    wanted = rule.confluence_required
    if wanted.higher_timeframe_bias == "with":
        allowed = all(each == side for each in bias)
    else:
        allowed = all(each != -side for each in bias)
    return Judgement(
        score, strength, possible and score >= wanted.min_score - 1e-12 and allowed, answers
    )


def _biases(series: CandleSeries, params: DetectionParams) -> list[int]:
    facts = detect(series, params)
    pairs = zip(facts["structure.trend"].tolist(), facts["cycle.direction"].tolist(), strict=True)
    return [trend if direction == trend else 0 for trend, direction in pairs]


def _answers(
    condition: Condition, side: int, mirrored: bool, series: CandleSeries, params: DetectionParams
) -> list[Answer]:
    """The condition at each candle of its timeframe, `within` included."""
    if isinstance(condition, SessionCondition):
        alone = [1.0 if _in_session(condition, close) else None for close in series.close_ts]
    else:
        facts = detect(series, changed(params, condition.parameters))
        columns = {name: facts[name].tolist() for name in facts}
        alone = [
            strength_of(condition, side, mirrored, partial(_at, columns, row))
            for row in range(len(series))
        ]
    return [_within(alone, row, condition.within) for row in range(len(alone))]


def _celery_orders(
    rule: StrategyRule, side: int, series: CandleSeries, params: DetectionParams
) -> list[Answer]:
    """Where the celery's stop order waits, `within` included."""
    facts = detect(series, changed(params, rule.trigger.parameters))
    alone = [1.0 if state == 2 * side else None for state in facts["candle.celery.state"].tolist()]
    return [_within(alone, row, rule.trigger.within) for row in range(len(alone))]


def _at(columns: dict[str, list[float]], row: int, name: str) -> float:
    return columns[name][row]


def _within(alone: list[float | None], row: int, within: int) -> Answer:
    for back in range(within):
        if row - back >= 0 and (strength := alone[row - back]) is not None:
            return Answer(is_met=True, strength=strength, row=row - back)
    return Answer(is_met=False, strength=0.0, row=row)


def changed(params: DetectionParams, parameters: Mapping[str, float]) -> DetectionParams:
    """The market's parameters with those of a condition on top."""
    values = asdict(params)
    for name, value in parameters.items():
        family, field = name.split(".")
        values[family][field] = value
    return params_from(values)


def strength_of(condition: Condition, side: int, mirrored: bool, see: See) -> float | None:
    """How strongly one candle meets the condition by itself; None if it does not."""
    direction = getattr(condition, "direction", None)
    signs = {"with": [side], "against": [-side]}.get(direction or "any", [1, -1])
    ways: Iterator[float] = {
        CandleCondition: _candle,
        StructureCondition: _structure,
        ZoneCondition: _zone,
        CycleCondition: _cycle,
        VolumeCondition: _volume,
    }[type(condition)](condition, signs, mirrored, see)
    return max(ways, default=None)


def _candle(
    condition: CandleCondition, signs: list[int], mirrored: bool, see: See
) -> Iterator[float]:
    for sign in signs:
        pattern = condition.pattern
        if condition.direction == "any":
            is_wrong = mirrored
        else:
            is_wrong = pattern in (BEARISH_PATTERNS if sign > 0 else BULLISH_PATTERNS)
        if is_wrong:
            pattern = MIRRORED_PATTERNS.get(pattern, pattern)
        strength = see(f"candle.{pattern}.strength")
        is_strong = round(100 * strength) >= 100 * condition.min_strength - 1e-9
        if see(f"candle.{pattern}") == sign and is_strong:
            yield strength


def _structure(
    condition: StructureCondition, signs: list[int], mirrored: bool, see: See
) -> Iterator[float]:
    for sign in signs:
        if _happens(condition, sign, see):
            yield 1.0


def _happens(condition: StructureCondition, sign: int, see: See) -> bool:
    own, other = ("high", "low") if sign > 0 else ("low", "high")
    return {
        "bos": see("structure.bos") == sign,
        "choch": see("structure.choch") == sign,
        "trend": see("structure.trend") == sign,
        "break": sign in (see("structure.bos"), see("structure.choch")),
        "sweep": _sweep(condition, sign, see),
        "swing": see(f"structure.swing_{other}") == 1,
        "equal_levels": see(f"structure.equal_{other}s") == 1,
        "swings": see("structure.high_label") == see("structure.low_label") == sign,
        "progress_swing": see(f"structure.{own}_label") == sign,
        "pullback_swing": see(f"structure.{other}_label") == sign,
    }[condition.event]


def _sweep(condition: StructureCondition, sign: int, see: See) -> bool:
    if see("structure.sweep") != sign:
        return False
    if condition.equal_levels_only and see("structure.swept_equal") != 1:
        return False
    least = condition.min_depth_atr
    return least is None or see("structure.sweep_depth") >= float32(least)


def _zone(condition: ZoneCondition, signs: list[int], mirrored: bool, see: See) -> Iterator[float]:
    zone = condition.zone
    if mirrored:
        zone = MIRRORED_ZONES.get(zone, zone)
    if zone in {"premium", "discount"}:
        if see("zone.premium") == (1 if zone == "premium" else -1):
            yield 1.0
    elif zone in {"support", "resistance"}:
        yield from _near(condition, f"zone.{zone}", see)
    else:
        for sign in signs:
            colour = "bullish" if sign > 0 else "bearish"
            name = "block" if zone == "order_block" else "gap"
            yield from _near(condition, f"zone.{colour}_{name}", see)


def _near(condition: ZoneCondition, name: str, see: See) -> Iterator[float]:
    farthest, touches = condition.max_distance_atr, condition.min_touches
    distance = see(f"{name}.distance")
    holds = [
        see(f"{name}.high") != 0,
        farthest is None or distance <= float32(farthest),
        condition.inside is None or see(f"{name}.inside") == condition.inside,
        condition.fresh is None or see(f"{name}.fresh") == condition.fresh,
        touches is None or see(f"{name}.touches") >= touches,
    ]
    if all(holds):
        yield float32(1 - distance / (2 * float32(farthest))) if farthest else 1.0


def _cycle(
    condition: CycleCondition, signs: list[int], mirrored: bool, see: See
) -> Iterator[float]:
    confidence, phase = see("cycle.confidence"), see("cycle.phase")
    is_named = phase in [PHASES[name] for name in condition.phases]
    any_way = condition.direction == "any" or phase == PHASES["range"]
    is_way = any_way or see("cycle.direction") in signs
    if is_named and is_way and confidence >= float32(condition.min_confidence):
        yield confidence


def _volume(
    condition: VolumeCondition, signs: list[int], mirrored: bool, see: See
) -> Iterator[float]:
    ratio, least, most = see("candle.volume_ratio"), condition.min_ratio, condition.max_ratio
    is_enough = least is None or ratio >= float32(least)
    if ratio > 0 and is_enough and (most is None or ratio <= float32(most)):
        yield 1.0


def float32(number: float) -> float:
    return float(np.float32(number))


def _in_session(condition: SessionCondition, close: int) -> bool:
    last = datetime.fromtimestamp((int(close) - 1) / 1000, UTC)
    windows = [*(SESSIONS[name] for name in condition.sessions), *condition.windows]
    is_time = not windows or any(_in_window(window, f"{last:%H:%M}") for window in windows)
    return is_time and (not condition.weekdays or DAYS[last.weekday()] in condition.weekdays)


def _in_window(window: str, minute: str) -> bool:
    """Times of day as text: `22:00-02:00` holds `23:59` and `01:59`."""
    begin, end = window.split("-")
    if begin < end:
        return begin <= minute < end
    return minute >= begin or minute < end
