"""The best of a sweep is never shown alone: on the terminal, in JSON, as a rule."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hyperbot.backtesting.evidence import HoldOutUse, TrialsSoFar
from hyperbot.backtesting.parameter_search import grid
from hyperbot.backtesting.parameter_space import ParameterSpace, parse_vary
from hyperbot.backtesting.sweep import CoinTrades
from hyperbot.backtesting.sweep_document import (
    SweepResult,
    best_rule,
    sweep_document,
    trial_rows,
)
from hyperbot.backtesting.sweep_findings import Standard, findings
from hyperbot.backtesting.sweep_trials import Tried
from hyperbot.backtesting.walk_forward import Dated
from hyperbot.cli.sweep_summary import print_sweep
from rule_builders import rule

DAY, BEGIN, DAYS = 86_400_000, 1_735_689_600_000, 120
SPAN = (BEGIN, BEGIN + DAYS * DAY)
LOCKED = (HoldOutUse("BTC", SPAN[1], None),)
RULES = (rule(description="As it was taught.", version=3, status="active"),)
SPACE = ParameterSpace(
    RULES,
    [
        each
        for text in (
            "*:risk_params.cooldown_candles=0:3:1",
            "*:confluence_required.min_score=0.5,2",
        )
        for each in parse_vary(text, RULES)
    ],
)


def tried(variant, place, trades):
    chance = np.random.default_rng(place)
    entry = np.sort(BEGIN + chance.integers(0, DAYS, trades) * DAY)
    own = CoinTrades(trades, 1, entry, entry + 3_600_000, chance.normal(0.1 * place, 1, trades))
    return Tried(variant, {"BTC": own}, Dated(own.entry, own.exit, own.net))


def result_of(trades=100, hold_outs=LOCKED):
    sound = grid(SPACE).sound
    made = tuple(tried(variant, place, trades) for place, variant in enumerate(sound.variants))
    found = findings(made, TrialsSoFar(1_234, 0.004, "abcd", BEGIN), Standard(SPAN, 4, "test"))
    return SweepResult({"coins": [{"coin": "BTC"}]}, SPAN, made, sound, found, tuple(hold_outs))


@pytest.fixture(scope="module")
def result():
    return result_of()


def printed(result, capsys, out=None):
    print_sweep(result, out, " --coins BTC")
    return capsys.readouterr().out


def test_doubts_come_before_the_best(result, capsys):
    told = printed(result, capsys)
    table = told.index("Best by the daily Sharpe ratio")
    for name in (
        "walk-forward, out of sample",
        "trials ever counted            1,234 (ledger abcd)",
        "by luck alone the best of all trials shows",
        "deflated Sharpe probability",
        "probability of overfitting",
        "p-value of the best of many",
        "q-value of the best",
        "hold-out of BTC                locked from 2025-05-01 00:00 UTC",
    ):
        assert 0 <= told.index(name) < table, name
    assert "4 variants of 1 rule, 4 backtests on 1 coin" in told
    assert "4 combinations make no rule; most often: le-15m: confluence_required" in told
    assert "only the walk-forward ones above are not" in told
    assert "Written" not in told


def test_the_next_step_is_a_command_only_for_what_stood_up(result, capsys):
    assert result.findings.verdict != "edge"
    told = printed(result, capsys, Path("out"))
    assert "The best one is in out/best.yaml. Keep the hold-out locked" in told
    assert "--open-hold-out" not in told
    proven = replace(result, findings=replace(result.findings, verdict="edge"))
    step = "hyperbot backtest --rules out/best.yaml --coins BTC --open-hold-out --out out-final"
    assert step in printed(proven, capsys, Path("out"))
    alone = printed(result_of(hold_outs=()), capsys, Path("out"))
    assert "nothing is kept back to test it on" in alone
    assert "nothing is left to check this on" in alone


def test_without_any_trade_there_is_no_best(capsys):
    nothing = result_of(trades=0)
    told = printed(nothing, capsys, Path("out"))
    assert "There is not enough evidence" in told
    assert "No variant traded." in told
    assert "Best by" not in told
    assert best_rule(nothing) is None
    assert sweep_document(nothing)["best"] == []


def test_the_document_tells_all_of_it_as_json(result):
    told = json.loads(json.dumps(sweep_document(result), allow_nan=False))
    assert (told["variants"], told["backtests"], sum(told["refused"].values())) == (4, 4, 4)
    assert told["trials"]["variants"] == 1_234
    assert {"hurdle", "deflated", "sharpe"} <= set(told["record_of_best"])
    assert len(told["folds"]) == 3
    assert all(len(each["fold_mean_r"]) == 3 for each in told["best"])
    assert [each["worth"] for each in told["best"]] == sorted(
        (each["worth"] for each in told["best"]), reverse=True
    )


def test_every_backtest_is_a_row(result):
    rows = trial_rows(result)
    assert [row["trades"] for row in rows] == [100] * 4
    changes = [json.loads(row["changes"])["risk_params.cooldown_candles"] for row in rows]
    assert changes == [0, 1, 2, 3]
    assert all(sum(row["fold_trades"]) < row["trades"] for row in rows)  # the first is not tested


def test_the_best_rule_is_a_candidate_that_says_of_how_many_it_is_the_best(result):
    made, best = best_rule(result), result.tried[result.findings.best].variant.rule
    assert (made.status, made.version) == ("candidate", 4)
    assert made.description.startswith("Best of 1,234 trials (deflated Sharpe probability ")
    assert "so chosen with luck: risk_params.cooldown_candles = " in made.description
    assert made.description.endswith("As it was taught.")
    assert made.risk_params == best.risk_params
