"""Rules: what they hold, what follows from the entry type, and what a mirror leaves alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from pydantic import ValidationError

from hyperbot.domain.market import Timeframe
from hyperbot.domain.rule_errors import parse_playbook, parse_rule
from hyperbot.domain.rule_parameters import Parameters
from hyperbot.domain.rule_trades import defaults_of
from hyperbot.domain.rule_vocabulary import ENTRY_TYPES
from rule_builders import condition, document, rule, rules

H1, M15 = Timeframe.parse("1h"), Timeframe.parse("15m")


def test_a_rule_never_changes():
    checked = rule(conditions=[condition("candle", parameters={"candle.small_wick": 0.2})])
    with pytest.raises(ValidationError):
        checked.name = "other"
    with pytest.raises(TypeError):
        checked.conditions[0].parameters["candle.small_wick"] = 1
    assert checked in {checked, rule()}


def test_what_is_left_out_follows_from_the_entry_type():
    plain = rule()
    assert (plain.stop.beyond, plain.stop.buffer_ticks, plain.entry.order) == (
        "signal",
        1,
        "next_open",
    )
    assert [(t.r, t.share, t.then) for t in plain.targets] == [
        (Decimal(1), Decimal("0.5"), "breakeven"),
        (Decimal(2), Decimal("0.5"), "none"),
    ]
    assert plain.risk_params.risk_percent == 1
    assert (plain.status, plain.confidence, plain.version) == ("candidate", 0.5, 1)
    assert plain.confluence_required.min_score == 0.7


@pytest.mark.parametrize(
    ("entry_type", "beyond", "order", "level"),
    [
        ("LE", "signal", "next_open", None),
        ("le_weak", "signal", "next_open", None),
        ("small_wick", "previous_candle", "next_open", None),
        ("steeper_wick", "signal", "next_open", None),
        ("celery", "celery", "stop", None),
        ("breakout", "previous_candle", "next_open", "next_level"),
        ("fakeout", "fakeout", "next_open", "far_side"),
        ("onion", "range", "next_open", "far_side"),
        ("engulfing", "signal", "next_open", None),
    ],
)
def test_each_entry_type_has_its_stop_order_and_target(entry_type, beyond, order, level):
    by_default = rule(entry_type=entry_type)
    assert by_default.stop.beyond == beyond
    assert by_default.entry.order == order
    assert by_default.targets[-1].level == level


def test_defaults_of_all_entry_types_are_whole_ladders():
    for entry_type in ENTRY_TYPES:
        assert sum(target.share for target in defaults_of(entry_type).targets) == 1


def test_what_is_stated_wins():
    stated = rule(
        entry_type="onion",
        entry_order={"order": "limit", "at": "signal_middle", "valid_candles": 3},
        risk_params={
            "risk_percent": "0.50",
            "stop": {"beyond": "atr", "atr_multiple": 1.5},
            "targets": [{"r": 3, "share": 1}],
        },
    )
    assert stated.entry.at == "signal_middle"
    assert stated.stop.atr_multiple == Decimal("1.5")
    assert [target.r for target in stated.targets] == [3]
    assert str(stated.risk_params.risk_percent) == "0.5"


def test_the_entry_is_a_required_condition():
    trigger = rule().trigger
    assert (trigger.pattern, trigger.required, trigger.weight) == ("liquidity_engulf", True, 1)
    assert rule().tests == (trigger,)


def test_a_stated_entry_is_not_counted_twice():
    stated = condition("candle", pattern="liquidity_engulf", weight=3, min_strength=0.5)
    other = condition("candle", pattern="liquidity_engulf", timeframe="1h")
    checked = rule(conditions=[other, stated])
    assert (checked.trigger.weight, checked.trigger.min_strength) == (3, 0.5)
    assert checked.trigger.required
    assert checked.tests == (checked.trigger, checked.conditions[0])


def test_an_entry_against_the_trade_is_another_condition():
    against = condition("candle", pattern="liquidity_engulf", direction="against")
    assert len(rule(conditions=[against]).tests) == 2


def test_a_neutral_entry_needs_only_be_there():
    assert rule(entry_type="doji").trigger.direction == "any"


def test_conditions_look_at_the_rules_timeframe_unless_they_say_another():
    checked = rule(
        conditions=[condition("volume"), condition("structure", timeframe="60m")],
        confluence_required={"higher_timeframe_bias": "with", "bias_timeframes": ["4h", "1d"]},
    )
    assert [checked.timeframe_of(each) for each in checked.conditions] == [M15, H1]
    assert [str(each) for each in checked.timeframes] == ["15m", "1h", "4h", "1d"]


def test_directions_follow_from_what_has_one():
    checked = rule(
        direction="both",
        conditions=[
            condition("candle", pattern="doji"),
            condition("zone", zone="order_block"),
            condition("zone"),
            condition("cycle"),
        ],
    )
    assert checked.sides == (1, -1)
    assert [each.direction for each in checked.conditions] == ["any", "with", None, "any"]


def test_parameters_are_equal_by_content():
    a, b = (
        Parameters({"zone.gap": 1, "zone.merge": 2}),
        Parameters({"zone.merge": 2, "zone.gap": 1}),
    )
    assert a == b
    assert hash(a) == hash(b)
    assert len(a) == 2
    assert repr(a) == "Parameters({'zone.gap': 1, 'zone.merge': 2})"


def test_a_timeframe_is_a_timeframe():
    assert rule(timeframe=M15) == rule()
    assert rule(timeframe="60m").timeframe == H1


@pytest.mark.parametrize("symbol", ["1w", "2w"])
def test_weeks_are_made_of_days(symbol):
    assert rule(timeframe="1d", conditions=[condition("structure", timeframe=symbol)])


@given(rules())
def test_a_rule_survives_json(drawn):
    assert type(drawn).model_validate_json(drawn.model_dump_json()) == drawn
    assert parse_rule(drawn.model_dump()) == drawn


def test_a_playbook_is_a_list_or_a_single_rule():
    assert parse_playbook(document()).rules == (rule(),)
    both = parse_playbook({"rules": [document(), document(id="other")]})
    assert [each.id for each in both.rules] == ["le-15m", "other"]
