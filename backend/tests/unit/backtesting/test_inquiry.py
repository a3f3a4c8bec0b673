"""A run in one sentence, its flags, and what makes two runs the same trial."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from hyperbot.backtesting.inquiry import (
    flags_of,
    inquire,
    objection_to,
    sentence_of,
    terms_sha256,
    trials_of,
)
from hyperbot.backtesting.report import ThreeResults
from hyperbot.backtesting.significance import Subject
from hyperbot.backtesting.verdict import Circumstances
from hyperbot.domain.costs import FREE, CostModel
from measured_builders import ALONE, GOOD, GOOD_DAYS, STANDARDS, flipping, measured, verdict_on
from result_builders import BEGIN, DAY, result, trade

YES, NO, UNKNOWN = "edge", "no edge", "not enough evidence"
RULE = verdict_on()
DATED = replace(RULE, embargo=BEGIN)


def rules(*verdicts):
    return [
        replace(DATED, rule=f"r{number}", verdict=verdict)
        for number, verdict in enumerate(verdicts, 1)
    ]


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ([YES], "r1 has an edge after costs that luck does not explain."),
        ([NO], "r1 has no edge after costs."),
        ([UNKNOWN], "There is not enough evidence to tell whether r1 has an edge."),
        ([NO, NO], "None of the 2 rules has a proven edge after costs: 2 have none."),
        (
            [UNKNOWN, NO, UNKNOWN],
            "None of the 3 rules has a proven edge after costs: 1 has none and 2 have too little"
            " evidence to tell.",
        ),
        (
            [UNKNOWN, UNKNOWN],
            "None of the 2 rules has a proven edge after costs: 2 have too little evidence to"
            " tell.",
        ),
        (
            [YES, NO, UNKNOWN],
            "1 of 3 rules has an edge after costs that luck does not explain: r1. Of the others, 1"
            " has none and 1 has too little evidence to tell.",
        ),
        (
            [YES, YES],
            "2 of 2 rules have an edge after costs that luck does not explain: r1, r2.",
        ),
        (
            [NO, YES, YES, YES, YES, YES],
            "5 of 6 rules have an edge after costs that luck does not explain: r2, r3, r4 and 2"
            " more. Of the others, 1 has none.",
        ),
    ],
)
def test_all_in_one_sentence(verdicts, sentence):
    assert sentence_of(rules(*verdicts)) == sentence


def test_an_objection_comes_before_all():
    settings, lineage = result().settings, result().lineage
    assert objection_to(settings, lineage) == ""
    invented = [replace(each, is_synthetic=True) for each in lineage[:1]] + [*lineage[1:]]
    told = sentence_of(rules(YES, YES), objection_to(settings, invented))
    assert told == ("Nothing is proven: candles are invented, and prove nothing about any market.")
    told = sentence_of(rules(YES), objection_to(replace(settings, costs=FREE), lineage))
    assert told == "Nothing is proven: no costs were charged, and no market trades for nothing."


@pytest.mark.parametrize("name", ["taker", "maker", "half_spread"])
def test_any_cost_is_a_cost(name):
    costs = replace(FREE, **{name: Decimal("0.0001")})
    assert objection_to(replace(result().settings, costs=costs), result().lineage) == ""


def flags(told, *judged):
    return flags_of(told, judged or [DATED])


def wins(*rs):
    return [trade(r, opened=2 * place) for place, r in enumerate(rs)]


def clean(trades=(), **fields):
    told = result(trades, **fields)
    lineage = tuple(replace(each, venue="hyperliquid") for each in told.lineage)
    return replace(told, **({"lineage": lineage} | fields))


@pytest.mark.parametrize(
    ("rs", "said"),
    [
        ((), ["0 trades"]),
        ((1,), ["1 trade"]),
        ((1, 1), ["2 trades"]),
        # 3 of 3 trades made all of it: that says no more than their number does.
        ((1, 1, 1), ["3 trades"]),
        ((3, 3, 3, 1), ["4 trades", "90 % of the profit from 3 trades"]),
        ((1,) * 6, ["6 trades"]),  # half is not most
        ((2, 1, 1, 1, 1, 1), ["6 trades", "57 % of the profit from 3 trades"]),
        ((3, 3, 3, -4), ["4 trades", "180 % of the profit from 3 trades"]),
        ((3, 3, 3, -9), ["4 trades"]),
        ((0.01,) * 100, []),
        ((0.01,) * 99, ["99 trades"]),
    ],
)
def test_few_trades_and_few_winners(rs, said):
    assert flags(clean(wins(*rs), results=ThreeResults(Decimal(1), Decimal(1), None, 0))) == said


def many(**fields):
    given = {"results": ThreeResults(Decimal(1), Decimal(1), None, 0)}
    return clean(wins(*(0.01,) * 100), **(given | fields))


def lineage(**fields):
    return tuple(replace(each, **fields) for each in many().lineage)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, []),
        ({"lineage": lineage(is_synthetic=True)}, ["100 % synthetic candles"]),
        ({"lineage": lineage(venue="binance")}, ["100 % of the candles from another venue"]),
        (
            {"results": ThreeResults(Decimal(-1), Decimal(1), None, 0)},
            ["profit only if prices within a candle came in the better order"],
        ),
        (
            {"results": ThreeResults(Decimal(0), Decimal(1), None, 0)},
            ["profit only if prices within a candle came in the better order"],
        ),
        ({"results": ThreeResults(Decimal(-1), Decimal(0), None, 0)}, []),
    ],
)
def test_data_and_order_of_prices(fields, said):
    assert flags(many(**fields)) == said


def test_a_trace_of_other_data():
    one, other = many().lineage
    few = replace(one, candles=1, is_synthetic=True)
    assert flags(many(lineage=(few, replace(other, candles=999)))) == ["synthetic candles"]
    few = replace(one, candles=1, venue="binance")
    assert flags(many(lineage=(few, replace(other, candles=999)))) == []


def test_sources_and_stress():
    shaky = replace(DATED, fragility=flipping("costs x3"))
    assert flags(many(), RULE) == ["no source has a date: history may have taught the rules"]
    assert flags(many(), RULE, DATED) == []
    assert flags(many(), DATED, shaky) == ["some profits flip under stress"]


TERMS = (result().settings, result().lineage)


def terms(of_lineage=None, **of_settings):
    told = [replace(TERMS[1][0], **(of_lineage or {})), *TERMS[1][1:]]
    return terms_sha256(replace(TERMS[0], **of_settings), told)


@pytest.mark.parametrize(
    "change",
    [
        {"of_lineage": {"sha256": "b" * 64}},
        {"of_lineage": {"funding_sha256": "b" * 64}},
        {"of_lineage": {"timeframe": "5m"}},
        {"of_lineage": {"played": 7}},  # as many, so that they were made longer
        {"of_lineage": {"coin": "SOL"}},
        {"since": BEGIN + 1},
        {"until": BEGIN + DAY},
        {"costs": CostModel(taker=Decimal("0.0004"))},
        {"costs": FREE},
        {"fills": "touch"},
    ],
)
def test_other_candles_funding_span_or_costs_are_other_terms(change):
    assert terms(**change) != terms()


@pytest.mark.parametrize(
    "change",
    [
        {"equity": Decimal(5)},
        {"rules": ()},
        {"of_lineage": {"venue": "binance"}},
        {"of_lineage": {"has_assumed_rules": True}},
    ],
)
def test_what_no_rule_alone_depends_on_does_not_matter(change):
    assert terms(**change) == terms()


def test_the_order_of_coins_does_not_matter():
    assert terms_sha256(TERMS[0], TERMS[1][::-1]) == terms()


def test_a_rerun_is_the_same_trial():
    first, again = (trials_of([measured()], *TERMS)[0] for _ in range(2))
    assert (first, first.key) == (again, again.key)
    # A name is not how a rule trades; figures are not what it is.
    (renamed,) = trials_of([measured(subject=Subject("renamed", "a"))], *TERMS)
    (other,) = trials_of([measured(subject=Subject("a", "b"))], *TERMS)
    (luckier,) = trials_of([measured(replace(GOOD, mean=0.9), daily=2 * GOOD_DAYS)], *TERMS)
    assert renamed.key == first.key == luckier.key != other.key
    (elsewhere,) = trials_of([measured()], replace(TERMS[0], since=BEGIN + 1), TERMS[1])
    assert elsewhere.key != first.key


def test_a_trial_tells_what_it_was_judged_on():
    later = replace(GOOD, trades=1, mean=0.1)
    (told,) = trials_of([measured(out_of_sample=later)], *TERMS)
    assert (told.rule, told.rule_sha256, told.coins, told.origin) == (
        "a",
        "a",
        ("BTC", "ETH"),
        "backtest",
    )
    assert (told.since, told.until) == (TERMS[0].since, TERMS[0].until)
    assert (told.trades, told.mean_r, told.days) == (60, 0.1, 300)
    assert told.sharpe == pytest.approx(0.293, abs=1e-3)
    (idle,) = trials_of([measured(daily=np.zeros(300))], *TERMS)
    assert idle.sharpe == 0


def test_each_rule_is_a_trial_of_its_own():
    told = trials_of([measured(rule="a"), measured(rule="b")], *TERMS)
    assert [each.rule for each in told] == ["a", "b"]
    assert len({each.key for each in told}) == 2


def test_all_of_it_together():
    whole = many()
    whole = replace(whole, hold=np.asarray(whole.curve.equity) * 1.0)
    told = inquire(whole, [measured()], ALONE)
    assert told.sentence == "a has an edge after costs that luck does not explain."
    assert (told.alpha, told.confidence, told.seed) == (0.05, 0.95, "hyperbot")
    assert [each.name for each in told.benchmarks] == ["hold", "cash"]
    assert told.flags == ("no source has a date: history may have taught the rules",)
    assert (told.trials, told.hold_outs) == (None, ())
    assert inquire(replace(whole, hold=None), [measured()], ALONE).benchmarks == ()
    objected = Circumstances(STANDARDS, None, "its candles are invented")
    told = inquire(whole, [measured()], objected)
    assert told.sentence == "Nothing is proven: candles are invented."
    assert told.rules[0].verdict == UNKNOWN
