"""The probability of overfitting: noise, a planted edge, planted luck, and a slow obvious twin."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hyperbot.domain.errors import InvalidInput
from hyperbot.statistics.chance import seeded
from hyperbot.statistics.overfitting import overfitting


def noise(days, variants, purpose="noise"):
    return seeded("test of overfitting", purpose).standard_normal((days, variants))


def slow_logits(results, slices):
    from scipy.stats import rankdata

    days = len(results) // slices * slices
    parts = np.split(results[len(results) - days :], slices)
    logits = []
    for chosen in combinations(range(slices), slices // 2):
        inside = np.concatenate([parts[each] for each in chosen])
        outside = np.concatenate([parts[each] for each in range(slices) if each not in chosen])
        best = np.argmax(inside.mean(0) / inside.std(0))
        rank = rankdata(outside.mean(0) / outside.std(0))[best]
        share = rank / (results.shape[1] + 1)
        logits.append(np.log(share / (1 - share)))
    return np.array(logits)


@pytest.mark.parametrize(("days", "variants", "slices"), [(83, 7, 8), (64, 20, 6), (40, 2, 4)])
def test_it_is_what_the_slow_obvious_way_gives(days, variants, slices):
    results = noise(days, variants)
    told = overfitting(results, slices=slices)
    slow = slow_logits(results, slices)
    assert told.logits == pytest.approx(slow, abs=1e-9)
    assert told.probability == pytest.approx(np.mean(slow < 0) + np.mean(slow == 0) / 2)
    assert told.splits == len(slow)


def test_choosing_among_noise_is_a_coin_toss():
    told = [overfitting(noise(160, 21, each), slices=8) for each in range(150)]
    assert np.mean([each.probability for each in told]) == pytest.approx(0.5, abs=0.06)
    assert np.mean([each.loss for each in told]) == pytest.approx(0.5, abs=0.06)


def test_a_planted_edge_is_no_overfitting():
    results = noise(320, 50)
    results[:, 17] += 0.5
    told = overfitting(results)
    assert told.splits == 12_870
    assert told.probability < 0.01
    assert told.loss < 0.01


def test_luck_that_turns_is_overfitting():
    """Each variant is lucky in one slice and pays for it evenly in all others."""
    results = 0.1 * noise(160, 16)
    luck = np.repeat(np.eye(16), 10, axis=0)
    told = overfitting(results + 1.6 * luck - 0.1, slices=16)
    assert told.probability > 0.95
    assert told.slope < 0


def test_the_best_inside_that_is_the_worst_outside():
    results = 0.01 * noise(80, 9)
    results[:40, 0] += 1.0
    results[40:, 0] -= 1.0
    told = overfitting(results, slices=2)
    assert told.splits == 2
    halves = results[:40, 1:], results[40:, 1:]
    assert max(abs(half.mean()) for half in halves) < 0.01
    assert told.logits[0] == pytest.approx(np.log(0.1 / 0.9))
    assert told.loss >= 0.5


def test_twins_share_their_rank_and_count_half():
    one = noise(64, 1)
    told = overfitting(np.hstack([one, one, one]), slices=4)
    assert set(told.logits) == {0.0}
    assert told.probability == 0.5


def test_variants_that_never_trade_are_neither_good_nor_bad():
    told = overfitting(np.zeros((64, 5)), slices=4)
    assert (told.probability, told.loss, told.slope) == (0.5, 0.0, None)


def test_a_constant_variant_is_neither_good_nor_bad_whatever_rounding_leaves():
    results = noise(64, 3)
    results[:, 1] = 0.3 / 7
    results[3, 1] += 1e-9
    told = overfitting(results, slices=4)
    results[:, 1] = 0.0
    assert told.logits == pytest.approx(overfitting(results, slices=4).logits)


def test_the_size_of_bets_does_not_matter():
    results = noise(64, 9)
    sizes = 10.0 ** np.arange(-4, 5)
    told = overfitting(results * sizes, slices=4)
    assert told.logits == pytest.approx(overfitting(results, slices=4).logits)


@pytest.mark.parametrize(("days", "variants"), [(0, 5), (31, 5), (100, 1), (100, 0)])
def test_too_little_to_split_gives_none(days, variants):
    assert overfitting(noise(days, variants)) is None


@pytest.mark.parametrize("slices", [0, 3, 22, -2])
def test_slices_that_cannot_be_halved_are_refused(slices):
    with pytest.raises(InvalidInput):
        overfitting(noise(100, 3), slices=slices)


@pytest.mark.parametrize("results", [[1.0, 2.0], [[np.nan, 1.0]] * 40, [[np.inf, 1.0]] * 40])
def test_results_that_are_no_table_of_numbers_are_refused(results):
    with pytest.raises(InvalidInput):
        overfitting(results)


tables = arrays(
    np.float64,
    st.tuples(st.integers(8, 20), st.integers(2, 6)),
    elements=st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 1.0]),
)


@settings(max_examples=60)
@given(tables)
def test_any_table_gives_probabilities(results):
    told = overfitting(results, slices=4)
    assert 0 <= told.probability <= 1
    assert 0 <= told.loss <= 1
    assert np.isfinite(told.logits).all()
    assert told.slope is None or np.isfinite(told.slope)
