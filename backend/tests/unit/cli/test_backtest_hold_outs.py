"""`hyperbot backtest`: what is kept back is not played, and is looked at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backtest_runs import (
    BTC,
    DAY,
    JANUARY_2025,
    PLAY,
    RULE,
    SERIES,
    VENUE,
    hold_outs,
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
from candle_builders import as_columns
from candle_file_writers import write_parquet
from hyperbot.backtesting.significance import Subject
from hyperbot.backtesting.trials import HoldOut
from hyperbot.cli.backtest_evidence import KeptBack, embargoed
from hyperbot.storage.trial_ledger import TrialLedger


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    prepare(tmp_path, monkeypatch)


def ended_with(*arguments):
    ended = subprocess.run(
        [sys.executable, "-m", "hyperbot", "backtest", *PLAY, "--out", "ended", *arguments],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.stdout == ""
    assert ended.stderr.startswith("Error: ")
    assert ended.stderr.count("\n") == 1
    return ended.returncode


def test_a_locked_hold_out_is_not_played():
    lock()
    printed = told(*BTC)
    assert "Backtest of 2025-01-01 00:00 to 2025-01-08 00:00 UTC" in printed
    assert "Hold-out BTC from 2025-01-08: locked, not played" in printed
    found = summary("--out", "result", *BTC)
    assert found["settings"]["until"] == JANUARY_2025 + 7 * DAY
    (use,) = found["evidence"]["hold_outs"]
    assert (use["coin"], use["since"], use["until"], use["opened_for"]) == (
        "BTC",
        JANUARY_2025 + 7 * DAY,
        None,
        "",
    )
    assert {each.trial.until for each in recorded()} == {JANUARY_2025 + 7 * DAY}
    assert hold_outs() == {"BTC": ()}


def test_what_lies_in_a_locked_hold_out_changes_nothing():
    """The same with other candles from there on: every figure, trade and byte of the curve."""
    lock()
    told("--out", "one", *BTC)
    series = SERIES["BTC"]
    columns = as_columns(series)
    late = series.ts >= JANUARY_2025 + 7 * DAY
    for name in ("open", "high", "low", "close"):
        columns[name] = np.where(late, columns[name] * 0.5, columns[name])
    write_parquet(Path("candles") / VENUE / "BTC-15m.parquet", columns)
    told("--out", "other", *BTC)
    one, other = (json.loads(Path(each, "summary.json").read_text()) for each in ("one", "other"))
    for part in ("results", "ledger", "performance", "alone", "signals"):
        assert one[part] == other[part]
    for rule, same in zip(one["evidence"]["rules"], other["evidence"]["rules"], strict=True):
        assert rule["all_trades"] == same["all_trades"]
        assert rule["random_entries"] == same["random_entries"]


def test_a_hold_out_of_one_coin_ends_all_and_one_elsewhere_none():
    lock("ETH", "2025-01-05")
    assert "to 2025-01-05 00:00 UTC" in told()
    assert "to 2025-01-11 00:00 UTC" in told(*BTC)


def test_no_candle_reaches_into_a_hold_out():
    """From 00:20 on it is locked: the candle of 00:15 would end within it, at 00:30."""
    lock("BTC", "2025-01-08T00:20")
    assert "Backtest of 2025-01-01 00:00 to 2025-01-08 00:15 UTC" in told(*BTC)
    said = refusal("--from", "2025-01-08T00:16", *BTC)
    assert said.startswith("nothing may be played from 2025-01-08 00:16 on: no 15m candle ends")
    write_rules(RULE | {"timeframe": "1h"})
    assert "Backtest of 2025-01-01 00:00 to 2025-01-08 00:00 UTC" in told(*BTC)


def test_nothing_is_left_where_all_is_locked():
    lock("BTC", "2024-01-01")
    said = refusal(*BTC)
    assert said.startswith("nothing may be played from 2025-01-01 00:00 on: BTC from")
    assert recorded() == []


def test_an_opened_hold_out_is_played_and_judged_on_alone():
    lock()
    printed = told("--open-hold-out", *BTC)
    assert "to 2025-01-11 00:00 UTC" in printed
    assert "Hold-out BTC from 2025-01-08: opened for a, b" in printed
    assert hold_outs() == {"BTC": ("a", "b")}
    # Played once more, as any time is now, it is judged on all of it.
    whole = summary(*BTC)["evidence"]
    assert whole["hold_outs"][0]["opened_for"] == "a, b"
    assert {each["embargo"] for each in whole["rules"]} == {None}


def test_what_is_opened_is_what_counts():
    whole = summary(*BTC)["evidence"]["rules"]
    lock()
    opened = summary("--open-hold-out", *BTC)["evidence"]
    for rule, before in zip(opened["rules"], whole, strict=True):
        assert rule["embargo"] == JANUARY_2025 + 7 * DAY
        assert rule["embargo_reason"] == (
            "it was kept back from 2025-01-08 00:00 on and is looked at once, now, so only what"
            " came later can prove it"
        )
        assert rule["all_trades"] == before["all_trades"]
        parts = [rule[name]["trades"] for name in ("in_sample", "out_of_sample")]
        assert sum(parts) == rule["all_trades"]["trades"]
        assert 0 < parts[1] < parts[0]
        assert rule["track"]["days"] == 3
        assert rule["reasons"][0] == "trials had already seen some of what was kept back of BTC"
    assert "no source has a date" not in " ".join(opened["flags"])


def test_time_after_what_was_kept_back_is_not_judged():
    lock("BTC", "2025-01-06", "--to", "2025-01-08")
    opened = summary("--open-hold-out", *BTC)
    assert opened["settings"]["until"] == JANUARY_2025 + 7 * DAY
    for rule in opened["evidence"]["rules"]:
        assert rule["embargo"] == JANUARY_2025 + 5 * DAY
        assert "only" in rule["reasons"][0]


def test_two_stretches_of_a_coin_are_opened_one_at_a_time():
    lock("BTC", "2025-01-04", "--to", "2025-01-05")
    lock("btc", "2025-01-08")
    assert "open one at a time" in refusal("--open-hold-out", *BTC)
    told("--open-hold-out", "--to", "2025-01-06", *BTC)
    assert "locked, not played" in told("--from", "2025-01-05", *BTC)


def test_a_later_source_date_stays_and_an_earlier_one_gives_way():
    since = JANUARY_2025 + 7 * DAY
    kept = KeptBack(since, TrialLedger(Path()), (HoldOut("BTC", since, None),))
    early, late = Subject("a", "a", None, since - 1, "x"), Subject("b", "b", None, since + 1, "y")
    told_early, told_late = embargoed([early, late], kept)
    assert told_early.embargo == since
    assert told_late == late
    assert embargoed([early, late], KeptBack(since, TrialLedger(Path()))) == [early, late]


def test_coins_kept_back_from_different_moments_are_judged_from_the_last():
    lock("BTC", "2025-01-08")
    lock("ETH", "2025-01-06")
    found = summary("--open-hold-out")["evidence"]
    assert {each["embargo"] for each in found["rules"]} == {JANUARY_2025 + 7 * DAY}
    assert hold_outs() == {"BTC": ("a", "b"), "ETH": ("a", "b")}


def test_a_coin_that_was_seen_proves_nothing_beside_one_that_was_not():
    lock()
    assert refusal("--open-hold-out") == (
        "--open-hold-out: nothing is kept back of ETH, whose past proves nothing any more: play"
        " only what is, with --coins BTC"
    )
    assert hold_outs() == {"BTC": ()}


def test_a_hold_out_is_opened_once():
    lock()
    told("--open-hold-out", *BTC)
    trials = len(recorded())
    assert refusal("--open-hold-out", *BTC).startswith(
        "--open-hold-out: BTC from 2025-01-08 00:00 was opened before, for a, b: there is no second"
    )
    assert len(recorded()) == trials
    assert ended_with("--open-hold-out", *BTC) == 2


def test_without_a_locked_one_there_is_nothing_to_open():
    assert "so there is nothing to open" in refusal("--open-hold-out", *BTC)
    lock("ETH")
    lock("BTC", "2026-01-01")  # begins after the span
    assert "so there is nothing to open" in refusal("--open-hold-out", *BTC)
    assert hold_outs() == {"ETH": (), "BTC": ()}


def test_a_mistake_in_the_signals_spends_no_hold_out():
    lock()
    write_signals(f"{JANUARY_2025 + 5},long,1,99999999\n")
    arguments = (
        "--candles",
        "candles",
        *BTC,
        "--signals",
        "signals.csv",
        "--open-hold-out",
        "--out",
        "x",
    )
    error = hyperbot("backtest", *arguments).exception
    assert "no 15m candle of BTC opens at" in str(error)
    assert hold_outs() == {"BTC": ()}


@pytest.mark.parametrize("mistake", [("--from", "2026-01-01"), ("--equity", "1"), ("--venue", "x")])
def test_no_mistake_in_the_options_spends_a_hold_out(mistake):
    lock()
    refusal("--open-hold-out", *BTC, *mistake)
    assert hold_outs() == {"BTC": ()}


def test_what_a_look_shows_is_kept():
    lock()
    error = hyperbot("backtest", *PLAY, *BTC, "--open-hold-out").exception
    assert "keep what it shows with --out DIR" in str(error)
    assert hold_outs() == {"BTC": ()}


def test_the_look_is_not_wasted_on_a_run_without_costs():
    lock("BTC", "2025-01-08")
    assert "proves nothing" in refusal("--open-hold-out", "--no-costs", *BTC)
    assert hold_outs() == {"BTC": ()}
