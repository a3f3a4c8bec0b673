"""The words of rules are the words of detection."""

from dataclasses import fields

import numpy as np
import pytest

from candle_strategies import market
from hyperbot.detection import detect
from hyperbot.detection.params import _LIMITS, DetectionParams, params_from
from hyperbot.detection.registry import COLUMNS
from hyperbot.domain.rule_parameters import PARAMETER_NAMES, SWITCHES, WHOLE_NUMBERS
from hyperbot.domain.rule_vocabulary import (
    BEARISH_PATTERNS,
    BULLISH_PATTERNS,
    ENTRY_TYPES,
    MIRRORED_PATTERNS,
    NEUTRAL_PATTERNS,
    PATTERNS,
    PHASE_NUMBERS,
    SESSION_HOURS,
    candles_of,
    pattern_of,
    side_of,
    toward,
)

UNITS = {column.name: column.unit for column in COLUMNS}


def test_patterns_are_the_graded_columns():
    assert sorted(PATTERNS) == sorted(
        column.name.removeprefix("candle.") for column in COLUMNS if column.graded
    )


def test_every_entry_type_is_a_pattern():
    assert {pattern_of(entry) for entry in ENTRY_TYPES} == set(PATTERNS) - {
        "no_wick",
        "celery_candle",
    }


@pytest.mark.parametrize(
    "name",
    [
        *(f"structure.{event}" for event in ("bos", "choch", "trend", "sweep")),
        *("structure.swing_high", "structure.swing_low"),
        *("structure.equal_highs", "structure.equal_lows"),
        *("structure.high_label", "structure.low_label"),
        *("structure.sweep_depth", "structure.swept_equal"),
        *(
            f"zone.{zone}.{what}"
            for zone in (
                *("support", "resistance", "bullish_block", "bearish_block"),
                *("bullish_gap", "bearish_gap"),
            )
            for what in ("distance", "inside", "touches", "low", "high")
        ),
        *(
            f"zone.{zone}_{what}.fresh"
            for zone in ("bullish", "bearish")
            for what in ("block", "gap")
        ),
        "zone.premium",
        *("cycle.phase", "cycle.direction", "cycle.confidence"),
        "candle.volume_ratio",
        *("cycle.range.top", "cycle.range.bottom", "candle.fakeout.extreme", "candle.atr"),
        *("candle.celery.state", "candle.celery.trigger", "candle.celery.stop"),
    ],
)
def test_every_condition_and_level_has_its_column(name):
    assert name in UNITS


def test_phases_are_numbered_as_detection_numbers_them():
    (meaning,) = (column.meaning for column in COLUMNS if column.name == "cycle.phase")
    for phase, number in PHASE_NUMBERS.items():
        assert f"{number} {phase}" in meaning


def test_parameters_are_those_of_detection_but_the_tick():
    families = {
        f"{family.name}.{item.name}": getattr(getattr(DetectionParams(), family.name), item.name)
        for family in fields(DetectionParams)
        for item in fields(getattr(DetectionParams(), family.name))
    }
    assert set(PARAMETER_NAMES) == set(families) - {"candle.tick"}
    assert {name for name, value in families.items() if isinstance(value, bool)} == SWITCHES
    assert WHOLE_NUMBERS == _LIMITS
    whole = {name for name, value in families.items() if type(value) is int}
    assert whole == set(WHOLE_NUMBERS)


def test_the_limits_of_parameters_pass_detection():
    for name, limits in WHOLE_NUMBERS.items():
        family, item = name.split(".")
        for value in limits:
            assert params_from({family: {item: value}})


def test_one_sided_patterns_never_show_the_other_side():
    facts = detect(market("mixed", 3, 3000))
    for pattern in PATTERNS:
        signs = set(np.unique(facts[f"candle.{pattern}"]).tolist())
        if pattern in BULLISH_PATTERNS | NEUTRAL_PATTERNS:
            assert signs <= {0, 1}, pattern
        elif pattern in BEARISH_PATTERNS:
            assert signs <= {0, -1}, pattern


def test_a_counterpart_is_on_the_other_side():
    for pattern, other in MIRRORED_PATTERNS.items():
        assert side_of(other) == -side_of(pattern)
        assert toward(pattern, side_of(pattern)) == pattern
        assert toward(pattern, -side_of(pattern)) == other
    assert toward("small_wick", -1) == "small_wick"


def test_patterns_know_how_many_candles_make_them():
    assert [candles_of(name) for name in ("hammer", "harami_cross", "engulfing_gapless")] == [
        1,
        2,
        2,
    ]
    assert [candles_of(name) for name in ("morning_star", "three_inside_gapless")] == [3, 3]


def test_sessions_lie_in_a_day():
    assert all(0 <= begin < end <= 24 for begin, end in SESSION_HOURS.values())
