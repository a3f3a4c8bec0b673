"""The mean of clustered trades: by hand, against arch, and on input that says nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperbot.domain.errors import InvalidInput
from hyperbot.statistics.bootstrap import mean_of_clustered
from hyperbot.statistics.chance import seeded


def trades(days=300, mean=0.0, purpose="trades"):
    chance = seeded("test of bootstrap", purpose)
    at = np.repeat(np.arange(days), chance.poisson(2, days))
    return mean + chance.standard_normal(len(at)), at


def test_the_mean_weighs_trades_not_days():
    told = mean_of_clustered([1.0, 1.0, 1.0, -1.0], [5, 5, 5, 9], seed="a")
    assert (told.mean, told.clusters) == (0.5, 2)


def test_independent_trades_get_the_textbook_error_on_average():
    errors, widths = [], []
    for each in range(60):
        results, days = trades(purpose=each)
        told = mean_of_clustered(results, days, seed="a")
        textbook = results.std(ddof=1) / len(results) ** 0.5
        errors.append(told.error / textbook)
        widths.append((told.high - told.low) / textbook)
    assert np.mean(errors) == pytest.approx(1, abs=0.07)
    assert np.mean(widths) == pytest.approx(2 * 2.145, rel=0.07)  # Student's t, 14 terms


def test_the_error_of_dependent_days_is_that_of_a_long_stationary_bootstrap():
    from arch.bootstrap import StationaryBootstrap

    chance = seeded("test of bootstrap", "waves")
    noise = np.convolve(chance.standard_normal(1_009), np.ones(10) / 10, "valid")
    told = mean_of_clustered(noise, np.arange(len(noise)), held_days=10, seed="a")
    peer = StationaryBootstrap(40, noise, seed=chance)
    assert told.error == pytest.approx(float(peer.cov(np.mean, 1_000)[0, 0]) ** 0.5, rel=0.25)
    independent = noise.std() / len(noise) ** 0.5
    assert told.error > 2 * independent


def test_copies_of_a_trade_on_its_day_add_no_certainty():
    results, days = trades()
    once = mean_of_clustered(results, days, seed="a")
    often = mean_of_clustered(np.repeat(results, 5), np.repeat(days, 5), seed="a")
    assert often.error == pytest.approx(once.error)
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert often.p_value == pytest.approx(once.p_value)


def test_p_value_and_interval_agree_on_which_side_zero_lies():
    for mean in (-0.3, -0.05, 0.0, 0.05, 0.08, 0.1, 0.3):
        told = mean_of_clustered(*trades(mean=mean), seed="a")
        assert (told.p_value < 0.025) == (told.low > 0)
        assert (told.p_value > 0.975) == (told.high < 0)


def test_p_values_beyond_the_draws_keep_falling():
    ladder = [
        mean_of_clustered(*trades(mean=mean), seed="a").p_value
        for mean in (0.0, 0.05, 0.1, 0.15, 0.2, 0.4, 0.8, 1.6)
    ]
    assert ladder == sorted(ladder, reverse=True)
    assert 0 < ladder[-1] < 1e-6


def test_the_same_seed_gives_the_same_numbers():
    results, days = trades()
    assert mean_of_clustered(results, days, seed="a") == mean_of_clustered(results, days, seed="a")
    other = mean_of_clustered(results, days, seed="b")
    assert other.low != mean_of_clustered(results, days, seed="a").low


def test_neither_the_first_day_nor_the_order_nor_the_unit_matters():
    results, days = trades()
    told = mean_of_clustered(results, days, seed="a")
    moved = mean_of_clustered(7 * results[::-1], days[::-1] + 20_000, seed="a")
    assert moved.low == pytest.approx(7 * told.low)
    assert moved.p_value == pytest.approx(told.p_value)


def test_blocks_grow_with_the_time_that_trades_are_held():
    results, days = trades()
    lengths = [
        mean_of_clustered(results, days, held_days=held, seed="a").block_days
        for held in (0, 5, 5.2, 10)
    ]
    assert lengths == [11, 11, 11, 20]
    held = np.where(np.arange(len(results)) % 4, 1, 9)  # a quarter of the trades lasts long
    assert mean_of_clustered(results, days, held_days=held, seed="a").block_days == 18


def test_too_few_days_give_the_mean_alone():
    results, days = trades()
    for chosen in (days < 9, days % 40 == 0, (days < 30) & (days % 2 == 0)):
        held = 10 if days[chosen].max() < 30 else 0
        told = mean_of_clustered(results[chosen], days[chosen], held_days=held, seed="a")
        assert told.mean == pytest.approx(results[chosen].mean())
        assert (told.low, told.high, told.p_value, told.error) == (None,) * 4


def test_trades_of_two_stretches_give_the_mean_alone():
    days = np.concatenate((np.arange(10), 400 + np.arange(10)))
    told = mean_of_clustered(np.arange(20.0), days, seed="a")
    assert (told.clusters, told.low) == (20, None)


def test_results_that_do_not_differ_give_the_mean_alone():
    told = mean_of_clustered([-1.0] * 60, np.arange(60), seed="a")
    assert (told.mean, told.clusters, told.low, told.p_value) == (-1, 60, None, None)


def test_a_single_loss_among_wins_is_too_rare_to_say_how_much_it_matters():
    results = np.full(12, 2.0)
    results[5] = -1.0
    told = mean_of_clustered(results, 5 * np.arange(12), seed="a")
    assert (told.mean, told.clusters, told.low) == (1.75, 12, None)


def test_no_trades_have_no_mean():
    assert mean_of_clustered([], [], seed="a") is None


@pytest.mark.parametrize(
    ("results", "days", "others"),
    [
        ([1.0, 2.0], [1], {}),
        ([[1.0], [2.0]], [[1], [2]], {}),
        ([1.0, 2.0], [1.0, 2.0], {}),
        ([1.0, np.nan], [1, 2], {}),
        ([1.0, np.inf], [1, 2], {}),
        ([1.0, 1e101], [1, 2], {}),
        ([1.0, 2.0], [1, 10**9], {}),
        ([1.0, 2.0], [1, 2], {"held_days": -1}),
        ([1.0, 2.0], [1, 2], {"held_days": np.nan}),
        ([1.0, 2.0], [1, 2], {"held_days": [1, 2, 3]}),
        ([1.0, 2.0], [1, 2], {"confidence": 1}),
    ],
)
def test_input_that_makes_no_sense_is_refused(results, days, others):
    with pytest.raises(InvalidInput, match=r"^[A-Z].*[a-z0-9]$"):
        mean_of_clustered(results, days, seed="a", **others)


numbers = st.floats(-1e100, 1e100) | st.sampled_from([-1.0, 2.0])
pairs = st.tuples(numbers, st.integers(-100, 100))


@settings(max_examples=60)
@given(st.lists(pairs, min_size=1, max_size=80), st.floats(0, 50))
def test_any_trades_give_finite_numbers_or_none(given_trades, held):
    results, days = zip(*given_trades, strict=True)
    told = mean_of_clustered(results, days, held_days=held, seed="a")
    assert np.isfinite(told.mean)
    known = [told.low, told.high, told.p_value, told.error]
    assert all(each is None for each in known) or np.isfinite(known).all()
    if told.low is not None:
        assert told.low <= told.high
        assert 0 < told.p_value <= 1
