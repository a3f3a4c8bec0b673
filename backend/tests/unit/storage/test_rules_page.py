"""What the page about rules shows is what hyperbot does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from hyperbot.domain.rule_conditions import (
    CandleCondition,
    CycleCondition,
    SessionCondition,
    StructureCondition,
    VolumeCondition,
    ZoneCondition,
)
from hyperbot.domain.rule_errors import InvalidRule
from hyperbot.domain.rule_trades import (
    EntryOrder,
    OrderLevel,
    RiskParams,
    Stop,
    StopAnchor,
    Target,
    TargetLevel,
    Then,
    defaults_of,
)
from hyperbot.domain.rule_vocabulary import (
    ENTRY_TYPES,
    SESSION_HOURS,
    Phase,
    StructureEvent,
    ZoneKind,
)
from hyperbot.domain.rules import Citation, ConfluenceRequired, StrategyRule
from hyperbot.storage.rule_files import parse_rules

PAGE = (Path(__file__).parents[4] / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
MODELS = [
    *(StrategyRule, Citation, ConfluenceRequired, EntryOrder, RiskParams, Stop, Target),
    *(CandleCondition, StructureCondition, ZoneCondition),
    *(CycleCondition, VolumeCondition, SessionCondition),
]
WORDS = [Phase, StructureEvent, ZoneKind, OrderLevel, StopAnchor, TargetLevel, Then]


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", blocks("yaml"))
def test_the_examples_are_rules(example: str) -> None:
    assert parse_rules(example.encode(), "rules.yaml").rules


def test_the_wrong_example_is_wrong_as_shown() -> None:
    with pytest.raises(InvalidRule) as caught:
        parse_rules(blocks("yaml-wrong")[0].encode(), "rules.yaml")
    shown = blocks("text")[0].splitlines()
    said = str(caught.value).splitlines()
    assert len(shown) == len(said)
    assert all(line.startswith(start.rstrip("…")) for line, start in zip(said, shown, strict=True))


def test_the_page_names_every_field_and_word() -> None:
    named = set(re.findall(r"`([\w.]+)`", PAGE)) | set(re.findall(r"(\w+):", PAGE))
    fields = {field for model in MODELS for field in model.model_fields}
    words = {word for words in WORDS for word in get_args(words)}
    plays = set(ENTRY_TYPES[: ENTRY_TYPES.index("doji")])
    assert sorted((fields | words | plays) - named) == []


def test_the_whole_example_states_every_field_of_a_rule() -> None:
    (rule,) = parse_rules(blocks("yaml")[1].encode(), "rules.yaml").rules
    assert rule.model_fields_set == set(StrategyRule.model_fields)
    assert {condition.kind for condition in rule.conditions} == {
        *("candle", "structure", "zone", "cycle", "volume", "session")
    }


def test_the_hours_of_sessions_are_as_shown() -> None:
    for session, (begin, end) in SESSION_HOURS.items():
        assert f"`{session}` {begin:02}\N{EN DASH}{end:02}" in PAGE


def test_the_table_of_defaults_is_as_shown() -> None:
    last = {entry: defaults_of(entry).targets[-1] for entry in ENTRY_TYPES}
    assert (last["breakout"].level, last["breakout"].r) == ("next_level", 3)
    assert {(last[name].level, last[name].r) for name in ("fakeout", "onion")} == {("far_side", 4)}
    named = {"small_wick", "breakout", "celery", "fakeout", "onion"}
    assert {defaults_of(entry).stop.beyond for entry in set(ENTRY_TYPES) - named} == {"signal"}
    assert {last[entry].r for entry in set(ENTRY_TYPES) - named} == {2}
