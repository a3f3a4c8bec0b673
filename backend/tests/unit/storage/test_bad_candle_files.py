import os
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candle_builders import JANUARY_2025, as_columns, random_walk
from candle_file_writers import WRITERS, write_csv, write_parquet
from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.candle_files import read_candles
from hyperbot.storage.candle_tables import read_table

SERIES = random_walk(50)
HEADING = "ts,open,high,low,close,volume"
endings = pytest.mark.parametrize("ending", WRITERS)

T = JANUARY_2025
GOOD_ROWS = [f"{T + i * 300_000},10,12,9,11,5" for i in range(5)]
BAD_ROWS = {
    "NaN": (
        2,
        f"{T + 600_000},nan,12,9,11,5",
        "data row 3: every price and volume must be a finite number",
    ),
    "missing": (
        1,
        f"{T + 300_000},10,12,9,11,",
        "data row 2: every price and volume must be a finite number",
    ),
    "infinite": (
        0,
        f"{T},10,inf,9,11,5",
        "data row 1: every price and volume must be a finite number",
    ),
    "high < low": (4, f"{T + 1_200_000},10,8,9,11,5", "data row 5: high must not be below low"),
    "high < close": (
        3,
        f"{T + 900_000},10,10.5,9,11,5",
        "data row 4: high must not be below open or close",
    ),
    "negative": (3, f"{T + 900_000},10,12,-9,11,5", "data row 4: prices must lie between"),
    "volume": (3, f"{T + 900_000},10,12,9,11,-5", "data row 4: volume must lie between"),
    "duplicate": (2, f"{T + 300_000},10,12,9,11,5", "data row 3: times must not repeat"),
    "unsorted": (3, f"{T},10,12,9,11,5", "data row 4: times must ascend"),
    "off the grid": (
        2,
        f"{T + 600_001},10,12,9,11,5",
        "data row 3: a 5m candle must open at a whole 5m",
    ),
    "another unit": (
        2,
        f"{(T + 600_000) // 1000},10,12,9,11,5",
        "data row 3: time 1735690200 is not in milliseconds, as that of row 1 is",
    ),
    "first unit": (
        0,
        "20250101,10,12,9,11,5",
        "data row 1: time 20250101 is no time since the year 2000 in seconds",
    ),
    "text price": (
        2,
        f"{T + 600_000},ten,12,9,11,5",
        "data row 3: open must be a number, not 'ten'",
    ),
    "text time": (
        2,
        "soon,10,12,9,11,5",
        "data row 3: time 'soon' is not a number, as that of row 1 is",
    ),
    "no time": (2, ",10,12,9,11,5", "data row 3: the time is missing"),
    "half time": (
        2,
        f"{T + 600_000}.5,10,12,9,11,5",
        "data row 3: time 1735690200000.5 is not a whole number",
    ),
    "short row": (
        2,
        f"{T + 600_000},10,12,9,11",
        "data row 3: it has 5 values where 6 are expected",
    ),
    "long row": (
        2,
        f"{T + 600_000},10,12,9,11,5,6",
        "data row 3: it has 7 values where 6 are expected",
    ),
}


@pytest.mark.parametrize(("row", "text", "sentence"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_told_with_its_number_and_rule(tmp_path, row, text, sentence):
    path = tmp_path / "BTC-5m.csv"
    path.write_text("\n".join([HEADING, *GOOD_ROWS[:row], text, *GOOD_ROWS[row + 1 :]]))
    with pytest.raises(InvalidInput) as caught:
        read_candles(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: {sentence}")
    assert "\n" not in message


def test_the_sentence_shows_what_stands_in_the_row(tmp_path):
    path = tmp_path / "BTC-5m.csv"
    path.write_text("\n".join([HEADING, *GOOD_ROWS[:2], f"{T + 300_000},10,12,9,11,5"]))
    with pytest.raises(InvalidInput) as caught:
        read_candles(path)
    assert str(caught.value) == (
        f"{path}: data row 3: times must not repeat (2025-01-01 00:05:00 UTC after "
        "2025-01-01 00:05:00 UTC: open 10, high 12, low 9, close 11, volume 5)"
    )


def test_of_several_bad_rows_the_first_is_told(tmp_path):
    path = tmp_path / "BTC-5m.csv"
    bad = [GOOD_ROWS[0], GOOD_ROWS[0], f"{T + 600_000},nan,12,9,11,5"]
    path.write_text("\n".join([HEADING, *bad]))
    with pytest.raises(InvalidInput, match="data row 2: times must not repeat"):
        read_candles(path)


BAD_FILES = {
    "BTC-5m.parquet": (b"not parquet", "cannot be read as parquet (Parquet magic bytes not found"),
    "ETH-5m.parquet": (b"", "it is empty"),
    "BTC-5m.feather": (b"PAR1 but not feather", "cannot be read as feather ("),
    "BTC-5m.csv": (b"", "it is empty"),
    "BTC-15m.csv": (b"\n\n\n", "it holds no candles"),
    "BTC-1h.csv": (HEADING.encode(), "it holds no candles"),
    "BTC-4h.csv": (
        b"ts,open,high,low,close\n1,2,3,4,5\n",
        "it has no column for the volume: its columns are 'ts', 'open'",
    ),
    "BTC-1d.csv": (
        b"ts,open,open,high,low,close,volume\n1,1,1,1,1,1,1\n",
        "column 'open' is there 2 times",
    ),
    "BTC-2d.csv": (b"1735689600000,1,1,1,1\n", "it has no heading and only 5 columns"),
    "BTC-3d.csv": (
        HEADING.encode() + b"\n\xff\xfe,1,1,1,1,1\n",
        "cannot be read as csv ('utf-8' codec can't decode byte 0xff",
    ),
    "BTC-6h.csv": (HEADING.encode() + b"\n00:05,1,1,1,1,1\n", "its times are time32"),
    "BTC-5m.txt": (b"1", "its name must end in .parquet, .csv, .feather"),
    "notes.txt": (b"1", "its name must end in .parquet, .csv, .feather"),
    "notes.csv": (b"1", "its name does not say whose candles it holds"),
    "BTC-1M.csv": (b"1", "timeframe '1M' is not a number followed by"),
    "BTC-0m.csv": (b"1", "timeframe '0m' is not a number followed by"),
    "BTC_USDT_USDT-8h-funding_rate.feather": (b"1", "it holds funding_rate prices by its name"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_one_sentence(tmp_path, name):
    content, sentence = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read_candles(tmp_path / name)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / name}: ")
    assert sentence in message
    assert "\n" not in message


@endings
@given(damage=st.integers(0, 10_000), value=st.integers(0, 255), cut=st.integers(0, 3))
def test_a_damaged_file_is_refused_or_read_but_never_breaks(
    tmp_path_factory, ending, damage, value, cut
):
    path = tmp_path_factory.mktemp("damaged") / f"BTC-5m.{ending}"
    WRITERS[ending](path, as_columns(SERIES))
    content = bytearray(path.read_bytes())
    place = damage % len(content)
    content[place] = value
    path.write_bytes(content[: place + 1] if cut == 0 else content)
    try:
        series = read_candles(path)
    except InvalidInput as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is fine
    else:
        assert len(series) <= 50


@pytest.mark.parametrize("ending", ["parquet", "feather"])
@pytest.mark.parametrize(
    "values",
    [
        pa.array(["1"] * 50),
        pa.array(["1"] * 50).dictionary_encode(),
        pa.array([[1.0]] * 50),
        pa.array([True] * 50),
        pa.array([b"1"] * 50),
    ],
    ids=["text", "dictionary", "list", "bool", "bytes"],
)
def test_columns_that_are_no_numbers_are_refused_unread(tmp_path, ending, values):
    path = tmp_path / f"BTC-5m.{ending}"
    WRITERS[ending](path, {**as_columns(SERIES), "open": values})
    with pytest.raises(InvalidInput, match=r"column 'open' holds .* values: they must be numbers"):
        read_candles(path)


@pytest.mark.parametrize("values", [pa.array(SERIES.open, pa.float32()), pa.array([100] * 50)])
def test_narrower_numbers_are_widened(tmp_path, values):
    columns = dict.fromkeys(("open", "high", "low", "close"), values)
    write_parquet(tmp_path / "BTC-5m.parquet", {**as_columns(SERIES), **columns})
    np.testing.assert_array_equal(read_candles(tmp_path / "BTC-5m.parquet").open, values)


BAD_TIMES = {
    "microseconds": (SERIES.ts * 1000 + (np.arange(50) == 3), "data row 4: .* a whole millisecond"),
    "year 2300": (
        (SERIES.ts + 9_000_000_000_000).astype("datetime64[ms]"),
        "data row 1: the time must lie between the years 1970 and 2200",
    ),
    "before 1970": (-SERIES.ts.astype("datetime64[ms]").astype("timedelta64[ms]"), "its times are"),
    "not a time": (
        np.where(
            np.arange(50) == 7, np.datetime64("NaT", "ms"), SERIES.ts.astype("datetime64[ms]")
        ),
        "data row 8: the time is missing",
    ),
    "bool": (SERIES.ts > 0, "its times are bool values"),
    "too large": (SERIES.ts.astype(np.uint64) + 2**63, "data row 1: time .* is not a whole number"),
    "infinite": (np.full(50, np.inf), "data row 1: time inf is not a whole number"),
}


@pytest.mark.parametrize(("times", "sentence"), BAD_TIMES.values(), ids=BAD_TIMES)
def test_times_that_are_none_are_told(tmp_path, times, sentence):
    write_parquet(tmp_path / "BTC-5m.parquet", {**as_columns(SERIES), "ts": times})
    with pytest.raises(InvalidInput, match=sentence):
        read_candles(tmp_path / "BTC-5m.parquet")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("01/02/2025 00:10", "data row 3: time '01/02/2025 00:10' is no date such as 2025-01-31"),
        ("2025-01-01T00:10:00.0001+00:00", "data row 3: the time must be a whole millisecond"),
    ],
)
def test_a_written_date_that_is_none_is_told(tmp_path, text, sentence):
    texts = [f"2025-01-01T{5 * i // 60:02}:{5 * i % 60:02}:00" for i in range(50)]
    texts[2:4] = [text, "2025-01-01T01:15:00+01:00"]  # two zones: not one kind of time
    write_csv(tmp_path / "BTC-5m.csv", {**as_columns(SERIES), "ts": texts})
    with pytest.raises(InvalidInput, match=sentence):
        read_candles(tmp_path / "BTC-5m.csv")


def test_candles_that_stand_newest_first_are_to_be_sorted(tmp_path):
    path = tmp_path / "BTC-5m.csv"
    path.write_text("\n".join([HEADING, *reversed(GOOD_ROWS)]))
    with pytest.raises(InvalidInput, match=r"newest first: sort them by time, oldest first$"):
        read_candles(path)


def test_a_decimal_comma_is_named(tmp_path):
    path = tmp_path / "BTC-5m.csv"
    path.write_text(f"{HEADING.replace(',', ';')}\n{T};100,0;12;9;11;5\n")
    with pytest.raises(InvalidInput, match=r"not '100,0': write a point where a comma stands$"):
        read_candles(path)


def test_what_is_not_there_or_a_folder_is_told_before_its_name_is_read(tmp_path):
    with pytest.raises(InvalidInput, match=r"nope\.parquet: it does not exist$"):
        read_candles(tmp_path / "nope.parquet")
    with pytest.raises(InvalidInput, match=r": it is a folder: name a file in it$"):
        read_candles(tmp_path)
    with pytest.raises(InvalidInput, match=r": it cannot be opened \(File name too long\)$"):
        read_candles(tmp_path / f"{'BTC' * 200}-5m.csv")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "BTC-5m.csv")
    with pytest.raises(InvalidInput, match="it is not a file"):
        read_candles(tmp_path / "BTC-5m.csv")


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_a_file_without_rows_holds_no_candles(tmp_path, ending):
    path = tmp_path / f"BTC-5m.{ending}"
    WRITERS[ending](path, as_columns(SERIES[:0]))
    with pytest.raises(InvalidInput, match="it holds no candles"):
        read_candles(path)


def test_a_huge_text_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "BTC-5m.csv").open("wb") as file:
        file.truncate(5 * 2**30)  # a hole that takes no room on the disk
    with pytest.raises(InvalidInput, match="it is larger than 4 GiB: split it"):
        read_candles(tmp_path / "BTC-5m.csv")


def test_a_line_without_end_is_refused(tmp_path):
    (tmp_path / "BTC-5m.csv").write_text("x" * 3_000_000)
    with pytest.raises(InvalidInput, match="cannot be read as csv"):
        read_candles(tmp_path / "BTC-5m.csv")


@endings
def test_a_file_of_too_many_rows_is_refused_before_it_is_read(tmp_path, ending):
    path = tmp_path / f"BTC-5m.{ending}"
    WRITERS[ending](path, as_columns(SERIES))
    with pytest.raises(InvalidInput, match=r"it holds 5\d rows, more than 49: split it"):
        read_table(path, "BTC", most_rows=49)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("BTC-1m.csv", "its candles open 5m apart at the least, so they are not 1m candles"),
        ("BTC-15m.csv", "data row 2: a 15m candle must open at a whole 15m"),
    ],
)
def test_another_interval_than_the_name_says_is_noticed(tmp_path, name, sentence):
    write_csv(tmp_path / name, as_columns(SERIES))
    with pytest.raises(InvalidInput, match=re.escape(sentence)):
        read_candles(tmp_path / name)
