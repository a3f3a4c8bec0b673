import numpy as np
import pyarrow as pa
import pytest

from candle_builders import JANUARY_2025, as_columns, random_walk, without
from candle_file_writers import WRITERS, write_csv, write_parquet
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import Timeframe
from hyperbot.storage.candle_file_names import find_files
from hyperbot.storage.candle_files import read_candles

SERIES = random_walk(50)
BINANCE_ROW = "{ts},100,101,99,100.5,7,{ts}999,700,42,3,300,0"


endings = pytest.mark.parametrize("ending", WRITERS)


@endings
def test_the_three_formats_are_read_exactly(tmp_path, ending):
    path = tmp_path / f"BTC-5m.{ending}"
    WRITERS[ending](path, as_columns(SERIES))
    assert read_candles(path) == SERIES


NAMES = [
    ["time", "o", "h", "l", "c", "v"],
    ["timestamp", "Open", "High", "Low", "Close", "Volume"],
    ["Open time", "OPEN", "HIGH", "LOW", "CLOSE", "VOL"],
    ["Date", " open ", "high", "low", "close", "volume"],
    ["datetime", "open", "high", "low", "close", "volume"],
    ["<TIME>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>"],
    ["", "open", "high", "low", "close", "volume"],
]


@endings
@pytest.mark.parametrize("names", NAMES, ids=lambda names: names[0] or "unnamed")
def test_common_column_names_are_known(tmp_path, ending, names):
    path = tmp_path / f"BTC-5m.{ending}"
    WRITERS[ending](path, dict(zip(names, as_columns(SERIES).values(), strict=True)))
    assert read_candles(path) == SERIES


@endings
@pytest.mark.parametrize("name", ["Volume BTC", "Volume (BTC)", "volume_btc", "Volume(BTC)"])
def test_the_volume_may_be_named_after_the_coin(tmp_path, ending, name):
    path = tmp_path / f"BTCUSDT-5m.{ending}"
    columns = as_columns(SERIES)
    volume = columns.pop("volume")
    WRITERS[ending](path, {"Volume USDT": volume * 100, **columns, name: volume})
    assert read_candles(path) == SERIES
    WRITERS[ending](path, {name: volume * 100, **columns, "volume": volume})
    assert read_candles(path) == SERIES


def test_a_volume_of_another_coin_is_none(tmp_path):
    columns = as_columns(SERIES)
    volume = columns.pop("volume")
    write_csv(tmp_path / "BTC-5m.csv", {**columns, "Volume ETH": volume, "Volume USDT": volume})
    with pytest.raises(InvalidInput, match=r"it has no column for the volume: .*'Volume ETH'"):
        read_candles(tmp_path / "BTC-5m.csv")


@endings
def test_other_columns_and_their_order_do_not_matter(tmp_path, ending):
    columns = as_columns(SERIES)
    shuffled = {name: columns[name] for name in ("volume", "low", "ts", "close", "open", "high")}
    shuffled = {"T": SERIES.close_ts, "n": SERIES.ts, "date": SERIES.ts + 7, **shuffled}
    path = tmp_path / f"BTC-5m.{ending}"
    WRITERS[ending](path, shuffled)
    assert read_candles(path) == SERIES


def test_the_names_of_hyperliquids_own_answers_are_told_apart_by_case(tmp_path):
    columns = dict(zip("tohlcv", as_columns(SERIES).values(), strict=True))
    write_parquet(tmp_path / "BTC-5m.parquet", {"T": SERIES.close_ts, **columns})
    assert read_candles(tmp_path / "BTC-5m.parquet") == SERIES


TIMES = {
    "seconds": lambda ts: ts // 1000,
    "milliseconds": lambda ts: ts,
    "microseconds": lambda ts: ts * 1000,
    "nanoseconds": lambda ts: ts * 1_000_000,
    "float seconds": lambda ts: ts / 1000,
    "float nanoseconds": lambda ts: ts * 1e6,
    "unsigned": lambda ts: ts.astype(np.uint64),
    "datetime ns": lambda ts: ts.astype("datetime64[ms]").astype("datetime64[ns]"),
    "datetime us": lambda ts: ts.astype("datetime64[ms]").astype("datetime64[us]"),
    "datetime s": lambda ts: ts.astype("datetime64[ms]").astype("datetime64[s]"),
    "with a zone": lambda ts: pa.array(ts, pa.timestamp("ms", tz="America/New_York")),
}


@pytest.mark.parametrize("ending", ["parquet", "feather"])
@pytest.mark.parametrize("convert", TIMES.values(), ids=TIMES)
def test_units_of_time_are_detected(tmp_path, ending, convert):
    path = tmp_path / f"BTC-5m.{ending}"
    WRITERS[ending](path, {**as_columns(SERIES), "ts": convert(SERIES.ts)})
    assert read_candles(path) == SERIES


WRITTEN = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S+00:00",
    "%Y-%m-%dT%H:%M:%S.000000",
    "%Y%m%dT%H%M%S",
]


def moments(series):
    return series.ts.astype("datetime64[ms]").astype(object)


@pytest.mark.parametrize("form", WRITTEN)
def test_written_dates_are_utc_unless_they_say_otherwise(tmp_path, form):
    texts = [moment.strftime(form) for moment in moments(SERIES)]
    write_csv(tmp_path / "BTC-5m.csv", {**as_columns(SERIES), "ts": texts})
    assert read_candles(tmp_path / "BTC-5m.csv") == SERIES


def test_written_zones_may_change_on_the_way(tmp_path):
    zones = ["+00:00" if i < 20 else "+02:00" for i in range(50)]
    local = [
        (moment + np.timedelta64(2 * (i >= 20), "h").item()).isoformat() + zone
        for i, (moment, zone) in enumerate(zip(moments(SERIES), zones, strict=True))
    ]
    write_csv(tmp_path / "BTC-5m.csv", {**as_columns(SERIES), "ts": local})
    assert read_candles(tmp_path / "BTC-5m.csv") == SERIES


def test_days_may_be_dates_alone(tmp_path):
    days = random_walk(50, timeframe="1d")
    write_csv(
        tmp_path / "BTC-1d.csv",
        {**as_columns(days), "ts": days.ts.astype("datetime64[ms]").astype("datetime64[D]")},
    )
    assert read_candles(tmp_path / "BTC-1d.csv") == days


@pytest.mark.parametrize("per_ms", [1, 1000])
@pytest.mark.parametrize(
    "heading",
    [
        "",
        "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n",
    ],
    ids=["headless", "headed"],
)
def test_binances_dumps_are_read_with_and_without_heading_in_ms_and_us(tmp_path, per_ms, heading):
    path = tmp_path / "BTCUSDT-1m-2025-01.csv"
    times = [JANUARY_2025 + minute * 60_000 for minute in range(3)]
    path.write_text(heading + "\n".join(BINANCE_ROW.format(ts=ts * per_ms) for ts in times) + "\n")
    series = read_candles(path)
    assert (series.coin, str(series.timeframe)) == ("BTC", "1m")
    assert series.ts.tolist() == times
    assert series[0][1:] == (100, 101, 99, 100.5, 7)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace(",", " , "),
        lambda text: text.replace("ts", '"ts"'),
    ],
    ids=[
        "byte order mark",
        "semicolons",
        "tabs",
        "CRLF",
        "blank lines",
        "no last newline",
        "spaces",
        "quotes",
    ],
)
def test_csv_of_many_hands_is_read(tmp_path, change):
    path = tmp_path / "BTC-5m.csv"
    write_csv(path, as_columns(SERIES))
    path.write_bytes(change(path.read_text()).encode())
    assert read_candles(path) == SERIES


def test_options_say_what_the_name_does_not(tmp_path):
    path = tmp_path / "whatever.csv"
    write_csv(path, as_columns(SERIES))
    assert read_candles(path, "BTC", Timeframe.parse("5m")) == SERIES


@pytest.mark.parametrize("coin", ["BTC", "btc", "BTCUSDT"])
def test_options_may_agree_with_the_name(tmp_path, coin):
    path = tmp_path / "BTCUSDT-5m.csv"
    write_csv(path, as_columns(SERIES))
    assert read_candles(path, coin, Timeframe.parse("5m")).coin == coin


@pytest.mark.parametrize(
    ("coin", "timeframe", "sentence"),
    [
        ("ETH", None, "its name says BTC, but --coin says ETH: leave out --coin, or rename"),
        ("ETH", "5m", "its name says BTC, but --coin says ETH"),
        (None, "1m", "its name says 5m, but --timeframe says 1m: leave out --timeframe"),
    ],
)
def test_options_that_contradict_the_name_are_refused(tmp_path, coin, timeframe, sentence):
    path = tmp_path / "BTC-5m.csv"
    write_csv(path, as_columns(SERIES))
    with pytest.raises(InvalidInput, match=sentence):
        read_candles(path, coin, timeframe and Timeframe.parse(timeframe))


def test_gaps_are_allowed(tmp_path):
    gappy = without(SERIES, 3, 4, 20)
    write_csv(tmp_path / "BTC-5m.csv", as_columns(gappy))
    assert read_candles(tmp_path / "BTC-5m.csv") == gappy


def test_every_real_file_is_read(real_candles):
    files = find_files([real_candles / "binance", real_candles / "hyperliquid"])
    assert len(files) >= 60
    for file in files:
        series = read_candles(file)
        assert f"{series.coin}-{series.timeframe}" == file.stem
        assert len(series) > 1_000
