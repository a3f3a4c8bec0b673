"""Best of many: luck is not called skill, planted skill is found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hyperbot.domain.errors import InvalidInput
from hyperbot.statistics.chance import seeded
from hyperbot.statistics.superior import superior


def noise(days, variants, purpose="noise"):
    return seeded("test of superior", purpose).standard_normal((days, variants))


@pytest.mark.slow
def test_the_best_of_two_hundred_lucky_variants_is_seldom_called_good():
    told = [superior(np.zeros(120), noise(120, 200, each), seed=str(each)) for each in range(80)]
    p_values = np.array([each.p_value for each in told])
    assert np.mean(p_values <= 0.05) <= 0.1
    assert np.mean(p_values <= 0.5) == pytest.approx(0.5, abs=0.15)
    assert np.mean([len(each.variants) > 0 for each in told]) <= 0.1


def test_luck_is_seldom_called_skill():
    told = [
        superior(np.zeros(60), noise(60, 10, each), seed=str(each)).p_value for each in range(40)
    ]
    assert np.mean(np.array(told) <= 0.05) <= 0.12
    assert np.mean(told) == pytest.approx(0.5, abs=0.12)


def test_planted_skill_is_found_among_much_luck():
    results = noise(300, 200)
    results[:, [3, 150]] += 0.4
    told = superior(np.zeros(300), results, seed="a")
    assert told.p_value <= 0.01
    assert told.variants == (3, 150)


def test_a_wild_variant_does_not_hide_a_steady_one():
    results = noise(300, 20)
    results[:, 0] *= 1_000
    results[:, 5] = results[:, 5] / 1_000 + 0.001
    told = superior(np.zeros(300), results, seed="a")
    assert told.p_value <= 0.01
    assert told.variants == (5,)


def test_what_beats_nothing_may_still_lose_to_the_benchmark():
    results = noise(300, 10) + 0.4
    market = np.full(300, 0.4)
    assert superior(np.zeros(300), results, seed="a").p_value <= 0.01
    assert superior(market, results, seed="a").p_value > 0.05
    assert superior(market, results, seed="a").variants == ()


def test_all_may_be_superior():
    told = superior(np.zeros(100), noise(100, 3) + 1, seed="a")
    assert told.variants == (0, 1, 2)
    assert 0 < told.p_value <= 0.01


def test_the_same_seed_gives_the_same_numbers():
    results = noise(100, 5)
    told = [superior(np.zeros(100), results, seed=seed).p_value for seed in "aab"]
    assert told[0] == told[1] != told[2]


@pytest.mark.parametrize(("days", "variants"), [(29, 5), (0, 5), (100, 0)])
def test_too_little_to_test_gives_none(days, variants):
    assert superior(np.zeros(days), noise(days, variants), seed="a") is None


def test_variants_that_never_trade_are_as_good_as_cash():
    told = superior(np.zeros(60), np.zeros((60, 3)), seed="a")
    assert (told.variants, told.block_days) == ((), 6)
    assert told.p_value == 1


@pytest.mark.parametrize(
    ("benchmark", "results", "others"),
    [
        (np.zeros(40), np.zeros(40), {}),
        (np.zeros(39), np.zeros((40, 2)), {}),
        (np.zeros(40), np.full((40, 2), np.nan), {}),
        (np.full(40, np.inf), np.zeros((40, 2)), {}),
        (np.zeros(40), np.zeros((40, 5_001)), {}),
        (np.zeros(40), np.zeros((40, 2)), {"size": 0}),
        (np.zeros(40), np.zeros((40, 2)), {"block_days": 20}),
        (np.zeros(40), np.zeros((40, 2)), {"block_days": -1}),
    ],
    ids=str,
)
def test_input_that_makes_no_sense_is_refused(benchmark, results, others):
    with pytest.raises(InvalidInput):
        superior(benchmark, results, seed="a", **others)


numbers = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 1.0])


@settings(max_examples=15)
@given(arrays(np.float64, (30, 2), elements=numbers), arrays(np.float64, 30, elements=numbers))
def test_any_results_give_a_p_value(results, benchmark):
    assert 0 < superior(benchmark, results, seed="a").p_value <= 1
