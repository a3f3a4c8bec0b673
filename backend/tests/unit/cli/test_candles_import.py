import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner

from candle_builders import as_columns, random_walk, without
from candle_file_writers import write_csv, write_feather, write_parquet
from hyperbot.cli.candles_import import KNOWN_VENUES, OTHER_VENUE
from hyperbot.cli.main import command
from hyperbot.domain.errors import InvalidInput
from hyperbot.wiring import candle_store


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder of its own for the store."""
    monkeypatch.setenv("HYPERBOT_DATA_DIR", str(tmp_path / "store" / "data"))
    monkeypatch.setenv("HYPERBOT_CACHE_DIR", str(tmp_path / "store" / "cache"))
    return tmp_path


def hyperbot(*arguments):
    """What the command prints; a foreseen error is raised as `main` sees it."""
    result = CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout


# A background job of a script inherits SIGINT ignored, and Python then leaves it so.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from hyperbot.cli import main
main()
"""


def run(*arguments):
    """The whole command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from hyperbot.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


def candle_files(folder):
    """Three coins in three formats, below a folder named after the venue."""
    binance = folder / "binance"
    binance.mkdir()
    write_parquet(binance / "BTC-5m.parquet", as_columns(random_walk(50)))
    write_csv(binance / "ETHUSDT-5m-2025-01.csv", as_columns(random_walk(40, coin="ETH", seed=1)))
    write_feather(
        binance / "SOL_USDT_USDT-5m-futures.feather",
        as_columns(without(random_walk(30, coin="SOL", seed=2), 5, 6, 9)),
    )
    return binance


def test_a_folder_is_imported_and_listed(place):
    document = json.loads(hyperbot("candles", "import", candle_files(place), "--json"))
    assert document["imported"] is True
    rows = [
        (row["venue"], row["coin"], row["candles"], row["gaps"], row["added"])
        for row in document["files"]
    ]
    assert rows == [
        ("binance", "BTC", 50, 0, 50),
        ("binance", "ETH", 40, 0, 40),
        ("binance", "SOL", 27, 2, 27),
    ]
    assert candle_store().read("binance", "BTC", "5m") == random_walk(50)
    listed = json.loads(hyperbot("candles", "list", "--json"))
    assert [(row["coin"], row["candles"], row["missing"]) for row in listed] == [
        ("BTC", 50, 0),
        ("ETH", 40, 0),
        ("SOL", 27, 3),
    ]
    assert listed[0]["source"] == "file BTC-5m.parquet"


def test_the_venue_is_the_folders_name_if_it_is_one(place):
    for folder in ("hyperliquid", "binance/futures", "mine"):
        (place / folder).mkdir(parents=True)
        write_csv(place / folder / "BTC-5m.csv", as_columns(random_walk(5)))
    document = json.loads(hyperbot("candles", "import", place, "--json"))
    assert [row["venue"] for row in document["files"]] == ["binance", "hyperliquid", "import"]
    document = json.loads(
        hyperbot("candles", "import", place / "mine", "--venue", "other", "--json")
    )
    assert [row["venue"] for row in document["files"]] == ["other"]


def test_the_help_says_which_folders_name_a_venue(place):
    told = " ".join(hyperbot("candles", "import", "--help").split())
    named = " or ".join(f"`{venue}`" for venue in KNOWN_VENUES)
    assert f"else {named} if a file's folder, or the one above, is named so" in told
    assert f"otherwise `{OTHER_VENUE}`" in told


def test_options_name_what_the_file_does_not(place):
    write_csv(place / "whatever.csv", as_columns(random_walk(5)))
    hyperbot("candles", "import", place / "whatever.csv", "--coin", "kPEPE", "--interval", "5m")
    assert [record.key.coin for record in candle_store().list()] == ["kPEPE"]


def test_a_coin_that_cannot_be_kept_is_refused(place):
    write_csv(place / "whatever.csv", as_columns(random_walk(5)))
    with pytest.raises(InvalidInput, match="coin 'a b' must be"):
        hyperbot("candles", "import", place / "whatever.csv", "--coin", "a b", "--interval", "5m")


def test_an_option_joins_no_coins_that_differ_in_case(place):
    for name in ("kPEPE-5m.csv", "KPEPE-5m.csv"):
        write_csv(place / name, as_columns(random_walk(5)))
    with pytest.raises(InvalidInput, match="--coin kPEPE would join the candles of KPEPE, kPEPE"):
        hyperbot("candles", "import", place, "--coin", "kPEPE")


@pytest.mark.parametrize("other", ["BTCUSDC-5m.csv", "BTC_USDT_USDT-5m-futures.csv", "BTC-5m.csv"])
def test_files_of_two_markets_do_not_become_one_series(place, other):
    for name in ("BTCUSDT-5m.csv", other):
        write_csv(place / name, as_columns(random_walk(5)))
    with pytest.raises(InvalidInput, match="would become one series, BTC 5m of import"):
        hyperbot("candles", "import", place)
    assert not candle_store().list()


def test_files_of_one_market_become_one_series(place):
    series = random_walk(50)
    write_csv(place / "BTCUSDT-5m-2025-01.csv", as_columns(series[:30]))
    write_csv(place / "BTCUSDT-5m-2025-02.csv", as_columns(series[20:]))
    hyperbot("candles", "import", place)
    assert [record.rows for record in candle_store().list()] == [50]


def test_importing_again_says_that_it_was_there_and_what_was_replaced(place):
    folder = candle_files(place)
    hyperbot("candles", "import", folder)
    write_parquet(folder / "BTC-5m.parquet", as_columns(random_walk(60, seed=3)))
    document = json.loads(hyperbot("candles", "import", folder, "--json"))
    changes = [(row["added"], row["replaced"], row["unchanged"]) for row in document["files"]]
    assert changes == [(10, 50, 0), (0, 0, 40), (0, 0, 27)]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (1, "1 candle differed from the one there before and was replaced."),
        (300, "300 candles differed from those there before and were replaced."),
    ],
)
def test_replaced_candles_get_a_closing_line(place, changed, sentence):
    file, columns = place / "BTC-5m.csv", as_columns(random_walk(400))
    write_csv(file, columns)
    hyperbot("candles", "import", file)
    write_csv(file, columns | {"volume": columns["volume"] + (np.arange(400) < changed)})
    assert hyperbot("candles", "import", file).splitlines()[-1] == sentence
    assert "differed" not in hyperbot("candles", "import", file)


def test_a_coin_that_differs_only_in_case_from_another_is_told(place):
    write_csv(place / "BTC-5m.csv", as_columns(random_walk(5)))
    assert "capital letters" not in hyperbot("candles", "import", place / "BTC-5m.csv")
    assert "capital letters" not in hyperbot("candles", "import", place / "BTC-5m.csv")
    (place / "small").mkdir()
    for name in ("btc-5m.csv", "sol-5m.csv", "SOL-5m.csv"):
        write_csv(place / "small" / name, as_columns(random_walk(5)))
    assert hyperbot("candles", "import", place / "small").splitlines()[-2:] == [
        "SOL differs from sol only in capital letters: they are kept as two coins.",
        "btc differs from BTC only in capital letters: they are kept as two coins.",
    ]
    assert len(candle_store().list()) == 4


DAY_MS = 86_400_000


def days_up_to_tomorrow():
    """Fifty days of January 2025 and on, and a candle that opens at the end of today (UTC)."""
    today = int(time.time()) // 86_400 * DAY_MS
    columns = as_columns(random_walk(51, timeframe="1d"))
    columns["ts"] = np.append(columns["ts"][:50], today + DAY_MS)
    return columns


def test_a_candle_that_has_not_closed_is_left_out_and_counted(place):
    write_csv(place / "BTC-1d.csv", days_up_to_tomorrow())
    printed = hyperbot("candles", "import", place / "BTC-1d.csv")
    assert printed.splitlines()[-1] == "1 candle had not closed yet and was left out."
    assert candle_store().read("import", "BTC", "1d") == random_walk(51, timeframe="1d")[:50]
    document = json.loads(hyperbot("candles", "import", place / "BTC-1d.csv", "--json"))
    row = document["files"][0]
    assert (row["candles"], row["not_closed"], row["unchanged"]) == (50, 1, 50)


def test_a_file_without_a_closed_candle_is_refused(place):
    columns = {name: column[50:] for name, column in days_up_to_tomorrow().items()}
    write_csv(place / "BTC-1d.csv", columns)
    with pytest.raises(InvalidInput, match="it holds no candle that has closed yet"):
        hyperbot("candles", "import", place / "BTC-1d.csv")


def test_a_dry_run_writes_nothing(place):
    printed = hyperbot("candles", "import", candle_files(place), "--dry-run")
    assert "nothing imported" in printed
    document = json.loads(hyperbot("candles", "import", place / "binance", "--dry-run", "--json"))
    assert document["imported"] is False
    assert "added" not in document["files"][0]
    assert not (place / "store").exists()


def test_one_bad_file_among_many_imports_nothing_and_every_bad_one_is_named(place):
    folder = candle_files(place)
    (folder / "A-5m.parquet").write_text("no Parquet")
    (folder / "Z-5m.csv").write_text("ts,open,high,low,close,volume\n1735689600000,1,1,2,1,1\n")
    result = run("candles", "import", folder)
    assert (result.returncode, result.stdout) == (2, "")
    first, *sentences = result.stderr.splitlines()
    assert first == "Error: nothing was imported: 2 of 5 files cannot be used"
    assert f"{folder / 'A-5m.parquet'}: it cannot be read as parquet" in sentences[0]
    assert f"{folder / 'Z-5m.csv'}: data row 1: high must not be below low" in sentences[1]
    assert len(sentences) == 2
    assert not (place / "store").exists()


def test_a_single_bad_file_gets_one_sentence_and_exit_code_2(place):
    (place / "BTC-5m.csv").write_text("")
    result = run("candles", "import", place / "BTC-5m.csv")
    assert result.returncode == 2
    assert result.stderr == f"Error: {place / 'BTC-5m.csv'}: it is empty. Nothing was imported.\n"
    (place / "BTC-5m.parquet").write_text("no Parquet")
    told = run("candles", "import", place / "BTC-5m.parquet").stderr
    assert told.endswith("its ending is wrong. Nothing was imported.\n")
    assert "?" not in told


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing"], "missing does not exist"),
        (["."], r"holds no .* file with candles"),
        (["binance", "--timeframe", "1M"], "timeframe '1M' is not"),
        (["binance", "--venue", "../x"], r"venue '\.\./x' must be"),
        (["binance", "--venue", "synthetic"], "--venue synthetic is kept for made-up candles"),
        (["binance", "--coin", "X"], "its name says BTC, but --coin says X"),
        (["binance", "--interval", "1m"], "its name says 5m, but --timeframe says 1m"),
    ],
)
def test_what_cannot_be_meant_is_refused(place, monkeypatch, arguments, sentence):
    if "binance" in arguments:
        candle_files(place)
    monkeypatch.chdir(place)
    with pytest.raises(InvalidInput, match=sentence):
        hyperbot("candles", "import", *arguments)
    assert not (place / "store").exists()


def test_a_refusal_of_the_store_imports_nothing(place):
    candle_store().write("binance", random_walk(5, coin="SOL"), synthetic=True)
    with pytest.raises(InvalidInput, match="binance holds synthetic 5m candles of SOL"):
        hyperbot("candles", "import", candle_files(place))
    assert [record.coin for record in candle_store().list()] == ["SOL"]


def test_control_c_leaves_the_store_as_it_was(place):
    folder = candle_files(place)
    for number in range(1200):  # so many that it cannot end before it is stopped
        write_csv(folder / f"C{number}-5m.csv", as_columns(random_walk(20)))
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "candles", "import", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    store = place / "store" / "data" / "candles"
    while not any(store.rglob("*.parquet")) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    printed, told = process.communicate(timeout=60)
    assert (process.returncode, printed) == (130, "")
    assert told.strip() == "Stopped."
    assert candle_store().list() == ()
    assert [path.name for path in store.rglob("*") if path.is_file()] == [".lock"]


def test_markup_in_a_name_is_shown_as_it_is(place):
    write_csv(place / "[red]X-5m.csv", as_columns(random_walk(5)))
    printed = hyperbot("candles", "import", place / "[red]X-5m.csv")
    assert "[red]X" in printed
    assert "[red]X" in hyperbot("candles", "list")


def test_the_real_candles_are_imported(place, real_candles):
    document = json.loads(hyperbot("candles", "import", real_candles, "--json"))
    manifest = json.loads((real_candles / "manifest.json").read_text())
    imported = {
        f"{row['venue']}/{row['coin']}-{row['timeframe']}.parquet": (row["added"], row["gaps"])
        for row in document["files"]
    }
    assert imported == {name: (file["rows"], 0) for name, file in manifest.items()}
