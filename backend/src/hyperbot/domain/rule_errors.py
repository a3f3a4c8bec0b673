"""What is wrong with a rule, in sentences: path of the field, its value, what would be right."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.rule_conditions import (
    CandleCondition,
    CycleCondition,
    SessionCondition,
    StructureCondition,
    VolumeCondition,
    ZoneCondition,
)
from hyperbot.domain.rule_fields import NOT_STATED, REFUSED, Place
from hyperbot.domain.rule_trades import EntryOrder, RiskParams, Stop, Target
from hyperbot.domain.rules import Citation, ConfluenceRequired, Playbook, StrategyRule

MOST_PROBLEMS = 50
_LONGEST_VALUE = 60
_LONG_NUMBER = 10**18
_KEY = "[key]"  # how pydantic marks that the name, not the value, is wrong
_HINTS = {"LE": "liquidity_engulf", "liquidity_engulf": "LE"}
_CONDITIONS: dict[str, type[BaseModel]] = {
    "candle": CandleCondition,
    "structure": StructureCondition,
    "zone": ZoneCondition,
    "cycle": CycleCondition,
    "volume": VolumeCondition,
    "session": SessionCondition,
}
_MODELS: dict[str, type[BaseModel]] = {
    "rules": StrategyRule,
    "citations": Citation,
    "confluence_required": ConfluenceRequired,
    "entry_order": EntryOrder,
    "risk_params": RiskParams,
    "stop": Stop,
    "targets": Target,
    **_CONDITIONS,
}

Model = TypeVar("Model", bound=BaseModel)


class Problem(NamedTuple):
    """One thing that is wrong: where, and the sentence that says so."""

    place: Place
    sentence: str


class InvalidRule(InvalidInput):
    """Rules that cannot be used, with everything that is wrong with them, one sentence a line."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.sentence for problem in problems))


def parse_rule(document: object) -> StrategyRule:
    """A rule from plain values, as JSON and YAML give them. Raises InvalidRule."""
    return _parsed(StrategyRule, document)


def parse_playbook(document: object) -> Playbook:
    """Rules from plain values: `{"rules": [...]}`, or a single rule. Raises InvalidRule."""
    if isinstance(document, dict) and "rules" in document:
        return _parsed(Playbook, document)
    return Playbook(rules=(parse_rule(document),))


def _parsed(model: type[Model], document: object) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidRule(_problems(model, error)) from error


def _problems(model: type[BaseModel], error: ValidationError) -> list[Problem]:
    told = [details for details in error.errors(include_url=False) if not _is_echo(details)]
    found = [problem for details in told[:MOST_PROBLEMS] for problem in _told(model, details)]
    if len(told) > MOST_PROBLEMS:
        found.append(Problem((), f"and {len(told) - MOST_PROBLEMS} more"))
    return found


def _is_echo(details: ErrorDetails) -> bool:
    """A list is called too short as well when its entries are wrong."""
    least = details.get("ctx", {}).get("min_length", 0)
    return details["type"] == "too_short" and len(details["input"]) >= least


def _told(model: type[BaseModel], details: ErrorDetails) -> Iterator[Problem]:
    kind, context = details["type"], details.get("ctx", {})
    place = details["loc"]
    shown = _without_tags(place)
    if kind == REFUSED:
        for below, value, sentence in context["problems"]:
            yield Problem(shown + below, _sentence(shown + below, value, sentence))
    elif kind == "missing":
        yield Problem(shown, f"{written(shown)} is missing")
    elif kind == "extra_forbidden":
        names = list(_model_at(model, place[:-1]).model_fields)
        sentence = _choose(str(place[-1]), names, "field")
        yield Problem(shown, f"{written(shown)} is not a field: {sentence}")
    elif kind.startswith("union_tag"):
        yield _wrong_kind(shown, details)
    elif place and place[-1] == _KEY:
        name = str(place[-2])
        sentence = _choose(name, _choices(context), "parameter")
        yield Problem(shown, f"{written(shown[:-1])} names {_value(name)}: {sentence}")
    else:
        value = details["input"]
        yield Problem(shown, _sentence(shown, value, _right(kind, value, context)))


def _sentence(place: Place, value: object, right: str) -> str:
    """`timeframe is "15x": it must be ...`; a value that is a whole group is not shown."""
    where = written(place) or "the rule"
    if value is NOT_STATED or isinstance(value, dict | list):
        return f"{where}: {right}"
    return f"{where} is {_value(value)}: {right}"


def _wrong_kind(place: Place, details: ErrorDetails) -> Problem:
    where = written((*place, "kind"))
    given = details["input"]
    if "kind" not in given:
        return Problem(place, f"{where} is missing: choose one of {', '.join(_CONDITIONS)}")
    kind = given["kind"]
    sentence = _choose(kind if isinstance(kind, str) else "", list(_CONDITIONS), "kind")
    return Problem((*place, "kind"), f"{where} is {_value(kind)}: {sentence}")


def _right(kind: str, value: object, context: dict[str, Any]) -> str:
    if kind == "literal_error":
        return _choose(value if isinstance(value, str) else "", _choices(context), "name")
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        limit = context[name]
        return words.format(f"{limit:g}" if isinstance(limit, float) else limit)
    return _SENTENCES.get(kind, "it is not what this field holds")


_BOUNDS: dict[str, tuple[str, str]] = {
    "greater_than": ("gt", "it must be more than {}"),
    "greater_than_equal": ("ge", "it must be at least {}"),
    "less_than": ("lt", "it must be less than {}"),
    "less_than_equal": ("le", "it must be at most {}"),
    "string_too_long": ("max_length", "it must have at most {} characters"),
    "string_too_short": ("min_length", "it must not be empty"),
    "too_long": ("max_length", "too many entries, it may have at most {}"),
    "too_short": ("min_length", "too few entries, it must have at least {}"),
    "decimal_max_places": ("decimal_places", "it must have at most {} decimal places"),
}
_NUMBER = "it must be a number"
_GROUP = "it must be a group of fields"
_SENTENCES = {
    "finite_number": "it must be a finite number",
    "float_type": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_whole_digits": "it is too large",
    "decimal_max_digits": "it has too many digits",
    "int_type": "it must be a whole number",
    "bool_type": "it must be true or false",
    "string_type": "it must be a text",
    "string_unicode": "it must be a text in valid Unicode",
    "string_pattern_mismatch": (
        "it must be 1 to 64 small letters, digits, - or _, and begin with a letter or digit"
    ),
    "tuple_type": "it must be a list",
    "dict_type": _GROUP,
    "model_type": _GROUP,
    "model_attributes_type": _GROUP,
}


def _choices(context: dict[str, Any]) -> list[str]:
    return re.findall(r"'([^']*)'", str(context.get("expected", "")))


def _choose(given: str, choices: list[str], what: str) -> str:
    near = difflib.get_close_matches(given[:_LONGEST_VALUE], choices, n=1)
    if not near and _HINTS.get(given) in choices:
        near = [_HINTS[given]]
    question = f'did you mean "{near[0]}"? ' if near else ""
    return f"{question}{'Choose' if near else 'choose'} one of {', '.join(choices)}"


def _model_at(model: type[BaseModel], place: Place) -> type[BaseModel]:
    names = [part for part in place if isinstance(part, str)]
    return _MODELS[names[-1]] if names else model


def _without_tags(place: Place) -> Place:
    # pydantic names the kind of a condition as if it were a field: conditions.0.candle.within
    return tuple(
        part
        for position, part in enumerate(place)
        if not (position > 1 and place[position - 2] == "conditions" and part in _CONDITIONS)
        and part != _KEY
    )


def written(place: Place) -> str:
    """("rules", 2, "timeframe") → `rules[2].timeframe`; names that are no words stand in quotes."""
    parts = []
    for part in place:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        elif re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,79}", part):
            parts.append(f".{part}")
        else:
            parts.append(f"[{_value(part)}]")
    return "".join(parts).removeprefix(".")


def _value(value: object) -> str:
    """As JSON writes it, shortened, without characters that a terminal obeys."""
    if isinstance(value, int) and abs(value) > _LONG_NUMBER:
        return "a number with many digits"
    is_plain = value is None or isinstance(value, str | int | float)
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a group"
    text = json.dumps(value, ensure_ascii=False) if is_plain else str(value)
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:_LONGEST_VALUE])
    return shown if len(text) <= _LONGEST_VALUE else f"{shown} …"
