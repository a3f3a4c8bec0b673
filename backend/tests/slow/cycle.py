"""Cycle, as the reference page reads: drive, range, liquidity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from hyperbot.detection import DetectionParams
from hyperbot.detection.params import CycleParams
from slow.candles import Candles, Columns, side_of_middle, sign
from slow.measures import sum_in_order
from slow.structure import Swing, swing_highs, swing_lows

UNKNOWN, DRIVE, RANGE, LIQUIDITY = range(4)
STEPS = 20
CLOSES_THAT_END = 2
TOUCHES_AT_FIRST = 4
MOST = 127


def efficiency_ratio(candles: Candles, i: int) -> float:
    """The way made in 20 candles, as a share of the way walked."""
    if i < STEPS:
        return 0.0
    close = candles.close[i - STEPS : i + 1]
    path = sum_in_order([abs(close[k] - close[k - 1]) for k in range(1, STEPS + 1)])
    return abs(close[-1] - close[0]) / path if path else 0.0


class Market(NamedTuple):
    """What this family looks at."""

    candles: Candles
    atr: list[float]
    highs: list[Swing]
    lows: list[Swing]
    efficiency: list[float]
    structure: Columns
    params: CycleParams

    def value(self, name: str, i: int) -> float:
        number: float = self.structure[f"structure.{name}"][i]
        return number

    def labels_agree(self, i: int, direction: int) -> bool:
        """HH and HL, or LL and LH."""
        return self.value("high_label", i) == direction == self.value("low_label", i)

    def break_supports(self, i: int, direction: int) -> bool:
        """A recent BOS in the direction, and no break against it."""
        recent = range(max(0, i - self.params.break_candles + 1), i + 1)
        with_it = any(self.value("bos", k) == direction for k in recent)
        against = any(-direction in (self.value("bos", k), self.value("choch", k)) for k in recent)
        return with_it and not against


@dataclass(frozen=True)
class Range:
    """An active range as it stands after one candle."""

    top: float
    bottom: float
    began: int
    touches: int = TOUCHES_AT_FIRST
    closes_above: int = 0
    closes_below: int = 0

    def holds(self, price: float) -> bool:
        return self.bottom <= price <= self.top


def ranges(market: Market) -> list[Range | None]:
    """At each candle, the range that is active after it."""
    highs = {swing.known: number for number, swing in enumerate(market.highs)}
    lows = {swing.known: number for number, swing in enumerate(market.lows)}
    last_high = last_low = -1
    result: list[Range | None] = []
    for i in market.candles.rows:
        last_high, last_low = highs.get(i, last_high), lows.get(i, last_low)
        active = result[-1] if result else None
        if active is not None:
            result.append(continued(market, active, i))
        elif last_high >= 1 and last_low >= 1:
            result.append(
                new_range(
                    market,
                    i,
                    market.highs[last_high - 1 : last_high + 1],
                    market.lows[last_low - 1 : last_low + 1],
                )
            )
        else:
            result.append(None)
    return result


def continued(market: Market, active: Range, i: int) -> Range | None:
    """The range after one more candle; None if it ends there."""
    close, atr, params = market.candles.close[i], market.atr[i], market.params
    above = close > active.top + params.range_end * atr
    below = close < active.bottom - params.range_end * atr
    closes_above = active.closes_above + 1 if above else 0
    closes_below = active.closes_below + 1 if below else 0
    if CLOSES_THAT_END in (closes_above, closes_below):
        return None
    near = params.range_edge * atr
    new_highs = [swing for swing in market.highs if swing.known == i]
    new_lows = [swing for swing in market.lows if swing.known == i]
    touches = active.touches
    touches += any(abs(swing.price - active.top) <= near for swing in new_highs)
    touches += any(abs(swing.price - active.bottom) <= near for swing in new_lows)
    return replace(active, touches=touches, closes_above=closes_above, closes_below=closes_below)


def new_range(market: Market, i: int, highs: list[Swing], lows: list[Swing]) -> Range | None:
    """The range between the last two highs and the last two lows, if they make one."""
    atr, params = market.atr[i], market.params
    near = params.range_edge * atr
    top = max(swing.price for swing in highs)
    bottom = min(swing.price for swing in lows)
    makes_one = (
        abs(highs[0].price - highs[1].price) <= near
        and abs(lows[0].price - lows[1].price) <= near
        and params.range_least * atr <= top - bottom <= params.range_most * atr
        and i >= STEPS
        and market.efficiency[i] <= params.drive
        and bottom <= market.candles.close[i] <= top
    )
    return Range(top, bottom, i) if makes_one else None


def sweep_at(market: Market, i: int, before: Range | None) -> int:
    """The direction of a sweep that starts a liquidity phase at candle i; 0 without."""
    params, candles = market.params, market.candles
    deep_enough = np.float32(market.value("sweep_depth", i)) >= np.float64(params.liquidity_sweep)
    if market.value("sweep", i) and deep_enough:
        return int(market.value("sweep", i))
    if before is None:
        return 0
    beyond = params.liquidity_sweep * market.atr[i]
    high, low, close = candles.high[i], candles.low[i], candles.close[i]
    over_top = high >= before.top + beyond and close < before.top
    under_bottom = low <= before.bottom - beyond and close > before.bottom
    if over_top and under_bottom:
        return side_of_middle(close, high, low)
    return int(under_bottom) - int(over_top)


class Phase(NamedTuple):
    """A phase with its direction."""

    kind: int
    direction: int


NO_PHASE = Phase(UNKNOWN, 0)


def candidate_at(market: Market, i: int, active: Range | None) -> Phase | None:
    """What this candle alone would call the market, leaving liquidity aside."""
    if i >= STEPS and market.efficiency[i] >= market.params.drive:
        direction = sign(market.candles.close[i] - market.candles.close[i - STEPS])
        supported = market.labels_agree(i, direction) or market.break_supports(i, direction)
        if direction and supported:
            return Phase(DRIVE, direction)
    return Phase(RANGE, 0) if active else None


@dataclass
class Liquidity:
    """A liquidity phase that is on."""

    direction: int
    start: int
    closes_inside: int = 0


def confidence(
    market: Market, i: int, phase: Phase, active: Range | None, liquidity: Liquidity | None
) -> float:
    params = market.params
    if liquidity:
        return 1 - (i - liquidity.start) / params.liquidity_candles
    efficiency = market.efficiency[i]
    if phase.kind == DRIVE:
        share = min(1.0, efficiency / (2 * params.drive)) if params.drive else 1.0
        labels = market.labels_agree(i, phase.direction)
        breaks = market.break_supports(i, phase.direction)
        return 0.5 * share + 0.25 * labels + 0.25 * breaks
    if phase.kind == RANGE:
        share = efficiency / params.drive if params.drive else 1.0
        return 0.5 * (active is not None) + 0.5 * max(0.0, 1 - share)
    return 0.0


def phase_columns(market: Market, active: list[Range | None]) -> Columns:
    """Steps 3 to 5, candle by candle."""
    params = market.params
    columns: Columns = {name: [] for name in ("phase", "direction", "confidence", "age")}
    base = shown = NO_PHASE
    since = -1
    liquidity: Liquidity | None = None
    candidates: list[Phase | None] = []
    for i in market.candles.rows:
        broken = int(market.value("bos", i) or market.value("choch", i))
        before = active[i - 1] if i > 0 else None
        sweep = sweep_at(market, i, before)
        if broken and liquidity:
            liquidity = None
            base, candidates = Phase(DRIVE, broken), []
        elif sweep and not broken:
            liquidity = Liquidity(sweep, i)
        elif liquidity:
            liquidity, ends_in_range = grown_older(market, i, liquidity, active[i])
            if ends_in_range:
                base, candidates = Phase(RANGE, 0), []

        candidates.append(candidate_at(market, i, active[i]))
        last = candidates[-params.confirm :]
        if len(last) == params.confirm and candidates[-1] and len(set(last)) == 1:
            base = candidates[-1]

        phase = Phase(LIQUIDITY, liquidity.direction) if liquidity else base
        if phase != shown:
            shown, since = phase, i
        columns["phase"].append(phase.kind)
        columns["direction"].append(phase.direction)
        columns["confidence"].append(confidence(market, i, phase, active[i], liquidity))
        columns["age"].append(i - since if phase.kind else -1)
    return {f"cycle.{name}": values for name, values in columns.items()}


def grown_older(
    market: Market, i: int, liquidity: Liquidity, active: Range | None
) -> tuple[Liquidity | None, bool]:
    """Liquidity after a candle without sweep or break, and whether it ends in a range there."""
    if i - liquidity.start == market.params.liquidity_candles:
        return None, False
    is_inside = active is not None and active.holds(market.candles.close[i])
    liquidity.closes_inside = liquidity.closes_inside + 1 if is_inside else 0
    if liquidity.closes_inside == market.params.liquidity_inside:
        return None, True
    return liquidity, False


def range_columns(active: list[Range | None]) -> Columns:
    return {
        "cycle.range.active": [int(one is not None) for one in active],
        "cycle.range.top": [one.top if one else 0.0 for one in active],
        "cycle.range.bottom": [one.bottom if one else 0.0 for one in active],
        "cycle.range.age": [i - one.began if one else -1 for i, one in enumerate(active)],
        "cycle.range.touches": [min(one.touches, MOST) if one else 0 for one in active],
    }


def facts(candles: Candles, params: DetectionParams, found: Columns) -> Columns:
    atr = found["candle.atr"]
    market = Market(
        candles,
        atr,
        swing_highs(candles, atr, params.structure),
        swing_lows(candles, atr, params.structure),
        [efficiency_ratio(candles, i) for i in candles.rows],
        found,
        params.cycle,
    )
    active = ranges(market)
    return {
        **phase_columns(market, active),
        "cycle.efficiency_ratio": market.efficiency,
        **range_columns(active),
    }
