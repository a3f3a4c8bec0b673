"""S8, S12: what is said of a rule, in which words, and what it takes to be called an edge."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.backtesting.evidence import MeanR, TrialsSoFar
from hyperbot.backtesting.significance import Standards, Subject
from hyperbot.backtesting.verdict import Circumstances, judged, track_record
from hyperbot.statistics.sharpe import track
from hyperbot.storage.trial_ledger import TrialLedger
from measured_builders import (
    ALONE,
    CHANCE,
    GOOD,
    GOOD_DAYS,
    STANDARDS,
    flipping,
    measured,
    trades_on,
    verdict_on,
)
from result_builders import BEGIN
from trial_builders import NOW, trial

ENOUGH = "+0.40 R a trade over 60 trades; with 95 % confidence between +0.20 R and +0.60 R"
LUCK = "by luck alone a mean this high comes in under 0.1 % of cases"
RATIO = (
    "its daily Sharpe ratio of 0.293 is above what the best of all trials owes to luck, 0.000, with"
    " a probability of over 99.9 %"
)
LENGTH = "31 days are needed to be 95 % sure that it is above 0, and there are 300"
MOMENTS = "the same setups at random moments make +0.02 R, and are as good in 0.249 % of 400 draws"


def tried(variants, **fields):
    return Circumstances(STANDARDS, TrialsSoFar(variants, 0.0, "ledger", NOW), **fields)


def test_an_edge_says_all_that_it_passed():
    told = verdict_on()
    assert told.verdict == "edge"
    low = "its true mean may be as low as +0.200 R"
    assert told.reasons == (ENOUGH, low, LUCK, RATIO, LENGTH, MOMENTS)


def test_an_edge_that_hangs_by_a_thread_says_so():
    told = verdict_on(fragility=flipping("entry one candle later", "without the best 5 trades"))
    assert told.verdict == "edge"
    assert told.reasons[-1] == (
        "its profit is gone in these cases: entry one candle later, without the best 5 trades"
    )


@pytest.mark.parametrize(
    ("mean", "days", "reasons"),
    [
        (MeanR(0, None), 0, ("no trade: below 30 nothing can be told",)),
        (MeanR(1, 0.5), 1, ("only 1 trade: below 30 nothing can be told", "1 trade of +0.50 R")),
        (
            MeanR(29, 0.5, 0.4, 0.6, 1e-9),
            29,
            (
                "only 29 trades: below 30 nothing can be told",
                "+0.50 R a trade over 29 trades; with 95 % confidence between +0.40 R and +0.60 R",
            ),
        ),
        (
            MeanR(1_200, 0.4),
            1,
            (
                "its 1,200 trades lie on only 1 day: at least 20 days are needed",
                "1,200 trades of +0.40 R on average",
            ),
        ),
        (GOOD, 19, ("its 60 trades lie on only 19 days: at least 20 days are needed", ENOUGH)),
        (
            MeanR(60, 0.4),
            25,
            (
                "its 60 trades on 25 days lie too close together, or are too much alike, to tell"
                " skill from luck",
                "60 trades of +0.40 R on average",
            ),
        ),
    ],
)
def test_below_the_minimum_there_is_nothing_but_not_enough_evidence(mean, days, reasons):
    told = verdict_on(mean, days)
    assert (told.verdict, told.reasons) == ("not enough evidence", reasons)


amounts = st.floats(-3, 3)


@given(
    st.integers(0, 80),
    st.integers(1, 80),
    st.tuples(amounts, amounts, amounts).map(sorted),
    st.floats(0, 1) | st.none(),
    st.booleans(),
)
def test_no_figure_makes_up_for_too_few_trades_or_days(count, days, bounds, p_value, is_flipping):
    low, middle, high = bounds
    mean = MeanR(count, middle, low, high, p_value) if count else MeanR(0, None)
    stresses = flipping("costs x3") if is_flipping else ()
    told = verdict_on(mean, min(days, count), fragility=stresses)
    if count < 30 or min(days, count) < 20 or p_value is None:
        assert told.verdict == "not enough evidence"
    if told.verdict == "edge":
        assert p_value <= 0.05
        assert high >= 0.05
    assert 1 <= len(told.reasons) <= 7
    assert all(reason and reason[-1] != "." for reason in told.reasons)


def test_without_an_interval_nothing_is_ruled_out():
    told = verdict_on(MeanR(60, 0.4, None, None, 0.2))
    assert told.verdict == "not enough evidence"
    assert told.reasons[0] == "60 trades of +0.40 R on average"


def test_exactly_the_minimum_is_enough():
    assert verdict_on(replace(GOOD, trades=30), 20).verdict == "edge"


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"random_entries": replace(CHANCE, p_value=0.06)}, "the same setups at random moments"),
        ({"random_entries": None}, "the same setups hardly ever trade at random moments: no com"),
        ({"daily": np.zeros(300)}, "its daily results do not differ, so they have no Sharpe ratio"),
        ({"daily": GOOD_DAYS - 0.19}, "its daily Sharpe ratio of 0.015 is above what the best of"),
        ({"daily": GOOD_DAYS - 0.2}, "its daily Sharpe ratio of"),
    ],
)
def test_what_fails_one_test_is_no_edge_and_says_which(changes, failed):
    told = verdict_on(**changes)
    assert told.verdict == "not enough evidence"
    assert told.reasons[0] == ENOUGH
    assert told.reasons[1].startswith(failed)
    assert LUCK not in told.reasons


def test_a_p_value_above_alpha_is_not_enough():
    told = verdict_on(replace(GOOD, low=-0.1, p_value=0.2))
    assert told.reasons == (
        "+0.40 R a trade over 60 trades; with 95 % confidence between -0.10 R and +0.60 R",
        "its true mean may be as low as -0.100 R",
        "by luck alone a mean this high comes in 20 % of cases",
    )


def test_a_short_track_says_how_long_it_must_be():
    told = verdict_on(daily=GOOD_DAYS[:10])
    # 34.3 days are needed: 34 would not do.
    assert told.track.days_needed == pytest.approx(34.28, abs=0.01)
    assert told.reasons[-1] == (
        "35 days are needed to be 95 % sure that it is above 0, and there are 10"
    )


def test_a_track_below_zero_is_never_long_enough():
    told = verdict_on(daily=-GOOD_DAYS)
    assert told.reasons[-1] == "no track record is long enough for a result that is not above 0"


def test_what_seems_to_lose_says_so():
    told = verdict_on(MeanR(60, -0.1, -0.4, 0.2, 0.8))
    assert told.verdict == "not enough evidence"
    assert told.reasons == (
        "-0.10 R a trade over 60 trades; with 95 % confidence between -0.40 R and +0.20 R: it seems"
        " to lose, which may be bad luck",
    )


def test_what_cannot_be_worth_it_is_no_edge():
    told = verdict_on(MeanR(60, -0.1, -0.3, 0.049, 0.9))
    assert told.verdict == "no edge"
    assert told.reasons[0] == (
        "even at the upper end of its interval, +0.049 R a trade, it makes less than the 0.05 R"
        " that would be worth trading"
    )
    null = replace(CHANCE, mean=-0.02)
    told = verdict_on(MeanR(60, -0.1, -0.3, 0.05, 0.9), random_entries=null)
    assert told.verdict == "not enough evidence"


def test_what_random_moments_make_too_is_no_edge():
    told = verdict_on(random_entries=replace(CHANCE, mean=0.56))
    assert told.verdict == "no edge"
    assert told.reasons == (
        "even at the upper end of its interval, +0.600 R a trade, it makes hardly more than the"
        " same setups at random moments, +0.56 R",
        ENOUGH,
    )
    # A rule that loses less than random moments has no edge for that.
    worse = replace(CHANCE, mean=-0.5)
    assert verdict_on(MeanR(60, -0.1, -0.3, 0.04, 0.9), random_entries=worse).verdict == "no edge"


def test_an_objection_leaves_nothing_proven():
    objected = Circumstances(STANDARDS, None, "its candles are invented")
    told = verdict_on(circumstances=objected)
    assert told.verdict == "not enough evidence"
    assert told.reasons == ("its candles are invented", ENOUGH)
    losing = verdict_on(MeanR(60, -0.1, -0.3, 0.04, 0.9), circumstances=objected)
    assert losing.verdict == "not enough evidence"


def test_the_same_p_value_alone_and_among_a_hundred():
    mine = replace(GOOD, p_value=0.01)
    alone = verdict_on(mine)
    assert (alone.verdict, alone.q_value) == ("edge", pytest.approx(0.01))
    others = [measured(replace(GOOD, p_value=0.5), rule=f"r{each}") for each in range(99)]
    told, *_ = judged([measured(mine), *others], ALONE)
    # Benjamini-Yekutieli: 0.01 * 100 * (1 + 1/2 + ... + 1/100) is far above 1.
    assert (told.verdict, told.q_value) == ("not enough evidence", 1.0)
    assert told.reasons[1] == (
        "by luck alone a mean this high comes in 1 % of cases, 100 % after all 100 rules of the run"
    )


def test_the_q_value_of_a_few():
    pairs = [measured(replace(GOOD, p_value=each), rule=str(each)) for each in (0.01, 0.5)]
    told = judged(pairs, ALONE)
    # 0.01 * 2 / 1 * (1 + 1/2) = 0.03 and 0.5 * 2 / 2 * 1.5 = 0.75.
    assert [each.q_value for each in told] == pytest.approx([0.03, 0.75])


def test_rules_too_young_for_a_p_value_were_tried_all_the_same():
    young = [measured(MeanR(3, 0.5), 3, rule=f"r{each}") for each in range(9)]
    told, *others = judged([measured(replace(GOOD, p_value=0.004)), *young], ALONE)
    # Ten rules: 0.004 times 10 times 2.929, the sum of 1, 1/2 and so on to 1/10.
    assert told.q_value == pytest.approx(0.1172, abs=1e-4)
    assert told.verdict == "not enough evidence"
    assert {each.q_value for each in others} == {None}


def test_the_hurdle_grows_with_the_trials():
    hurdles = [verdict_on(circumstances=tried(count)).track.hurdle for count in (0, 1, 10, 1_000)]
    assert hurdles[:2] == [0, 0]
    # The best of 1,000 standard Normal numbers is 3.255 on average; of 300 days it is over 299.
    assert hurdles[3] == pytest.approx(3.255 / sqrt(299), abs=1e-4)
    assert hurdles[1] < hurdles[2] < hurdles[3]
    weak = {"daily": GOOD_DAYS - 0.08}
    assert verdict_on(circumstances=tried(1), **weak).verdict == "edge"
    assert verdict_on(circumstances=tried(1_000), **weak).verdict == "not enough evidence"


def test_the_hurdle_does_not_move_with_copies(tmp_path):
    ledger = TrialLedger(tmp_path)
    many = ledger.record([trial(number) for number in range(1, 21)], NOW)
    again = ledger.record([trial(1)] * 50 + [trial(7)] * 50, NOW + 1)
    wild = ledger.record([trial(3, sharpe=9.0), trial(4, sharpe=-9.0)], NOW + 2)
    hurdles = {
        verdict_on(circumstances=Circumstances(STANDARDS, each)).track.hurdle
        for each in (many, again, wild)
    }
    assert len(hurdles) == 1
    more = ledger.record([trial(21)], NOW + 3)
    assert verdict_on(circumstances=Circumstances(STANDARDS, more)).track.hurdle > max(hurdles)


def test_a_shorter_record_has_a_higher_hurdle():
    short = track(GOOD_DAYS[:50])
    assert track_record(None, 300, ALONE) is None
    long_one, short_one = (
        track_record(each, each.observations, tried(100)) for each in (track(GOOD_DAYS), short)
    )
    assert short_one.hurdle / long_one.hurdle == pytest.approx(sqrt(299 / 49))
    assert short_one.deflated < short_one.probabilistic


def test_after_the_embargo_alone():
    later = replace(GOOD, trades=12, mean=0.3)
    told = verdict_on(out_of_sample=later, in_sample=GOOD, judged=trades_on(12, 12))
    assert told.reasons[0] == "only 12 trades after the embargo: below 30 nothing can be told"
    assert (told.all_trades, told.out_of_sample) == (GOOD, later)


@pytest.mark.parametrize(("count", "which"), [(1, "its only trade"), (60, "all its 60 trades")])
def test_when_all_may_have_taught_it(count, which):
    nothing = MeanR(0, None)
    told = verdict_on(
        replace(GOOD, trades=count),
        subject=Subject("a", "a", None, BEGIN, "its source came out on 2025-06-01"),
        out_of_sample=nothing,
        judged=trades_on(1, 0),
    )
    assert told.reasons == (f"{which} may have taught it: its source came out on 2025-06-01",)
    never = verdict_on(nothing, 0, out_of_sample=nothing)
    assert never.reasons == ("no trade after the embargo: below 30 nothing can be told",)


def test_stated_confidence_is_held_against_what_was_seen():
    told = verdict_on(subject=Subject("a", "a", 0.7)).confidence
    # 30 of 60 won: half the time off by 0.3, half by 0.7; 20 stated trades and 60 seen ones.
    assert (told.stated, told.seen) == (0.7, 0.5)
    assert told.brier == pytest.approx((0.3**2 + 0.7**2) / 2)
    assert told.brier_of_share == pytest.approx(0.25)
    assert told.shrunk == pytest.approx((20 * 0.7 + 30) / 80)
    assert verdict_on().confidence is None
    assert verdict_on(MeanR(0, None), 0, subject=Subject("a", "a", 0.7)).confidence is None


def test_the_deepest_fall_begins_at_nothing():
    made = trades_on(4, 4)
    for net, fall in (([1, -2, 1, -1], 2), ([-1, -1, 5, 1], 2), ([1, 1, 1, 1], 0)):
        these = made._replace(net=np.array(net, float))
        told = verdict_on(trades=these, judged=these)
        assert told.max_drawdown_r == fall
    assert verdict_on(MeanR(0, None), 0).max_drawdown_r is None


def test_wins_have_an_interval_and_days_are_counted_once():
    told = verdict_on(days=40)
    assert (told.win_rate, told.days) == (0.5, 40)
    assert told.win_low < 0.5 < told.win_high
    none = verdict_on(MeanR(0, None), 0)
    assert (none.win_rate, none.win_low, none.win_high, none.days) == (None, None, None, 0)


def test_stricter_standards_ask_for_more():
    strict = Circumstances(Standards(alpha=0.01, confidence=0.99, least_trades=61), None)
    assert verdict_on(circumstances=strict).reasons[0].startswith("only 60 trades: below 61")
    assert "with 99 % confidence" in verdict_on(circumstances=strict).reasons[1]
    strict = Circumstances(Standards(alpha=0.001), None)
    told = verdict_on(circumstances=strict)
    assert told.reasons == (ENOUGH, MOMENTS)  # 1 of 401 is more than 1 of 1,000


def test_rules_stay_in_their_order_and_none_are_none():
    assert judged([], ALONE) == ()
    told = judged([measured(rule=name) for name in "cab"], ALONE)
    assert [each.rule for each in told] == ["c", "a", "b"]
