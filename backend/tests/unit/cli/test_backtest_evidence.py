"""`hyperbot backtest`: every run is counted, and told with its verdicts and their reasons."""

import json
import os
from pathlib import Path

import pytest

from backtest_runs import (
    BTC,
    DAY,
    JANUARY_2025,
    OTHER,
    REPLAY,
    RULE,
    SERIES,
    files_below,
    hyperbot,
    lock,
    prepare,
    recorded,
    refusal,
    summary,
    told,
    write_rules,
    write_signals,
)
from hyperbot.backtesting.given_signals import RULE_ID
from hyperbot.wiring import trial_ledger


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    prepare(tmp_path, monkeypatch)


def test_every_rule_of_every_run_enters_the_ledger_once():
    told()
    assert [(each.trial.rule, each.trial.origin) for each in recorded()] == [
        ("a", "backtest"),
        ("b", "backtest"),
    ]
    assert {(each.trial.coins, each.trial.since, each.trial.until) for each in recorded()} == {
        (("BTC", "ETH"), JANUARY_2025, JANUARY_2025 + 10 * DAY)
    }
    assert trial_ledger().so_far().variants == 2
    told(*BTC)  # another market is another chance for luck
    assert len(recorded()) == 4
    assert trial_ledger().so_far().variants == 4


def test_the_numbers_of_a_trial_are_those_of_its_verdict():
    found = summary()
    for each, rule in zip(recorded(), found["evidence"]["rules"], strict=True):
        assert (each.trial.rule, each.trial.mean_r) == (rule["rule"], rule["all_trades"]["mean"])
        assert each.trial.trades == rule["all_trades"]["trades"]
        assert each.trial.sharpe == rule["track"]["sharpe"]


def test_given_signals_are_counted_too():
    series = SERIES["BTC"]
    row = 200
    stop, target = series.close[row] * 0.97, series.close[row] * 1.03
    write_signals(f"{series.ts[row]},long,{stop:.0f},{target:.0f}\n")
    arguments = ("--candles", "candles", *BTC, "--signals", "signals.csv")
    printed = hyperbot("backtest", *arguments)
    assert printed.exception is None
    assert hyperbot("backtest", *arguments).stdout == printed.stdout
    assert [each.trial.rule for each in recorded()] == [RULE_ID, RULE_ID]
    assert trial_ledger().so_far().variants == 1
    write_signals(f"{series.ts[row]},long,{stop:.0f},{target * 1.01:.0f}\n")
    hyperbot("backtest", *arguments)
    assert trial_ledger().so_far().variants == 2
    assert "Nothing is proven: nobody can tell when given signals were made" in printed.stdout


def test_a_rerun_counts_no_variant_and_changes_no_byte():
    first = told("--out", "result")
    before = files_below(Path("result"))
    again = told("--out", "result", "--overwrite")
    assert first == again
    assert files_below(Path("result")) == before
    assert (len(recorded()), trial_ledger().so_far().variants) == (4, 2)


def test_a_new_name_is_no_new_variant_but_a_new_stop_or_source_date_is():
    named = summary()["evidence"]["rules"][0]
    write_rules(RULE | {"id": "c", "name": "C", "source_ref": "elsewhere"}, OTHER)
    again = summary()["evidence"]["rules"][0]
    assert again == named | {"rule": "c"}  # no new numbers are drawn for a new name
    assert trial_ledger().so_far().variants == 2
    write_rules(RULE | {"risk_params": {"stop": {"beyond": "atr", "atr_multiple": 3}}}, OTHER)
    told()
    assert trial_ledger().so_far().variants == 3
    told("--no-costs")
    told("--fills", "touch")
    told("--from", "2025-01-02")
    told("--equity", "500")  # no rule alone depends on it
    assert trial_ledger().so_far().variants == 9
    write_rules(RULE | {"source_published": "2025-01-02"}, OTHER)
    told()  # which trades count is a choice
    assert trial_ledger().so_far().variants == 10


def test_trials_are_told_and_raise_the_hurdle():
    assert "Trials   2 variants tried since" in told()
    few = summary()["evidence"]
    with_more = [{**RULE, "cooldown_candles": number} for number in range(3)]
    for number, _ in enumerate(with_more, 1):
        told("--to", f"2025-01-0{number + 4}")
    many = summary()["evidence"]
    assert (few["trials"]["variants"], many["trials"]["variants"]) == (2, 8)
    for one, other in zip(few["rules"], many["rules"], strict=True):
        assert one["track"]["hurdle"] < other["track"]["hurdle"]
        assert one["track"]["sharpe"] == other["track"]["sharpe"]


@pytest.mark.parametrize("arguments", [(), ("--open-hold-out", "--out", "x"), ("--json",)])
def test_a_damaged_ledger_refuses_before_anything_is_played(arguments):
    lock()
    told(*BTC)
    ledger = Path(os.environ["HYPERBOT_DATA_DIR"], "trials", "ledger.jsonl")
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(lines[:-1]))
    said = refusal(*BTC, *arguments)
    assert "It had counted 2 different trials" in said
    assert "hyperbot trials restart --reason" in said
    # These signals could not be played: it does not even come to that.
    write_signals("5,long,1,99999999\n")
    assert str(hyperbot("backtest", *REPLAY, *arguments).exception) == said


def test_json_tells_verdicts_and_reasons():
    found = summary("--out", "result")
    assert found == json.loads(Path("result/summary.json").read_text())
    evidence = found["evidence"]
    assert [each["rule"] for each in evidence["rules"]] == ["a", "b"]
    for rule in evidence["rules"]:
        assert rule["verdict"] in {"edge", "no edge", "not enough evidence"}
        assert all(isinstance(each, str) and each for each in rule["reasons"])
        assert len(rule["windows"]) == 5
        assert len(rule["fragility"]) == 8
        assert {"in_sample", "out_of_sample", "random_entries", "q_value"} < set(rule)
    assert evidence["sentence"].startswith("None of the 2 rules has a proven edge after costs:")
    assert [each["name"] for each in evidence["benchmarks"]] == ["hold", "cash"]
    assert evidence["trials"]["variants"] == 2


def test_the_verdict_comes_before_the_money_and_tells_each_rule():
    found = summary()
    lines = told().splitlines()
    sentence = lines.index(found["evidence"]["sentence"])
    assert sentence < next(place for place, line in enumerate(lines) if "Account" in line)
    heading = next(place for place, line in enumerate(lines) if "verdict" in line.split())
    for row, rule in zip(lines[heading + 1 :], found["evidence"]["rules"], strict=False):
        assert row.split("  ")[0] == rule["rule"]
        assert f"  {rule['verdict']}  " in row
        assert any(rule["reasons"][0] in line for line in lines)


def test_without_costs_nothing_is_proven():
    printed = told("--no-costs")
    assert "Nothing is proven: no costs were charged, and no market trades for nothing." in printed


def test_a_source_of_later_days_leaves_nothing_to_judge():
    write_rules(RULE | {"source_published": "2025-01-20"})
    (rule,) = summary()["evidence"]["rules"]
    assert rule["verdict"] == "not enough evidence"
    assert rule["reasons"] == [
        f"all its {rule['all_trades']['trades']} trades may have taught it: its source came out on"
        " 2025-01-20, so only what came later can prove it"
    ]
    write_rules(RULE | {"source_published": "2025-01-04"})
    (rule,) = summary()["evidence"]["rules"]
    assert rule["embargo"] == JANUARY_2025 + 4 * DAY
    assert rule["out_of_sample"]["trades"] > 0
