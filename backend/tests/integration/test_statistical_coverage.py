"""Intervals hold the truth as often as they say, and p-values err no more often than they say.

Trades are simulated whose true mean is known and that hang together as trades do: days that
follow each other, trades that are open at the same time, days with many trades, fat tails.
"""

import logging
from collections.abc import Callable

import numpy as np
import pytest

from hyperbot.statistics.bootstrap import mean_of_clustered
from hyperbot.statistics.chance import seeded
from hyperbot.statistics.discoveries import q_values

log = logging.getLogger(__name__)

TIMES = 2_000
TRUE_MEAN = 0.25
"""of every simulation below, added or built in"""


def days_that_follow_each_other(strength, days):
    """One result a day, an autoregression of first order."""

    def simulated(chance):
        noise = chance.standard_normal(days + 100)
        for day in range(1, len(noise)):
            noise[day] += strength * noise[day - 1]
        return TRUE_MEAN + noise[100:], np.arange(days), 0

    return simulated


def trades_open_at_the_same_time(held, days=300):
    """About two trades a day, each made of the market's next `held` days and its own luck."""

    def simulated(chance):
        market = np.convolve(chance.standard_normal(days + held - 1), np.ones(held), "valid")
        at = np.repeat(np.arange(days), chance.poisson(2, days))
        return TRUE_MEAN + market[at] / held**0.5 + chance.standard_normal(len(at)), at, held

    return simulated


def crowded_days_with_fat_tails(days=300):
    """Trades on 4 days of 10, three on average, with a shared and an own part of 4 degrees."""

    def simulated(chance):
        at = _crowded(chance, days, 0.4)
        shared = 0.6 * chance.standard_t(4, days)[at]
        return TRUE_MEAN + shared + chance.standard_t(4, len(at)), at, 0

    return simulated


def wins_of_two_and_losses_of_one(share_of_days, days=300, win_rate=1.25 / 3):
    """Good and bad days: trades of one day win together more often than apart."""

    def simulated(chance):
        at = _crowded(chance, days, share_of_days)
        rate = chance.beta(2 * win_rate, 2 * (1 - win_rate), days)[at]
        return np.where(chance.random(len(at)) < rate, 2.0, -1.0), at, 0

    return simulated


def _crowded(chance, days, share):
    counts = np.where(chance.random(days) < share, chance.geometric(0.4, days), 0)
    return np.repeat(np.arange(days), counts)


SCENARIOS: dict[str, Callable] = {
    "days, 0.3": days_that_follow_each_other(0.3, 250),
    "days, 0.5": days_that_follow_each_other(0.5, 250),
    "days, 0.5, long": days_that_follow_each_other(0.5, 500),
    "held 5 days": trades_open_at_the_same_time(5),
    "held 10 days": trades_open_at_the_same_time(10),
    "fat tails": crowded_days_with_fat_tails(),
    "-1 or +2": wins_of_two_and_losses_of_one(0.4),
    "-1 or +2, rare": wins_of_two_and_losses_of_one(0.15),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_intervals_and_p_values_keep_their_word(name):
    missed_above = missed_below = false_alarms = 0
    for each in range(TIMES):
        chance = seeded("coverage", name, each)
        results, days, held = SCENARIOS[name](chance)
        told = mean_of_clustered(results - TRUE_MEAN, days, held_days=held, seed=str(each))
        missed_above += told.high < 0
        missed_below += told.low > 0
        false_alarms += told.p_value <= 0.05
    covered, alarms = 1 - (missed_above + missed_below) / TIMES, false_alarms / TIMES
    # shown by pytest --log-level=info -rP
    log.info("%s: covered %.2f%%, false alarms %.2f%%", name, 100 * covered, 100 * alarms)
    assert (covered, alarms) == pytest.approx((0.95, 0.05), abs=0.02)


def test_the_interval_of_independent_trades_would_not_hold():
    """What it guards against: without days and blocks, half of the intervals miss the truth."""
    missed = 0
    for each in range(400):
        results, _, _ = SCENARIOS["held 10 days"](seeded("coverage", "naive", each))
        error = results.std() / len(results) ** 0.5
        missed += abs(results.mean() - TRUE_MEAN) > 1.96 * error
    assert missed / 400 > 0.4


def rules_of_one_market(chance, edges, days=250):
    """P-values of rules that trade the same market: each on its own days, on its own side."""
    market = chance.standard_normal(days)
    p_values = []
    for number, edge in enumerate(edges):
        at = _crowded(chance, days, 0.5)
        sides = chance.choice((-1.0, 1.0), days)[at]
        results = edge + sides * market[at] + chance.standard_t(4, len(at))
        p_values.append(mean_of_clustered(results, at, seed=str(number)).p_value)
    return np.array(p_values)


@pytest.mark.slow
def test_of_worthless_rules_few_seem_good_and_none_after_counting_them_all():
    runs = [rules_of_one_market(seeded("rules", each), np.zeros(50)) for each in range(40)]
    assert np.mean(np.array(runs) <= 0.05) == pytest.approx(0.05, abs=0.02)
    assert np.mean([(q_values(each) <= 0.05).any() for each in runs]) <= 0.05


@pytest.mark.slow
def test_rules_with_an_edge_are_found_among_a_thousand():
    edges = np.zeros(1_000)
    edges[:20] = 1.0
    found = np.flatnonzero(q_values(rules_of_one_market(seeded("rules"), edges)) <= 0.05)
    assert np.count_nonzero(found < 20) >= 15
    assert np.count_nonzero(found >= 20) <= 2
