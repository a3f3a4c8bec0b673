"""Manifests that were damaged: told in one sentence, and never followed."""

import json
import re

import pytest

from candle_builders import JANUARY_2025, random_walk, without
from hyperbot.domain.errors import Fatal
from hyperbot.storage.candle_store import CandleStore


@pytest.fixture
def store(tmp_path):
    return CandleStore(tmp_path / "data", tmp_path / "cache")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"schema": 1}',
        b'{"schema": 1, "series": [{}]}',
        b"[" * 100_000,
        b'{"schema": 1, "series": ' + b"[" * 100_000,
        b'{"schema": 1, "series": [], "series": []}',
    ],
)
def test_a_damaged_manifest_is_named(store, tmp_path, content):
    store.write("binance", random_walk(5))
    (tmp_path / "data/candles/manifest.json").write_bytes(content)
    with pytest.raises(Fatal, match=r"manifest\.json is damaged: restore it, or move"):
        store.list()


def test_the_manifest_of_a_later_version_is_left_alone(store, tmp_path):
    store.write("binance", random_walk(5))
    manifest = tmp_path / "data/candles/manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "schema": 2}))
    with pytest.raises(Fatal, match="another version of hyperbot"):
        store.write("binance", random_walk(10))


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ('"binance"', '"../../etc"'),
        ('"sha256": "', '"sha256": "../../../'),
        ('"files": [{', '"files": [], "others": [{'),
        ('"rows": 5', '"rows": null'),
        ('"timeframe": "5m"', '"timeframe": "5"'),
    ],
)
def test_a_manifest_that_was_tampered_with_is_not_followed(store, tmp_path, there, instead):
    store.write("binance", random_walk(5))
    manifest = tmp_path / "data/candles/manifest.json"
    assert there in manifest.read_text()
    manifest.write_text(manifest.read_text().replace(there, instead))
    with pytest.raises(Fatal, match="is damaged"):
        store.list()


def whole_and_changed(tmp_path, change):
    """The manifest of a series with gaps and two years, before and after `change` of its text."""
    manifest = tmp_path / "data/candles/manifest.json"
    whole = json.loads(manifest.read_text())
    changed = json.loads(manifest.read_text())
    (series,) = changed["series"]
    change(changed["series"], series, *series["files"])
    manifest.write_text(json.dumps(changed))
    return whole, changed


@pytest.mark.parametrize("name", ["year", "size_bytes", "rows", "first", "last", "missing"])
@pytest.mark.parametrize(
    "number",
    ["1e400", "1e30", "-5", "0", "5.0", "true", '"5"', "NaN", "null", "9" * 30, "9" * 5000],
)
def test_numbers_of_a_manifest_that_cannot_be_are_refused(store, tmp_path, name, number):
    store.write("binance", without(random_walk(10), 3))
    manifest = tmp_path / "data/candles/manifest.json"
    text, count = re.subn(rf'"{name}": \d+', f'"{name}": {number}', manifest.read_text())
    assert count == 1
    manifest.write_text(text)
    with pytest.raises(Fatal, match=r"manifest\.json is damaged: restore it, or move"):
        store.list()


CONTRADICTIONS = {
    "fewer rows": lambda every, series, old, new: old.update(rows=old["rows"] - 1),
    "more rows": lambda every, series, old, new: old.update(rows=old["rows"] + 1),
    "a later first": lambda every, series, old, new: old.update(first=old["first"] + 300_000),
    "a first after the last": lambda every, series, old, new: old.update(first=old["last"] + 1),
    "between two candles": lambda every, series, old, new: new.update(
        first=new["first"] + 1, last=new["last"] + 1
    ),
    "another year": lambda every, series, old, new: old.update(year=2023),
    "years in disorder": lambda every, series, old, new: series.update(files=[new, old]),
    "a year twice": lambda every, series, old, new: series.update(files=[old, old]),
    "a series twice": lambda every, series, old, new: every.append(series),
    "a gap more": lambda every, series, old, new: new.update(gap_count=new["gap_count"] + 1),
    "a gap less": lambda every, series, old, new: new.update(gap_count=new["gap_count"] - 1),
    "a longer gap": lambda every, series, old, new: new["gaps"][0].__setitem__(1, 2),
    "an empty gap": lambda every, series, old, new: new["gaps"][0].__setitem__(1, 0),
    "a gap twice": lambda every, series, old, new: new["gaps"].__setitem__(1, new["gaps"][0]),
    "a gap off the grid": lambda every, series, old, new: new["gaps"][0].__setitem__(
        0, new["gaps"][0][0] + 1
    ),
    "a gap after the end": lambda every, series, old, new: new["gaps"][1].__setitem__(
        0, new["last"]
    ),
}


@pytest.mark.parametrize("change", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_manifest_that_contradicts_itself_is_refused(store, tmp_path, change):
    market = random_walk(40, since_ms=JANUARY_2025 - 10 * 300_000)
    store.write("binance", without(market, 20, 30))
    whole, changed = whole_and_changed(tmp_path, change)
    assert changed != whole
    with pytest.raises(Fatal, match=r"manifest\.json is damaged: restore it, or move"):
        store.list()


def test_a_key_twice_in_the_manifest_is_refused(store, tmp_path):
    store.write("binance", random_walk(5))
    manifest = tmp_path / "data/candles/manifest.json"
    manifest.write_text(manifest.read_text().replace('"rows": 5', '"rows": 5, "rows": 5'))
    with pytest.raises(Fatal, match=r"manifest\.json is damaged: restore it, or move"):
        store.list()


@pytest.mark.parametrize("candles", [4, 6])
def test_a_manifest_that_contradicts_its_files_is_refused(store, tmp_path, candles):
    store.write("binance", random_walk(5))
    store.read("binance", "BTC", "5m")
    last = int(random_walk(5).ts[0]) + (candles - 1) * 300_000
    whole_and_changed(tmp_path, lambda every, series, file: file.update(rows=candles, last=last))
    assert store.list()[0].rows == candles  # nothing in it says that it is wrong
    with pytest.raises(Fatal, match=r"manifest\.json is damaged: restore it, or move"):
        store.read("binance", "BTC", "5m")
