"""Trading rules: what is traded, when, how, and which page or second of the source says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeGuard

from pydantic import Field, model_validator

from hyperbot.domain.market import Timeframe
from hyperbot.domain.rule_conditions import CandleCondition, Condition, ZoneCondition
from hyperbot.domain.rule_fields import (
    NOT_STATED,
    Day,
    Name,
    Place,
    Quote,
    Reference,
    RuleId,
    RulePart,
    Seconds,
    Share,
    Text,
    TimeframeField,
    at_most,
    refusal,
)
from hyperbot.domain.rule_trades import EntryOrder, RiskParams, Stop, Target, defaults_of
from hyperbot.domain.rule_vocabulary import (
    LEG_HALVES,
    NEUTRAL_PATTERNS,
    EntryType,
    pattern_of,
    side_of,
    toward,
)

Direction = Literal["long", "short", "both"]
SourceType = Literal["pdf", "video", "manual", "system"]
Status = Literal["candidate", "active", "disabled", "retired"]
Bias = Literal["any", "with", "not_against"]

Problems = Iterator[tuple[Place, object, str]]

_OWN_STOPS: dict[str, tuple[EntryType, ...]] = {"fakeout": ("fakeout",), "celery": ("celery",)}


class Citation(RulePart):
    """The words of the source, and where they stand or are said."""

    quote: Quote
    page: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    section: Reference | None = None
    start_s: Seconds | None = None
    end_s: Seconds | None = None
    frame: Reference | None = Field(None, description="the picture that shows it, by its name")

    @model_validator(mode="after")
    def _forward(self) -> Citation:
        if self.end_s is None:
            return self
        if self.start_s is None:
            raise refusal((("start_s",), NOT_STATED, "say when it starts, as end_s is given"))
        if self.end_s < self.start_s:
            sentence = f"it must not be before start_s, which is {self.start_s:g}"
            raise refusal((("end_s",), self.end_s, sentence))
        return self


class ConfluenceRequired(RulePart):
    """How much must agree before the rule gives a signal."""

    min_score: Share = Field(0.7, description="weights of the met conditions / all weights")
    higher_timeframe_bias: Bias = "any"
    bias_timeframes: Annotated[tuple[TimeframeField, ...], Field(max_length=4), at_most(4)] = ()

    @model_validator(mode="after")
    def _bias_of_something(self) -> ConfluenceRequired:
        for position, timeframe in enumerate(self.bias_timeframes):
            if timeframe in self.bias_timeframes[:position]:
                place = ("bias_timeframes", position)
                raise refusal((place, str(timeframe), "it stands there twice"))
        wants_bias = self.higher_timeframe_bias != "any"
        if wants_bias and not self.bias_timeframes:
            sentence = "name the timeframes whose bias counts, such as [4h]"
            raise refusal((("bias_timeframes",), NOT_STATED, sentence))
        if self.bias_timeframes and not wants_bias:
            sentence = "say with or not_against, or leave out bias_timeframes"
            raise refusal((("higher_timeframe_bias",), "any", sentence))
        return self


class StrategyRule(RulePart):
    """One testable trading rule.

    The entry itself is a condition: `trigger`. A rule for `both` directions is written for the
    long side and mirrored.
    """

    id: RuleId
    name: Name
    description: Text = ""
    source_type: SourceType = "manual"
    source_ref: Reference = ""
    source_published: Day | None = Field(None, description="earlier history may have taught it")
    model_cutoff: Day | None = Field(None, description="of the model that read the source")
    citations: Annotated[tuple[Citation, ...], Field(max_length=50), at_most(50)] = ()
    direction: Direction
    entry_type: EntryType
    timeframe: TimeframeField
    conditions: Annotated[tuple[Condition, ...], Field(max_length=32), at_most(32)] = ()
    confluence_required: ConfluenceRequired = ConfluenceRequired()
    entry_order: EntryOrder | None = None
    risk_params: RiskParams = RiskParams()
    confidence: Share = 0.5
    status: Status = "candidate"
    version: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = 1

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> StrategyRule:
        problems = [
            *self._timeframe_problems(),
            *self._entry_problems(),
            *self._half_problems(),
            *self._side_problems(),
            *self._trade_problems(),
        ]
        if problems:
            raise refusal(*problems)
        return self

    @property
    def sides(self) -> tuple[int, ...]:
        """+1 if it trades long, -1 if it trades short."""
        return {"long": (1,), "short": (-1,), "both": (1, -1)}[self.direction]

    @property
    def trigger(self) -> CandleCondition:
        """The condition that the entry is: as stated, or else with weight 1. Always required."""
        pattern = pattern_of(self.entry_type)
        for condition in self.conditions:
            if self._is_trigger(condition):
                assert isinstance(condition, CandleCondition)  # noqa: S101 - for the type checker
                return condition.model_copy(update={"required": True})
        direction = "any" if pattern in NEUTRAL_PATTERNS else "with"
        return CandleCondition(kind="candle", pattern=pattern, direction=direction, required=True)

    @property
    def tests(self) -> tuple[Condition, ...]:
        """The trigger, then the other conditions: what is weighed."""
        return (self.trigger, *(c for c in self.conditions if not self._is_trigger(c)))

    @property
    def entry(self) -> EntryOrder:
        """The entry order, stated or by default."""
        return self.entry_order or defaults_of(self.entry_type).entry

    @property
    def stop(self) -> Stop:
        """The first stop, stated or by default."""
        return self.risk_params.stop or defaults_of(self.entry_type).stop

    @property
    def targets(self) -> tuple[Target, ...]:
        """The ladder of targets, stated or by default."""
        return self.risk_params.targets or defaults_of(self.entry_type).targets

    @property
    def timeframes(self) -> tuple[Timeframe, ...]:
        """Every timeframe it looks at, from fine to coarse."""
        others = {self.timeframe_of(condition) for condition in self.conditions}
        return tuple(sorted({self.timeframe, *others, *self.confluence_required.bias_timeframes}))

    def timeframe_of(self, condition: Condition) -> Timeframe:
        """The timeframe that a condition looks at."""
        return condition.timeframe or self.timeframe

    def _is_trigger(self, condition: Condition) -> bool:
        return self._is_of_the_entry(condition) and condition.direction != "against"

    def _is_of_the_entry(self, condition: Condition) -> TypeGuard[CandleCondition]:
        return (
            isinstance(condition, CandleCondition)
            and condition.pattern == pattern_of(self.entry_type)
            and self.timeframe_of(condition) == self.timeframe
        )

    def _timeframe_problems(self) -> Problems:
        own = self.timeframe
        for position, condition in enumerate(self.conditions):
            other = condition.timeframe
            if other is not None and not _holds_whole(other, own):
                sentence = f"it must be the rule's {own} or a whole multiple of it"
                yield ("conditions", position, "timeframe"), str(other), sentence
        for position, other in enumerate(self.confluence_required.bias_timeframes):
            if other == own or not _holds_whole(other, own):
                place = ("confluence_required", "bias_timeframes", position)
                yield place, str(other), f"it must be a whole multiple of the rule's {own}, coarser"

    def _entry_problems(self) -> Problems:
        first: int | None = None
        for position, condition in enumerate(self.conditions):
            if not self._is_of_the_entry(condition):
                continue
            place = ("conditions", position, "direction")
            if condition.direction == "against":
                if condition.required and condition.within == self.trigger.within == 1:
                    sentence = "the entry is this pattern with the trade: one candle is never both"
                    yield place, "against", sentence
            elif first is not None:
                sentence = f"the entry is stated twice, first by conditions[{first}]: leave one out"
                yield ("conditions", position, "pattern"), condition.pattern, sentence
            else:
                first = position
                if condition.direction == "any" and condition.pattern not in NEUTRAL_PATTERNS:
                    yield place, "any", "it states the entry, so it must be with: the trade's side"

    def _half_problems(self) -> Problems:
        halves = [
            (position, condition)
            for position, condition in enumerate(self.conditions)
            if isinstance(condition, ZoneCondition)
            and condition.zone in LEG_HALVES
            and condition.required
            and condition.within == 1
        ]
        for count, (position, half) in enumerate(halves):
            for earlier, other in halves[:count]:
                is_same_leg = half.parameters == other.parameters and (
                    self.timeframe_of(half) == self.timeframe_of(other)
                )
                if is_same_leg and half.zone != other.zone:
                    sentence = (
                        f"conditions[{earlier}] requires {other.zone}, the other half of that leg"
                    )
                    yield ("conditions", position, "zone"), half.zone, sentence
                    break

    def _side_problems(self) -> Problems:
        entry = pattern_of(self.entry_type)
        if self.direction == "both":
            if entry in NEUTRAL_PATTERNS:
                sentence = f"{entry} points to neither side, so it must be long or short"
                yield ("direction",), self.direction, sentence
            return
        side = self.sides[0]
        if side_of(entry) == -side:
            sentence = f"that is never {_SIDES[side]}: choose {toward(entry, side)}"
            yield ("entry_type",), self.entry_type, sentence
        for position, condition in enumerate(self.conditions):
            if isinstance(condition, CandleCondition) and condition.direction != "any":
                wanted = side if condition.direction == "with" else -side
                if side_of(condition.pattern) == -wanted:
                    sentence = (
                        f"that is never {_SIDES[wanted]}: choose "
                        f"{toward(condition.pattern, wanted)}, or change the direction"
                    )
                    yield ("conditions", position, "pattern"), condition.pattern, sentence

    def _trade_problems(self) -> Problems:
        has_area = any(
            isinstance(c, ZoneCondition) and c.zone not in LEG_HALVES for c in self.conditions
        )
        if self.stop.beyond == "zone" and not has_area:
            yield ("risk_params", "stop", "beyond"), "zone", _NO_AREA
        if self.entry.at == "zone_edge" and not has_area:
            yield ("entry_order", "at"), "zone_edge", _NO_AREA
        if self.entry.at == "celery_trigger" and self.entry_type != "celery":
            sentence = f"only the entry type celery has one, not {self.entry_type}"
            yield ("entry_order", "at"), "celery_trigger", sentence
        owners = _OWN_STOPS.get(self.stop.beyond)
        if owners is not None and self.entry_type not in owners:
            sentence = f"only the entry type {owners[0]} has it, not {self.entry_type}"
            yield ("risk_params", "stop", "beyond"), self.stop.beyond, sentence


_SIDES = {1: "bullish", -1: "bearish"}
_NO_AREA = "no condition names a zone to take it from: add one of kind zone"


def _holds_whole(coarse: Timeframe, fine: Timeframe) -> bool:
    """Whether candles of `coarse` are made of whole candles of `fine`."""
    is_multiple = coarse.ms % fine.ms == 0
    return is_multiple and (coarse.origin_ms - fine.origin_ms) % fine.ms == 0


class Playbook(RulePart):
    """Rules that belong together, each id once."""

    rules: Annotated[tuple[StrategyRule, ...], Field(min_length=1, max_length=500), at_most(500)]

    @model_validator(mode="after")
    def _ids_once(self) -> Playbook:
        first: dict[str, int] = {}
        for position, rule in enumerate(self.rules):
            if rule.id in first:
                sentence = f"rules[{first[rule.id]}] has the same id: every rule needs its own"
                raise refusal((("rules", position, "id"), rule.id, sentence))
            first[rule.id] = position
        return self
