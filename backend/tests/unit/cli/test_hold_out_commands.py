"""`hyperbot hold-out`: time that nothing looks at until it is opened."""

import json

import pytest
from click.testing import CliRunner

from candle_builders import random_walk
from hyperbot.backtesting.trials import HoldOut
from hyperbot.cli.main import command
from hyperbot.domain.errors import InvalidInput
from hyperbot.wiring import candle_store, trial_ledger
from trial_builders import NOW, trial

JANUARY, JULY = 1_767_225_600_000, 1_782_864_000_000  # 2026


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder of its own for the data."""
    monkeypatch.setenv("HYPERBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HYPERBOT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path / "data" / "trials"


def hyperbot(*arguments):
    """What `hyperbot hold-out ...` prints, and the error it ends with."""
    return CliRunner().invoke(command, ["hold-out", *arguments], standalone_mode=False)


def lock(*arguments):
    result = hyperbot("lock", *arguments)
    assert result.exception is None
    return result


def test_without_hold_outs_it_says_how_to_lock_one(place):
    assert "hyperbot hold-out lock --coins" in hyperbot("list").stdout
    assert json.loads(hyperbot("list", "--json").stdout) == []
    assert not place.exists()


def test_what_is_locked_is_told_and_listed():
    printed = lock("--coins", "BTC,ETH", "--from", "2026-01-01", "--to", "2026-07-01").stdout

    assert printed.splitlines() == [
        "Locked: BTC from 2026-01-01 00:00 to 2026-07-01 00:00",
        "Locked: ETH from 2026-01-01 00:00 to 2026-07-01 00:00",
    ]
    assert trial_ledger().locked_from(["BTC", "ETH"]) == tuple(
        HoldOut(coin, JANUARY, JULY) for coin in ("BTC", "ETH")
    )


def test_the_list_tells_what_was_opened_for_whom():
    lock("--coins", "BTC", "--from", "2026-01-01", "--to", "2026-07-01")
    lock("--coins", "ETH", "--since", "2026-01-01")
    opened = HoldOut("BTC", JANUARY, JULY)
    rules = {f"rule-{number}": "a" * 64 for number in range(5)}
    trial_ledger().open_hold_outs([opened], rules, NOW)
    title, _, first, second = hyperbot("list").stdout.splitlines()

    assert title == "1 locked, 1 opened"
    assert first.split()[0] == "BTC"
    assert "2025-11-24 16:00  rule-0, rule-1, rule-2 and 2 more" in first
    assert second.split() == ["ETH", "2026-01-01", "00:00", "open", "end", "locked"]
    one, other = json.loads(hyperbot("list", "--json").stdout)
    assert one == {
        "coin": "BTC",
        "since": JANUARY,
        "until": JULY,
        "opened_at": NOW,
        "opened_for": list(rules),
    }
    assert (other["until"], other["opened_at"], other["opened_for"]) == (None, None, [])


def test_a_coin_without_candles_is_noted():
    candle_store().write("hyperliquid", random_walk(10))
    errors = lock("--coins", "BTC,BTCC", "--from", "2026-01-01").stderr

    assert errors == "Note: the store holds no candles of BTCC yet.\n"


def test_time_that_was_seen_before_is_noted():
    candle_store().write("hyperliquid", random_walk(10))
    trial_ledger().record([trial(1)], NOW)

    assert lock("--coins", "BTC", "--from", "2026-01-01").stderr == ""
    errors = lock("--coins", "BTC", "--from", "2025-01-01", "--to", "2025-02-01").stderr
    assert errors == "Note: trials of BTC may have seen some of it before.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--coins", "BTC", "--from", "2026-02-01"], "overlaps"),
        (["--coins", ",", "--from", "2026-02-01"], "names no coin"),
        (["--coins", "ETH", "--from", "soon"], "is not a date"),
        (["--coins", "ETH", "--from", "2026-02-01", "--to", "2026-02-01"], "must be earlier"),
    ],
)
def test_what_cannot_be_locked_is_refused(arguments, words):
    lock("--coins", "BTC", "--from", "2026-01-01")
    error = hyperbot("lock", *arguments).exception

    assert isinstance(error, InvalidInput)
    assert words in str(error)
    assert len(trial_ledger().hold_outs()) == 1


@pytest.mark.parametrize("arguments", [["lock"], ["lock", "--coins", "BTC"], ["open"], []])
def test_wrong_usage_is_exit_code_2(arguments):
    assert CliRunner().invoke(command, ["hold-out", *arguments]).exit_code == 2
