import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candle_builders import JANUARY_2025, random_walk, without
from hyperbot.domain.errors import Fatal, InvalidInput
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.storage.candle_delivery import Written
from hyperbot.storage.candle_manifest import SeriesKey
from hyperbot.storage.candle_store import CandleStore

NEW_YEAR_2024 = 1_704_067_200_000
FIVE_MINUTES = Timeframe.parse("5m")


def store_in(folder):
    return CandleStore(folder / "data", folder / "cache")


def files_in(folder, ending):
    return sorted(path for path in folder.rglob(f"*{ending}") if path.is_file())


@pytest.fixture
def store(tmp_path):
    return store_in(tmp_path)


def test_what_was_written_is_read_by_another_store(store, tmp_path):
    series = random_walk(1000)
    assert store.write("binance", series) == Written(added=1000)
    again = store_in(tmp_path)
    assert again.read("binance", "BTC", "5m") == series  # from Parquet
    assert again.read("binance", "BTC", Timeframe.parse("5m")) == series  # from the cache


def test_series_are_kept_apart_by_venue_coin_and_timeframe(store):
    kept = {
        ("binance", "BTC", "5m"): random_walk(5, seed=1),
        ("hyperliquid", "BTC", "5m"): random_walk(5, seed=2),
        ("binance", "ETH", "5m"): random_walk(5, coin="ETH", seed=3),
        ("binance", "BTC", "15m"): random_walk(5, timeframe="15m", seed=4),
    }
    for (venue, _, _), series in kept.items():
        store.write(venue, series)
    assert {key: store.read(*key) for key in kept} == kept


def test_a_part_is_read_by_time(store):
    series = random_walk(100)
    store.write("binance", series)
    since, until = int(series.ts[10]), int(series.ts[20])
    assert store.read("binance", "BTC", "5m", since, until) == series[10:20]
    assert store.read("binance", "BTC", "5m", since_ms=since) == series[10:]
    assert store.read("binance", "BTC", "5m", until_ms=until) == series[:20]
    assert len(store.read("binance", "BTC", "5m", until, since)) == 0


def test_the_folders_are_hive_like_with_a_file_a_year(store, tmp_path):
    store.write("binance", random_walk(400, timeframe="1d", since_ms=NEW_YEAR_2024))
    files = files_in(tmp_path / "data", ".parquet")
    folder = tmp_path / "data/candles/venue=binance/coin=BTC/timeframe=1d"
    assert [(file.parent, file.name[:5]) for file in files] == [
        (folder, "2024-"),
        (folder, "2025-"),
    ]


def test_the_archive_is_readable_by_others(store, tmp_path):
    import pyarrow.parquet as pq

    series = random_walk(500)
    store.write("binance", series)
    file = pq.ParquetFile(files_in(tmp_path, ".parquet")[0])
    np.testing.assert_array_equal(file.read()["close"].to_numpy(), series.close)
    columns = [file.metadata.row_group(0).column(i) for i in range(6)]
    assert {column.compression for column in columns} == {"ZSTD"}
    assert "DELTA_BINARY_PACKED" in columns[0].encodings
    assert all("BYTE_STREAM_SPLIT" in column.encodings for column in columns[1:])


def test_delivering_again_changes_no_file(store, tmp_path):
    store.write("binance", random_walk(100))
    before = {path: path.stat().st_mtime_ns for path in files_in(tmp_path / "data", "")}
    assert store.write("binance", random_walk(100)[20:70]) == Written(unchanged=50)
    assert {path: path.stat().st_mtime_ns for path in files_in(tmp_path / "data", "")} == before


def test_of_two_candles_at_a_time_the_newer_delivery_wins(store):
    old, new = random_walk(100), random_walk(100, seed=1)
    store.write("binance", old)
    assert store.write("binance", new[90:]) == Written(replaced=10)
    merged = store.read("binance", "BTC", "5m")
    assert (merged[:90], merged[90:]) == (old[:90], new[90:])


deliveries = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 30), st.integers(0, 2)), min_size=1, max_size=5
)


@settings(max_examples=25)
@given(deliveries)
def test_deliveries_add_up_as_in_a_dictionary(pieces):
    """Pieces of three versions of one market that cross a new year, holes between them."""
    candles = {}
    with tempfile.TemporaryDirectory() as folder:
        store = store_in(Path(folder))
        for start, length, seed in pieces:
            piece = random_walk(60, since_ms=JANUARY_2025 - 30 * 300_000, seed=seed)
            piece = piece[start : start + length]
            written = store.write("binance", piece)
            known = [candle for candle in piece if candle.ts in candles]
            equal = sum(candles[candle.ts] == candle for candle in known)
            assert written == Written(len(piece) - len(known), len(known) - equal, equal)
            candles |= {candle.ts: candle for candle in piece}
        series = store.read("binance", "BTC", "5m")
        assert list(series) == [candle for _, candle in sorted(candles.items())]
        (record,) = store.list()
        steps = np.diff(series.ts)
        assert record.gap_count == (steps > 300_000).sum()
        assert record.missing == (steps // 300_000 - 1).sum()
        assert (record.rows, record.first, record.last) == (
            len(series),
            series.ts[0],
            series.ts[-1],
        )
        assert len(files_in(Path(folder) / "data", ".parquet")) == len(record.files)
        assert len(files_in(Path(folder) / "cache", ".npy")) == 1


def test_the_list_says_what_is_there(store):
    whole = random_walk(100)
    store.write("hyperliquid", without(whole, 3, 4, 50), source="file BTC-5m.parquet")
    store.write("made-up", random_walk(10, coin="ETH"), source="seed 7", synthetic=True)
    real, made_up = store.list()
    assert (real.venue, real.coin, str(real.timeframe)) == ("hyperliquid", "BTC", "5m")
    assert (real.rows, real.gap_count, real.missing, real.label) == (97, 2, 3, "")
    assert real.files[0].gaps == ((whole.ts[3], 2), (whole.ts[50], 1))
    assert real.source == "file BTC-5m.parquet"
    assert real.size_bytes > 1000
    assert (made_up.label, made_up.source, made_up.gap_count) == ("synthetic", "seed 7", 0)


def test_an_empty_store_lists_nothing_and_makes_no_folder(store, tmp_path):
    assert store.list() == ()
    with pytest.raises(InvalidInput, match="holds no 5m candles of BTC from binance"):
        store.read("binance", "BTC", "5m")
    assert list(tmp_path.iterdir()) == []


def test_a_series_without_candles_is_not_kept(store):
    assert store.write("binance", random_walk(5)[:0]) == Written()
    assert store.list() == ()


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_synthetic_candles_are_never_mixed_with_real_ones(store, first, second):
    store.write("binance", random_walk(5), synthetic=first)
    with pytest.raises(InvalidInput, match="are not mixed with them"):
        store.write("binance", random_walk(10), synthetic=second)
    assert len(store.read("binance", "BTC", "5m")) == 5


def test_candles_off_the_grid_are_refused(store):
    with pytest.raises(InvalidInput, match="where no 5m candle opens"):
        store.write("binance", random_walk(5, since_ms=JANUARY_2025 + 60_000))
    assert store.list() == ()


def interrupted_delivery(store):
    with store.delivery() as delivery:
        delivery.add("binance", random_walk(10))
        delivery.add("binance", random_walk(10, coin="ETH"))
        raise KeyboardInterrupt


def test_a_delivery_of_several_series_counts_only_as_a_whole(store, tmp_path):
    store.write("binance", random_walk(5))
    before = files_in(tmp_path, "")
    with pytest.raises(KeyboardInterrupt):
        interrupted_delivery(store)
    assert len(store.read("binance", "BTC", "5m")) == 5
    assert [record.coin for record in store.list()] == ["BTC"]
    assert files_in(tmp_path / "data", "") == [path for path in before if "cache" not in str(path)]
    with store.delivery() as delivery:
        delivery.add("binance", random_walk(10))
        delivery.add("binance", random_walk(20)[5:])
        delivery.add("binance", random_walk(10, coin="ETH"))
    assert [record.rows for record in store.list()] == [20, 10]
    assert len(files_in(tmp_path / "data", ".parquet")) == 2


HOSTILE = [
    "../x",
    "..",
    ".",
    "/",
    "a/b",
    "CON",
    "nul",
    "%2E",
    "~",
    "x\\y",
    "kPEPE",
    "xyz:TSLA",
    "Ж",
    "@1",
]


@pytest.mark.parametrize("coin", HOSTILE)
def test_hostile_coin_names_stay_in_their_folder(store, tmp_path, coin):
    store.write("binance", random_walk(5, coin=coin))
    assert store.read("binance", coin, "5m").coin == coin
    (record,) = store.list()
    assert record.coin == coin
    for file in files_in(tmp_path, ".parquet") + files_in(tmp_path, ".npy"):
        assert file.parents[2].name == "venue=binance"
        assert file.parents[3].name == "candles"
        assert file.parents[4] in {tmp_path / "data", tmp_path / "cache"}


@pytest.mark.parametrize("coin", ["", "a b", "a\nb", "a\0b", "x" * 300, "é" * 60, "\udc80"])
def test_coin_names_that_cannot_be_kept_are_refused(store, coin):
    for act in (
        lambda: store.write("binance", random_walk(5, coin=coin)),
        lambda: store.read("binance", coin, "5m"),
    ):
        with pytest.raises(InvalidInput, match=r"^coin .* must be a short word"):
            act()


@pytest.mark.parametrize("venue", ["", "..", "a/b", "Binance", "x" * 40, "a b"])
def test_venue_names_that_cannot_be_kept_are_refused(store, venue):
    with pytest.raises(InvalidInput, match=r"^venue .* must be"):
        store.write(venue, random_walk(5))


words = st.text(min_size=1, max_size=8)


@given(words, words)
def test_coins_differ_even_where_file_names_ignore_case(one, other):
    try:
        folders = [SeriesKey("v", coin, FIVE_MINUTES).folder() for coin in (one, other)]
    except InvalidInput:
        return
    names = [str(folder).casefold() for folder in folders]
    assert all(name.isascii() and name.count("/") == 2 for name in names)
    assert (names[0] == names[1]) == (one == other)


def test_a_damaged_file_is_named_and_can_be_mended(store, tmp_path):
    store.write("binance", random_walk(100))
    (file,) = files_in(tmp_path, ".parquet")
    content = bytearray(file.read_bytes())
    content[50] ^= 1
    file.write_bytes(content)
    sentence = "is damaged: delete that file and import its candles of 2025 again"
    for act in (
        lambda: store.read("binance", "BTC", "5m"),
        lambda: store.write("binance", random_walk(101)),
    ):
        with pytest.raises(Fatal, match=sentence) as caught:
            act()
        assert str(file) in str(caught.value)
    file.unlink()
    with pytest.raises(Fatal, match=r"is missing: import the 5m candles of BTC"):
        store.read("binance", "BTC", "5m")
    store.write("binance", random_walk(101))
    assert store.read("binance", "BTC", "5m") == random_walk(101)


def test_a_disk_that_refuses_is_told_in_one_sentence(tmp_path):
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(Fatal, match=r"the candle store cannot use .*data.*: Not a directory"):
        store_in(tmp_path).write("binance", random_walk(5))


def test_all_gaps_are_counted_and_the_first_of_them_listed(store):
    holes = range(1, 4001, 2)
    store.write("binance", without(random_walk(4001), *holes))
    (record,) = store.list()
    assert (record.gap_count, record.missing, len(record.files[0].gaps)) == (2000, 2000, 100)


WARM_READ = """
import sys
from pathlib import Path
from hyperbot.storage.candle_store import CandleStore
store = CandleStore(Path(sys.argv[1]) / "data", Path(sys.argv[1]) / "cache")
assert store.list()[0].rows == 1_000_000
series = store.read("binance", "BTC", "1m")
assert len(series) == 1_000_000 and series.columns.sum() > 0
heavy = {"pyarrow", "numba", "rich", "pandas"} & set(sys.modules)
assert not heavy, heavy
"""


def test_a_warm_read_needs_no_pyarrow(store, tmp_path):
    candles = 1_000_000
    ts = JANUARY_2025 + 60_000 * np.arange(candles)
    flat = np.ones((5, candles))
    store.write("binance", CandleSeries.from_checked("BTC", "1m", ts, flat))
    store.read("binance", "BTC", "1m")
    subprocess.run([sys.executable, "-c", WARM_READ, str(tmp_path)], check=True)
