"""Sharpe ratios and their luck, against the worked examples of the papers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.domain.errors import InvalidInput
from hyperbot.statistics.chance import seeded
from hyperbot.statistics.sharpe import (
    Track,
    deflated_sharpe,
    expected_maximum_sharpe,
    minimum_backtest_length,
    minimum_track_length,
    probabilistic_sharpe,
    sharpe_ratio,
    track,
)

WORKED = Track(sharpe=2.5 / 250**0.5, observations=1_250, skewness=-3, kurtosis=10)


def test_a_track_measures_what_scipy_measures():
    from scipy import stats

    returns = seeded("test of sharpe").standard_exponential(500) - 0.9
    told = track(returns)
    assert told.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1))
    assert told.skewness == pytest.approx(stats.skew(returns))
    assert told.kurtosis == pytest.approx(stats.kurtosis(returns, fisher=False))
    assert (told.observations, sharpe_ratio(returns)) == (500, told.sharpe)


def test_the_deflated_sharpe_ratio_of_the_paper():
    assert expected_maximum_sharpe(0.5 / 250, 100) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(WORKED, variance=0.5 / 250, trials=100) == pytest.approx(
        0.9004, abs=5e-5
    )


def test_a_single_trial_is_not_deflated():
    assert expected_maximum_sharpe(0.5, 1) == 0
    assert deflated_sharpe(WORKED, variance=0.5, trials=1) == probabilistic_sharpe(WORKED)


def test_the_expected_maximum_is_that_of_simulated_luck():
    luck = seeded("test of sharpe", "luck").standard_normal((4_000, 100)).max(1).mean()
    assert expected_maximum_sharpe(1, 100) == pytest.approx(luck, rel=0.02)


def test_skewness_and_fat_tails_make_a_track_less_sure():
    plain = Track(0.1, 250)
    assert probabilistic_sharpe(plain) == pytest.approx(0.9422, abs=5e-4)
    for other in (Track(0.1, 250, skewness=-2), Track(0.1, 250, kurtosis=30)):
        assert probabilistic_sharpe(other) < probabilistic_sharpe(plain)


def test_the_probability_is_right_as_often_as_it_says():
    returns = seeded("test of sharpe", "coverage").standard_normal((2_000, 250))
    called = [probabilistic_sharpe(track(each)) > 0.95 for each in returns]
    assert np.mean(called) == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize(("per_year", "years"), [(252, 2.73), (52, 2.83), (12, 3.24)])
def test_the_minimum_track_length_of_the_paper(per_year, years):
    needed = minimum_track_length(Track(2 / per_year**0.5, 1), benchmark=1 / per_year**0.5)
    assert needed / per_year == pytest.approx(years, abs=5e-3)


def test_a_track_of_the_minimum_length_is_just_sure_enough():
    needed = minimum_track_length(Track(0.1, 1, -1, 6), confidence=0.9)
    assert probabilistic_sharpe(Track(0.1, round(needed), -1, 6)) == pytest.approx(0.9, abs=1e-3)


def test_no_length_is_enough_for_a_track_that_does_not_win():
    assert minimum_track_length(Track(0.1, 9), benchmark=0.1) is None
    assert minimum_track_length(Track(-0.1, 9)) is None
    assert minimum_track_length(Track(1e-300, 9)) is None


def test_the_minimum_backtest_length_of_the_paper():
    assert minimum_backtest_length(45) == pytest.approx(5, abs=0.1)
    assert minimum_backtest_length(1) == 0
    assert minimum_backtest_length(45, 2) == pytest.approx(minimum_backtest_length(45) / 4)


@pytest.mark.parametrize("returns", [[], [0.3], [0.1] * 3, [1e300] * 9, [0.0] * 5])
def test_returns_that_do_not_differ_have_no_ratio(returns):
    assert track(returns) is None
    assert sharpe_ratio(returns) is None


@pytest.mark.parametrize(
    ("function", "given_values", "others"),
    [
        (track, [[1.0, np.nan]], {}),
        (track, [[[1.0, 2.0]]], {}),
        (probabilistic_sharpe, [Track(0.1, 1)], {}),
        (probabilistic_sharpe, [Track(0.1, 9), np.inf], {}),
        (probabilistic_sharpe, [Track(1.0, 9, skewness=5, kurtosis=3)], {}),
        (expected_maximum_sharpe, [-1, 5], {}),
        (expected_maximum_sharpe, [1, 0], {}),
        (minimum_track_length, [Track(0.1, 9)], {"confidence": 0.2}),
        (minimum_backtest_length, [0], {}),
        (minimum_backtest_length, [5, 0], {}),
    ],
)
def test_input_that_makes_no_sense_is_refused(function, given_values, others):
    with pytest.raises(InvalidInput):
        function(*given_values, **others)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=30))
def test_any_returns_give_probabilities_or_none(returns):
    told = track(returns)
    if told is None:
        return
    assert 0 <= probabilistic_sharpe(told) <= 1
    assert 0 <= deflated_sharpe(told, variance=0.1, trials=1_000) <= probabilistic_sharpe(told)
    assert (needed := minimum_track_length(told)) is None or needed >= 1
