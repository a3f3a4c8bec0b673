"""Charts of trades as one JSON file: prices as whole ticks, what is asked of many told once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from hyperbot.backtesting.trade_chart import ConditionSeen, FactSeen, TradeChart
from hyperbot.backtesting.uncollected import uncollected
from hyperbot.domain.market import LARGEST_PRICE, LATEST_TS
from hyperbot.domain.price_decimals import MOST_DECIMALS

_MOST_TICKS = 2**53
"""up to here a float holds every whole number"""

Moment = Annotated[int, Field(ge=0, lt=LATEST_TS)]
Count = Annotated[int, Field(ge=0, le=_MOST_TICKS)]
Price = Annotated[float, Field(gt=0, le=LARGEST_PRICE)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Sentence = Annotated[str, StringConstraints(max_length=10_000)]
Bounded = tuple[Name, float | None, float | None]
Seen = tuple[Count, bool, Moment | None, tuple[float, ...]]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class _Asked(_Part):
    """What a condition asks, whatever it sees; `facts` are columns with their bounds."""

    sentence: Sentence
    required: bool
    weight: float
    facts: tuple[Bounded, ...]


class _Chart(_Part):
    """One trade: opens are `steps` of `step_ms` from `first`, prices ticks of 10^-`decimals` from
    `least` on.

    `seen` are the place in `asked`, whether it is met, its candle, and a value for each fact.
    """

    trade: Name
    timeframe_ms: Annotated[int, Field(gt=0, le=366 * 86_400_000, multiple_of=60_000)]
    decimals: Annotated[int, Field(ge=0, le=MOST_DECIMALS)]
    first: Moment
    step_ms: Annotated[int, Field(gt=0, le=LATEST_TS)]
    steps: tuple[Count, ...]
    least: Count
    open: tuple[Count, ...]
    high: tuple[Count, ...]
    low: tuple[Count, ...]
    close: tuple[Count, ...]
    stops: tuple[tuple[Moment, Price], ...]
    score: float
    needed: float
    seen: tuple[Seen, ...]

    @model_validator(mode="after")
    def _is_of_candles(self) -> _Chart:
        columns = (self.open, self.high, self.low, self.close)
        if not self.steps or {len(column) for column in columns} != {len(self.steps)}:
            raise ValueError("columns must be equally long")
        if self.steps[0] or any(after <= before for before, after in pairwise(self.steps)):
            raise ValueError("candles must follow each other")
        if self.first + self.steps[-1] * self.step_ms >= LATEST_TS:
            raise ValueError("candles must be of this time")
        prices = np.array(columns, dtype=np.int64)
        if (prices[1] < prices.max(axis=0)).any() or (prices[2] > prices.min(axis=0)).any():
            raise ValueError("high and low must be those of the candle")
        if not 0 < self.least + prices[2].min() <= self.least + prices[1].max() <= _MOST_TICKS:
            raise ValueError("prices must be above 0")
        return self


class _Charts(_Part):
    asked: tuple[_Asked, ...]
    charts: tuple[_Chart, ...]

    @model_validator(mode="after")
    def _is_answered(self) -> _Charts:
        facts = [len(each.facts) for each in self.asked]
        for chart in self.charts:
            for place, _, _, values in chart.seen:
                if place >= len(facts) or facts[place] != len(values):
                    raise ValueError("each fact must have a value")
        return self


def charts_bytes(charts: Sequence[TradeChart]) -> bytes:
    """The content of the file; the same charts give the same bytes."""
    places: dict[tuple[Any, ...], int] = {}
    with uncollected():
        told = [_document(chart, places) for chart in charts]
    names = tuple(_Asked.model_fields)
    asked = [dict(zip(names, each, strict=True)) for each in places]
    document = {"asked": asked, "charts": told}
    return f"{json.dumps(document, separators=(',', ':'), allow_nan=False)}\n".encode()


def _document(chart: TradeChart, places: dict[tuple[Any, ...], int]) -> dict[str, Any]:
    decimals, ticks = _ticks(np.array((chart.open, chart.high, chart.low, chart.close)))
    least, first, length = int(ticks.min()), chart.ts[0], chart.timeframe_ms
    # Candles of a file may open where no candle of their length does.
    step_ms = 1 if any((ts - first) % length for ts in chart.ts) else length
    opened, high, low, close = (ticks - least).tolist()
    return {
        "trade": chart.trade,
        "timeframe_ms": chart.timeframe_ms,
        "decimals": decimals,
        "first": first,
        "step_ms": step_ms,
        "steps": [(ts - first) // step_ms for ts in chart.ts],
        "least": least,
        "open": opened,
        "high": high,
        "low": low,
        "close": close,
        "stops": chart.stops,
        "score": chart.score,
        "needed": chart.score_needed,
        "seen": [_seen(each, places) for each in chart.conditions],
    }


def _ticks(prices: NDArray[np.float64]) -> tuple[int, NDArray[np.int64]]:
    """With how many decimals prices are whole numbers, and those; at most so many as fit."""
    for decimals in range(MOST_DECIMALS + 1):
        ticks = np.rint(prices * 10.0**decimals)
        is_last = decimals == MOST_DECIMALS or ticks.max() * 10 > _MOST_TICKS
        if is_last or (ticks / 10.0**decimals == prices).all():
            break
    return decimals, ticks.astype(np.int64)


def _seen(condition: ConditionSeen, places: dict[tuple[Any, ...], int]) -> list[Any]:
    facts = tuple((fact.column, fact.least, fact.most) for fact in condition.seen)
    asked = (condition.sentence, condition.is_required, condition.weight, facts)
    place = places.setdefault(asked, len(places))
    values = [fact.value for fact in condition.seen]
    return [place, condition.is_met, condition.candle_ts, values]


def charts_of(content: bytes) -> tuple[TradeChart, ...]:
    """The charts in the content of a file. Raises ValueError for one that is damaged."""
    document = _Charts.model_validate_json(content)
    return tuple(_chart(each, document.asked) for each in document.charts)


def _chart(told: _Chart, asked: Sequence[_Asked]) -> TradeChart:
    ticks = np.array((told.open, told.high, told.low, told.close), dtype=np.int64) + told.least
    opened, high, low, close = (ticks / 10.0**told.decimals).tolist()
    return TradeChart(
        trade=told.trade,
        timeframe_ms=told.timeframe_ms,
        ts=tuple(told.first + step * told.step_ms for step in told.steps),
        open=tuple(opened),
        high=tuple(high),
        low=tuple(low),
        close=tuple(close),
        stops=told.stops,
        score=told.score,
        score_needed=told.needed,
        conditions=tuple(_condition(seen, asked[seen[0]]) for seen in told.seen),
    )


def _condition(seen: Seen, asked: _Asked) -> ConditionSeen:
    _, is_met, candle_ts, values = seen
    facts = zip(asked.facts, values, strict=True)
    return ConditionSeen(
        sentence=asked.sentence,
        is_met=is_met,
        is_required=asked.required,
        weight=asked.weight,
        candle_ts=candle_ts,
        seen=tuple(FactSeen(column, value, *bounds) for (column, *bounds), value in facts),
    )
