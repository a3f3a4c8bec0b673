"""The folder of a sweep: whole chunks or none, one sweep only, the same bytes each time."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pyarrow import parquet

from hyperbot.backtesting.sweep import ChunkTrades
from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.rule_files import read_rules
from hyperbot.storage.sweep_results import NotKept, SweepFolder
from rule_builders import rule

SPEC = {"vary": ["a"], "folds": 5, "coins": [{"coin": "BTC"}]}
KEY = "a" * 64
ROW = {
    "rule": "le",
    "rule_sha256": "ab",
    "changes": '{"confidence": 0.5}',
    "coin": "BTC",
    "signals": 4,
    "trades": 2,
    "pending": 1,
    "mean_r": 0.5,
    "total_r": 1.0,
    "sharpe": None,
    "fold_trades": [1, 1],
    "fold_total_r": [0.0, 1.0],
}


def chunk():
    numbers = np.arange(3, dtype=np.int64)
    return ChunkTrades(np.array([[5], [3], [0]]), numbers, numbers + 1, np.array([0.1, -1.0, 2.0]))


@pytest.fixture
def folder(tmp_path):
    made = SweepFolder(tmp_path / "out")
    made.begin(SPEC, overwrite=False)
    return made


def test_a_chunk_comes_back_to_the_bit(folder):
    folder.write(KEY, chunk())
    read = folder.read(KEY)
    for name, mine, theirs in zip(ChunkTrades._fields, read, chunk(), strict=True):
        np.testing.assert_array_equal(mine, theirs, err_msg=name)
        assert mine.dtype == theirs.dtype


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[:-1], lambda b: b"x" + b[1:], lambda b: b"", lambda b: b[:64]],
    ids=["cut", "changed", "empty", "only its hash"],
)
def test_a_chunk_that_is_not_whole_is_not_there(folder, tmp_path, damage):
    folder.write(KEY, chunk())
    file = tmp_path / "out" / "chunks" / f"{KEY}.npz"
    file.write_bytes(damage(file.read_bytes()))
    assert folder.read(KEY) is None


def test_a_chunk_under_the_key_of_another_is_not_there(folder, tmp_path):
    folder.write(KEY, chunk())
    file = tmp_path / "out" / "chunks" / f"{KEY}.npz"
    file.rename(file.with_name(f"{'b' * 64}.npz"))
    assert folder.read("b" * 64) is None
    assert folder.read(KEY) is None


def test_the_same_sweep_goes_on_and_another_one_is_refused(folder, tmp_path):
    folder.write(KEY, chunk())
    SweepFolder(tmp_path / "out").begin(SPEC, overwrite=False)
    assert folder.read(KEY) is not None
    with pytest.raises(InvalidInput, match="another sweep, which differs in folds"):
        folder.begin(SPEC | {"folds": 3}, overwrite=False)
    folder.begin(SPEC | {"folds": 3}, overwrite=True)
    assert folder.read(KEY) is None


def test_a_folder_of_something_else_is_left_as_it_is(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(InvalidInput, match="is not a sweep of ours"):
            SweepFolder(other).begin(SPEC, overwrite=overwrite)
    assert (other / "thesis.txt").read_text() == "mine"
    with pytest.raises(InvalidInput, match="is not a folder"):
        SweepFolder(other / "thesis.txt").begin(SPEC, overwrite=True)
    with pytest.raises(InvalidInput, match="there is no folder"):
        SweepFolder(tmp_path / "no" / "where").begin(SPEC, overwrite=False)


def test_a_damaged_spec_is_another_sweep(folder, tmp_path):
    (tmp_path / "out" / "spec.json").write_text("{")
    with pytest.raises(InvalidInput, match="another sweep"):
        folder.begin(SPEC, overwrite=False)


def test_the_same_findings_give_the_same_bytes(folder, tmp_path):
    names, told = ("sweep.json", "sweep.parquet", "best.yaml"), []
    for _ in range(2):
        folder.finish({"verdict": "no edge"}, [ROW], rule())
        told.append([(tmp_path / "out" / name).read_bytes() for name in names])
    assert told[0] == told[1]
    assert json.loads(told[0][0]) == {"verdict": "no edge"}
    assert parquet.read_table(tmp_path / "out" / "sweep.parquet").to_pylist() == [ROW]
    assert read_rules(tmp_path / "out" / "best.yaml").rules == (rule(),)


def test_without_a_best_one_there_is_no_rule(folder, tmp_path):
    folder.finish({}, [], None)
    assert not (tmp_path / "out" / "best.yaml").exists()


def test_a_disk_that_refuses_is_a_sentence(folder, tmp_path):
    (tmp_path / "out" / "chunks").rmdir()
    (tmp_path / "out" / "chunks").write_text("")
    with pytest.raises(InvalidInput, match="cannot write"):
        folder.write(KEY, chunk())


def test_without_a_folder_nothing_is_kept():
    NotKept().write(KEY, chunk())
    assert NotKept().read(KEY) is None
