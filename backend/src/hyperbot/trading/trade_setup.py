"""From a rule that is met to a signal: where to enter, where the stop lies, which level is last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.detection.compiled_rules import Group, RuleSide
from hyperbot.domain.costs import Liquidity
from hyperbot.domain.instruments import PRICE_DECIMALS, SIGNIFICANT_FIGURES, Instrument
from hyperbot.domain.market import CLOSE, HIGH, LOW, OPEN, CandleSeries
from hyperbot.domain.money import exact
from hyperbot.domain.rule_conditions import ZoneCondition
from hyperbot.domain.rule_vocabulary import LEG_HALVES, candles_of, toward
from hyperbot.domain.rules import StrategyRule
from hyperbot.domain.signals import EntryKind, PlannedTarget, Signal, TradePlan, signal_id

Prices = NDArray[np.float64]
_KINDS: dict[str, EntryKind] = {"next_open": "market", "limit": "limit", "stop": "stop"}
_STEPS, _MOST_STEPS, _NEAR_A_POWER = 1e8, 1e15, 1e-9


class Moments(NamedTuple):
    """Candles of a rule's timeframe at whose close it gave a signal, and what was known then."""

    candles: CandleSeries
    rows: NDArray[np.int64]
    """(k,) of the signal candles"""
    scores: Prices
    """(k,)"""
    fact: Callable[[Group, str], Prices]
    """a fact of the newest candle of a group that had closed by then (k,)"""
    liquidity: Callable[[int], Liquidity]
    """at the close of the i-th of them"""


class Levels(NamedTuple):
    """What a side of a rule wants at k moments, before ticks are added; a level of 0: not known."""

    kind: EntryKind
    entries: Prices
    entry_ticks: int
    stops: Prices
    stop_ticks: int
    lasts: Prices
    valid_ms: int
    """how long the order waits; 0: it does not"""


def plan_of(rule: StrategyRule) -> TradePlan:
    """What a rule wants of each of its trades."""
    risk, candle_ms = rule.risk_params, rule.timeframe.ms
    time_stop = risk.time_stop_candles
    return TradePlan(
        rule_id=rule.id,
        rule_version=rule.version,
        risk_percent=risk.risk_percent,
        targets=tuple(PlannedTarget(t.r, t.share, t.then) for t in rule.targets),
        timeframe_ms=candle_ms,
        time_stop_ms=None if time_stop is None else time_stop * candle_ms,
        cooldown_ms=risk.cooldown_candles * candle_ms,
        max_concurrent=risk.max_concurrent,
    )


def signals_of(
    compiled: RuleSide, plan: TradePlan, moments: Moments, instrument: Instrument
) -> Iterator[Signal]:
    """The signals of one side of a rule, in order of time.

    A level that is not known (0 in the facts) is left at 0: the risk manager refuses it and says
    so. Ticks are those of `instrument` at the level.
    """
    side, coin = compiled.side, moments.candles.coin
    wanted = levels_of(compiled, moments)
    entries, stops, levels = wanted.entries, wanted.stops, wanted.lasts
    closes = moments.candles.close_ts[moments.rows].tolist()
    numbers = zip(entries.tolist(), stops.tolist(), levels.tolist(), strict=True)
    for i, (at, (entry, stop, level)) in enumerate(zip(closes, numbers, strict=True)):
        yield Signal(
            id=signal_id(coin, plan, side, at),
            coin=coin,
            side=side,
            at=at,
            plan=plan,
            score=float(moments.scores[i]),
            entry=wanted.kind,
            price=_beyond(entry, wanted.entry_ticks, instrument),
            valid_until=at + wanted.valid_ms if wanted.valid_ms else None,
            stop=_beyond(stop, wanted.stop_ticks, instrument),
            last_level=exact(level) if level > 0 else None,
            liquidity=moments.liquidity(i),
        )


def levels_of(compiled: RuleSide, moments: Moments) -> Levels:
    """Where one side of a rule wants to enter and to leave, at each of the moments."""
    side, rule = compiled.side, compiled.rule
    entries, entry_ticks = _entries(compiled, moments)
    return Levels(
        kind=_KINDS[rule.entry.order],
        entries=entries,
        entry_ticks=side * entry_ticks,
        stops=_stops(compiled, moments, entries),
        stop_ticks=-side * rule.stop.buffer_ticks,
        lasts=_last_levels(compiled, moments),
        valid_ms=(rule.entry.valid_candles or 0) * rule.timeframe.ms,
    )


def all_beyond(prices: Prices, ticks: int, instrument: Instrument) -> Prices:
    """Each price so many ticks higher: the float next to what `signals_of` says exactly.

    A price of at most 8 decimals and 15 digits is a whole number of steps of 1e-8, and so is the
    sum; both and 1e8 are exact as floats, so one division rounds as the decimal does. Others are
    added as decimals.
    """
    if not ticks:
        return prices
    is_known = prices > 0
    priced = np.where(is_known, prices, 1.0)
    figures = np.floor(np.log10(priced))
    # Beside a power of ten the logarithm may err: those go the slow way.
    is_sure = np.abs(priced / 10.0**figures - 1) > _NEAR_A_POWER
    is_sure &= np.abs(priced / 10.0 ** (figures + 1) - 1) > _NEAR_A_POWER
    finest = instrument.size_decimals - PRICE_DECIMALS
    exponents = np.clip(figures + 1 - SIGNIFICANT_FIGURES, finest, 0)
    steps = np.rint(prices * _STEPS)
    moved: Prices = (steps + ticks * np.rint(_STEPS * 10.0**exponents)) / _STEPS
    is_whole = is_sure & (steps / _STEPS == prices) & (steps < _MOST_STEPS)
    for exponent in np.unique(exponents[is_sure & ~is_whole]).tolist():
        rest = is_sure & ~is_whole & (exponents == exponent)
        more = Decimal(ticks).scaleb(int(exponent))
        moved[rest] = [float(Decimal(text) + more) for text in map(repr, prices[rest].tolist())]
    for place in np.flatnonzero(~is_sure).tolist():
        moved[place] = float(_beyond(float(prices[place]), ticks, instrument))
    return moved


def _beyond(price: float, ticks: int, instrument: Instrument) -> Decimal:
    level = exact(price)
    return level + ticks * instrument.tick(level) if ticks and level > 0 else level


def _end(moments: Moments, side: int, back: int = 0) -> Prices:
    """The low (side +1) or high (-1) of the candle `back` before each signal candle."""
    return _column(moments, LOW if side > 0 else HIGH, back)


def _column(moments: Moments, row: int, back: int = 0) -> Prices:
    values: Prices = moments.candles.columns[row][np.maximum(moments.rows - back, 0)]
    return values


def _farthest(side: int, *levels: Prices) -> Prices:
    """The lowest of the levels for a long, the highest for a short."""
    farthest: Prices = (np.minimum if side > 0 else np.maximum).reduce(levels)
    return farthest


def _entries(compiled: RuleSide, moments: Moments) -> tuple[Prices, int]:
    """Expected or ordered entry prices, and how many ticks beyond them the order lies."""
    side, at = compiled.side, compiled.rule.entry.at
    if at == "signal_high":
        return _end(moments, -side), 1
    if at == "signal_open":
        return _column(moments, OPEN), 0
    if at == "signal_middle":
        return (_column(moments, HIGH) + _column(moments, LOW)) / 2, 0
    if at == "celery_trigger":
        return moments.fact(compiled.weighed[0].group, "candle.celery.trigger"), 0
    if at == "zone_edge":
        return _zone(compiled, moments, "high" if side > 0 else "low"), 0
    return _column(moments, CLOSE), 0


def _stops(compiled: RuleSide, moments: Moments, entries: Prices) -> Prices:
    """The first stops, without the buffer in ticks."""
    side, stop = compiled.side, compiled.rule.stop
    atr = moments.fact(compiled.weighed[0].group, "candle.atr")
    multiple = float(stop.atr_multiple or 0)
    anchor = entries - side * multiple * atr if multiple else _anchor(compiled, moments)
    placed: Prices = np.where(anchor > 0, anchor - side * float(stop.buffer_atr) * atr, 0.0)
    return placed


def _anchor(compiled: RuleSide, moments: Moments) -> Prices:
    side, beyond = compiled.side, compiled.rule.stop.beyond
    if beyond == "signal":
        length = candles_of(toward(compiled.rule.trigger.pattern, side))
        return _farthest(side, *(_end(moments, side, back) for back in range(length)))
    if beyond == "previous_candle":
        return _end(moments, side, 1)
    if beyond == "zone":
        return _zone(compiled, moments, "low" if side > 0 else "high")
    own, edge = ("low", "bottom") if side > 0 else ("high", "top")
    column = {
        "swing": f"structure.swing_{own}.price",
        "range": f"cycle.range.{edge}",
        "fakeout": "candle.fakeout.extreme",
        "celery": "candle.celery.stop",
    }[beyond]
    return moments.fact(compiled.weighed[0].group, column)


def _zone(compiled: RuleSide, moments: Moments, edge: str) -> Prices:
    """An edge of the zone that the first zone condition looks at: of two kinds, the nearer one."""
    for asked, group, _ in compiled.weighed:
        condition = asked.condition
        if isinstance(condition, ZoneCondition) and condition.zone not in LEG_HALVES:
            first, *others = (
                alternative.comparisons[0].column.removesuffix(".high")
                for alternative in asked.alternatives
            )
            level = moments.fact(group, f"{first}.{edge}")
            apart = moments.fact(group, f"{first}.distance")
            for other in others:
                away = moments.fact(group, f"{other}.distance")
                is_nearer = away < apart
                level = np.where(is_nearer, moments.fact(group, f"{other}.{edge}"), level)
                apart = np.minimum(apart, away)
            return level
    raise AssertionError("a rule that takes a level from a zone has a condition that names one")


def _last_levels(compiled: RuleSide, moments: Moments) -> Prices:
    """The level at which the last target lies at the latest; 0 where there is none."""
    side, level = compiled.side, compiled.rule.targets[-1].level
    group = compiled.weighed[0].group
    if level is None:
        return np.zeros(moments.rows.size)
    if level == "far_side":
        return moments.fact(group, f"cycle.range.{'top' if side > 0 else 'bottom'}")
    near = "zone.resistance.low" if side > 0 else "zone.support.high"
    edge, close = moments.fact(group, near), _column(moments, CLOSE)
    ahead: Prices = np.where(side * (edge - close) > 0, edge, 0.0)
    return ahead
