"""Detection parameters that a condition may set for itself: names, limits, and their container."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, GetCoreSchemaHandler, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from hyperbot.domain.rule_fields import refusal

ParameterName = Literal[
    "candle.engulf_wick",
    "candle.engulf_close",
    "candle.engulf_range",
    "candle.weak_body",
    "candle.weak_wick",
    "candle.weak_progress",
    "candle.small_wick",
    "candle.small_wick_body",
    "candle.steeper_wick",
    "candle.steeper_wick_ratio",
    "candle.steeper_wick_close",
    "candle.no_wick",
    "candle.celery_body",
    "candle.celery_wick",
    "candle.celery_balance",
    "candle.pin_wick",
    "candle.pin_body",
    "structure.left",
    "structure.right",
    "structure.left_ties",
    "structure.break_by_wick",
    "structure.sweep",
    "structure.equal",
    "structure.levels",
    "zone.merge",
    "zone.zones",
    "zone.memory",
    "zone.block_candles",
    "zone.block_on_choch",
    "zone.gap",
    "zone.gap_coloured",
    "zone.open_zones",
    "cycle.drive",
    "cycle.break_candles",
    "cycle.range_edge",
    "cycle.range_least",
    "cycle.range_most",
    "cycle.range_end",
    "cycle.liquidity_sweep",
    "cycle.liquidity_candles",
    "cycle.liquidity_inside",
    "cycle.confirm",
    "entry.breakout",
    "entry.breakout_body",
    "entry.breakout_volume",
    "entry.fakeout",
    "entry.fakeout_candles",
    "entry.onion_height",
    "entry.onion_edge",
    "entry.celery_retrace",
    "entry.celery_wait",
    "entry.celery_small_wick",
    "entry.celery_steeper_wick",
    "entry.celery_engulf",
]
"""`family.field` of `DetectionParams`; not the tick, which belongs to the market."""

PARAMETER_NAMES: tuple[ParameterName, ...] = get_args(ParameterName)
SWITCHES: frozenset[str] = frozenset(
    {
        "structure.left_ties",
        "structure.break_by_wick",
        "zone.block_on_choch",
        "zone.gap_coloured",
        "entry.celery_small_wick",
        "entry.celery_steeper_wick",
        "entry.celery_engulf",
    }
)
WHOLE_NUMBERS: dict[str, tuple[int, int]] = {
    "structure.left": (1, 50),
    "structure.right": (1, 50),
    "structure.levels": (1, 4096),
    "zone.zones": (1, 4096),
    "zone.memory": (1, 10_000),
    "zone.open_zones": (1, 4096),
    "zone.block_candles": (1, 50),
    "cycle.break_candles": (1, 10_000),
    "cycle.liquidity_candles": (1, 10_000),
    "cycle.liquidity_inside": (1, 10_000),
    "cycle.confirm": (1, 1_000),
    "entry.fakeout_candles": (1, 20),
    "entry.celery_wait": (1, 1_000),
}
"""Least and most of each parameter that counts something."""

LARGEST_NUMBER = 10_000.0
MOST_PARAMETERS = 16

ParameterValue = bool | int | float


def _plain_value(value: object) -> ParameterValue:
    if not isinstance(value, bool | int | float):
        raise refusal(((), value, "it must be a number, or true or false"))
    if not isinstance(value, bool) and not 0 <= value <= LARGEST_NUMBER:  # NaN, too
        raise refusal(((), value, f"it must be a number between 0 and {LARGEST_NUMBER:g}"))
    return value


_VALUE_SCHEMA = {"anyOf": [{"type": "boolean"}, {"type": "number", "minimum": 0, "maximum": 10000}]}
_Values = dict[
    ParameterName,
    Annotated[Any, PlainValidator(_plain_value), WithJsonSchema(_VALUE_SCHEMA)],
]


class Parameters(Mapping[str, ParameterValue]):
    """Values of detection parameters by `family.field`, never changed, equal by content."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, ParameterValue]) -> None:
        self._values = dict(sorted(values.items()))

    def __getitem__(self, name: str) -> ParameterValue:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __repr__(self) -> str:
        return f"Parameters({self._values!r})"

    @classmethod
    def __get_pydantic_core_schema__(
        cls,
        source: Any,  # noqa: ANN401 - pydantic hands in the annotation
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        values = handler.generate_schema(
            Annotated[_Values, Field(max_length=MOST_PARAMETERS)],
        )
        return core_schema.no_info_before_validator_function(
            lambda value: dict(value) if isinstance(value, Parameters) else value,
            core_schema.no_info_after_validator_function(_checked, values),
            serialization=core_schema.plain_serializer_function_ser_schema(dict),
            ref="Parameters",
        )


def _checked(values: dict[str, ParameterValue]) -> Parameters:
    problems = [
        ((name,), value, sentence)
        for name, value in values.items()
        if (sentence := _problem(name, value))
    ]
    if problems:
        raise refusal(*problems)
    return Parameters(values)


def _problem(name: str, value: ParameterValue) -> str | None:
    if name in SWITCHES or isinstance(value, bool):
        wanted = "true or false" if name in SWITCHES else "a number"
        return None if isinstance(value, bool) == (name in SWITCHES) else f"it must be {wanted}"
    if name in WHOLE_NUMBERS:
        least, most = WHOLE_NUMBERS[name]
        is_right = isinstance(value, int) and least <= value <= most
        return None if is_right else f"it must be a whole number between {least} and {most}"
    return None
