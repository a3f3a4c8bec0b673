"""Calibration: forecasters planted as honest and as boastful, and what is left of their words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.domain.errors import InvalidInput
from hyperbot.statistics.calibration import (
    Bin,
    brier,
    integral_transform,
    shrunk,
    uniformity,
)
from hyperbot.statistics.chance import seeded

probabilities = st.floats(0, 1)


def season(forecasts=20_000):
    """True probabilities, and what came of them."""
    chance = seeded("test of calibration")
    truth = chance.uniform(0.2, 0.8, forecasts)
    return truth, chance.random(forecasts) < truth


def test_an_honest_forecaster_is_reliable():
    truth, came = season()
    told = brier(truth, came)
    assert told.reliability < 0.001
    assert told.resolution == pytest.approx(np.var(truth), abs=0.005)
    for each in told.table:
        assert each.seen == pytest.approx(each.stated, abs=0.05)


def test_a_boastful_forecaster_is_not():
    truth, came = season()
    boast = np.clip(0.5 + 2 * (truth - 0.5), 0.01, 0.99)
    told = brier(boast, came)
    assert told.reliability > 0.02
    assert told.score > brier(truth, came).score
    assert told.table[0].seen > told.table[0].stated + 0.1
    assert told.table[-1].seen < told.table[-1].stated - 0.1


def test_the_brier_score_by_hand():
    told = brier([0.8, 0.8, 0.8, 0.2], [True, True, False, False])
    assert told.score == pytest.approx((0.04 + 0.04 + 0.64 + 0.04) / 4)
    assert told.table == (Bin(1, 0.2, 0.0), Bin(3, pytest.approx(0.8), pytest.approx(2 / 3)))
    assert told.uncertainty == 0.25
    assert told.reliability == pytest.approx(0.25 * 0.04 + 0.75 * (0.8 - 2 / 3) ** 2)
    assert told.resolution == pytest.approx(0.25 * 0.25 + 0.75 * (2 / 3 - 0.5) ** 2)
    assert told.within == pytest.approx(0)


@given(st.lists(st.tuples(probabilities, st.booleans()), min_size=1), st.integers(1, 20))
def test_the_score_is_that_of_its_definition_and_its_parts_add_up(season, bins):
    stated, came = zip(*season, strict=True)
    told = brier(stated, came, bins=bins)
    slow = sum((each - seen) ** 2 for each, seen in season) / len(season)
    assert told.score == pytest.approx(slow)
    parts = told.reliability - told.resolution + told.uncertainty + told.within
    assert parts == pytest.approx(told.score, abs=1e-12)
    assert sum(each.forecasts for each in told.table) == len(season)
    assert min(told.reliability, told.resolution, told.uncertainty) >= 0


def test_forecasts_that_differ_within_a_bin_are_accounted_for():
    told = brier([0.41, 0.49], [False, True], bins=10)
    assert told.within == pytest.approx(told.score - told.reliability - 0.25)
    assert told.within != 0


def test_no_forecasts_have_no_score():
    assert brier([], []) is None
    assert uniformity([]) is None


def test_outcomes_of_an_honest_distribution_are_uniform():
    chance = seeded("test of calibration", "transform")
    came = chance.standard_normal(300)
    honest = integral_transform(chance.standard_normal((300, 999)), came)
    boastful = integral_transform(0.5 * chance.standard_normal((300, 999)), came)
    assert uniformity(honest).p_value > 0.05
    assert uniformity(boastful).p_value < 0.001
    assert uniformity(boastful).distance > uniformity(honest).distance


def test_the_transform_by_hand():
    told = integral_transform([[1.0, 2.0, 3.0, 4.0]] * 3, [0.0, 2.0, 9.0])
    assert list(told) == [0.0, 0.375, 1.0]


def test_p_values_of_uniform_outcomes_are_right_as_often_as_they_say():
    chance = seeded("test of calibration", "uniform")
    told = [uniformity(chance.random(50)).p_value <= 0.05 for _ in range(600)]
    assert np.mean(told) == pytest.approx(0.05, abs=0.025)


def test_shrunk_by_hand():
    assert shrunk(0.7, 0, 0) == 0.7
    assert shrunk(0.7, 10, 20) == pytest.approx((20 * 0.7 + 10) / 40)
    assert shrunk(0.7, 90, 180) == pytest.approx(0.52)
    assert shrunk(0.7, 10, 20, prior_weight=5) == pytest.approx((5 * 0.7 + 10) / 25)


@given(probabilities, st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0.1, 1e9))
def test_shrunk_lies_between_stated_and_seen(stated, wins, losses, weight):
    told = shrunk(stated, wins, wins + losses, prior_weight=weight)
    if not wins + losses:
        assert told == stated
        return
    seen = wins / (wins + losses)
    assert min(stated, seen) <= told <= max(stated, seen)
    if seen < stated:
        assert told <= stated


def test_boasts_shrink_towards_the_truth():
    chance = seeded("test of calibration", "boasts")
    for trades, left in ((20, 0.1), (180, 0.02), (2_000, 0.002)):
        told = [shrunk(0.7, chance.binomial(trades, 0.5), trades) for _ in range(400)]
        assert np.mean(told) - 0.5 == pytest.approx(left, abs=0.01)


@pytest.mark.parametrize(
    ("function", "values", "others"),
    [
        (brier, [[0.5], [True, False]], {}),
        (brier, [[0.5], [0.5]], {}),
        (brier, [[1.5], [True]], {}),
        (brier, [[np.nan], [True]], {}),
        (brier, [[0.5], [True]], {"bins": 0}),
        (uniformity, [[0.5, -0.1]], {}),
        (uniformity, [[[0.5]]], {}),
        (integral_transform, [[1.0], [1.0]], {}),
        (integral_transform, [[[]], [1.0]], {}),
        (integral_transform, [[[np.nan]], [1.0]], {}),
        (shrunk, [1.1, 0, 0], {}),
        (shrunk, [np.nan, 0, 0], {}),
        (shrunk, [0.5, 2, 1], {}),
        (shrunk, [0.5, 1, 2], {"prior_weight": 0}),
        (shrunk, [0.5, 1, 2], {"prior_weight": np.inf}),
    ],
)
def test_input_that_makes_no_sense_is_refused(function, values, others):
    with pytest.raises(InvalidInput):
        function(*values, **others)
