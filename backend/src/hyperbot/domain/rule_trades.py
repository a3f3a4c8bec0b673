"""How a rule trades: entry order, stop, ladder of targets, limits; and each entry type's defaults.

Levels are said for a long; a short mirrors them. `1R` is the distance from entry to first stop.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from hyperbot.domain.rule_fields import (
    NOT_STATED,
    Buffer,
    Candles,
    LadderShare,
    RiskPercent,
    RMultiple,
    RulePart,
    refusal,
)
from hyperbot.domain.rule_vocabulary import EntryType

Order = Literal["next_open", "limit", "stop"]
OrderLevel = Literal[
    "signal_high", "signal_open", "signal_close", "signal_middle", "zone_edge", "celery_trigger"
]
StopAnchor = Literal[
    "signal", "previous_candle", "swing", "zone", "range", "fakeout", "celery", "atr"
]
TargetLevel = Literal["next_level", "far_side"]
Then = Literal["none", "breakeven", "trail"]

STOP_ORDER_LEVELS: tuple[OrderLevel, ...] = ("signal_high", "celery_trigger")
LIMIT_LEVELS: tuple[OrderLevel, ...] = (
    "signal_open",
    "signal_close",
    "signal_middle",
    "zone_edge",
)
_MOST_TICKS = 1000


class EntryOrder(RulePart):
    """How the position is opened after a signal."""

    order: Order = "next_open"
    at: OrderLevel | None = Field(
        None, description="limit and stop: where, seen for a long (signal_high: low for a short)"
    )
    valid_candles: Candles | None = Field(
        None, description="limit and stop: cancelled when not filled within so many candles"
    )

    @model_validator(mode="after")
    def _fits_its_order(self) -> EntryOrder:
        if self.order == "next_open":
            for name in ("at", "valid_candles"):
                if getattr(self, name) is not None:
                    sentence = "an entry on the next open has none: leave it out"
                    raise refusal(((name,), getattr(self, name), sentence))
            return self
        levels = LIMIT_LEVELS if self.order == "limit" else STOP_ORDER_LEVELS
        if self.at not in levels:
            sentence = f"a {self.order} order must name one of {', '.join(levels)}"
            raise refusal((("at",), self.at or NOT_STATED, sentence))
        if self.valid_candles is None:
            sentence = f"say for how many candles a {self.order} order is valid"
            raise refusal((("valid_candles",), NOT_STATED, sentence))
        return self


class Stop(RulePart):
    """Where the first stop lies: beyond something, plus a buffer."""

    beyond: StopAnchor
    atr_multiple: Annotated[Decimal, Field(gt=0, le=20, decimal_places=4)] | None = Field(
        None, description="beyond atr: so many ATR from the entry"
    )
    buffer_atr: Buffer = Decimal(0)
    buffer_ticks: Annotated[int, Field(strict=True, ge=0, le=_MOST_TICKS)] = 1

    @model_validator(mode="after")
    def _multiple_of_atr(self) -> Stop:
        if (self.beyond == "atr") != (self.atr_multiple is not None):
            sentence = (
                "say how many ATR, such as 1.5"
                if self.beyond == "atr"
                else f"only a stop beyond atr has it, not beyond {self.beyond}"
            )
            raise refusal((("atr_multiple",), self.atr_multiple or NOT_STATED, sentence))
        return self


class Target(RulePart):
    """Close a share of the position at `r`, or at a level if that is reached before."""

    r: RMultiple
    share: LadderShare
    then: Then = Field("none", description="what happens to the stop of the rest")
    level: TargetLevel | None = None


def _ladder(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    for position in range(1, len(targets)):
        before, r = targets[position - 1].r, targets[position].r
        if r <= before:
            sentence = f"it must be more than that of the target before, {before}"
            raise refusal(((position, "r"), r, sentence))
    total = sum((target.share for target in targets), Decimal(0))
    last = len(targets) - 1
    if total != 1:
        sentence = f"the shares must add up to 1, they add up to {total.normalize():f}"
        raise refusal(((last, "share"), targets[last].share, sentence))
    for position, target in enumerate(targets):
        if position == last and target.then != "none":
            sentence = "nothing is left after the last target, so it must be none"
            raise refusal(((position, "then"), target.then, sentence))
        if position < last and target.level is not None:
            raise refusal(((position, "level"), target.level, "only the last target has a level"))
    return targets


Ladder = Annotated[tuple[Target, ...], Field(min_length=1, max_length=8), AfterValidator(_ladder)]


class RiskParams(RulePart):
    """How much is risked, and when it is over. What is left out follows from the entry type."""

    risk_percent: RiskPercent = Field(
        Decimal(1), description="share of equity lost at the stop, with fees; at most 2"
    )
    stop: Stop | None = None
    targets: Ladder | None = None
    time_stop_candles: Annotated[int, Field(strict=True, ge=1, le=10_000)] | None = None
    cooldown_candles: Annotated[int, Field(strict=True, ge=0, le=10_000)] = 0
    max_concurrent: Annotated[int, Field(strict=True, ge=1, le=10)] = 1


class EntryDefaults(NamedTuple):
    """What a rule of an entry type does unless it says otherwise."""

    stop: Stop
    targets: tuple[Target, ...]
    entry: EntryOrder = EntryOrder()


def _halves(last_r: int = 2, level: TargetLevel | None = None) -> tuple[Target, ...]:
    half = Decimal("0.5")
    first = Target(r=Decimal(1), share=half, then="breakeven")
    return first, Target(r=Decimal(last_r), share=half, level=level)


_BEYOND_THE_SIGNAL = EntryDefaults(Stop(beyond="signal"), _halves())
_DEFAULTS: dict[EntryType, EntryDefaults] = {
    "small_wick": EntryDefaults(Stop(beyond="previous_candle"), _halves()),
    "celery": EntryDefaults(
        Stop(beyond="celery", buffer_ticks=0),
        _halves(),
        EntryOrder(order="stop", at="celery_trigger", valid_candles=3),
    ),
    "breakout": EntryDefaults(Stop(beyond="previous_candle"), _halves(3, "next_level")),
    "fakeout": EntryDefaults(Stop(beyond="fakeout"), _halves(4, "far_side")),
    "onion": EntryDefaults(
        Stop(beyond="range", buffer_atr=Decimal("0.25"), buffer_ticks=0), _halves(4, "far_side")
    ),
}


def defaults_of(entry_type: EntryType) -> EntryDefaults:
    """Stop, targets and entry order of an entry type."""
    return _DEFAULTS.get(entry_type, _BEYOND_THE_SIGNAL)
