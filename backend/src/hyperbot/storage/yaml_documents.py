"""YAML text in, plain values and the line of each out. A small, safe part of YAML.

No tags, anchors or aliases (so nothing is built and nothing multiplies), no name twice, bounded
depth. Plain words are texts, except numbers, true, false and null: `on` and `12:30` are texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

import yaml

from hyperbot.domain.errors import InvalidInput

Place = tuple[str | int, ...]
Lines = dict[Place, int]

DEEPEST = 20
NUMBER_FORMS = {
    "int": re.compile(r"[-+]?[0-9]{1,18}\Z"),
    "float": re.compile(
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z|[-+]?\.(?:inf|nan)\Z",
        re.IGNORECASE,
    ),
}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
# libyaml where it is there: ten times faster.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(NamedTuple):
    """What a text says, and on which line each of its values begins."""

    value: Any
    lines: Lines

    def line_of(self, place: Place) -> int:
        """The line of a value, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_document(text: str, source: str) -> Document:
    """The one document that `text` holds. Raises InvalidInput, naming `source` and the line."""
    try:
        return _Builder(source, yaml.parse(text, Loader=_Loader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        told = " ".join(part for part in (error.context, error.problem) if part)
        raise InvalidInput(f"{source}{line}: this is not YAML: {told}") from error
    except yaml.YAMLError as error:
        raise InvalidInput(f"{source}: this is not YAML: {str(error).splitlines()[0]}") from error


class _Builder:
    def __init__(self, source: str, events: Iterator[yaml.Event]) -> None:
        self._source = source
        self._events = events
        self._lines: Lines = {}

    def document(self) -> Document:
        next(self._events)  # the stream begins
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            raise InvalidInput(f"{self._source}: there is nothing in it")
        value = self._value(next(self._events), ())
        next(self._events)  # the document ends
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._refuse(event, "a second document begins here: one is read")
        return Document(value, self._lines)

    def _value(self, event: yaml.Event, place: Place) -> Any:  # noqa: ANN401 - what the text says
        if len(place) > DEEPEST:
            self._refuse(event, f"it is nested more than {DEEPEST} deep")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self._refuse(event, "anchors (&) and aliases (*) are not read: write it out")
        if isinstance(event, yaml.ScalarEvent):
            self._lines.setdefault(place, _line(event))
            return self._scalar(event)
        if getattr(event, "tag", None) not in {None, "!"}:
            self._refuse(event, f"the tag {str(event.tag)[:40]} is not read: leave it out")  # type: ignore[attr-defined]
        self._lines.setdefault(place, _line(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(place)
        return self._mapping(place)

    def _sequence(self, place: Place) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            values.append(self._value(event, (*place, len(values))))
        return values

    def _mapping(self, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse(event, "the name of a field must be a word")
            name = event.value
            if name in values:
                first = self._lines[(*place, name)]
                self._refuse(event, f"{name[:60]} stands there twice, first on line {first}")
            self._lines[(*place, name)] = _line(event)
            values[name] = self._value(next(self._events), (*place, name))
        return values

    def _scalar(self, event: yaml.ScalarEvent) -> str | int | float | bool | None:
        if event.tag not in {None, "!"}:
            self._refuse(event, f"the tag {event.tag[:40]} is not read: leave it out")
        text: str = event.value
        if event.style is not None and event.style != "":
            return text
        if text.lower() in _WORDS and text in {text.lower(), text.title(), text.upper()}:
            return _WORDS[text.lower()]
        if NUMBER_FORMS["int"].match(text):
            return int(text)
        if NUMBER_FORMS["float"].match(text):
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        return text

    def _refuse(self, event: yaml.Event, sentence: str) -> NoReturn:
        raise InvalidInput(f"{self._source}:{_line(event)}: {sentence}")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
