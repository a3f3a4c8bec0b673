import numpy as np
import pytest

from candle_strategies import market
from fact_builders import facts_with
from hyperbot.charting import layers
from hyperbot.charting.fact_table import CheckedFacts, runs_of
from hyperbot.detection import detect
from hyperbot.domain.errors import InvalidInput


def checked(rows, said):
    return CheckedFacts(facts_with(rows, said), rows)


def test_a_swing_stands_at_its_own_candle_and_tells_when_it_was_known():
    facts = checked(
        9,
        {
            "structure.swing_high": {7: 1},
            "structure.swing_high.age": {7: 3},
            "structure.swing_high.price": {7: 12.5},
            "structure.high_label": {7: -1},
        },
    )
    swing = layers.clipped(layers.swings(facts), 0)
    assert swing == {
        "row": [7],
        "origin": [4],
        "price": [12.5],
        "side": [1],
        "label": [-1],
        "equal": [0],
    }


def test_a_break_runs_from_the_broken_swing_to_the_close_beyond_it():
    facts = checked(
        20,
        {
            "structure.choch": {15: -1},
            "structure.break_age": {15: 9},
            "structure.break_level": {15: 99.0},
        },
    )
    told = layers.clipped(layers.breaks(facts), 0)
    assert (told["origin"], told["row"], told["direction"], told["turns"]) == ([6], [15], [-1], [1])


def test_the_swept_level_lies_where_the_facts_put_it():
    series = market("spikes", 3, 300)
    facts = CheckedFacts(detect(series), 300)
    told = layers.sweeps(series, facts)
    low_swept = told["direction"] > 0
    rows = told["row"][low_swept]
    assert rows.size
    swings = {float(price) for price in facts["structure.swing_low.price"] if price}
    assert all(min(abs(level - s) for s in swings) < 1e-3 for level in told["level"][low_swept])


def test_phases_cover_every_candle_from_the_first_known_one():
    facts = checked(
        6,
        {
            "cycle.phase": {1: 1, 2: 1, 3: 2, 4: 1, 5: 1},
            "cycle.direction": {1: 1, 2: 1, 4: 1, 5: -1},
        },
    )
    told = layers.clipped(layers.phases(facts), 0)
    assert told["start"] == [1, 3, 4, 5]
    assert told["end"] == [2, 3, 4, 5]


def test_two_ranges_in_a_row_are_two_boxes():
    active = dict.fromkeys((1, 2, 4, 5), 1)
    tops = {1: 9, 2: 9, 4: 8, 5: 8}
    facts = checked(7, {"cycle.range.active": active, "cycle.range.top": tops})
    told = layers.clipped(layers.ranges(facts), 0)
    assert (told["start"], told["end"], told["high"]) == ([1, 4], [2, 5], [9.0, 8.0])


def test_a_level_that_is_away_for_a_moment_stays_one_rectangle():
    near = [5, 5, 6, 5, 5, 0, *[6] * 13, 5]
    edges = {row: price for row, price in enumerate(near) if price}
    facts = checked(20, {"zone.support.low": edges, "zone.support.high": edges})
    told = layers.clipped(layers.levels(facts), 0)
    assert list(zip(told["low"], told["start"], told["end"], strict=True)) == [
        (5.0, 0, 4),
        (6.0, 2, 18),
        (5.0, 19, 19),
    ]


def test_what_ended_before_the_first_candle_shown_is_left_out():
    layer = {
        "start": np.array([0, 1, 5]),
        "end": np.array([2, 9, 9]),
        "touched": np.array([1, 2, layers.NEVER]),
    }
    assert layers.clipped(layer, 4) == {"start": [-3, 1], "end": [5, 5], "touched": [0, -1]}


def test_runs_of_nothing_are_none():
    runs = runs_of(np.array([]))
    assert (runs.start.size, runs.end.size) == (0, 0)


def test_a_missing_column_is_named():
    with pytest.raises(InvalidInput, match=r"no column candle\.atr: detect again"):
        CheckedFacts({}, 3)["candle.atr"]


def test_facts_of_another_length_are_refused():
    with pytest.raises(InvalidInput, match="2 values for 3 candles"):
        CheckedFacts({"candle.atr": np.zeros(2)}, 3)["candle.atr"]
