"""Whatever is wrong with a condition is said in one sentence, and nothing is worse than that."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.domain.rule_errors import InvalidRule, parse_rule
from rule_builders import condition, document


def sentences_about(given_document):
    """What is said about a document, fit for a terminal; nothing if it is right."""
    try:
        parse_rule(given_document)
    except InvalidRule as error:
        lines = str(error).splitlines()
        return lines if all(line.isprintable() for line in lines) else ["x" * 9999]
    return []


def of(kind, **fields):
    """The sentence about a condition with these fields, without its place."""
    (sentence,) = sentences_about(document(conditions=[condition(kind, **fields)]))
    return sentence.removeprefix("conditions[0]").removeprefix(".")


WRONG_CONDITIONS = [
    (
        "candle",
        {"pattern": "hamer"},
        'pattern is "hamer": did you mean "hammer"? Choose one of ',
    ),
    ("candle", {"pattern": "LE"}, 'pattern is "LE": did you mean "liquidity_engulf"?'),
    ("candle", {"within": 0}, "within is 0: it must be at least 1"),
    ("candle", {"weight": 0}, "weight is 0: it must be more than 0"),
    ("candle", {"weight": math.inf}, "weight is Infinity: it must be a finite number"),
    ("candle", {"required": "yes"}, 'required is "yes": it must be true or false'),
    (
        "candle",
        {"timeframe": "5m"},
        'timeframe is "5m": it must be the rule\'s 15m or a whole mul',
    ),
    (
        "candle",
        {"timeframe": "20m"},
        'timeframe is "20m": it must be the rule\'s 15m or a whole',
    ),
    ("candle", {"pattern": "doji", "direction": "with"}, 'direction is "with": doji points to'),
    (
        "candle",
        {"pattern": "shooting_star"},
        'pattern is "shooting_star": that is never bullish: ',
    ),
    (
        "candle",
        {"parameters": {"candle.smal_wick": 1}},
        'parameters names "candle.smal_wick": did you mean "candle.small_wick"?',
    ),
    (
        "candle",
        {"parameters": {"zone.gap": math.nan}},
        'parameters["zone.gap"] is NaN: it must be',
    ),
    (
        "candle",
        {"parameters": {"zone.gap": "1"}},
        'parameters["zone.gap"] is "1": it must be a num',
    ),
    (
        "candle",
        {"parameters": {"zone.gap": True}},
        'parameters["zone.gap"] is true: it must be a ',
    ),
    (
        "candle",
        {"parameters": {"zone.gap_coloured": 1}},
        'parameters["zone.gap_coloured"] is 1: it',
    ),
    (
        "candle",
        {"parameters": {"structure.left": 99}},
        'parameters["structure.left"] is 99: it mus',
    ),
    (
        "candle",
        {"parameters": {"structure.left": 2.5}},
        'parameters["structure.left"] is 2.5: it m',
    ),
    ("candle", {"parameters": [1]}, "parameters: it must be a group of fields"),
    (
        "structure",
        {"event": "bos", "min_depth_atr": 0.0},
        "min_depth_atr is 0.0: only the event sw",
    ),
    (
        "zone",
        {"max_distance_atr": None},
        ": say how near: max_distance_atr, or inside true or f",
    ),
    ("zone", {"fresh": False}, "fresh is false: that is not known of support, so leave it out"),
    ("zone", {"direction": "with"}, 'direction is "with": support says its side by its name'),
    (
        "zone",
        {"zone": "premium"},
        "max_distance_atr is 1.0: premium is half of a swing leg, so ",
    ),
    (
        "zone",
        {"inside": True},
        "max_distance_atr is 1.0: inside the zone the distance is 0, so",
    ),
    (
        "zone",
        {"inside": False, "max_distance_atr": 0},
        "inside is false: within 0 ATR of a zone m",
    ),
    (
        "zone",
        {"zone": "order_block", "direction": "up"},
        'direction is "up": choose one of with, ',
    ),
    ("cycle", {"phases": []}, "phases: too few entries, it must have at least 1"),
    ("cycle", {"phases": ["drive", "drive"]}, 'phases[1] is "drive": it stands there twice'),
    (
        "cycle",
        {"phases": ["drift"]},
        'phases[0] is "drift": did you mean "drive"? Choose one of ',
    ),
    ("volume", {"min_ratio": None}, ": say min_ratio, max_ratio or both"),
    (
        "volume",
        {"max_ratio": 1.5},
        "max_ratio is 1.5: it must be above min_ratio, which is 1.5",
    ),
    ("session", {"sessions": []}, ": say sessions, windows or weekdays"),
    (
        "session",
        {"timeframe": "1h"},
        'timeframe is "1h": the clock is that of the rule\'s own ca',
    ),
    (
        "session",
        {"windows": ["7-9"]},
        'windows[0] is "7-9": it must be hours in UTC such as 07:00',
    ),
    (
        "session",
        {"windows": ["24:00-01:00"]},
        'windows[0] is "24:00-01:00": it must be hours in U',
    ),
    (
        "session",
        {"windows": ["08:00-08:00"]},
        'windows[0] is "08:00-08:00": it must be hours in U',
    ),
]


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"), WRONG_CONDITIONS, ids=range(len(WRONG_CONDITIONS))
)
def test_a_wrong_condition_is_named_with_its_value(kind, fields, sentence):
    assert of(kind, **fields).startswith(sentence)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from([*sorted(document()), "conditions", "risk_params", "citations"]), _VALUES)
def test_no_value_of_a_field_is_worse_than_a_sentence(name, value):
    assert all(len(line) < 2000 for line in sentences_about(document(**{name: value})))


@given(st.sampled_from(["candle", "structure", "zone", "cycle", "volume", "session"]), st.data())
def test_no_value_in_a_condition_is_worse_than_a_sentence(kind, data):
    names = ["timeframe", "weight", "parameters", "pattern", "event", "zone", "phases", "windows"]
    name = data.draw(st.sampled_from(names))
    wrong = condition(kind, **{name: data.draw(_VALUES)})
    assert all(len(line) < 2000 for line in sentences_about(document(conditions=[wrong])))
