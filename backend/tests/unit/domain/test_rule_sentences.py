"""A rule in plain English."""

import pytest
from hypothesis import given

from hyperbot.domain.rule_sentences import condition_sentence, sentences
from hyperbot.storage.rule_files import read_playbook
from rule_builders import condition, rule, rules


def told(**fields):
    return sentences(rule(**fields))


def of(kind, **fields):
    """The sentence about a condition in a long rule."""
    sentence = told(conditions=[condition(kind, **fields)])[1]
    return sentence.removesuffix(" (weight 1).").removeprefix("Better if ")


def test_a_plain_rule_is_told_whole():
    assert told() == [
        "Long when a bullish liquidity engulf shows on 15m.",
        "At least 70 % of all weights must be met (the entry weighs 1).",
        "Enter at the open of the next candle.",
        "Stop under the low of the signal, plus 1 tick; 1 % of equity is lost there (1R).",
        "Take 50 % at 1R, then move the stop to breakeven.",
        "Take the rest at 2R.",
        "One position at a time.",
    ]


def test_a_short_rule_is_mirrored():
    mirrored = told(direction="short", entry_type="onion")
    assert mirrored[0] == "Short when a bearish onion shows on 15m."
    assert (
        "Stop over the top of the range, plus 0.25 ATR; 1 % of equity is lost there (1R)."
        in mirrored
    )
    assert "Take the rest at the bottom of the range, at 4R at the latest." in mirrored


def test_a_rule_for_both_sides_is_told_for_longs():
    both = told(direction="both", entry_type="evening_star_gapless")
    assert both[0] == "Long when a bullish morning star (no gap needed) shows on 15m."
    assert both[-1] == "Short: the mirror image of all this."


def test_the_celery_waits_for_its_stop_order():
    celery = told(entry_type="celery", direction="short")
    assert celery[0] == "Short when a bearish celery has its stop order ready on 15m."
    assert celery[2] == (
        "Enter with a sell stop one tick beyond the low of the celery's signal candle, valid for 3 "
        "candles."
    )


def test_what_is_required_and_where_is_told():
    strict = condition(
        "candle",
        required=True,
        timeframe="1h",
        within=3,
        weight=2,
        min_strength=0.5,
        parameters={"candle.small_wick": 0.2},
    )
    assert told(conditions=[strict])[1] == (
        "Only if there is a bullish small-wick candle of strength 0.5 or more on 1h, within the "
        "last 3 candles, with candle.small_wick = 0.2 (weight 2)."
    )


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("candle", {"pattern": "doji"}, "there is a doji"),
        ("candle", {"pattern": "inside_bar"}, "there is an inside bar"),
        ("candle", {"direction": "any"}, "there is a small-wick candle"),
        ("structure", {"event": "swings"}, "the last swings are a higher high and a higher low"),
        (
            "structure",
            {"event": "sweep", "min_depth_atr": 0.2, "equal_levels_only": True},
            "lows are swept where they were equal by 0.2 ATR or more",
        ),
        ("zone", {}, "the close is within 1 ATR of a support zone"),
        (
            "zone",
            {"min_touches": 3},
            "the close is within 1 ATR of a support zone with 3 or more touches",
        ),
        (
            "zone",
            {"zone": "order_block", "fresh": True},
            "the close is within 1 ATR of a fresh bullish order block",
        ),
        (
            "zone",
            {"zone": "fair_value_gap", "direction": "any", "fresh": False},
            "the close is within 1 ATR of a touched fair value gap",
        ),
        ("zone", {"inside": True, "max_distance_atr": None}, "the close is inside a support zone"),
        (
            "zone",
            {"inside": False, "max_distance_atr": None},
            "the close is outside a support zone",
        ),
        ("zone", {"inside": False}, "the close is outside, but within 1 ATR of a support zone"),
        (
            "zone",
            {"zone": "discount", "max_distance_atr": None},
            "price is at a discount: the lower half of the last swing leg",
        ),
        ("cycle", {}, "the market is in drive"),
        (
            "cycle",
            {"phases": ["drive", "range"], "direction": "with", "min_confidence": 0.5},
            "the market is in drive up or range with confidence 0.5 or more",
        ),
        ("volume", {}, "volume is at least 1.5 times its mean of 20 candles"),
        (
            "volume",
            {"max_ratio": 3},
            "volume is at least 1.5 and at most 3 times its mean of 20 candles",
        ),
        (
            "session",
            {"sessions": ["new_york"], "windows": ["22:00-02:00"], "weekdays": ["monday"]},
            "the candle ends within New York or 22:00-02:00 on Monday (UTC)",
        ),
        ("session", {"sessions": [], "weekdays": ["friday"]}, "the candle ends on Friday (UTC)"),
    ],
    ids=range(19),
)
def test_a_condition_is_told(kind, fields, sentence):
    assert of(kind, **fields) == sentence


def test_conditions_are_seen_from_the_trade():
    assert "the trend is down" in told(direction="short", conditions=[condition("structure")])[1]
    against = condition("structure", event="choch", direction="against")
    assert "changes to bearish" in told(conditions=[against])[1]


@pytest.mark.parametrize("event", ["bos", "choch", "break", "trend", "sweep", "swing", "swings"])
def test_an_event_is_told_differently_on_each_side(event):
    said = {
        told(conditions=[condition("structure", event=event, direction=toward)])[1]
        for toward in ("with", "against", "any")
    }
    assert len(said) == 3


def test_a_zone_of_a_mirrored_rule_is_that_of_its_side():
    short = told(direction="short", conditions=[condition("zone", zone="resistance")])
    assert short[1] == "Better if the close is within 1 ATR of a resistance zone (weight 1)."


@pytest.mark.parametrize(
    ("bias", "sentence"),
    [
        ("with", ", and the bias on 1h and 4h must be bullish."),
        ("not_against", ", and the bias on 1h and 4h must not be bearish."),
    ],
)
def test_the_bias_is_told(bias, sentence):
    required = {"higher_timeframe_bias": bias, "bias_timeframes": ["1h", "4h"]}
    assert told(confluence_required=required)[1].endswith(sentence)


def test_orders_stops_and_limits_are_told():
    stated = told(
        conditions=[condition("zone")],
        entry_order={"order": "limit", "at": "zone_edge", "valid_candles": 4},
        risk_params={
            "risk_percent": 0.5,
            "stop": {"beyond": "atr", "atr_multiple": 1.5, "buffer_atr": 0.1, "buffer_ticks": 2},
            "targets": [{"r": 1.5, "share": 0.3, "then": "trail"}, {"r": 3, "share": 0.7}],
            "time_stop_candles": 20,
            "cooldown_candles": 5,
            "max_concurrent": 2,
        },
    )
    assert stated[3:] == [
        "Enter with a buy limit at the near edge of the zone, valid for 4 candles.",
        "Stop 1.5 ATR under the entry, plus 0.1 ATR and 2 ticks; "
        "0.5 % of equity is lost there (1R).",
        "Take 30 % at 1.5R, then trail the stop behind confirmed swings.",
        "Take the rest at 3R.",
        "Close what is left after 20 candles of 15m.",
        "Afterwards wait 5 candles before the next trade.",
        "Up to 2 positions at a time.",
    ]


def test_a_single_target_takes_all():
    assert "Take 100 % at 3R." in told(risk_params={"targets": [{"r": 3, "share": 1}]})


@given(rules())
def test_every_rule_can_be_told(drawn):
    assert all(sentence.endswith(".") for sentence in sentences(drawn))


def test_the_playbook_reads_well():
    for each in read_playbook("default").rules:
        text = " ".join(sentences(each))
        assert "None" not in text
        assert "_" not in text.replace("(le_weak)", "")


def test_a_condition_is_told_alone_for_each_side():
    both = rule(
        direction="both",
        timeframe="5m",
        entry_type="celery",
        conditions=[
            condition("candle", pattern="hammer", direction="any", within=3, timeframe="15m"),
            condition("zone", zone="support", max_distance_atr=1),
            condition("structure", event="bos", direction="against"),
            condition("session", sessions=["london"]),
        ],
    )
    longs, shorts = (
        [condition_sentence(both, place, side) for place in range(5)] for side in (1, -1)
    )
    assert longs == [
        "a bullish celery has its stop order ready on 5m",
        "there is a hammer on 15m, within the last 3 candles",
        "the close is within 1 ATR of a support zone on 5m",
        "structure breaks downward on 5m",
        "the candle ends within London (UTC)",
    ]
    assert shorts == [
        "a bearish celery has its stop order ready on 5m",
        "there is a shooting star (no gap needed) on 15m, within the last 3 candles",
        "the close is within 1 ATR of a resistance zone on 5m",
        "structure breaks upward on 5m",
        "the candle ends within London (UTC)",
    ]


@given(rules())
def test_every_condition_of_every_rule_can_be_told_alone(drawn):
    for side in drawn.sides:
        for place in range(len(drawn.tests)):
            assert condition_sentence(drawn, place, side)
