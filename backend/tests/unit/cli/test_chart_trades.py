"""`hyperbot chart --trades`: the trades of a backtest's folder on its candles."""

import re

import pytest
from click.testing import CliRunner

from candle_builders import as_columns
from candle_file_writers import write_parquet
from hyperbot.cli.main import command
from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.backtest_results import write_result
from result_builders import candles, result, trade


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder with candles of BTC and a run of three trades, two of them of BTC."""
    monkeypatch.chdir(tmp_path)
    for coin in ("BTC", "SOL"):
        write_parquet(f"{coin}-1h.parquet", as_columns(candles(coin)))
    write_result(result(), tmp_path / "run")
    return tmp_path


def chart(*arguments):
    """What it says, and the page."""
    done = CliRunner().invoke(command, ["chart", *arguments], standalone_mode=False)
    if done.exception:
        raise done.exception
    with open("chart.html", encoding="utf-8") as page:
        return done.stdout.strip(), page.read()


def drawn_in(page):
    return re.findall(r'"rule":"([^"]+)","side":(-?1),"start":(-?\d+),"end":(\d+)', page)


def test_the_trades_of_the_coin_are_drawn_and_told():
    said, page = chart("BTC-1h.parquet", "--trades", "run")
    assert said.endswith("; 2 trades of run")
    assert drawn_in(page) == [("le-15m", "1", "1", "4"), ("le-15m", "1", "40", "47")]
    assert '"targets":[110.0,120.0]' in page
    assert '"exits":[[4,120.0,"tp1"]]' in page


def test_a_span_says_how_many_lie_outside_it():
    said, page = chart("BTC-1h.parquet", "--trades", "run", "--to", "2025-01-02")
    assert said.endswith("; 1 of 2 trades of run, the others lie outside these candles")
    assert len(drawn_in(page)) == 1


def test_a_coin_without_trades_is_told():
    said, page = chart("SOL-1h.parquet", "--trades", "run")
    assert said.endswith("; no trade of SOL in run")
    assert '"trades":[]' in page
    assert "no trade of SOL in run" in page


def test_candles_that_are_not_those_of_the_run_are_told():
    write_parquet("BTC-1h.parquet", as_columns(candles(closes=[200.0] * 48)))
    said, _ = chart("BTC-1h.parquet", "--trades", "run")
    assert said.endswith("; 2 at prices that these candles never had: are they the same?")


def test_targets_of_a_short_begin_with_the_nearest(place):
    write_result(result([trade(1, side=-1, opened=3)]), place / "shorts")
    assert '"targets":[90.0,80.0]' in chart("BTC-1h.parquet", "--trades", "shorts")[1]


def test_a_folder_that_is_no_result_is_told_before_any_work(place):
    with pytest.raises(InvalidInput, match="there is no folder gone"):
        chart("nothing.parquet", "--trades", "gone")
    with pytest.raises(InvalidInput, match="is not the result of a backtest"):
        chart("BTC-1h.parquet", "--trades", ".")
    (place / "run" / "trades.parquet").write_bytes(b"PAR1")
    with pytest.raises(InvalidInput, match=r"trades\.parquet is damaged"):
        chart("BTC-1h.parquet", "--trades", "run")


def test_without_trades_the_page_has_no_place_for_them():
    said, page = chart("BTC-1h.parquet")
    assert "trade" not in said
    assert '"trades":null' in page
