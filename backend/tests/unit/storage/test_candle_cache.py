import mmap

import numpy as np
import pytest

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


DAMAGES = {
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
