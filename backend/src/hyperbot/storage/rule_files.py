"""YAML in, rules out, and back: strict, bounded, and telling the line of whatever is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.rule_errors import InvalidRule, Problem, parse_playbook, written
from hyperbot.domain.rule_fields import Place
from hyperbot.domain.rules import Playbook, StrategyRule
from hyperbot.storage.yaml_documents import NUMBER_FORMS, Document, read_document

LARGEST_FILE_BYTES = 1_000_000
_SUFFIX = ".yaml"


def read_rules(path: Path) -> Playbook:
    """The rules of a YAML file. Raises InvalidRule with all that is wrong, a line each."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror or error}") from error
    return parse_rules(content, str(path))


def parse_rules(content: bytes, source: str) -> Playbook:
    """The rules of a YAML text: one rule, or a list under `rules`. Raises InvalidRule."""
    if len(content) > LARGEST_FILE_BYTES:
        most = LARGEST_FILE_BYTES // 1000
        raise InvalidInput(f"{source} is larger than {most:,} kB: split the rules over files")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidInput(f"{source}:{line}: it is not UTF-8 text") from error
    document = read_document(text, source)
    try:
        playbook = parse_playbook(document.value)
        if problems := list(_texts_for_numbers(document.value, playbook)):
            raise InvalidRule(problems)
    except InvalidRule as error:
        raise InvalidRule([_located(source, document, each) for each in error.problems]) from error
    return playbook


def write_rules(playbook: Playbook) -> str:
    """The opposite of `parse_rules`. What has its default value is left out."""
    rules = [_plain(rule) for rule in playbook.rules]
    document = rules[0] if len(rules) == 1 else {"rules": rules}
    written: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=96
    )
    return written


def playbook_names() -> list[str]:
    """The playbooks that come with hyperbot."""
    return sorted(
        file.name.removesuffix(_SUFFIX)
        for file in _playbooks().iterdir()
        if file.name.endswith(_SUFFIX)
    )


def read_playbook(name: str) -> Playbook:
    """A playbook that comes with hyperbot. Raises InvalidInput for a name that there is not."""
    names = playbook_names()
    if name not in names:
        raise InvalidInput(f"there is no playbook {name[:60]!r}: choose one of {', '.join(names)}")
    file = _playbooks() / f"{name}{_SUFFIX}"
    return parse_rules(file.read_bytes(), file.name)


def _playbooks() -> Traversable:
    return resources.files("hyperbot") / "playbooks"


def _texts_for_numbers(given: dict[str, Any], playbook: Playbook) -> Iterator[Problem]:
    """Texts that were taken as decimal numbers, such as '1' in quotes or in full-width digits."""
    read = playbook if "rules" in given else playbook.rules[0]
    for place, text in _texts_read_as_decimals(given, read, ()):
        shown = json.dumps(text, ensure_ascii=False)
        yield Problem(place, f"{written(place)} is {shown}: it must be a number, not a text")


def _texts_read_as_decimals(given: Any, read: Any, place: Place) -> Iterator[tuple[Place, str]]:  # noqa: ANN401 - any part of a document
    if isinstance(given, str) and isinstance(read, Decimal):
        yield place, given
    elif isinstance(given, list):
        for position, (entry, known) in enumerate(zip(given, read, strict=True)):
            yield from _texts_read_as_decimals(entry, known, (*place, position))
    elif isinstance(given, dict):
        for name, value in given.items():
            known = getattr(read, name, None)
            if known is not None:
                yield from _texts_read_as_decimals(value, known, (*place, name))


def _located(source: str, document: Document, problem: Problem) -> Problem:
    line = document.line_of(problem.place)
    return Problem(problem.place, f"{source}:{line}: {problem.sentence}")


def _plain(rule: StrategyRule) -> dict[str, Any]:
    kept: dict[str, Any] = rule.model_dump(exclude_defaults=True)
    if conditions := kept.get("conditions"):
        kept["conditions"] = [{"kind": each.pop("kind"), **each} for each in conditions]
    return kept


class _Dumper(yaml.SafeDumper):
    """Writes what `read_document` reads as the same."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)  # lists stand to the right of their name

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401 - any value
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _decimal(dumper: yaml.SafeDumper, number: Decimal) -> yaml.ScalarNode:
    text = f"{number:f}"
    kind = "float" if "." in text else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _decimal)
for _tag, _form in NUMBER_FORMS.items():  # a text that would be read as a number is quoted
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _form, list("-+.0123456789"))
