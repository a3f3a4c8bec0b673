"""Judging a sweep: planted edges are found, luck is not, and nothing of a test is learnt from."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from hyperbot.backtesting.evidence import MeanR, RandomEntries, TrackRecord, TrialsSoFar
from hyperbot.backtesting.sweep import CoinTrades
from hyperbot.backtesting.sweep_findings import Doubted, Standard, findings, judged
from hyperbot.backtesting.sweep_trials import Tried, daily, trials_of, worth
from hyperbot.backtesting.walk_forward import Dated
from hyperbot.statistics.sharpe import sharpe_ratio

DAY, BEGIN, DAYS = 86_400_000, 1_735_689_600_000, 300
SPAN = (BEGIN, BEGIN + DAYS * DAY)
NULL = RandomEntries(400, 0.0, -0.1, 0.1, 0.01)
STANDARD = Standard(SPAN, folds=5, seed="test", at_random=lambda rule: NULL)


def trials(count, variance=0.003):
    return TrialsSoFar(count, variance, "abc", BEGIN)


def dated(results, days=None, held=DAY // 4):
    days = np.arange(len(results)) % DAYS if days is None else np.asarray(days)
    order = np.argsort(days, kind="stable")
    entries = BEGIN + days[order] * DAY + DAY // 3
    return Dated(entries, entries + held, np.asarray(results, float)[order])


def tried(name, results, published=None, **fields):
    made = dated(results, **fields)
    rule = SimpleNamespace(id=name, source_published=published, model_cutoff=None)
    variant = SimpleNamespace(rule=rule, sha256=name, changes=())
    alone = CoinTrades(len(results), 0, made.entries, made.exits, made.results)
    return Tried(variant, {"BTC": alone}, made)


def noise(count, seed, mean=0.0, trades=600):
    rng = np.random.default_rng(seed)
    return [
        tried(f"v{place}", rng.normal(mean if place == 3 else 0, 1, trades))
        for place in range(count)
    ]


def test_a_planted_edge_among_many_is_chosen_and_called_one():
    found = findings(noise(30, 1, mean=0.4), trials(30), STANDARD)
    assert found.best == 3
    assert found.verdict == "edge"
    assert found.out_of_sample.low > 0
    assert found.out_of_sample.mean == pytest.approx(0.4, abs=0.1)
    assert {step.chosen for step in found.steps} == {3}
    assert found.overfitting < 0.05
    assert found.superior_p < 0.01
    assert found.superior == 1
    assert found.q_value < 0.01
    assert found.record.deflated > 0.99


def test_the_best_of_noise_is_no_edge_though_it_looks_like_one():
    called, looks = 0, []
    for seed in range(20):
        found = findings(noise(30, seed), trials(30), STANDARD)
        called += found.verdict == "edge"
        looks.append(found.in_sample.mean)
        assert found.reasons
    assert called == 0
    assert np.mean(looks) > 0.05  # the best of 30 looks better than it is


def test_walking_forward_judges_no_variant_by_what_came_later():
    days = np.arange(DAYS)
    early = tried("early", np.where(days < 60, 1.0, -1.0) + 0.01 * np.sin(days))
    late = tried("late", np.where(days < 60, -1.0, 1.0) + 0.01 * np.cos(days))
    found = findings([early, late], trials(2), STANDARD)
    assert [step.chosen for step in found.steps][:2] == [0, 0]
    assert found.steps[0].mean_r == pytest.approx(-1, abs=0.1)
    assert found.best == 1


def test_the_embargo_is_as_long_as_trades_were_held_but_leaves_most_of_a_fold():
    for held, wanted in ((DAY // 4, DAY), (3 * DAY, 3 * DAY), (40 * DAY, 15 * DAY)):
        made = [tried("a", np.ones(DAYS), held=held), tried("b", -np.ones(DAYS), held=held)]
        found = findings(made, trials(2), STANDARD)
        assert found.embargo_ms == wanted
        assert all(step.fold.embargo_ms == wanted for step in found.steps)


def test_variants_without_a_trade_are_counted_but_never_chosen():
    nothing = tried("none", [])
    found = findings([nothing, *noise(3, 4), nothing], trials(5), STANDARD)
    assert set(found.ranking) == {1, 2, 3}
    silent = findings([nothing], trials(1), STANDARD)
    assert silent.best is None
    assert silent.verdict == "not enough evidence"
    assert silent.out_of_sample == MeanR(0, None)


def test_more_trials_need_a_better_best():
    made = noise(10, 7, mean=0.12)
    few, many = (findings(made, trials(count), STANDARD) for count in (10, 100_000))
    assert few.record.sharpe == many.record.sharpe
    assert many.record.hurdle > few.record.hurdle
    assert many.record.deflated < few.record.deflated


def test_the_same_sweep_is_judged_the_same():
    one, again = (findings(noise(12, 5), trials(12), STANDARD) for _ in range(2))
    assert one == again


RECORD = TrackRecord(300, 0.2, 0.99, 0.99, 0.1, 100.0)
GOOD = MeanR(200, 0.2, 0.1, 0.3, 0.01)


@pytest.mark.parametrize(
    ("out", "record", "chances", "verdict", "reason"),
    [
        (GOOD, RECORD, (0.1, 0.01), "edge", "holds out of sample"),
        (GOOD, RECORD, (None, None), "edge", "holds out of sample"),
        (
            MeanR(200, 0.2, -0.1, 0.3, 0.2),
            RECORD,
            (0.1, 0.01),
            "not enough evidence",
            "as low as -0.100",
        ),
        (
            GOOD,
            TrackRecord(300, 0.2, 0.99, 0.6, 0.2, None),
            (0.1, 0.01),
            "not enough evidence",
            "what luck makes of 1,234 trials",
        ),
        (GOOD, RECORD, (0.7, 0.01), "not enough evidence", "below the median in the other in 70 %"),
        (GOOD, RECORD, (0.1, 0.3), "not enough evidence", "a probability of 0.300"),
        (MeanR(12, 0.2), RECORD, (0.1, 0.01), "not enough evidence", "made 12 trades"),
        (GOOD, None, (0.1, 0.01), "not enough evidence", "too few"),
    ],
)
def test_each_doubt_is_enough(out, record, chances, verdict, reason):
    told = judged(out, record, Doubted(*chances, NULL), (STANDARD, 1_234))
    assert told[0] == verdict
    assert any(reason in each for each in told[1])


@pytest.mark.parametrize(
    ("null", "reason"),
    [
        (None, "there is nothing to compare it with"),
        (RandomEntries(400, 0.05, 0, 0.1, 0.3), "make +0.050 R, and are as good in 30 % of 400"),
        (RandomEntries(400, 0.15, 0, 0.2, 0.01), "no better than the setups of the best at random"),
    ],
)
def test_what_random_moments_earn_too_is_no_edge(null, reason):
    verdict, (told,) = judged(GOOD, RECORD, Doubted(0.1, 0.01, null), (STANDARD, 10))
    assert verdict == "not enough evidence"
    assert reason in told


def test_only_trades_after_the_embargo_of_their_rule_count():
    day = date(2025, 1, 1) + timedelta(days=200)
    results = np.random.default_rng(1).normal(0.6, 1, 600)
    part, late = (
        findings([tried("a", results, published=when)], trials(1), STANDARD)
        for when in (day, date(2026, 6, 1))
    )
    assert part.embargoed == 282  # of two a day from day 60 to 200
    assert part.out_of_sample.trades == 480 - 282
    assert part.verdict == "edge"
    assert (late.verdict, late.out_of_sample.trades) == ("not enough evidence", 0)
    assert "all 480 trades of walking forward may have taught the rules" in late.reasons[0]
    assert "its source came out on 2026-06-01" in late.reasons[0]


def test_on_terms_that_prove_nothing_nothing_is_proven():
    standard = Standard(SPAN, 5, "test", objection="its candles are invented")
    found = findings(noise(5, 1, mean=0.5), trials(5), standard)
    assert (found.verdict, found.reasons) == ("not enough evidence", ("its candles are invented",))


def test_worth_ranks_as_the_daily_sharpe_ratio_does():
    rng = np.random.default_rng(3)
    made = [
        dated(rng.normal(0.1, 1, count), rng.integers(0, DAYS, count)) for count in range(20, 90)
    ]
    by_worth = np.argsort([worth(each) for each in made])
    by_sharpe = np.argsort([sharpe_ratio(daily(each, SPAN)) for each in made])
    assert by_worth.tolist() == by_sharpe.tolist()
    assert np.isnan(worth(dated([])))


def test_every_backtest_is_a_trial():
    each = tried("a", [1.0, -1.0, 2.0])
    (trial,) = trials_of(each, SPAN, {"BTC": "terms"})
    assert (trial.rule, trial.origin, trial.coins, trial.trades) == ("a", "sweep", ("BTC",), 3)
    assert (trial.mean_r, trial.days) == (pytest.approx(2 / 3), DAYS)
    assert trial.sharpe == pytest.approx(sharpe_ratio(daily(each.dated, SPAN)))
    (silent,) = trials_of(tried("b", []), SPAN, {"BTC": "terms"})
    assert (silent.trades, silent.mean_r, silent.sharpe) == (0, None, 0.0)
