"""What is varied in rules, and the variants that come of it: each a checked rule of its own."""

from __future__ import annotations

import copy
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from hyperbot.backtesting.trials import _SAYS_NOTHING_OF_TRADES, behaviour_sha256
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.rule_errors import InvalidRule, parse_rule
from hyperbot.domain.rule_parameters import PARAMETER_NAMES
from hyperbot.domain.rules import StrategyRule

Value = bool | int | float | str | None
MOST_CHOICES = 1000
MOST_VARIANTS = 50_000
ANY_RULE = "*"
_DECIMALS = 4
"""of a number drawn from a range: what prices and shares of rules may have"""
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_FORM = "write it as 'RULE:PATH=VALUES', such as '*:confluence_required.min_score=0.6,0.7'"


class Span(NamedTuple):
    """All numbers from `low` to `high`; whole ones if both are."""

    low: int | float
    high: int | float

    def at(self, share: float) -> Value:
        """The number at a share of it, 0 <= share < 1."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return self.low + math.floor(share * (self.high - self.low + 1))
        return round(self.low + share * (self.high - self.low), _DECIMALS)


@dataclass(frozen=True, slots=True)
class Vary:
    """One place in a rule, and what may stand there."""

    rule: str
    """its id"""
    path: str
    values: tuple[Value, ...] | Span

    @property
    def name(self) -> str:
        """What it is called where several rules are varied."""
        return f"{self.rule}:{self.path}"


Changes = tuple[tuple[str, Value], ...]
"""(path, value) of each place that is varied"""


@dataclass(frozen=True, slots=True)
class Variant:
    """A rule with some of its values changed."""

    rule: StrategyRule
    changes: Changes
    sha256: str
    """of all that decides how it trades"""


def parse_vary(text: str, rules: Sequence[StrategyRule]) -> tuple[Vary, ...]:
    """`RULE:PATH=VALUES` for each rule it is about. Raises InvalidInput."""
    place, is_there, values = text.partition("=")
    rule, is_pair, path = place.strip().partition(":")
    if not (is_there and is_pair and path and rule):
        raise InvalidInput(f"--vary {text[:80]!r}: {_FORM}")
    ids = [each.id for each in rules]
    if rule != ANY_RULE and rule not in ids:
        raise InvalidInput(f"--vary names the rule {rule[:64]!r}: there are {', '.join(ids)}")
    if (name := path.strip().split(".")[0]) in _SAYS_NOTHING_OF_TRADES:
        raise InvalidInput(
            f"--vary {text[:80]!r}: {name} decides nothing about trades, so all its values would"
            " trade the same: vary something else"
        )
    read = _values(text, values.strip())
    return tuple(Vary(each, path, read) for each in ids if rule in {ANY_RULE, each})


def _values(text: str, values: str) -> tuple[Value, ...] | Span:
    if len(ends := values.split("..")) == 2 and all(map(_NUMBER.fullmatch, ends)):
        low, high = map(_number, ends)
        if low >= high:
            raise InvalidInput(f"--vary {text[:80]!r}: the range must go from less to more")
        return Span(low, high)
    if len(parts := values.split(":")) == 3 and all(map(_NUMBER.fullmatch, parts)):
        return _steps(text, *map(Decimal, parts))
    chosen = tuple(_value(each.strip()) for each in values.split(","))
    if "" in chosen or len(set(map(repr, chosen))) < len(chosen):
        raise InvalidInput(f"--vary {text[:80]!r}: name each value once, between commas")
    return chosen


def _steps(text: str, first: Decimal, last: Decimal, step: Decimal) -> tuple[Value, ...]:
    if step <= 0 or last < first or (last - first) / step >= MOST_CHOICES:
        raise InvalidInput(
            f"--vary {text[:80]!r}: FIRST:LAST:STEP must go up, in at most {MOST_CHOICES} steps"
        )
    count = int((last - first) / step) + 1
    return tuple(_number(format(first + place * step, "f")) for place in range(count))


def _value(word: str) -> Value:
    if word in _WORDS:
        return _WORDS[word]
    return _number(word) if _NUMBER.fullmatch(word) else word


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(Decimal(text))


class ParameterSpace:
    """Rules, and what is varied in each. Raises InvalidInput for a place that there is not."""

    def __init__(self, rules: Sequence[StrategyRule], varied: Sequence[Vary]) -> None:
        self.rules = tuple(rules)
        self.varied: Mapping[str, tuple[Vary, ...]] = {
            rule.id: tuple(each for each in varied if each.rule == rule.id) for rule in rules
        }
        self._documents = {}
        for rule in rules:
            own = self.varied[rule.id]
            paths = [each.path for each in own]
            if twice := [path for path in paths if paths.count(path) > 1]:
                raise InvalidInput(f"--vary names {twice[0]} of {rule.id} twice: leave one out")
            self._documents[rule.id] = document = _document(rule, paths)
            for path in paths:
                _place(rule.id, document, path)

    @property
    def size(self) -> int | None:
        """How many combinations there are, sound or not; None: a range has no end of them."""
        count = 0
        for own in self.varied.values():
            if any(isinstance(each.values, Span) for each in own):
                return None
            count += math.prod(len(each.values) for each in own)
        return count

    def grid(self) -> Iterator[tuple[str, Changes]]:
        """Every combination: (rule, changes), the last place varied changing fastest."""
        for rule in self.rules:
            own = self.varied[rule.id]
            choices = [each.values if isinstance(each.values, tuple) else () for each in own]
            for chosen in itertools.product(*choices):
                paths = (each.path for each in own)
                yield rule.id, tuple(zip(paths, chosen, strict=True))

    def variant(self, rule: str, changes: Changes) -> Variant:
        """The rule with these changes. Raises InvalidRule where they do not go together."""
        document = copy.deepcopy(self._documents[rule])
        for path, value in changes:
            parent, key = _place(rule, document, path)
            parent[key] = value
        made = parse_rule(document)
        return Variant(made, changes, behaviour_sha256(made))


@dataclass(slots=True)
class Sound:
    """The variants of many combinations, and how many were none, by reason."""

    variants: list[Variant]
    refused: dict[str, int]
    """sentence -> how many combinations"""
    repeated: int = 0
    """combinations that trade exactly as one before"""

    def refuse(self, rule: str, error: InvalidRule) -> None:
        """Count a combination that makes no rule."""
        reason = f"{rule}: {error.problems[0].sentence}"
        self.refused[reason] = self.refused.get(reason, 0) + 1


def sound_variants(
    space: ParameterSpace, combinations: Iterable[tuple[str, Changes]], most: int = MOST_VARIANTS
) -> Sound:
    """Check combinations until there are `most` variants; those that make no rule are counted."""
    found, known = Sound([], {}), set()
    for rule, changes in combinations:
        if len(found.variants) == most:
            break
        try:
            variant = space.variant(rule, changes)
        except InvalidRule as error:
            found.refuse(rule, error)
            continue
        if (key := (rule, variant.sha256)) in known:
            found.repeated += 1
            continue
        known.add(key)
        found.variants.append(variant)
    return found


def _document(rule: StrategyRule, paths: Sequence[str]) -> dict[str, Any]:
    """The rule as plain values; what it leaves out and is varied begins with its default."""
    document = rule.model_dump()
    risk = document["risk_params"]
    effective = {"stop": rule.stop.model_dump(), "targets": [t.model_dump() for t in rule.targets]}
    for name, value in effective.items():
        if risk[name] is None and any(path.startswith(f"risk_params.{name}.") for path in paths):
            risk[name] = value
    if document["entry_order"] is None and any(path.startswith("entry_order.") for path in paths):
        document["entry_order"] = rule.entry.model_dump()
    plain: dict[str, Any] = _plain(document)
    return plain


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of a document
    """Lists for tuples, so that places in them can be changed."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _place(rule: str, document: Any, path: str) -> tuple[Any, str | int]:  # noqa: ANN401
    """What holds the end of `path`, and under which name. Raises InvalidInput."""
    names, at = path.split("."), document
    for position, name in enumerate(names):
        is_last = position == len(names) - 1
        if position and names[position - 1] == "parameters" and isinstance(at, dict):
            rest = ".".join(names[position:])  # names of parameters have a dot in them
            if rest in PARAMETER_NAMES:
                return at, rest
            raise _no_place(rule, path, rest, PARAMETER_NAMES)
        if isinstance(at, list):
            if not name.isdecimal() or int(name) >= len(at):
                raise _no_place(rule, path, name, list(map(str, range(len(at)))))
            key: str | int = int(name)
        elif isinstance(at, dict) and name in at:
            key = name
        else:
            raise _no_place(rule, path, name, list(at) if isinstance(at, dict) else [])
        if is_last:
            return at, key
        at = at[key]
    raise AssertionError("a path has at least one name")


def _no_place(rule: str, path: str, name: str, there: Sequence[str]) -> InvalidInput:
    what = f"there is {', '.join(there)}" if there else "there is nothing below"
    return InvalidInput(f"--vary {path[:80]!r}: {rule} has no {name[:40]!r} there: {what}")
