"""Q-values against statsmodels, and intervals of shares against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.domain.errors import InvalidInput
from hyperbot.statistics.chance import seeded
from hyperbot.statistics.discoveries import q_values, wilson_interval

p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=50)


@given(p_lists)
@pytest.mark.parametrize(("dependence", "method"), [("any", "fdr_by"), ("positive", "fdr_bh")])
def test_q_values_are_those_of_statsmodels(dependence, method, p_values):
    from statsmodels.stats.multitest import multipletests

    theirs = multipletests(p_values, method=method)[1]
    assert q_values(p_values, dependence=dependence) == pytest.approx(theirs)


def test_no_p_values_have_no_q_values():
    assert q_values([]).shape == (0,)


def test_few_of_a_thousand_lucky_rules_are_called_good():
    chance = seeded("test of discoveries")
    runs = [(q_values(chance.random(1_000)) <= 0.1).any() for _ in range(300)]
    assert np.mean(runs) <= 0.1


def test_planted_rules_are_found():
    p_values = np.concatenate((np.full(20, 1e-6), seeded("test of discoveries").random(980)))
    found = np.flatnonzero(q_values(p_values) <= 0.1)
    assert set(range(20)) <= set(found)
    assert len(found) <= 24


@pytest.mark.parametrize("p_values", [[0.1, np.nan], [-0.1], [1.1], [[0.1]]])
def test_what_is_no_p_value_is_refused(p_values):
    with pytest.raises(InvalidInput):
        q_values(p_values)


@given(st.integers(1, 10_000), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_interval_is_that_of_scipy(trades, share, confidence):
    from scipy.stats import binomtest

    wins = round(share * trades)
    theirs = binomtest(wins, trades).proportion_ci(confidence, method="wilson")
    told = wilson_interval(wins, trades, confidence)
    assert told == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert 0 <= told[0] <= wins / trades <= told[1] <= 1


def test_no_trades_have_no_interval():
    assert wilson_interval(0, 0) is None


@pytest.mark.parametrize("given_numbers", [(2, 1), (-1, 5), (0, -1), (1, 2, 1.0), (1, 2, np.nan)])
def test_impossible_shares_are_refused(given_numbers):
    with pytest.raises(InvalidInput):
        wilson_interval(*given_numbers)
