"""S15: what happened before a rule was known to the world, or to its reader, proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from alone_builders import STANDARDS, WITHOUT_COSTS, coin_of, signals_at, span_of
from hyperbot.backtesting.embargo import embargo_of, subject_of
from hyperbot.backtesting.random_entries import random_entries
from hyperbot.backtesting.significance import Subject, daily_r, measure, windows
from hyperbot.backtesting.trials import behaviour_sha256
from hyperbot.backtesting.verdict import Circumstances, judged
from hyperbot.domain.rule_errors import parse_rule
from result_builders import BEGIN, DAY, HOUR, candles

ALONE = Circumstances(STANDARDS, None)
RULE = {"id": "a", "name": "A", "direction": "both", "entry_type": "LE", "timeframe": "5m"}
IN_JUNE, IN_MARCH = date(2024, 6, 30), date(2024, 3, 1)
JULY_1 = int(datetime(2024, 7, 1, tzinfo=UTC).timestamp() * 1000)


def rule(**fields):
    return parse_rule(RULE | fields)


def test_without_a_date_nothing_is_known():
    assert embargo_of(rule()) == (
        None,
        "no date is known of its source: all of this history may have taught it",
    )


@pytest.mark.parametrize(
    ("published", "cutoff", "reason"),
    [
        (IN_JUNE, None, "its source came out on 2024-06-30"),
        (IN_JUNE, IN_MARCH, "its source came out on 2024-06-30"),
        (IN_JUNE, IN_JUNE, "its source came out on 2024-06-30"),
        (None, IN_JUNE, "the model that read it learnt until 2024-06-30"),
        (IN_MARCH, IN_JUNE, "the model that read it learnt until 2024-06-30"),
    ],
)
def test_the_later_date_counts_and_its_whole_day(published, cutoff, reason):
    dates = {"source_published": published, "model_cutoff": cutoff}
    told = embargo_of(rule(**{name: str(day) for name, day in dates.items() if day}))
    assert told == (JULY_1, f"{reason}, so only what came later can prove it")


def test_a_subject_is_the_rule_as_it_trades_and_is_judged():
    dated = rule(source_published=str(IN_JUNE), confidence=0.7)
    assert subject_of(dated) == Subject(
        "a", behaviour_sha256(dated), 0.7, JULY_1, embargo_of(dated)[1]
    )
    # A date does not change how it trades: with another one it is no new trial.
    assert subject_of(dated).sha256 == subject_of(rule()).sha256


def noise(days):
    """Hourly candles of a market that goes nowhere in particular."""
    steps = np.random.default_rng(11).normal(0, 0.005, 24 * days)
    return candles(closes=100 * np.exp(np.cumsum(steps)), wick=0.05)


COIN = coin_of(noise(200))
DAYS = np.arange(10, 190)


def daily_signals(right):
    """One trade a day at the close of the candle of 0:00, on the side that the next day takes.

    `right` (180,): on which days; on the others on the wrong side.
    """
    rng, rows, close = np.random.default_rng(3), 24 * DAYS, COIN.candles.close
    ahead = np.where(close[rows + 24] > close[rows], 1, -1)
    sent = signals_at(COIN, "a", rows, np.where(right, ahead, -ahead), rng)
    return sent._replace(plan=replace(sent.plan, time_stop_ms=20 * HOUR))  # over before the next


def measured(signals, embargo):
    COIN.given = {"a": signals}
    subject = Subject("a", "a", None, embargo, "its source came out")
    return measure(subject, [COIN], span_of(COIN), WITHOUT_COSTS, STANDARDS)


def right_until(day, seed=2):
    """Always right before a day, and by a coin's toss from then on."""
    return np.less(DAYS, day) | (np.random.default_rng(seed).random(DAYS.size) < 0.5)


def test_an_edge_before_the_source_is_not_proven_by_it():
    """Planted source date: the rule describes what had happened, and knows nothing more."""
    sent = daily_signals(right_until(110))
    published = BEGIN + 110 * DAY
    (blind,) = judged([measured(sent, None)], ALONE)
    (told,) = judged([measured(sent, published)], ALONE)
    assert blind.all_trades.p_value < 0.05  # without the date it looks good
    assert told.verdict != "edge"
    assert told.in_sample.mean > 0.3
    assert told.out_of_sample.p_value > 0.05
    assert told.in_sample.trades + told.out_of_sample.trades == told.all_trades.trades
    assert f"over {told.out_of_sample.trades} trades" in " ".join(told.reasons)


def test_an_edge_after_the_source_is_proven_by_that_alone():
    published = BEGIN + 60 * DAY
    rng = np.random.default_rng(5)
    after = np.greater_equal(DAYS, 60) & (rng.random(DAYS.size) < 0.8)
    (told,) = judged([measured(daily_signals(after), published)], ALONE)
    assert told.in_sample.mean < 0  # and that it lost before does not speak against it
    assert told.out_of_sample.trades == told.all_trades.trades - told.in_sample.trades
    assert told.out_of_sample.p_value < 0.01
    assert told.verdict == "edge"


@pytest.mark.parametrize(("moved", "before"), [(0, 100), (1, 101), (-1, 100), (-HOUR, 100)])
def test_a_trade_entered_at_the_moment_itself_counts_as_later(moved, before):
    # Signals at the close of 0:00 on each day from the 11th: entered at 1:00.
    entry = BEGIN + 110 * DAY + HOUR
    told = measured(daily_signals(right_until(110)), entry + moved)
    assert told.in_sample.trades == before
    assert told.judged.entry.min() >= entry + moved
    assert told.trades.where(told.trades.entry < entry + moved).net.size == before


@pytest.mark.parametrize("days", [200, 250, 10_000])
def test_an_embargo_after_the_end_leaves_nothing_to_judge(days):
    told = measured(daily_signals(right_until(110)), BEGIN + days * DAY)
    assert (told.judged.net.size, told.out_of_sample.trades, told.random_entries) == (0, 0, None)
    assert told.in_sample.trades == told.all_trades.trades == 180
    assert told.daily.tolist() == [0.0]
    assert not any(stress.flips for stress in told.fragility)
    (verdict,) = judged([told], ALONE)
    assert verdict.verdict == "not enough evidence"
    assert verdict.reasons == ("all its 180 trades may have taught it: its source came out",)
    assert verdict.track is None


@pytest.mark.parametrize("embargo", [0, BEGIN - 500 * DAY, BEGIN])
def test_an_embargo_before_the_begin_takes_nothing_away(embargo):
    told = measured(daily_signals(right_until(110)), embargo)
    assert told.out_of_sample == told.all_trades
    assert (told.in_sample.trades, told.in_sample.mean) == (0, None)
    assert told.daily.size == 200


def test_a_track_begins_with_the_embargo_and_counts_idle_days():
    told = measured(daily_signals(right_until(110)), BEGIN + 150 * DAY + 5 * HOUR)
    assert told.daily.size == 50  # the day that is cut is a day, too
    assert np.count_nonzero(told.daily) == told.judged.net.size == 39
    assert told.daily.sum() == pytest.approx(told.judged.net.sum())


def test_days_are_those_that_the_span_touches():
    trades = measured(daily_signals(right_until(110)), None).trades.where([0, 1, 1])
    first = trades.entry[0]
    twice = trades._replace(entry=np.array([first, first + DAY, first + DAY]))
    sums = daily_r(twice, (first - HOUR, first + DAY + 1))
    assert sums.tolist() == [twice.net[0], twice.net[1] * 2]
    assert daily_r(twice.where([]), (BEGIN, BEGIN)).tolist() == [0.0]
    assert daily_r(twice.where([]), (BEGIN, BEGIN + 2 * DAY)).tolist() == [0.0, 0.0]


def test_windows_leave_out_what_reaches_into_the_next_one():
    one = measured(daily_signals(right_until(110)), None).trades.where([0, 1, 2, 3, 4])
    made = one._replace(
        entry=np.array([0, 40, 45, 50, 99]),
        exit=np.array([10, 50, 51, 60, 100]),
        net=np.array([1.0, 2.0, 100.0, -1.0, -2.0]),
    )
    first, second = windows(made, (0, 100), 2)
    assert (first.name, first.since, first.until) == ("1 of 2", 0, 50)
    assert (first.trades, first.mean_r) == (2, 1.5)  # the third ended in the second window
    assert (second.trades, second.mean_r) == (2, -1.5)
    assert [each.trades for each in windows(made.where([]), (0, 7), 3)] == [0, 0, 0]
    assert [each.until for each in windows(made, (0, 7), 3)] == [2, 4, 7]


def test_signals_that_are_still_open_at_the_end_are_not_judged():
    sent = daily_signals(right_until(200))
    last = sent.where([-1])._replace(row=np.array([len(COIN.candles) - 2]))
    COIN.given = {"a": last}
    told = measure(Subject("a", "a"), [COIN], span_of(COIN), WITHOUT_COSTS, STANDARDS)
    assert (told.alone.pending, told.alone.trades, told.all_trades.trades) == (1, 0, 0)
    assert told.fragility == ()


def test_null_and_stress_are_of_what_is_judged_alone():
    since = BEGIN + 110 * DAY
    told = measured(daily_signals(right_until(110)), since)
    assert {each.trades for each in told.fragility if each.name.startswith("costs")} == {80}
    taken = COIN.accepted("a").where(told.trades.signal[told.trades.entry >= since])
    mean = float(told.judged.net.mean())
    assert told.random_entries == random_entries(
        [(COIN, taken)], mean, WITHOUT_COSTS, since, f"{STANDARDS.seed} a"
    )
    whole = measured(daily_signals(right_until(110)), None)
    assert {each.trades for each in whole.fragility if each.name.startswith("costs")} == {180}
