"""S9: nothing is learnt from what was not over an embargo before the test; planted leaks fail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.backtesting.walk_forward import Dated, Fold, chained, folds, refuse_leak, walk_forward
from hyperbot.domain.errors import Fatal, InvalidInput

DAY = 86_400_000


def dated(entries, exits, results=None):
    entries = np.array(entries, np.int64)
    made = np.zeros(entries.size) if results is None else np.array(results, float)
    return Dated(entries, np.array(exits, np.int64), made)


def mean(known):
    return float(known.results.mean()) if known.results.size else np.nan


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        ((0, 100, 100, 200, 10), "training until 100 reaches into the embargo of 10 ms before"),
        ((0, 91, 100, 200, 10), "training until 91 reaches into the embargo"),
        ((0, 150, 100, 200, 0), "training until 150 reaches into the embargo of 0 ms"),
        ((0, 300, 100, 200, 10), "training until 300"),
        ((80, 70, 100, 200, 10), "training until 70"),
        ((0, 90, 100, 100, 10), "the test from 100 to 100 has no time"),
        ((0, 90, 100, 99, 10), "the test from 100 to 99 has no time"),
        ((0, 90, 100, 200, -1), "an embargo of -1 ms must not be negative"),
    ],
)
def test_a_fold_that_would_leak_cannot_be_built(times, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        Fold(*times)


def test_training_ends_exactly_an_embargo_before_the_test():
    fold = Fold(0, 90, 100, 200, 10)
    # Known at 89 is early enough, at 90 not; entered before the training is not its own.
    entries, exits = np.array([0, 50, 50, 50, -1]), np.array([10, 89, 90, 150, 10])
    assert fold.train(entries, exits).tolist() == [True, True, False, False, False]
    assert fold.test(np.array([99, 100, 199, 200])).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("entry", "exit_"), [(50, 90), (50, 150), (120, 130), (100, 100), (-1, 10)]
)
def test_a_planted_leak_is_fatal(entry, exit_):
    fold = Fold(0, 90, 100, 200, 10)
    refuse_leak(fold, dated([0, 50], [10, 89]))
    with pytest.raises(Fatal, match=f"entered at {entry} and over at {exit_} would leak into the"):
        refuse_leak(fold, dated([0, entry, 50], [10, exit_, 89]))


def test_a_fold_that_forgets_to_purge_is_caught_by_walking():
    class Forgetful(Fold):
        def train(self, entries, exits):
            return (entries >= self.train_since) & (entries < self.train_until)

    leaky = Forgetful(0, 90, 100, 200, 10)
    with pytest.raises(Fatal, match="would leak into the test that begins at 100"):
        walk_forward([leaky], [dated([50], [95], [1.0])], mean)


def test_folds_are_equal_stretches_each_trained_on_all_before():
    told = folds(1_000, 2_000, 4, 50)
    assert told == (
        Fold(1_000, 1_200, 1_250, 1_500, 50),
        Fold(1_000, 1_450, 1_500, 1_750, 50),
        Fold(1_000, 1_700, 1_750, 2_000, 50),
    )


@pytest.mark.parametrize("count", [-1, 0, 1, 1_001])
def test_a_number_of_folds_that_makes_no_sense_is_refused(count):
    with pytest.raises(InvalidInput, match=f"{count} folds: choose 2 to 1000"):
        folds(0, 10**12, count, 0)


def test_an_embargo_that_eats_a_stretch_is_refused():
    sentence = "5 folds leave 2.0 days each, no more than the embargo of 2.0 days: choose fewer"
    with pytest.raises(InvalidInput, match=sentence):
        folds(0, 10 * DAY, 5, 2 * DAY)
    assert len(folds(0, 10 * DAY, 5, 2 * DAY - 1)) == 4


@given(st.integers(2, 20), st.integers(0, 40), st.integers(1_000, 5_000))
def test_tests_follow_each_other_and_no_trade_is_judged_twice(count, embargo, length):
    told = folds(7, 7 + length, count, embargo)
    assert told[-1].until == 7 + length
    entries = np.arange(7, 7 + length)
    judged = np.sum([fold.test(entries) for fold in told], axis=0)
    assert judged.tolist() == [int(entry >= told[0].since) for entry in entries]
    for fold in told:
        learnt = fold.train(entries, entries + 3)
        assert not (learnt & fold.test(entries)).any()
        assert entries[learnt].max(initial=0) + 3 < fold.since - embargo


def test_the_best_of_the_past_is_judged_on_what_came_after():
    fold = Fold(0, 90, 100, 200, 10)
    early = dated([10, 20, 110, 120, 205], [15, 25, 250, 130, 206], [3, 1, -1, -2, 9])
    late = dated([10, 20, 110], [15, 25, 130], [1, 1, 8])
    (step,) = walk_forward([fold], [late, early], mean)
    # The second was better before; its trade entered in the test counts, though it ended later.
    assert (step.fold, step.chosen) == (fold, 1)
    assert step.judged.results.tolist() == [-1, -2]
    assert step.judged.exits.tolist() == [250, 130]


def test_of_equals_the_first_is_chosen_and_nan_never():
    fold = Fold(0, 90, 100, 200, 10)
    without = dated([50], [95], [100.0])  # not over in time: nothing to judge it by
    one = dated([10, 110], [15, 120], [1, 5])
    (step,) = walk_forward([fold], [without, one, one], mean)
    assert step.chosen == 1


@pytest.mark.parametrize("variants", [[], [dated([110], [120], [1.0])], [dated([], [])]])
def test_without_a_past_nothing_is_chosen(variants):
    (step,) = walk_forward([Fold(0, 90, 100, 200, 10)], variants, mean)
    assert step.chosen is None
    assert [column.size for column in step.judged] == [0, 0, 0]


def test_a_chain_is_all_tests_one_after_the_other():
    told = folds(0, 300, 3, 10)
    one = dated([10, 110, 210], [20, 120, 220], [1, 2, 3])
    made = chained(walk_forward(told, [one], mean))
    assert (made.entries.tolist(), made.results.tolist()) == ([110, 210], [2, 3])
    assert [column.size for column in chained([])] == [0, 0, 0]


HELD, STRETCH = 10, 10
"""days that a trade is held, and of each training and test"""


def long_and_short(seed):
    """Two rules without an edge: each day they buy, or sell, noise, and hold it for 10 days.

    So trades of neighbouring days share most of the moves that they live through.
    """
    price = np.concatenate([[0.0], np.cumsum(np.random.default_rng(seed).normal(0, 1, 1_010))])
    entries = np.arange(1_000)
    moves = price[entries + HELD] - price[entries]
    return [dated(entries * DAY, (entries + HELD) * DAY, side * moves) for side in (1, -1)]


def forgetful_choice(variants, fold):
    """The best of the trades entered in the training, as if their results were known by then."""
    return int(np.argmax([mean(_entered(each, fold.train_since, fold.since)) for each in variants]))


def _entered(trades, since, until):
    return trades.where((trades.entries >= since) & (trades.entries < until))


def test_overlapping_trades_look_profitable_unless_they_are_purged():
    """Planted: results of the training are made by the moves of the test. The truth is 0."""
    begins = range(2 * STRETCH + HELD, 990, STRETCH)
    given_folds = [
        Fold((at - STRETCH - HELD) * DAY, at * DAY, at * DAY, (at + STRETCH) * DAY, 0)
        for at in begins
    ]
    leaky, purged = [], []
    for seed in range(40):
        variants = long_and_short(seed)
        steps = walk_forward(given_folds, variants, mean)
        assert all(step.chosen is not None for step in steps)
        purged.append(chained(steps).results.mean())
        forgetful = [
            fold.test(variants[0].entries) @ variants[forgetful_choice(variants, fold)].results
            for fold in given_folds
        ]
        leaky.append(sum(forgetful) / chained(steps).results.size)
    error = np.std(purged, ddof=1) / np.sqrt(len(purged))
    assert np.mean(leaky) > 5 * error
    assert abs(np.mean(purged)) < 2.5 * error
