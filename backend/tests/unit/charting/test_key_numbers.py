from decimal import Decimal

import pytest

from hyperbot.backtesting.evidence import Benchmark
from hyperbot.charting.key_numbers import (
    key_numbers,
    verdict_kind,
    verdict_sentence,
    warnings,
)
from report_builders import evidence, rule_evidence, stored_run
from result_builders import trade


def numbers(**fields):
    return {each.name: each for each in key_numbers(stored_run(**fields))}


def test_all_that_a_trader_asks_first_is_there_in_order():
    assert list(numbers()) == [
        "Net return",
        "CAGR",
        "Max drawdown",
        "Sharpe",
        "Profit factor",
        "Expectancy",
        "Trades",
        "Exposure",
        "Costs of gross",
        "Benchmark: hold",
    ]


def test_what_nobody_knows_is_no_zero():
    told = numbers()
    assert told["CAGR"].text == "\N{EN DASH}"  # two days are no year
    assert told["Sharpe"].value is None
    assert told["Benchmark: hold"].note == "not measured"


def test_the_drawdown_is_a_loss_with_its_length():
    told = numbers()["Max drawdown"]
    assert told.text == "\N{MINUS SIGN}0.1 %"
    assert told.note == "2 days, not recovered"
    assert told.tone == "down"


def test_an_account_that_never_fell_says_so():
    assert numbers(trades=[])["Max drawdown"].note == "never below its peak"


def test_costs_are_a_share_of_what_was_made_before_them():
    # 20 after 5 of slippage: 25 before all costs, of which 5 + 5 went away
    one = trade(2, fees=Decimal(5), slippage=Decimal(5))
    assert numbers(trades=[one])["Costs of gross"].value == pytest.approx(10 / 25)


def test_costs_without_a_gross_profit_have_no_share():
    told = numbers(trades=[trade(-1, fees=Decimal(5))])["Costs of gross"]
    assert told.value is None
    assert told.note == "5.00 paid, no gross profit"


def test_the_expectancy_has_the_interval_of_days_that_hang_together():
    many = [trade((2, -1, -0.5)[day % 3], opened=24 * day + 1, hours=1) for day in range(40)]
    note = numbers(trades=many)["Expectancy"].note
    low, high = (float(each.replace("\N{MINUS SIGN}", "-")) for each in note[:-2].split(" to "))
    assert low < 0.2 < high
    assert numbers(trades=many[:5])["Expectancy"].note == "a trade"  # five days tell no interval


def test_benchmarks_stand_beside_the_run():
    told = numbers(evidence=evidence())
    assert told["Benchmark: hold"].text == "+5.0 %"
    assert told["Benchmark: hold"].note == "max drawdown 2.0 %, Sharpe 1.10, cash 0.0 %"


def test_a_missing_benchmark_is_told():
    only_cash = evidence(benchmarks=(Benchmark("cash", 0.0, 0.0, 0.0, None),))
    told = numbers(evidence=only_cash)["Benchmark: hold"]
    assert told.text == "\N{EN DASH}"
    assert told.note == "not measured, cash 0.0 %"


def test_without_evidence_there_is_no_verdict():
    summary = stored_run().summary
    assert (
        verdict_sentence(summary) == "No verdict: 2 trades of one history, not tested against luck."
    )
    assert verdict_kind(summary) == ""
    assert "not tested against luck" in warnings(summary)
    assert "fewer than 100 trades: 2" in warnings(summary)


def test_without_trades_there_is_nothing_to_judge():
    assert "nothing to judge" in verdict_sentence(stored_run(trades=[]).summary)


def test_the_sentence_and_the_flags_of_the_evidence_come_first():
    summary = stored_run(evidence()).summary
    assert verdict_sentence(summary) == "Nothing is proven: 2 trades are too few."
    assert warnings(summary)[0] == "60 % of the profit from 1 trade"
    assert "50.0 % of the candles from another venue" in warnings(summary)


def test_a_warning_is_not_told_twice():
    said = "50 % of the candles from another venue"
    told = warnings(stored_run(evidence(flags=(said,))).summary)
    assert [each for each in told if "another venue" in each] == [said]


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        (("no edge", "edge"), "edge"),
        (("no edge", "no edge"), "no edge"),
        (("not enough evidence",), "not enough evidence"),
        (("no edge", "not enough evidence"), "no proven edge"),
    ],
)
def test_the_verdicts_of_the_rules_name_the_run(verdicts, told):
    rules = (rule_evidence(str(place), verdict=each) for place, each in enumerate(verdicts))
    assert verdict_kind(stored_run(evidence(*rules)).summary) == told
