"""Rules that contradict themselves, or say something that does nothing, are refused."""

import pytest

from hyperbot.domain.rule_errors import InvalidRule, parse_rule
from rule_builders import condition, document, rule


def said(*conditions, **fields):
    """The one sentence about a rule with these conditions."""
    with pytest.raises(InvalidRule) as caught:
        parse_rule(document(conditions=list(conditions), **fields))
    (sentence,) = str(caught.value).splitlines()
    return sentence


def engulf(**fields):
    """The pattern of the entry."""
    return condition("candle", pattern="liquidity_engulf", **fields)


def half(zone, **fields):
    return {"kind": "zone", "zone": zone, "required": True, **fields}


@pytest.mark.parametrize("direction", ["long", "short", "both"])
@pytest.mark.parametrize("timeframe", [None, "15m"])
def test_the_entry_points_with_the_trade(direction, timeframe):
    assert said(engulf(direction="any", timeframe=timeframe), direction=direction) == (
        'conditions[0].direction is "any": it states the entry, so it must be with: '
        "the trade's side"
    )


def test_an_entry_that_points_nowhere_may_be_stated():
    stated = condition("candle", pattern="doji", weight=2)
    assert rule(entry_type="doji", conditions=[stated]).trigger.weight == 2


def test_any_is_right_on_another_timeframe_and_for_another_pattern():
    others = [engulf(direction="any", timeframe="1h"), condition("candle", direction="any")]
    assert len(rule(conditions=others).tests) == 3


def test_the_opposite_of_the_entry_is_not_required_at_the_same_candle():
    assert said(engulf(direction="against", required=True)) == (
        'conditions[0].direction is "against": the entry is this pattern with the trade: '
        "one candle is never both"
    )
    assert "never both" in said(engulf(), engulf(direction="against", required=True))


@pytest.mark.parametrize(
    "conditions",
    [
        [engulf(direction="against")],
        [engulf(direction="against", required=True, within=5)],
        [engulf(direction="against", required=True, timeframe="1h")],
        [engulf(within=5), engulf(direction="against", required=True)],
    ],
    ids=["not required", "earlier", "on 1h", "an earlier entry"],
)
def test_the_opposite_of_the_entry_may_be_another_condition(conditions):
    against = [each for each in rule(conditions=conditions).tests if each.direction == "against"]
    assert len(against) == 1


@pytest.mark.parametrize(
    "second", [{}, {"within": 9}, {"timeframe": "15m"}, {"direction": "any"}], ids=str
)
def test_the_entry_is_stated_once(second):
    assert said(engulf(weight=2), condition("volume"), engulf(**second)) == (
        'conditions[2].pattern is "liquidity_engulf": '
        "the entry is stated twice, first by conditions[0]: leave one out"
    )


def test_a_session_has_no_parameters():
    assert said(condition("session", parameters={"candle.small_wick": 0.2})) == (
        "conditions[0].parameters: a session looks at the clock alone, so leave it out"
    )
    assert rule(conditions=[condition("session", parameters={})])


@pytest.mark.parametrize("twice", ["4h", "240m"])
def test_a_bias_is_asked_once_of_a_timeframe(twice):
    bias = {"higher_timeframe_bias": "with", "bias_timeframes": ["4h", "1h", twice]}
    assert said(confluence_required=bias) == (
        'confluence_required.bias_timeframes[2] is "4h": it stands there twice'
    )


def test_a_fresh_zone_has_no_touches():
    block = condition("zone", zone="order_block", min_touches=1)
    assert said(block | {"fresh": True}) == (
        "conditions[0].min_touches is 1: a fresh zone was never touched, so leave it out"
    )
    assert rule(conditions=[block | {"fresh": False}, block])


def test_volume_is_never_at_most_nothing():
    asked = {"kind": "volume", "max_ratio": 0}
    assert said(asked) == "conditions[0].max_ratio is 0: it must be more than 0"
    assert rule(conditions=[{"kind": "volume", "min_ratio": 0}])


@pytest.mark.parametrize("direction", ["long", "both"])
def test_both_halves_of_a_leg_are_not_required_at_once(direction):
    halves = half("premium"), half("discount", timeframe="15m")
    assert said(*halves, direction=direction) == (
        'conditions[1].zone is "discount": '
        "conditions[0] requires premium, the other half of that leg"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"required": False},
        {"within": 2},
        {"timeframe": "1h"},
        {"parameters": {"structure.left": 5}},
        {"zone": "premium"},
    ],
    ids=str,
)
def test_halves_that_can_both_be_met_are_right(change):
    assert rule(conditions=[half("premium"), half("discount") | change])
