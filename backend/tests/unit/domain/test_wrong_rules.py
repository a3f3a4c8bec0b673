"""Whatever is wrong with a rule is said in one sentence: field, value, what would be right."""

import math

import pytest

from hyperbot.domain.rule_errors import MOST_PROBLEMS, InvalidRule, parse_playbook, parse_rule
from rule_builders import condition, document


def said(**fields):
    """The sentences about a rule with these fields."""
    with pytest.raises(InvalidRule) as caught:
        parse_rule(document(**fields))
    return str(caught.value).splitlines()


def ladder(*targets):
    """The sentence about a ladder of (r, share)."""
    targets = [{"r": r, "share": share} for r, share in targets]
    (sentence,) = said(risk_params={"targets": targets})
    return sentence.removeprefix("risk_params.targets")


WRONG_FIELDS = [
    ({"timeframe": "15x"}, 'timeframe is "15x": it must be a number followed by m, h, d or w,'),
    ({"timeframe": 15}, "timeframe is 15: it must be a timeframe such as 15m"),
    ({"timeframe": math.inf}, "timeframe is Infinity: it must be a timeframe"),
    ({"direction": None}, "direction is null: choose one of long, short, both"),
    ({"direction": "longs"}, 'direction is "longs": did you mean "long"? Choose one of long, '),
    (
        {"entry_type": "liquidity_engulf"},
        'entry_type is "liquidity_engulf": did you mean "LE"?',
    ),
    ({"status": "on"}, 'status is "on": choose one of candidate, active, disabled, retired'),
    ({"id": "Über uns"}, 'id is "Über uns": it must be 1 to 64 small letters, digits, - or _'),
    ({"name": " "}, 'name is " ": it must not be empty'),
    ({"name": 7}, "name is 7: it must be a text"),
    ({"name": "a\nb"}, 'name is "a\\nb": it must be a single line'),
    ({"name": "\x1b[31m"}, 'name is "\\u001b[31m": control characters do not belong'),
    ({"description": "\x00"}, 'description is "\\u0000": control characters do not belong'),
    ({"description": "\ud800"}, "description is "),
    ({"description": "x" * 4001}, f'description is "{"x" * 59} …: it must have at most 4000'),
    ({"confidence": 1.5}, "confidence is 1.5: it must be at most 1"),
    ({"confidence": math.nan}, "confidence is NaN: it must be a finite number"),
    ({"confidence": "0.5"}, 'confidence is "0.5": it must be a number'),
    ({"version": True}, "version is true: it must be a whole number"),
    ({"version": 0}, "version is 0: it must be at least 1"),
    ({"conditions": "all"}, 'conditions is "all": it must be a list'),
    ({"conditions": [7]}, "conditions[0] is 7: it must be a group of fields"),
    ({"conditions": [{}]}, "conditions[0].kind is missing: choose one of candle, structure,"),
    ({"conditions": [{"kind": ["x"]}]}, "conditions[0].kind is a list: choose one of candle"),
    (
        {"conditions": [{"kind": "zones"}]},
        'conditions[0].kind is "zones": did you mean "zone"? Choose one of candle, structure, '
        "zone, cycle, volume, session",
    ),
    ({"conditions": [condition("volume")] * 33}, "conditions: too many entries, it may have"),
    ({"colour": "red"}, "colour is not a field: choose one of id, name, description,"),
    ({"confidance": 1}, 'confidance is not a field: did you mean "confidence"? Choose one of'),
    ({"\x1b[31m": 1}, '["\\u001b[31m"] is not a field: choose one of id,'),
    (
        {"risk_params": {"risk_percent": 50}},
        "risk_params.risk_percent is 50: it must be at most 2",
    ),
    (
        {"risk_params": {"risk_percent": 0}},
        "risk_params.risk_percent is 0: it must be more than 0",
    ),
    (
        {"risk_params": {"risk_percent": math.nan}},
        "risk_params.risk_percent is NaN: it must be a ",
    ),
    (
        {"risk_params": {"risk_percent": "NaN"}},
        'risk_params.risk_percent is "NaN": it must be a f',
    ),
    (
        {"risk_params": {"risk_percent": "1%"}},
        'risk_params.risk_percent is "1%": it must be a num',
    ),
    (
        {"risk_params": {"risk_percent": True}},
        "risk_params.risk_percent is true: it must be a num",
    ),
    (
        {"risk_params": {"risk_percent": 10**400}},
        "risk_params.risk_percent is a number with many ",
    ),
    (
        {"risk_params": {"risk_percent": "1e9999"}},
        'risk_params.risk_percent is "1e9999": it must',
    ),
    (
        {"risk_params": {"risk_percent": 0.123456}},
        "risk_params.risk_percent is 0.123456: it must",
    ),
    (
        {"risk_params": {"stop": {"beyond": "atr"}}},
        "risk_params.stop.atr_multiple: say how many",
    ),
    (
        {"risk_params": {"stop": {"beyond": "swing", "atr_multiple": 1}}},
        "risk_params.stop.atr_multiple is 1: only a stop beyond atr has it, not beyond swing",
    ),
    (
        {"risk_params": {"stop": {"beyond": "zone"}}},
        'risk_params.stop.beyond is "zone": no condition names a zone to take it from',
    ),
    (
        {"risk_params": {"stop": {"beyond": "celery"}}},
        'risk_params.stop.beyond is "celery": only the entry type celery has it, not LE',
    ),
    ({"risk_params": {"stop": {"byond": 1}}}, "risk_params.stop.beyond is missing"),
    (
        {"entry_order": {"at": "zone_edge"}},
        'entry_order.at is "zone_edge": an entry on the next',
    ),
    (
        {"entry_order": {"order": "limit"}},
        "entry_order.at: a limit order must name one of signal_",
    ),
    (
        {"entry_order": {"order": "limit", "at": "signal_high", "valid_candles": 3}},
        'entry_order.at is "signal_high": a limit order must name one of signal_open',
    ),
    (
        {"entry_order": {"order": "stop", "at": "signal_high"}},
        "entry_order.valid_candles: say for how many candles a stop order is valid",
    ),
    (
        {"entry_order": {"order": "limit", "at": "zone_edge", "valid_candles": 3}},
        'entry_order.at is "zone_edge": no condition names a zone',
    ),
    (
        {"entry_order": {"order": "stop", "at": "celery_trigger", "valid_candles": 3}},
        'entry_order.at is "celery_trigger": only the entry type celery has one, not LE',
    ),
    (
        {"entry_type": "doji", "direction": "both"},
        'direction is "both": doji points to neither',
    ),
    (
        {"entry_type": "hammer", "direction": "short"},
        'entry_type is "hammer": that is never bear',
    ),
    (
        {"confluence_required": {"higher_timeframe_bias": "with"}},
        "confluence_required.bias_timeframes: name the timeframes whose bias counts",
    ),
    (
        {"confluence_required": {"bias_timeframes": ["4h"]}},
        'confluence_required.higher_timeframe_bias is "any": say with or not_against',
    ),
    (
        {"confluence_required": {"higher_timeframe_bias": "with", "bias_timeframes": ["15m"]}},
        'confluence_required.bias_timeframes[0] is "15m": it must be a whole multiple of the r',
    ),
    ({"citations": [{"quote": ""}]}, 'citations[0].quote is "": it must not be empty'),
    ({"citations": [{"quote": "x", "end_s": 1}]}, "citations[0].start_s: say when it starts"),
    (
        {"citations": [{"quote": "x", "start_s": 2, "end_s": 1}]},
        "citations[0].end_s is 1.0: it must not be before start_s, which is 2",
    ),
]


@pytest.mark.parametrize(("fields", "sentence"), WRONG_FIELDS, ids=range(len(WRONG_FIELDS)))
def test_a_wrong_field_is_named_with_its_value(fields, sentence):
    assert said(**fields)[0].startswith(sentence)


def test_a_ladder_must_make_sense():
    assert ladder((1, 0.5), (2, 0.6)) == (
        "[1].share is 0.6: the shares must add up to 1, they add up to 1.1"
    )
    assert (
        ladder((2, 0.5), (2, 0.5))
        == "[1].r is 2: it must be more than that of the target before, 2"
    )
    assert ladder((1, 0.3), (2, 0.3)).endswith("they add up to 0.6")
    assert ladder((math.nan, 1)) == "[0].r is NaN: it must be a finite number"
    assert ladder() == ": too few entries, it must have at least 1"
    moved = {"r": 1, "share": 1, "then": "trail"}
    (sentence,) = said(risk_params={"targets": [moved]})
    assert sentence.endswith(
        'then is "trail": nothing is left after the last target, so it must be none'
    )
    early = [{"r": 1, "share": 0.5, "level": "far_side"}, {"r": 2, "share": 0.5}]
    (sentence,) = said(risk_params={"targets": early})
    assert sentence.endswith('[0].level is "far_side": only the last target has a level')


def test_everything_that_is_wrong_is_said():
    sentences = said(timeframe="x", confidence=2, conditions=[condition("candle", weight=-1)])
    assert [each.split(" is ")[0] for each in sentences] == [
        "timeframe",
        "conditions[0].weight",
        "confidence",
    ]


def test_contradictions_are_said_together():
    sentences = said(
        conditions=[condition("candle", pattern="hanging_man"), condition("cycle", timeframe="1m")],
        risk_params={"stop": {"beyond": "fakeout"}},
    )
    assert len(sentences) == 3


def test_too_many_problems_are_counted():
    sentences = said(conditions=[{}] * 32, **{f"x{n}": 1 for n in range(100)})
    assert len(sentences) == MOST_PROBLEMS + 1
    assert sentences[-1] == "and 82 more"


def test_what_is_missing_is_said():
    with pytest.raises(InvalidRule) as caught:
        parse_rule({})
    assert str(caught.value).splitlines() == [
        f"{name} is missing" for name in ("id", "name", "direction", "entry_type", "timeframe")
    ]


@pytest.mark.parametrize(
    ("given_document", "sentence"),
    [
        (None, "the rule is null: it must be a group of fields"),
        ([1], "the rule: it must be a group of fields"),
        ("x", 'the rule is "x": it must be a group of fields'),
        ({"rules": 3}, "rules is 3: it must be a list"),
        ({"rules": []}, "rules: too few entries, it must have at least 1"),
        ({"rules": [document()], "x": 1}, "x is not a field: choose one of rules"),
        ({"rules": [document(timeframe="x")]}, 'rules[0].timeframe is "x": it must be a number'),
        ({"rules": [document()] * 2}, 'rules[1].id is "le-15m": rules[0] has the same id'),
    ],
)
def test_a_wrong_playbook_is_said(given_document, sentence):
    with pytest.raises(InvalidRule) as caught:
        parse_playbook(given_document)
    assert str(caught.value).startswith(sentence)
