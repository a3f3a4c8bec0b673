"""`hyperbot backtest`: what cannot be meant is told in one sentence, and nothing is left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from candle_builders import as_columns
from candle_file_writers import write_parquet
from hyperbot.cli.main import command
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.resampling import resample
from hyperbot.exchange.synthetic import synthesize

JANUARY_2025 = 1_735_689_600_000
COINS = ("BTC", "ETH")
MINUTES = {
    coin: synthesize(coin, Timeframe.parse("1m"), JANUARY_2025, 4_000, seed=place)
    for place, coin in enumerate(COINS)
}
SIGNALS = "signals.csv"
HEAD = "ts,direction,stop,target\n"
GOOD_ROW = "2025-01-02T00:05,long,50000,70000\n"
RULE = {"id": "a", "name": "A", "direction": "both", "entry_type": "LE", "timeframe": "5m"}
LADDER = [{"r": 2, "share": 0.5}, {"r": 1, "share": 0.5}]


def write_candles(folder: Path, series: CandleSeries) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_parquet(folder / f"{series.coin}-{series.timeframe}.parquet", as_columns(series))


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Two coins in `candles`, 5m; one in `both`, 1m and 5m; one at two venues in `venues`."""
    monkeypatch.setenv("HYPERBOT_DATA_DIR", str(tmp_path / "store" / "data"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    for minutes in MINUTES.values():
        write_candles(Path("candles"), resample(minutes, Timeframe.parse("5m")))
    one = resample(MINUTES["BTC"], Timeframe.parse("5m"))
    for folder in ("both", "venues/binance", "venues/hyperliquid"):
        write_candles(Path(folder), one)
    write_candles(Path("both"), MINUTES["BTC"])
    return tmp_path


def write_rule(**fields):
    Path("rule.yaml").write_text(json.dumps(RULE | fields))  # JSON is YAML, too


def hyperbot(*arguments):
    """What `hyperbot backtest ...` prints, and the error it ends with."""
    return CliRunner().invoke(command, ["backtest", *map(str, arguments)], standalone_mode=False)


def told(*arguments):
    """What it prints when all is well."""
    result = hyperbot(*arguments)
    assert result.exception is None, result.exception
    return result.stdout


def refusal(*arguments):
    """The one sentence in which it refuses, before anything is printed or written."""
    before = files_below(Path())
    result = hyperbot(*(() if "--out" in arguments else ("--out", "result")), *arguments)
    assert isinstance(result.exception, InvalidInput), result.exception
    assert result.stdout == ""
    assert files_below(Path()) == before
    sentence = str(result.exception)
    assert sentence
    assert "\n" not in sentence
    return sentence


def files_below(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--coins BTX", "--coins holds BTX, of which there are no candles: did you mean BTC?"),
        ("--coins btc", "--coins holds btc, of which there are no candles: did you mean BTC?"),
        ("--coins FOO", "--coins holds FOO, of which there are no candles: there are BTC, ETH"),
        ("--coins ,", "--coins names no coin: write for example --coins BTC,ETH"),
        ("--from 2026-01-01", "no candle opens in that span: those chosen go from 2025-01-01 00:0"),
        ("--to 2024-01-01", "no candle opens in that span: those chosen go from 2025-01-01 00:00"),
        ("--from 2025-01-02 --to 2025-01-02", "--from 2025-01-02 must be earlier than --to 2025"),
        ("--from 2025-01-02T00:01 --to 2025-01-02T00:03", "no candle of any coin opens in that"),
        ("--from soon", "--from 'soon' is not a date such as 2025-01-01 or 2025-01-01T12:30"),
        ("--equity NaN", "--equity 'NaN' must be a number from 10 to 1,000,000,000,000"),
        ("--equity -5", "--equity '-5' must be a number from 10 to 1,000,000,000,000"),
        ("--equity 1e99", "--equity '1e99' must be a number"),
        ("--equity money", "--equity 'money' must be a number"),
        ("--rules a.yaml --playbook default", "--rules and --playbook name different things to"),
        ("--playbook default --signals s.csv", "--playbook and --signals name different things"),
        ("--rules no.yaml", "cannot read no.yaml: No such file or directory"),
        ("--rules default", "cannot read default: No such file or directory"),
        ("--playbook no", "there is no playbook 'no': choose one of default"),
        ("--timeframe 5m", "--timeframe belongs to --signals: rules say their own timeframes"),
        ("--finer 1m", "--finer 1m: there are no 1m candles of BTC"),
        ("--finer 5m", "--finer 5m must be shorter than the 5m candles that are played, and di"),
        ("--finer 2m", "--finer 2m must be shorter than the 5m candles that are played, and di"),
        ("--finer 1x", "--finer: timeframe '1x' is not a number followed by m, h, d or w, such as"),
        ("--funding no", "--funding no is no folder with files such as BTC-funding.parquet"),
        ("--venue kraken", "there are no candles of --venue kraken: choose another one, or leave"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_sentence(arguments, sentence):
    said = refusal("--candles", "candles", *arguments.split())
    assert said.startswith(sentence)


@pytest.mark.parametrize(
    ("candles", "sentence"),
    [
        ("no", "--candles no does not exist"),
        ("empty", "--candles empty holds no .parquet, .csv, .feather file with candles"),
        ("other", "--candles other: no file is named by coin and length, as BTC-5m.parquet is"),
        (
            "venues",
            "several venues have candles of BTC (binance, hyperliquid): choose with --venue",
        ),
        ("parts", "several files hold 5m candles of BTC: name one of them with --candles, or join"),
        (
            "BTC-5m-mark.csv",
            "--candles BTC-5m-mark.csv: it holds mark prices by its name, not candles",
        ),
    ],
)
def test_candles_that_cannot_be_played_are_told_in_one_sentence(candles, sentence):
    for name in ("empty", "other", "parts"):
        Path(name).mkdir()
    Path("other/notes.csv").write_text("a\n")
    Path("BTC-5m-mark.csv").write_text("a\n")
    whole = Path("candles/BTC-5m.parquet").read_bytes()
    for month in ("01", "02"):
        Path(f"parts/BTCUSDT-5m-2025-{month}.parquet").write_bytes(whole)
    assert refusal("--candles", candles).startswith(sentence)


def test_without_candles_it_says_where_to_get_some():
    assert refusal().startswith("there are no candles to test on: name a folder with --candles")


def test_a_venue_is_chosen_by_its_name():
    said = told("--candles", "venues", "--venue", "hyperliquid")
    assert "all from Hyperliquid" in said
    assert "100 % proxy" in told("--candles", "venues", "--venue", "binance")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"timeframe": "3m"}, "3m candles are needed, and of BTC there are only 5m: no 3m candle"),
        ({"risk_params": {"risk_percent": 50}}, "rule.yaml:1: risk_params.risk_percent is 50: it"),
        ({"risk_params": {"targets": LADDER}}, "rule.yaml:1: risk_params.targets[1].r is 1: it mu"),
        ({"status": "disabled"}, "rule.yaml: all its rules are disabled or retired"),
    ],
)
def test_rules_that_cannot_be_played_are_told_in_one_sentence(fields, sentence):
    write_rule(**fields)
    assert refusal("--candles", "candles", "--rules", "rule.yaml").startswith(sentence)


def test_rules_of_lengths_that_do_not_divide_each_other_are_played_on_finer_candles():
    shorter = RULE | {"id": "b", "timeframe": "3m"}
    Path("rules.yaml").write_text(json.dumps({"rules": [RULE, shorter]}))
    assert "data     4,000 candles" in told("--candles", "both", "--rules", "rules.yaml")
    said = refusal("--candles", "candles", "--rules", "rules.yaml")
    assert said.startswith("1m candles are needed, and of BTC there are only 5m")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("2026-01-02T00:05,long,5,7\n", "no 5m candle of BTC opens at 1767312300000, where a sig"),
        ("2025-01-02T00:06,long,5,7\n", "no 5m candle of BTC opens at 1735776360000, where a sig"),
        ("2025-01-02T00:05,long,NaN,7\n", "signals.csv: row 1: stop is 'NaN', it must be a pos"),
        ("2025-01-02T00:05,up,5,7\n", "signals.csv: row 1: direction is 'up', it must be long or"),
        ("", "signals.csv holds no signals"),
    ],
)
def test_signals_that_cannot_be_played_are_told_in_one_sentence(rows, sentence):
    Path(SIGNALS).write_text(HEAD + rows)
    said = refusal("--candles", "candles", "--coin", "BTC", "--signals", SIGNALS)
    assert said.startswith(sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--candles candles", "signals are for one coin: choose with --coin of BTC, ETH"),
        ("--candles both", "there are 1m, 5m candles of BTC: choose with --timeframe"),
        ("--candles both --timeframe 5", "--timeframe: timeframe '5' is not a number followed by"),
        ("--candles both --timeframe 1w", "the candles of BTC make no whole 1w candle"),
    ],
)
def test_signals_need_one_coin_and_one_timeframe(arguments, sentence):
    Path(SIGNALS).write_text(HEAD + GOOD_ROW)
    assert refusal("--signals", SIGNALS, *arguments.split()).startswith(sentence)
    assert "signals v1" in told(
        "--signals", SIGNALS, "--candles", "both", "--timeframe", "5m", "--no-costs"
    )


def test_finer_candles_that_decide_nothing_are_refused():
    write_candles(Path("both"), MINUTES["BTC"].between(0, JANUARY_2025 + 86_400_000))
    said = refusal("--candles", "both", "--finer", "1m", "--from", "2025-01-03")
    assert said == "--finer 1m: none of the 1m candles of BTC lies in the span that is played"


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("foreign", "foreign is not a result of a backtest, and is left as it is: choose another"),
        ("former", "former holds the result of a backtest: choose another name, or say --overwr"),
        ("no/such", "cannot write no/such: there is no folder no, make it first"),
        ("file", "file is there and is not a folder: choose another name"),
    ],
)
def test_what_lies_at_out_is_left_as_it_is(out, sentence):
    Path("foreign").mkdir()
    Path("foreign/thesis.txt").write_text("years of work")
    Path("file").write_text("more work")
    told("--candles", "candles", "--out", "former")
    assert refusal("--candles", "candles", "--out", out).startswith(sentence)


def test_json_is_the_summary_and_nothing_else():
    out = told("--candles", "both", "--finer", "1m", "--json", "--out", "result")
    summary = json.loads(out)
    assert summary == json.loads(Path("result/summary.json").read_text())
    assert summary["data"]["sha256"]
    assert summary["results"]["resolved"] is not None


def test_the_help_has_examples_that_work():
    Path("results").mkdir()
    said = told("--help")
    (_, examples) = said.split("Examples:")
    lines = [line.split() for line in examples.strip().splitlines()]
    assert len(lines) == 3
    for _, sub_command, *options in lines:
        assert sub_command == "backtest"
        result = hyperbot(*options, "--equity", "1")  # known options, refused before any work
        assert "--equity" in str(result.exception)


def started(*arguments, script=("-m", "hyperbot")):
    return subprocess.run(
        [sys.executable, *script, "backtest", *arguments],
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_refusal_ends_a_process_with_2_and_one_line():
    ended = started("--candles", "no", "--json", "--out", "result")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "Error: --candles no does not exist\n"
    assert not Path("result").exists()


INTERRUPTED = """
import os, signal, sys, threading, time
# A background job of a script inherits SIGINT ignored, and Python then leaves it so.
signal.signal(signal.SIGINT, signal.default_int_handler)
from hyperbot.cli import main

def is_playing():
    frame = sys._current_frames().get(threading.main_thread().ident)
    while frame is not None:
        code, frame = frame.f_code, frame.f_back
        if code.co_filename.endswith("runner.py") and code.co_name != "<module>":
            return True
    return False

def interrupt():
    while not is_playing():
        time.sleep(0.0005)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
main()
"""


def test_ctrl_c_in_the_middle_leaves_nothing():
    before = files_below(Path())
    ended = started("--candles", "candles", "--out", "result", script=("-c", INTERRUPTED))
    assert (ended.returncode, ended.stdout, ended.stderr.strip()) == (130, "", "Stopped.")
    assert files_below(Path()) == before
