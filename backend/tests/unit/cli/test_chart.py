import os
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from candle_builders import as_columns, random_walk
from candle_file_writers import write_csv, write_parquet
from hyperbot.charting import MOST_CANDLES
from hyperbot.cli.main import command
from hyperbot.domain.errors import InvalidInput
from hyperbot.wiring import candle_store

MADE = re.compile(r"chart\.html: ([\d,]+) candles of (\w+) (\w+), [\d.]+ MB(.*)")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder of its own, for files and for the store."""
    monkeypatch.setenv("HYPERBOT_DATA_DIR", str(tmp_path / "store" / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def hyperbot(*arguments):
    """What the command prints; a foreseen error is raised as `main` sees it."""
    result = CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout


def chart(*arguments):
    """(candles, coin, timeframe, what else it says), with the page in chart.html."""
    return MADE.fullmatch(hyperbot("chart", *arguments).strip()).groups()


def file_of(candles, name="BTC-5m.parquet"):
    write_parquet(name, as_columns(random_walk(candles)))
    return name


def test_a_file_becomes_a_page(place):
    assert chart("--candles", file_of(300)) == ("300", "BTC", "5m", "")
    page = (place / "chart.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert '"source":"BTC-5m.parquet"' in page
    assert '"synthetic":false' in page


def test_csv_is_read_too(place):
    write_csv(place / "ETH-5m.csv", as_columns(random_walk(50)))
    assert chart("--candles", "ETH-5m.csv")[:2] == ("50", "ETH")


def test_a_span_is_cut_out_of_the_file_and_its_history_is_read(place):
    said = chart("--candles", file_of(400), "--from", "2025-01-01T10:00", "--to", "2025-01-02")
    assert said[0] == "168"
    page = (place / "chart.html").read_text(encoding="utf-8")
    # 120 candles came before: the average true range is known, not begun anew.
    assert '"start":1735725600' in page
    whole = chart("--candles", "BTC-5m.parquet", "--to", "2025-01-02")
    assert whole[0] == "288"


def test_stored_candles_tell_their_venue_and_that_they_are_synthetic(place):
    candle_store().write("synthetic", random_walk(80), source="seed 1", synthetic=True)
    assert chart("--coin", "BTC", "--timeframe", "5m")[0] == "80"
    page = (place / "chart.html").read_text(encoding="utf-8")
    assert '"source":"synthetic, from the store"' in page
    assert '"synthetic":true' in page


def test_a_long_file_shows_its_last_candles_and_says_so(place):
    said = chart("--candles", file_of(MOST_CANDLES + 5))
    assert said == ("20,000", "BTC", "5m", "; only the last 20,000 of 20,005")
    assert "only the last 20,000 of 20,005" in (place / "chart.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "say which candles: --candles FILE, or --coin and --timeframe"),
        (("--coin", "BTC", "--timeframe", "1h"), "the store holds no 1h candles of BTC: see"),
        (("--coin", "BTC", "--timeframe", "x"), "timeframe 'x' is not a number"),
        (("--candles", "missing-5m.csv"), "missing-5m.csv"),
        (("--candles", "BTC-5m.parquet", "--venue", "binance"), "--venue chooses candles in"),
        (("--candles", "BTC-5m.parquet", "--from", "soon"), "--from 'soon' is not a date"),
        (
            ("--candles", "BTC-5m.parquet", "--from", "2026-01-01"),
            "no candle opens in that span: the 50 candles (BTC-5m.parquet) go from 2025-01-01 "
            "00:00 to 2025-01-01 04:05 UTC",
        ),
        (
            ("--candles", "BTC-5m.parquet", "--from", "2026-01-01", "--to", "2025-01-01"),
            "--from 2026-01-01 must be earlier than --to 2025-01-01",
        ),
        (("BTC-5m.parquet", "--candles", "x.csv"), "both BTC-5m.parquet and --candles x.csv"),
        (("BTC-5m.parquet", "--out", "x.png"), "--out x.png must end in .html or .htm"),
        (("BTC-5m.parquet", "--out", "no/x.html"), "cannot write no/x.html: there is no folder no"),
        (("--candles", "BTC-5m.parquet", "--out", "BTC-5m.parquet"), "would overwrite the candles"),
        (
            ("--candles", "BTC-5m.parquet", "--out", "BTC-5m.parquet/x.html"),
            "there is no folder BTC-5m.parquet",
        ),
    ],
)
def test_what_cannot_be_drawn_is_told_in_a_sentence(arguments, sentence):
    file_of(50)
    with pytest.raises(InvalidInput) as error:
        hyperbot("chart", *arguments)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("btc 5m", "of btc: did you mean BTC? See"),
        ("BTC 15m", "of BTC: there are 5m, see"),
        ("BTC 5m binanse", "of binanse: did you mean binance? See"),
        ("WHATEVER 5m", "of WHATEVER: see"),
    ],
)
def test_a_name_that_is_nearly_right_is_suggested(asked, hint):
    candle_store().write("binance", random_walk(60))
    words = zip(("--coin", "--timeframe", "--venue"), asked.split(), strict=False)
    with pytest.raises(InvalidInput) as error:
        hyperbot("chart", *(word for pair in words for word in pair))
    assert hint in str(error.value)


def test_both_spellings_of_the_options_and_a_file_as_argument_are_understood():
    candle_store().write("binance", random_walk(60))
    assert chart("--coins", "BTC", "--interval", "5m", "--since", "2025-01-01")[0] == "60"
    assert chart(file_of(300), "--until", "2025-01-01T10:00")[0] == "120"


def test_without_a_browser_the_address_is_told(place, monkeypatch):
    if sys.platform != "linux":
        pytest.skip("xdg-open is Linux's")
    opener = place / "xdg-open"
    opener.write_text("#!/bin/sh\necho noise >&2\nexit 3\n")
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(place))
    asked = ["chart", file_of(60), "--open"]
    told = CliRunner().invoke(command, asked, standalone_mode=False)
    assert f"no browser was found: open file://{place}/chart.html\n" in told.stderr
    opener.write_text("#!/bin/sh\nexit 0\n")
    assert "browser" not in CliRunner().invoke(command, asked, standalone_mode=False).stderr


def test_a_span_that_is_too_long_is_refused_with_advice():
    long = file_of(MOST_CANDLES + 5)
    with pytest.raises(InvalidInput, match=r"that span has 20,004 candles .* choose a shorter one"):
        hyperbot("chart", "--candles", long, "--from", "2025-01-01T00:05")


def test_the_venue_must_be_chosen_where_several_have_the_candles():
    for venue in ("binance", "hyperliquid"):
        candle_store().write(venue, random_walk(60))
    with pytest.raises(InvalidInput, match=r"several venues .*binance, hyperliquid.*--venue"):
        hyperbot("chart", "--coin", "BTC", "--timeframe", "5m")
    assert chart("--coin", "BTC", "--timeframe", "5m", "--venue", "binance")[0] == "60"


def test_an_error_is_one_line_and_exit_code_two():
    told = subprocess.run(
        [sys.executable, "-c", "from hyperbot.cli import main; main()", "chart"],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    assert told.returncode == 2
    assert told.stderr.startswith("Error: say which candles")
    assert told.stderr.count("\n") == 1
