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
    """What conditions share: the facts of one timeframe, detected with the same parameters."""

    timeframe: Timeframe
    parameters: Parameters = _PLAIN
    is_clock: bool = False
    """sessions: no facts, but the times of the candles"""


class Weighed(NamedTuple):
    """One condition of one side of a rule, and where its answers stand."""

    asked: Asked
    group: Group
    place: int
    """its row in the group's answers"""


@dataclass(frozen=True, slots=True)
class RuleSide:
    """One side of a rule: its conditions in the order of `rule.tests`; side +1 long, -1 short."""

    rule: StrategyRule
    side: int
    weighed: tuple[Weighed, ...]

    @property
    def total_weight(self) -> float:
        """The weights of all conditions, met or not."""
        # In the kernel's order and rounding (`sum` has another), so that all of them make a 1.
        total = 0.0
        for each in self.weighed:
            total += each.asked.condition.weight
        return total


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """Sides of rules, and for each group what they ask of it, and the program for that."""

    sides: tuple[RuleSide, ...]
    programs: dict[Group, Program]
    asked: dict[Group, tuple[Asked, ...]]

    @property
    def timeframes(self) -> tuple[Timeframe, ...]:
        """Every timeframe that some rule looks at, from fine to coarse."""
        own = {side.rule.timeframe for side in self.sides}
        return tuple(sorted({group.timeframe for group in self.programs} | own))

    @property
    def fact_groups(self) -> tuple[Group, ...]:
        """The groups that need facts."""
        return tuple(group for group in self.programs if not group.is_clock)


def compile_rules(rules: Sequence[StrategyRule]) -> CompiledRules:
    """Compile rules; conditions that several sides share are evaluated once."""
    asked: dict[Group, list[Asked]] = {}
    sides = [_compile_side(rule, side, asked) for rule in rules for side in rule.sides]
    for rule in rules:
        for timeframe in rule.confluence_required.bias_timeframes:
            asked.setdefault(Group(timeframe), [])
        if any(target.then == "trail" for target in rule.targets):
            asked.setdefault(Group(rule.timeframe), [])  # for the swings that stops trail behind
    programs = {group: compile_conditions(conditions) for group, conditions in asked.items()}
    return CompiledRules(
        tuple(sides), programs, {group: tuple(conditions) for group, conditions in asked.items()}
    )


def _compile_side(rule: StrategyRule, side: int, asked: dict[Group, list[Asked]]) -> RuleSide:
    mirrored = side < 0 and rule.direction == "both"
    weighed = []
    for place, condition in enumerate(rule.tests):
        timeframe = rule.timeframe_of(condition)
        is_clock = isinstance(condition, SessionCondition)
        group = Group(timeframe, _PLAIN if is_clock else condition.parameters, is_clock)
        is_celery_order = place == 0 and rule.entry.at == "celery_trigger"
        one = Asked(condition, timeframe, side, mirrored, is_celery_order)
        conditions = asked.setdefault(group, [])
        if one not in conditions:
            conditions.append(one)
        weighed.append(Weighed(one, group, conditions.index(one)))
    return RuleSide(rule, side, tuple(weighed))
