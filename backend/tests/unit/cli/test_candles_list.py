import json
import os
import subprocess
import sys

import pytest

from candle_builders import random_walk, without
from hyperbot.wiring import candle_store

LIST = """
import sys
from hyperbot.cli.main import command
command(["candles", "list", *sys.argv[1:]], standalone_mode=False)
heavy = {"pyarrow", "numba", "httpx", "pandas"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder of its own for the store."""
    monkeypatch.setenv("HYPERBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HYPERBOT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def listed(*arguments):
    """What is printed, by a process that would fail if it had imported anything heavy."""
    return subprocess.run(
        [sys.executable, "-c", LIST, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    ).stdout


def test_an_empty_store_says_how_to_fill_it(place):
    assert "hyperbot candles import" in listed()
    assert json.loads(listed("--json")) == []
    assert list(place.iterdir()) == []


def test_each_series_is_a_row(place):
    store = candle_store()
    store.write("hyperliquid", without(random_walk(100), 7, 8, 50), source="Hyperliquid API")
    store.write("lab", random_walk(10, coin="ETH"), source="seed 7", synthetic=True)
    printed = listed()
    title, headings, *rows = [line.split() for line in printed.splitlines()]
    assert title == ["107", "candles"]
    assert headings[:4] == ["venue", "coin", "interval", "candles"]
    assert [row[:4] for row in rows] == [
        ["hyperliquid", "BTC", "5m", "97"],
        ["lab", "ETH", "5m", "10"],
    ]
    assert "2025-01-01 00:00" in printed
    assert "synthetic, seed 7" in printed
    real, made_up = json.loads(listed("--json"))
    assert (real["gaps"], real["missing"], real["synthetic"]) == (2, 3, False)
    assert (made_up["synthetic"], made_up["source"]) == (True, "seed 7")
    assert real["files"][0]["sha256"]
