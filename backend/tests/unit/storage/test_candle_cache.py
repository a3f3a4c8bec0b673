import io
import math
import mmap
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candle_builders import random_walk
from hyperbot.storage.candle_store import CandleStore


@pytest.fixture
def store(tmp_path):
    store = CandleStore(tmp_path / "data", tmp_path / "cache")
    store.write("binance", random_walk(1000))
    store.read("binance", "BTC", "5m")
    return store


@pytest.fixture
def cached(store, tmp_path):
    (path,) = (tmp_path / "cache").rglob("*.*")
    return path


def test_a_series_is_mapped_without_a_copy_and_read_only(store):
    series = store.read("binance", "BTC", "5m")
    for array in (series.ts, series.columns):
        assert not array.flags.writeable
        owner = array
        while isinstance(owner, np.ndarray) and owner.base is not None:
            owner = owner.base
        assert isinstance(owner, mmap.mmap)
    assert type(series.columns) is np.ndarray
    assert series.close.flags.c_contiguous


def test_the_file_is_an_ordinary_npy_file(store, cached):
    matrix = np.load(cached)
    np.testing.assert_array_equal(matrix[0], random_walk(1000).ts)
    np.testing.assert_array_equal(matrix[1:].view(np.float64), random_walk(1000).columns)


HEADING_BYTES = 192


def with_byte_flipped(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def with_words_swapped(content, one, other):
    words = np.frombuffer(content, "<u8").copy()
    places = [HEADING_BYTES // 8 + one, HEADING_BYTES // 8 + other]
    words[places] = words[places[::-1]]
    return words.tobytes()


def without_checksum(content):
    old = io.BytesIO()
    np.save(old, np.load(io.BytesIO(content)))
    return old.getvalue()


def with_nan(content, row):
    return (
        content[: HEADING_BYTES + 8 * row]
        + struct.pack("<d", math.nan)
        + content[HEADING_BYTES + 8 * row + 8 :]
    )


DAMAGES = {
    "without a checksum, as of older versions": without_checksum,
    "another checksum": lambda content: with_byte_flipped(content, content.index(b"#") + 5),
    "NaN in the first close": lambda content: with_nan(content, 4000),
    "NaN in the last volume": lambda content: with_nan(content, 5999),
    "a page of zeros": lambda content: content[:4096] + bytes(4096) + content[8192:],
    "two words swapped in a block": lambda content: with_words_swapped(content, 2000, 2001),
    "two words swapped across blocks": lambda content: with_words_swapped(content, 2000, 3024),
    "two words swapped at the end": lambda content: with_words_swapped(content, 5998, 5999),
    "a word of the end swapped": lambda content: with_words_swapped(content, 2000, 5999),
    "two columns swapped": lambda content: (
        content[: HEADING_BYTES + 16000]
        + content[HEADING_BYTES + 24000 : HEADING_BYTES + 32000]
        + content[HEADING_BYTES + 16000 : HEADING_BYTES + 24000]
        + content[HEADING_BYTES + 32000 :]
    ),
    "emptied": lambda content: b"",
    "cut in the heading": lambda content: content[:50],
    "a byte short": lambda content: content[:-1],
    "a candle short": lambda content: content[:-48],
    "a byte long": lambda content: content + b"\0",
    "another format": lambda content: b"PK\x03\x04" + content[4:],
    "another type": lambda content: content.replace(b"<i8", b"|O8"),
    "another shape": lambda content: content.replace(b"(6, 1000)", b"(1000, 6)"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_built_anew(store, cached, damage):
    whole = cached.read_bytes()
    assert damage(whole) != whole
    cached.unlink()  # never write into a file that may be mapped
    cached.write_bytes(damage(whole))
    assert store.read("binance", "BTC", "5m") == random_walk(1000)
    assert cached.read_bytes() == whole


@given(st.integers(0, HEADING_BYTES + 48_000 - 1), st.integers(1, 255))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_byte_that_changed_anywhere_is_noticed(store, cached, place, mask):
    content = bytearray(cached.read_bytes())
    content[place] ^= mask
    cached.unlink()
    cached.write_bytes(content)
    assert store.read("binance", "BTC", "5m") == random_walk(1000)


def test_the_file_of_another_series_is_not_believed(store, cached, tmp_path):
    store.write("binance", random_walk(1000, coin="ETH", seed=1))
    store.read("binance", "ETH", "5m")
    (other,) = (tmp_path / "cache").rglob("coin=ETH/*/*.npy")
    other.replace(cached)
    assert store.read("binance", "BTC", "5m") == random_walk(1000)


def test_a_file_of_an_older_state_is_removed_while_its_readers_go_on(store, cached):
    old = store.read("binance", "BTC", "5m")
    store.write("binance", random_walk(1001))
    assert len(store.read("binance", "BTC", "5m")) == 1001
    assert not cached.exists()
    assert len(list(cached.parent.iterdir())) == 1
    assert old == random_walk(1000)


def test_the_cache_can_be_deleted_at_any_time(store, cached):
    cached.unlink()
    assert store.read("binance", "BTC", "5m") == random_walk(1000)
    assert cached.exists()


def test_without_a_place_for_the_cache_candles_are_read_all_the_same(tmp_path, store):
    (tmp_path / "file").write_text("no folder")
    other = CandleStore(tmp_path / "data", tmp_path / "file")
    assert other.read("binance", "BTC", "5m") == random_walk(1000)
