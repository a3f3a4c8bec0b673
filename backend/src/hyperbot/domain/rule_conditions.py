"""Conditions of a rule: what must be seen, on which timeframe, within how many candles.

Each kind is a test on facts. `direction` is seen from the trade: `with` it, `against` it, or `any`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from hyperbot.domain.rule_fields import (
    NOT_STATED,
    Candles,
    Distance,
    Flag,
    Ratio,
    RulePart,
    Share,
    TimeframeField,
    Weight,
    Window,
    refusal,
)
from hyperbot.domain.rule_parameters import Parameters
from hyperbot.domain.rule_vocabulary import (
    LEG_HALVES,
    NEUTRAL_PATTERNS,
    SIDED_ZONES,
    Pattern,
    Phase,
    SessionName,
    StructureEvent,
    Weekday,
    ZoneKind,
)

Toward = Literal["with", "against", "any"]

_NO_PARAMETERS = Parameters({})
# A ratio of 0 is never met, so neither would be at most 0.
_RatioAboveZero = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=1000)]


class ConditionPart(RulePart):
    """What all conditions have. Without a timeframe, that of the rule is meant."""

    timeframe: TimeframeField | None = None
    weight: Weight = 1.0
    required: Flag = False
    within: Candles = Field(1, description="met on one of the last so many candles; 1: the newest")
    parameters: Parameters = Field(
        _NO_PARAMETERS, description="detection parameters that differ from the defaults, by name"
    )


class CandleCondition(ConditionPart):
    """A pattern or entry on a candle: the sign of `candle.<pattern>`, and its strength."""

    kind: Literal["candle"]
    pattern: Pattern
    direction: Toward = "with"
    min_strength: Share = 0.0

    @model_validator(mode="before")
    @classmethod
    def _neutral_by_itself(cls, given: Any) -> Any:  # noqa: ANN401 - not yet validated
        if isinstance(given, dict) and "direction" not in given:
            pattern = given.get("pattern")
            if isinstance(pattern, str) and pattern in NEUTRAL_PATTERNS:
                return given | {"direction": "any"}
        return given

    @model_validator(mode="after")
    def _sided(self) -> CandleCondition:
        if self.pattern in NEUTRAL_PATTERNS and self.direction != "any":
            sentence = f"{self.pattern} points to neither side, so it must be any"
            raise refusal((("direction",), self.direction, sentence))
        return self


class StructureCondition(ConditionPart):
    """Swings, breaks and sweeps, at the candle at which they become known."""

    kind: Literal["structure"]
    event: StructureEvent
    direction: Toward = "with"
    min_depth_atr: Distance | None = Field(None, description="sweep: least depth beyond the level")
    equal_levels_only: Flag = Field(False, description="sweep: only of equal highs or lows")

    @model_validator(mode="after")
    def _sweeps_only(self) -> StructureCondition:
        stated = {"min_depth_atr": self.min_depth_atr, "equal_levels_only": self.equal_levels_only}
        if self.event != "sweep":
            _refuse_stated(
                stated, f"only the event sweep has it, not {self.event}, so leave it out"
            )
        return self


class ZoneCondition(ConditionPart):
    """How the close lies to the nearest live zone of a kind, or in the last swing leg.

    `support`, `resistance`, `premium` and `discount` are meant as they are named, and mirrored on
    the short side of a rule for both directions; `order_block` and `fair_value_gap` are those
    `with` the trade unless `direction` says otherwise.
    """

    kind: Literal["zone"]
    zone: ZoneKind
    direction: Toward | None = None
    max_distance_atr: Distance | None = Field(None, description="from the close; 0: inside")
    inside: Flag | None = None
    fresh: Flag | None = Field(None, description="order_block, fair_value_gap: never touched yet")
    min_touches: Annotated[int, Field(strict=True, ge=1, le=127)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_the_trade(cls, given: Any) -> Any:  # noqa: ANN401 - not yet validated
        if isinstance(given, dict) and given.get("direction") is None:
            zone = given.get("zone")
            if isinstance(zone, str) and zone in SIDED_ZONES:
                return given | {"direction": "with"}
        return given

    @model_validator(mode="after")
    def _fits_its_zone(self) -> ZoneCondition:
        near = {"max_distance_atr": self.max_distance_atr, "inside": self.inside}
        rest = {"fresh": self.fresh, "min_touches": self.min_touches}
        if self.zone in LEG_HALVES:
            _refuse_stated(near | rest, f"{self.zone} is half of a swing leg, so leave it out")
        if self.zone not in SIDED_ZONES:
            _refuse_stated(
                {"fresh": self.fresh}, f"that is not known of {self.zone}, so leave it out"
            )
            _refuse_stated(
                {"direction": self.direction},
                f"{self.zone} says its side by its name, so leave it out",
            )
        if self.inside is False and self.max_distance_atr == 0:
            raise refusal((("inside",), False, "within 0 ATR of a zone means inside it"))
        if self.inside and self.max_distance_atr:
            sentence = "inside the zone the distance is 0, so leave it out"
            raise refusal((("max_distance_atr",), self.max_distance_atr, sentence))
        if self.fresh and self.min_touches is not None:
            sentence = "a fresh zone was never touched, so leave it out"
            raise refusal((("min_touches",), self.min_touches, sentence))
        if self.zone not in LEG_HALVES and None is self.max_distance_atr is self.inside:
            sentence = "say how near: max_distance_atr, or inside true or false"
            raise refusal(((), NOT_STATED, sentence))
        return self


class CycleCondition(ConditionPart):
    """The phase of the market. A range has no direction, so `direction` does not ask it for one."""

    kind: Literal["cycle"]
    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=3)]
    direction: Toward = "any"
    min_confidence: Share = 0.0

    @model_validator(mode="after")
    def _once_each(self) -> CycleCondition:
        _refuse_repeated("phases", self.phases)
        return self


class VolumeCondition(ConditionPart):
    """Volume against the mean of the 20 candles before; not met while that is not known."""

    kind: Literal["volume"]
    min_ratio: Ratio | None = None
    max_ratio: _RatioAboveZero | None = None

    @model_validator(mode="after")
    def _says_something(self) -> VolumeCondition:
        least, most = self.min_ratio, self.max_ratio
        if least is None and most is None:
            raise refusal(((), NOT_STATED, "say min_ratio, max_ratio or both"))
        if least is not None and most is not None and most <= least:
            raise refusal((("max_ratio",), most, f"it must be above min_ratio, which is {least:g}"))
        return self


class SessionCondition(ConditionPart):
    """Where the candle ends, in UTC: within one of the sessions or windows, on one of the weekdays.

    It ends with its last millisecond: one that closes at 10:30 ends within 07:00-10:30, one that
    closes at 07:00 does not.
    """

    kind: Literal["session"]
    sessions: Annotated[tuple[SessionName, ...], Field(max_length=3)] = ()
    windows: Annotated[tuple[Window, ...], Field(max_length=12)] = ()
    weekdays: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> SessionCondition:
        if not (self.sessions or self.windows or self.weekdays):
            raise refusal(((), NOT_STATED, "say sessions, windows or weekdays"))
        if self.timeframe is not None:
            sentence = "the clock is that of the rule's own candles, so leave it out"
            raise refusal((("timeframe",), str(self.timeframe), sentence))
        if self.parameters:
            sentence = "a session looks at the clock alone, so leave it out"
            raise refusal((("parameters",), NOT_STATED, sentence))
        for name in ("sessions", "windows", "weekdays"):
            _refuse_repeated(name, getattr(self, name))
        return self


Condition = Annotated[
    CandleCondition
    | StructureCondition
    | ZoneCondition
    | CycleCondition
    | VolumeCondition
    | SessionCondition,
    Field(discriminator="kind"),
]


def _refuse_stated(stated: dict[str, Any], sentence: str) -> None:
    problems = [
        ((name,), value, sentence)
        for name, value in stated.items()
        if value is not None and (name, value) != ("equal_levels_only", False)
    ]
    if problems:
        raise refusal(*problems)


def _refuse_repeated(name: str, values: tuple[str, ...]) -> None:
    for position, value in enumerate(values):
        if value in values[:position]:
            raise refusal(((name, position), value, "it stands there twice"))
