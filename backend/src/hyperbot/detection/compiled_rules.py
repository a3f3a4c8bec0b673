"""Rules compiled for evaluation: which facts each side of each rule asks about, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hyperbot.detection.condition_kernels import Program
from hyperbot.detection.condition_program import Asked, compile_conditions
from hyperbot.domain.market import Timeframe
from hyperbot.domain.rule_conditions import SessionCondition
from hyperbot.domain.rule_parameters import Parameters
from hyperbot.domain.rules import StrategyRule

_PLAIN = Parameters({})


class Group(NamedTuple):
    """Facts that conditions share: those of one timeframe, detected with the same parameters."""

    timeframe: Timeframe
    parameters: Parameters = _PLAIN


class Weighed(NamedTuple):
    """One condition of one side of a rule, and where its answers stand."""

    asked: Asked
    group: Group
    place: int
    """its row in the group's answers; -1 for a session, which asks the clock"""


@dataclass(frozen=True, slots=True)
class RuleSide:
    """One side of a rule: its conditions in the order of `rule.tests`; side +1 long, -1 short."""

    rule: StrategyRule
    side: int
    weighed: tuple[Weighed, ...]

    @property
    def total_weight(self) -> float:
        """The weights of all conditions, met or not."""
        return sum(each.asked.condition.weight for each in self.weighed)


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """Sides of rules, and one program per group of facts that they ask about."""

    sides: tuple[RuleSide, ...]
    programs: dict[Group, Program]
    asked: dict[Group, tuple[Asked, ...]]

    @property
    def timeframes(self) -> tuple[Timeframe, ...]:
        """Every timeframe that some rule looks at, from fine to coarse."""
        own = {side.rule.timeframe for side in self.sides}
        return tuple(sorted({group.timeframe for group in self.programs} | own))


def compile_rules(rules: Sequence[StrategyRule]) -> CompiledRules:
    """Compile rules; conditions that several sides share are evaluated once."""
    asked: dict[Group, list[Asked]] = {}
    sides = [_compile_side(rule, side, asked) for rule in rules for side in rule.sides]
    for rule in rules:
        for timeframe in rule.confluence_required.bias_timeframes:
            asked.setdefault(Group(timeframe), [])
    programs = {group: compile_conditions(conditions) for group, conditions in asked.items()}
    return CompiledRules(
        tuple(sides), programs, {group: tuple(conditions) for group, conditions in asked.items()}
    )


def _compile_side(rule: StrategyRule, side: int, asked: dict[Group, list[Asked]]) -> RuleSide:
    mirrored = side < 0 and rule.direction == "both"
    weighed = []
    for condition in rule.tests:
        timeframe = rule.timeframe_of(condition)
        group = Group(timeframe, condition.parameters)
        one = Asked(condition, timeframe, side, mirrored)
        if isinstance(condition, SessionCondition):
            weighed.append(Weighed(one, group, -1))
            continue
        conditions = asked.setdefault(group, [])
        if one not in conditions:
            conditions.append(one)
        weighed.append(Weighed(one, group, conditions.index(one)))
    return RuleSide(rule, side, tuple(weighed))
