"""Files of funding payments: read as they are, or refused in one sentence."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.funding_files import find_funding, read_funding

JANUARY_2025, HOUR = 1_735_689_600_000, 3_600_000
TS = [JANUARY_2025, JANUARY_2025 + HOUR]
RATES = [0.0000125, -0.0004]


def written(path, **columns):
    """A Parquet file of these columns."""
    pq.write_table(pa.table(columns), path)
    return path


def assert_read(path):
    ts, rates = read_funding(path)
    assert (ts.dtype, rates.dtype) == (np.int64, np.float64)
    assert ts.tolist() == TS
    assert rates.tolist() == RATES


def test_parquet_and_csv_tell_the_same(tmp_path):
    assert_read(written(tmp_path / "a.parquet", ts=TS, rate=RATES))
    table = tmp_path / "a.csv"
    table.write_text(f"rate,other,ts\n{RATES[0]},x,{TS[0]}\n{RATES[1]},y,{TS[1]}\n")
    assert_read(table)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_dates_are_the_moments_that_they_name(tmp_path, unit, zone):
    moments = [datetime.fromtimestamp(ts / 1000, UTC) for ts in TS]
    column = pa.array(moments, pa.timestamp(unit, tz=zone))
    assert_read(written(tmp_path / "a.parquet", ts=column, rate=RATES))


def test_dates_in_a_csv_are_utc(tmp_path):
    table = tmp_path / "a.csv"
    rows = [f"2025-01-01T0{hour}:00:00,{rate}" for hour, rate in enumerate(RATES)]
    table.write_text("\n".join(["ts,rate", *rows]))
    assert_read(table)


NEEDED = "it is not a file of funding payments with columns ts and rate ("
TIMES = "ts must be ascending milliseconds between 1970 and 2200"


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"time": TS, "rate": RATES}, NEEDED),
        ({"ts": TS, "funding": RATES}, NEEDED),
        ({"ts": ["a", "b"], "rate": RATES}, NEEDED),
        ({"ts": [0.5, 1.5], "rate": RATES}, NEEDED),
        ({"ts": TS, "rate": ["a", "b"]}, NEEDED),
        ({"ts": TS[::-1], "rate": RATES}, TIMES),
        ({"ts": [TS[0]] * 2, "rate": RATES}, TIMES),
        ({"ts": [-5, 5], "rate": RATES}, TIMES),
        ({"ts": [TS[0], 1000 * TS[1]], "rate": RATES}, TIMES),
        ({"ts": [TS[0], None], "rate": RATES}, TIMES),
        ({"ts": TS, "rate": [0.0, 0.5]}, "row 2: rate is 0.5, it must lie between -0.04 and 0.04"),
        ({"ts": TS, "rate": [-1.25, 0.0]}, "row 1: rate is -1.25, it must lie between"),
        ({"ts": TS, "rate": [0.0, float("nan")]}, "row 2: rate is nan, it must lie between"),
        ({"ts": TS, "rate": [None, 0.0]}, "row 1: rate is nan, it must lie between"),
    ],
)
def test_each_wrong_file_is_told_in_one_sentence(tmp_path, columns, sentence):
    path = written(tmp_path / "a.parquet", **columns)
    with pytest.raises(InvalidInput) as refused:
        read_funding(path)
    said = str(refused.value)
    assert said.startswith(f"{path}: {sentence}")
    assert "\n" not in said


@pytest.mark.parametrize("name", ["a.parquet", "a.csv"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"PAR1"])
def test_what_is_no_table_is_told_in_one_sentence(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        read_funding(path)
    assert str(refused.value).startswith(f"{path}: {NEEDED}")
    assert "\n" not in str(refused.value)


def test_the_file_of_the_venue_comes_first(tmp_path):
    (tmp_path / "binance").mkdir()
    for name in ("BTC-funding.csv", "binance/BTC-funding.csv", "ETH-funding.parquet"):
        (tmp_path / name).touch()
    assert find_funding(tmp_path, "binance", "BTC") == tmp_path / "binance" / "BTC-funding.csv"
    assert find_funding(tmp_path, "hyperliquid", "BTC") == tmp_path / "BTC-funding.csv"
    assert find_funding(tmp_path, "binance", "ETH") == tmp_path / "ETH-funding.parquet"
    assert find_funding(tmp_path, "binance", "SOL") is None


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidInput, match="no is no folder with files such as BTC-"):
        find_funding(tmp_path / "no", "binance", "BTC")
