"""Looking every day: a fixed test cries wolf, a betting one does not, and still finds an edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from hyperbot.domain.errors import InvalidInput
from hyperbot.statistics.chance import seeded
from hyperbot.statistics.sequential import BETS, better_than, mean_above_zero

LOOKS = 40
ALPHA = 0.05


def lowest_fixed_p(results):
    """Of a z-test of the results so far, made anew at each look."""
    looks = np.arange(1, len(results) + 1)
    return (1 - ndtr(np.cumsum(results) / np.sqrt(looks) / np.std(results))).min()


def worthless(kind, chance):
    if kind == "one R lost or two won":
        return np.where(chance.random(LOOKS) < 1 / 3, 2.0, -1.0)
    if kind == "bounded by the floor":
        return chance.uniform(-1, 1, LOOKS)
    if kind == "rarely much, mostly a little lost":
        return np.where(chance.random(LOOKS) < 0.05, 4.75, -0.25)
    return chance.standard_normal(LOOKS)  # falls below the floor now and then


KINDS = [
    "one R lost or two won",
    "bounded by the floor",
    "rarely much, mostly a little lost",
    "beyond the floor",
]


@pytest.mark.parametrize("kind", KINDS)
def test_looking_every_day_does_not_make_luck_look_like_skill(kind):
    streams = [worthless(kind, seeded("peeking", kind, each)) for each in range(2_000)]
    ours = np.mean([mean_above_zero(each, floor=1.0).p_value <= ALPHA for each in streams])
    assert ours <= ALPHA
    if kind != "rarely much, mostly a little lost":
        assert np.mean([lowest_fixed_p(each) <= ALPHA for each in streams]) > 0.2


def test_capital_of_the_worthless_is_one_on_average():
    streams = seeded("capital").uniform(-1, 1, (4_000, 20))
    ends = [mean_above_zero(each, floor=1.0).e_value for each in streams]
    assert np.mean(ends) == pytest.approx(1, abs=0.1)


def test_a_planted_edge_is_found_three_times_of_four_in_100_trades_and_mostly_in_200():
    """Two R won in half of the trades, one lost in the others: a mean of 0.5 R."""
    streams = np.where(seeded("power").random((500, 200)) < 0.5, 2.0, -1.0)
    p_values = np.array([mean_above_zero(each, floor=1.0).p_values for each in streams])
    assert np.mean(p_values[:, 99] <= ALPHA) > 0.7
    assert np.mean(p_values[:, 199] <= ALPHA) > 0.95


def test_a_better_variant_is_found_and_an_equal_one_seldom():
    chance = seeded("pairs")
    market = chance.uniform(-1, 1, (1_000, 60))
    others = market + chance.uniform(-0.5, 0.5, market.shape)
    equal = market + chance.uniform(-0.5, 0.5, market.shape)
    pairs = list(zip(equal, others, strict=True))
    lucky = [better_than(a, b, floor=1.0).p_value <= ALPHA for a, b in pairs]
    found = [better_than(a + 0.3, b, floor=1.0).p_value <= ALPHA for a, b in pairs]
    assert np.mean(lucky) <= ALPHA
    assert np.mean(found) > 0.95


def test_it_is_what_the_slow_obvious_way_gives():
    results = np.array([0.5, -1.0, 2.0, -1.3, 0.0, 1.0])
    told = mean_above_zero(results, floor=1.2)
    capitals = [1.0] * BETS
    highest = 1.0
    for look, result in enumerate(results):
        capitals = [
            max(capital * (1 + number / BETS / 1.2 * result), 0.0)
            for number, capital in enumerate(capitals)
        ]
        highest = max(highest, sum(capitals) / BETS)
        assert told.e_values[look] == pytest.approx(sum(capitals) / BETS)
        assert told.p_values[look] == pytest.approx(1 / highest)


def test_the_past_never_changes():
    results = seeded("past").uniform(-1, 1, 50)
    whole = mean_above_zero(results, floor=1.0)
    for seen in range(0, 51, 10):
        part = mean_above_zero(results[:seen], floor=1.0)
        assert part.e_values == pytest.approx(whole.e_values[:seen])
        assert part.p_values == pytest.approx(whole.p_values[:seen])


def test_the_unit_does_not_matter():
    results = seeded("unit").uniform(-1, 1, 50)
    told = mean_above_zero(200 * results, floor=200.0)
    assert told.e_values == pytest.approx(mean_above_zero(results, floor=1.0).e_values)


def test_a_loss_beyond_all_expectation_bankrupts_all_bets_for_good():
    told = mean_above_zero([1.0] * 50 + [-1e9] + [1.0] * 50, floor=1.0)
    assert told.e_values[49] > 1e6
    assert told.e_values[50:] == pytest.approx(np.full(51, 1 / BETS))
    assert told.p_value == pytest.approx(1 / told.e_values[49])


def test_before_the_first_result_nothing_is_known():
    told = mean_above_zero([], floor=1.0)
    assert (told.e_value, told.p_value, len(told.e_values)) == (1.0, 1.0, 0)


@pytest.mark.parametrize(
    ("results", "floor"),
    [
        ([[1.0]], 1.0),
        ([np.nan], 1.0),
        ([np.inf], 1.0),
        ([1.0], 0.0),
        ([1.0], -1.0),
        ([1.0], np.nan),
        ([1.0], np.inf),
        (np.zeros(1_000_001), 1.0),
    ],
    ids=lambda value: str(value)[:20],
)
def test_input_that_makes_no_sense_is_refused(results, floor):
    with pytest.raises(InvalidInput):
        mean_above_zero(results, floor=floor)


@pytest.mark.parametrize("others", [[1.0, 2.0], [np.nan]])
def test_pairs_that_do_not_match_are_refused(others):
    with pytest.raises(InvalidInput):
        better_than([1.0], others, floor=1.0)


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(numbers, max_size=30), st.floats(1e-3, 1e6))
def test_any_results_give_p_values(results, floor):
    for told in (
        mean_above_zero(results, floor=floor),
        better_than(results, results[::-1], floor=floor),
    ):
        assert np.isfinite(told.e_values).all()
        assert ((told.p_values > 0) & (told.p_values <= 1)).all()
        assert (np.diff(told.p_values) <= 0).all()
