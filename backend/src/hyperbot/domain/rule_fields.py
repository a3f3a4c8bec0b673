"""The small types that a rule's fields are made of: strict, finite, bounded."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import Timeframe

Place = tuple[str | int, ...]
"""Where in a document something stands: names of fields and positions in lists."""

REFUSED = "refused"
NOT_STATED = object()
"""The value of a field that ought to have been stated."""
_CHARACTERS_KEPT = "\n\t"
_WINDOW = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY_MINUTES = 24 * 60


def refusal(*problems: tuple[Place, object, str]) -> PydanticCustomError:
    """What a validator raises: (place below its own, value there, what would be right) of each."""
    sentences = "; ".join(sentence for _, _, sentence in problems)
    told = sentences.replace("{", "(").replace("}", ")")  # the message is a template
    return PydanticCustomError(REFUSED, told, {"problems": problems})


def _readable(text: str) -> str:
    for character in text:
        if unicodedata.category(character) == "Cc" and character not in _CHARACTERS_KEPT:
            raise refusal(((), text, "control characters do not belong in a text"))
    return text


def _on_one_line(text: str) -> str:
    if len(text.splitlines()) > 1 or "\t" in text:
        raise refusal(((), text, "it must be a single line"))
    return text


def _decimal(value: Decimal) -> Decimal:
    return Decimal(format(value, "f")).normalize() + 0  # 0.50 → 0.5, -0 → 0


def _timeframe(value: Any) -> Timeframe:  # noqa: ANN401 - whatever was given
    if isinstance(value, Timeframe):
        return value
    if not isinstance(value, str):
        raise refusal(((), value, "it must be a timeframe such as 15m, 1h or 4h"))
    try:
        return Timeframe.parse(value)
    except InvalidInput as error:
        wanted = "it must be a number followed by m, h, d or w, such as 15m, at most 366 days"
        raise refusal(((), value, wanted)) from error


def _day(value: Any) -> date:  # noqa: ANN401 - whatever was given
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise refusal(((), value, "it must be a day such as 2024-05-31")) from None


def window_minutes(text: str) -> tuple[int, int] | None:
    """`22:00-02:30` → minutes of the day (1320, 150), the end left out; None if it is no window."""
    found = _WINDOW.fullmatch(text)
    if found is None:
        return None
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    begin, end = 60 * from_hour + from_minute, 60 * to_hour + to_minute
    if begin >= _DAY_MINUTES or end > _DAY_MINUTES or begin == end:
        return None
    return begin, end


def _window(text: str) -> str:
    if window_minutes(text) is None:
        raise refusal(((), text, "it must be hours in UTC such as 07:00-10:30, not empty"))
    return text


def at_most(most: int) -> BeforeValidator:
    """Refuses a longer list before its entries are looked at: there may be very many."""

    def not_longer(value: Any) -> Any:  # noqa: ANN401 - not yet validated
        if isinstance(value, list | tuple) and len(value) > most:
            raise refusal(((), NOT_STATED, f"too many entries, it may have at most {most}"))
        return value

    return BeforeValidator(not_longer)


class RulePart(BaseModel):
    """A piece of a rule: never changed, and no field beyond those named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    AfterValidator(_readable),
    AfterValidator(_on_one_line),
]
Reference = Annotated[str, Field(max_length=500), AfterValidator(_readable)]
Text = Annotated[str, Field(max_length=4000), AfterValidator(_readable)]
Quote = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_readable)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Flag = Annotated[bool, Field(strict=True)]
Candles = Annotated[int, Field(strict=True, ge=1, le=1000)]
Share = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
Weight = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=100)]
Distance = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=50)]
Ratio = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1000)]
Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1e6)]

RiskPercent = Annotated[
    Decimal, Field(gt=0, le=2, decimal_places=4, allow_inf_nan=False), AfterValidator(_decimal)
]
LadderShare = Annotated[
    Decimal, Field(gt=0, le=1, decimal_places=6, allow_inf_nan=False), AfterValidator(_decimal)
]
RMultiple = Annotated[
    Decimal, Field(gt=0, le=100, decimal_places=4, allow_inf_nan=False), AfterValidator(_decimal)
]
Buffer = Annotated[
    Decimal, Field(ge=0, le=10, decimal_places=4, allow_inf_nan=False), AfterValidator(_decimal)
]
Window = Annotated[str, AfterValidator(_window)]
TimeframeField = Annotated[
    Timeframe,
    PlainValidator(_timeframe),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,6}[mhdw]$", "examples": ["15m", "4h"]}),
]
Day = Annotated[
    date,
    PlainValidator(_day),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2024-05-31"]}),
]
