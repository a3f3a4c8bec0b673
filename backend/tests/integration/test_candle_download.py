"""`hyperbot candles download` and `synthesize`, as a user runs them, against the stand-in."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hyperbot import wiring
from hyperbot.cli import main
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.exchange import hyperliquid_info
from hyperbot.exchange.synthetic import synthesize
from stand_in_hyperliquid import BROKEN, RESET, Fault, StandIn

HOURS = Timeframe.parse("4h")
COUNT = 12_000
# A background job of a script inherits SIGINT ignored, and Python then leaves it so.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from hyperbot.cli import main
main()
"""
SINCE_LONG = ("--since", "2020-01-01")
Run = Callable[..., int]


def _market(coin: str, now_ms: int) -> CandleSeries:
    """COUNT closed candles up to now and the forming one."""
    newest = now_ms - now_ms % HOURS.ms
    return synthesize(coin, HOURS, newest - COUNT * HOURS.ms, COUNT + 1, 3)


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    now_ms = time.time_ns() // 1_000_000
    market = [_market("BTC", now_ms), _market("ETH", now_ms)]
    # Its clock stands still: a candle that closes while a test runs would be one too many.
    with StandIn(market, now_ms=lambda: now_ms) as stand_in:
        monkeypatch.setenv("HYPERBOT_HYPERLIQUID_URL", stand_in.url)
        monkeypatch.setenv("HYPERBOT_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("HYPERBOT_CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("COLUMNS", "100")
        yield stand_in


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `hyperbot candles …` in this process; returns the exit code."""

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["hyperbot", "candles", *words])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return run


def _download(*more: str) -> tuple[str, ...]:
    return ("download", "--interval", "4h", *more)


def _held(coin: str) -> CandleSeries:
    return wiring.candle_store().read("hyperliquid", coin, HOURS)


def _starts(exchange: StandIn) -> list[int]:
    return [question["req"]["startTime"] for question in exchange.asked()]


def test_all_that_exists_lies_in_the_store_afterwards(exchange: StandIn, run: Run, capsys):
    assert run(*_download("--coins", "BTC,ETH")) == 0
    market = exchange.series[0]
    assert _held("BTC") == market[-5000:-1]
    assert _held("ETH").coin == "ETH"
    told = capsys.readouterr()
    assert re.search(r"BTC +4,999 +4,999 +20\d\d-\d\d-\d\d \d\d:\d\d", told.out)
    assert told.err == ""


def test_asking_for_more_than_exists_is_said(exchange: StandIn, run: Run, capsys):
    assert run(*_download("--coins", "BTC", *SINCE_LONG)) == 0
    told = capsys.readouterr()
    assert "no older ones" in told.out
    assert "only the latest 5000 candles" in told.err


def test_json_says_the_same_in_numbers(exchange: StandIn, run: Run, capsys):
    assert run(*_download("--coins", "BTC", "--json")) == 0
    market = exchange.series[0]
    assert json.loads(capsys.readouterr().out) == {
        "network": "mainnet",
        "timeframe": "4h",
        "coins": [
            {
                "coin": "BTC",
                "new": 4999,
                "candles": 4999,
                "first": int(market.ts[-5000]),
                "last": int(market.ts[-2]),
                "note": "",
                "error": None,
            }
        ],
    }


def test_a_second_run_fetches_nothing_that_is_there(exchange: StandIn, run: Run, capsys):
    day = exchange.series[0].ts[-97]
    since = f"{day.astype('datetime64[ms]')}"
    run(*_download("--coins", "BTC", "--since", since))
    asked = len(exchange.asked())
    assert run(*_download("--coins", "BTC", "--since", since)) == 0
    assert len(exchange.asked()) == asked
    assert "nothing new" in capsys.readouterr().out


def test_a_later_run_fetches_only_what_is_new(exchange: StandIn, run: Run):
    market = exchange.series[0]
    wiring.candle_store().write("hyperliquid", market[-5000:-50])
    assert run(*_download("--coins", "BTC")) == 0
    assert _held("BTC") == market[-5000:-1]
    assert _starts(exchange)[-1] == int(market.ts[-50])


def test_until_ends_the_span(exchange: StandIn, run: Run):
    market = exchange.series[0]
    until = f"{market.ts[-100].astype('datetime64[ms]')}"
    assert run(*_download("--coins", "BTC", "--until", until)) == 0
    assert _held("BTC") == market[-5000:-100]


def test_testnet_is_kept_apart(exchange: StandIn, run: Run):
    assert run(*_download("--coins", "BTC", "--network", "testnet")) == 0
    assert {record.venue for record in wiring.candle_store().list()} == {"hyperliquid-testnet"}


def test_faults_that_pass_are_waited_out(exchange: StandIn, run: Run):
    exchange.faults.append(RESET)
    assert run(*_download("--coins", "BTC")) == 0
    assert len(_held("BTC")) == 4999


def test_an_unknown_coin_does_not_stop_the_others(exchange: StandIn, run: Run, capsys):
    assert run(*_download("--coins", "BTX,ETH")) == 2
    told = capsys.readouterr()
    assert "Error: Hyperliquid does not list a coin 'BTX': did you mean BTC?" in told.err
    assert re.search(r"BTX .*failed", told.out)
    assert len(_held("ETH")) == 4999


def test_an_exchange_that_keeps_failing_ends_with_code_1(exchange: StandIn, run: Run, capsys):
    exchange.faults.extend([Fault(), Fault(), Fault(body=b'{"o": 1}')])
    assert run(*_download("--coins", "BTC")) == 1
    assert "Error: Hyperliquid's candles of BTC 4h are dict and not a list" in (
        capsys.readouterr().err
    )


def test_an_unreachable_exchange_ends_with_code_1_and_asks_no_further(
    exchange, run, capsys, monkeypatch
):
    monkeypatch.setattr(hyperliquid_info, "FIRST_WAIT_SECONDS", 0.01)
    exchange.faults.extend([BROKEN] * 100)
    assert run(*_download("--coins", "BTC,ETH")) == 1
    told = capsys.readouterr().err
    assert "500 (internal server error), 5 times in a row" in told
    assert "candles synthesize" in told
    assert len(exchange.questions) == 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--coins", " , ", "--interval", "15m"), "names no coin"),
        (("--coins", "B TC", "--interval", "15m"), "'B TC', which is not a coin"),
        (("--coins", "BTC", "--interval", "2m"), "no 2m candles: choose one of"),
        (("--coins", "BTC", "--interval", "soon"), "timeframe 'soon'"),
        (("--coins", "BTC", "--interval", "15m", "--since", "May"), "--since 'May' is not a date"),
        (("--coins", "BTC", "--interval", "15m", "--since", "2150-01-01"), "in the future"),
        (("--coins", "BTC", "--interval", "15m", "--since", "1850-01-01"), "between the years"),
        (
            (
                "--coins",
                "BTC",
                "--interval",
                "15m",
                "--since",
                "2025-02-01",
                "--until",
                "2025-01-01",
            ),
            "--since 2025-02-01 must be earlier than --until 2025-01-01",
        ),
        (("--coins", "BTC", "--interval", "15m", "--network", "moon"), "'moon' is not one of"),
        (("--coins", "BTC"), "Missing option '--interval'"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_asked(exchange, run, capsys, words, message):
    assert run("download", *words) == 2
    assert message in capsys.readouterr().err
    assert exchange.questions == []


def test_an_address_that_is_none_is_refused(exchange, run, capsys, monkeypatch):
    monkeypatch.setenv("HYPERBOT_HYPERLIQUID_URL", "api.hyperliquid.xyz")
    assert run(*_download("--coins", "BTC")) == 2
    assert "HYPERBOT_HYPERLIQUID_URL is 'api.hyperliquid.xyz'" in capsys.readouterr().err


def _stopped_in_the_second_page(exchange: StandIn, number: signal.Signals) -> tuple[int, str]:
    exchange.kept = 100_000
    exchange.faults.extend([Fault(), Fault(), Fault(seconds=3)])
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "candles", *_download("--coins", "BTC", *SINCE_LONG)],
        env=os.environ,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while len(exchange.asked()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    return process.returncode, told


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_stopped_goes_on_where_it_stopped(exchange: StandIn, run: Run, number):
    market = exchange.series[0]
    code, told = _stopped_in_the_second_page(exchange, number)
    assert _held("BTC") == market[:5000]
    if number == signal.SIGINT:
        assert code == 130
        assert told.splitlines()[0] == "Whole pages were kept: the same command goes on from here."
        assert told.splitlines()[-1] == "Stopped."
    before = len(exchange.asked())
    assert run(*_download("--coins", "BTC", *SINCE_LONG)) == 0
    assert _held("BTC") == market[:-1]
    # The time before the first candle is asked for again, what was kept is not.
    assert [start for start in _starts(exchange)[before:] if start >= market.ts[0]] == [
        int(market.ts[5000]),
        int(market.ts[7000]),
    ]


# synthesize


def test_synthetic_candles_are_kept_and_called_synthetic(exchange: StandIn, run: Run, capsys):
    words = ("synthesize", "--coins", "BTC,DOGE", "--interval", "1h", "--candles", "300")
    assert run(*words) == 0
    assert "Synthetic 1h candles: invented, seed 0, not market data" in capsys.readouterr().out
    records = wiring.candle_store().list()
    assert [(one.venue, one.coin, one.synthetic, one.rows) for one in records] == [
        ("synthetic", "BTC", True, 300),
        ("synthetic", "DOGE", True, 300),
    ]
    hour = Timeframe.parse("1h")
    made = synthesize("BTC", hour, 1_735_689_600_000, 300, 0)
    assert wiring.candle_store().read("synthetic", "BTC", hour) == made
    assert exchange.questions == []


def test_a_longer_synthetic_series_goes_on_from_the_shorter_one(exchange, run, capsys):
    words = ("synthesize", "--coins", "BTC", "--interval", "1h", "--json", "--candles")
    run(*words, "300")
    capsys.readouterr()
    assert run(*words, "500") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["synthetic"], told["coins"][0]["new"]) == (True, 200)
    assert told["coins"][0]["replaced"] == 0


def test_two_seeds_are_never_joined_to_one_series(exchange, run, capsys):
    words = ("synthesize", "--coins", "ETH,BTC", "--interval", "1h", "--candles")
    run("synthesize", "--coins", "BTC", "--interval", "1h", "--candles", "300")
    assert run(*words, "200", "--seed", "1") == 2
    assert "holds other synthetic 1h candles of BTC" in capsys.readouterr().err
    assert [record.coin for record in wiring.candle_store().list()] == ["BTC"]  # not ETH alone
    assert run(*words, "300", "--seed", "1") == 0
    assert "300 synthetic candles of another seed were replaced" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--candles", "0"), "0 is not in the range x>=1"),
        (("--seed", "-1"), "-1 is not in the range"),
        (("--candles", "900000000"), "choose 1 to 5,000,000"),
        (("--since", "2199-12-31"), "between 1970 and 2200"),
    ],
)
def test_what_cannot_be_synthesized_is_refused(exchange, run, capsys, words, message):
    assert run("synthesize", "--coins", "BTC", "--interval", "1h", *words) == 2
    assert message in capsys.readouterr().err
    assert wiring.candle_store().list() == ()
