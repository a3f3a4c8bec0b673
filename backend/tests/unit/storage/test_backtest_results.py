"""Folders of results: whole or not there, the same bytes, and nothing of others touched."""

import csv
import hashlib
import io
import json
import math
import shutil
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.backtest_results import (
    FILES,
    MARKER,
    check_result_folder,
    read_result,
    write_result,
)
from result_builders import BEGIN, DAY, HOUR, default_trades, result, trade


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text())))


@pytest.fixture
def written(tmp_path):
    folder = tmp_path / "run"
    write_result(result(), folder)
    return folder


def test_a_result_is_all_its_files_and_leaves_nothing_beside(written):
    assert {path.name for path in written.iterdir()} == FILES | {MARKER}
    assert list(written.parent.iterdir()) == [written]


def test_the_same_result_gives_the_same_bytes(written, tmp_path):
    write_result(result(), tmp_path / "again")
    assert contents(tmp_path / "again") == contents(written)
    upside_down = result(default_trades()[::-1])
    write_result(upside_down, tmp_path / "reversed")
    assert (tmp_path / "reversed/trades.csv").read_bytes() == (written / "trades.csv").read_bytes()


def test_trades_are_told_plainly(written):
    first, second, third = rows_of(written / "trades.csv")
    assert (
        first
        | {
            "id": f"BTC|le-15m|v1|long|{BEGIN + HOUR}",
            "rule": "le-15m",
            "side": "long",
            "opened_at_ms": str(BEGIN + HOUR),
            "opened_at": "2025-01-01T01:00:00Z",
            "closed_at": "2025-01-01T04:00:00Z",
            "entry": "100",
            "stop": "90",
            "targets": "110 120",
            "exits": "1",
            "mean_exit": "120",
            "exit_reason": "tp1",
            "outcome": "win",
            "fees": "0.04",
            "net": "19.96",
            "r": "1.996",
            "mfe_r": "2",
            "doubtful": "false",
        }
        == first
    )
    assert (second["side"], second["targets"], second["doubtful"]) == ("short", "90 80", "true")
    unknown = ("closed_at", "closed_at_ms", "mean_exit", "exit_reason")
    assert [third[name] for name in unknown] == [""] * 4
    assert third["outcome"] == "pending"


def test_decimals_are_never_written_with_an_exponent(tmp_path):
    small = trade(1, size=Decimal("1E+3"), fees=Decimal("1E-9"))
    write_result(result([small]), tmp_path / "run")
    (row,) = rows_of(tmp_path / "run/trades.csv")
    assert (row["size"], row["fees"]) == ("1000", "0.000000001")


def test_fills_are_the_entry_and_each_exit(written):
    told = [(row["action"], row["reason"], row["price"]) for row in rows_of(written / "fills.csv")]
    assert told == [
        ("buy", "entry", "100"),
        ("sell", "tp1", "120"),
        ("sell", "entry", "100"),
        ("buy", "sl", "110"),
        ("buy", "entry", "100"),
    ]


def test_every_signal_tells_what_became_of_it(written):
    told = pq.read_table(written / "signals.parquet").to_pylist()
    assert [(row["fate"], row["reason"]) for row in told] == [
        ("traded", ""),
        ("traded", ""),
        ("missed", "expired"),
        ("refused", "daily_loss"),
        ("traded", ""),
    ]


def test_the_equity_is_a_table_of_moments(written):
    told = pq.read_table(written / "equity.parquet")
    assert told.column_names == ["at", "equity", "cash", "exposure", "drawdown"]
    assert told["equity"][0].as_py() == 10_000
    assert str(told["at"][-1].as_py()) == "2025-01-03 00:00:00+00:00"


def test_a_result_is_read_as_it_was_written(written):
    told = read_result(written)
    assert told.summary["settings"]["until"] == BEGIN + 2 * DAY
    assert [row["opened_at"] for row in told.trades] == [
        BEGIN + HOUR,
        BEGIN + 5 * HOUR,
        BEGIN + 40 * HOUR,
    ]
    assert told.trades[2]["closed_at"] is None
    assert len(told.fills) == 5


def test_the_account_and_the_charts_are_read_as_they_were_written(tmp_path):
    told = result()
    hold = np.linspace(10_000, 12_000, len(told.curve))
    for name, kept in (("without", None), ("with", hold)):
        write_result(replace(told, hold=kept), tmp_path / name)
        stored = read_result(tmp_path / name)
        assert stored.charts == told.charts
        columns = {"at": told.curve.ts, "equity": told.curve.equity, "cash": told.curve.cash}
        columns |= {"exposure": told.curve.exposure, "drawdown": told.curve.drawdown}
        columns |= {} if kept is None else {"hold": kept}
        assert list(stored.equity) == list(columns)
        for column, values in columns.items():
            assert stored.equity[column].tolist() == values.tolist()


def resealed(folder, name, content):
    """Write a file and its hash, as somebody would who wants to be believed."""
    (folder / name).write_bytes(content)
    marker = json.loads((folder / MARKER).read_bytes())
    marker["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / MARKER).write_text(json.dumps(marker))


def test_charts_that_are_none_are_not_read(written):
    resealed(written, "charts.json", b'{"asked":[],"charts":[{}]}')
    with pytest.raises(InvalidInput, match=r"charts.json is damaged: run the backtest again"):
        read_result(written)


def test_an_account_that_is_none_is_not_read(written):
    table = pq.read_table(written / "equity.parquet")
    rows = table.num_rows
    wrong = [
        table.slice(0, 0),
        table.drop_columns(["cash"]),
        table.append_column("more", pa.array([1.0] * rows)),
        table.append_column("hold", pa.array([1] * rows)),
        table.append_column("hold", pa.array([1.0] * (rows - 1) + [None])),
        table.append_column("hold", pa.array([1.0] * (rows - 1) + [math.inf])),
        pa.concat_tables([table, table]),
    ]
    for each in wrong:
        sink = pa.BufferOutputStream()
        pq.write_table(each, sink)
        resealed(written, "equity.parquet", sink.getvalue().to_pybytes())
        with pytest.raises(InvalidInput, match=r"equity.parquet is damaged: run the"):
            read_result(written)


def test_a_result_without_trades_is_written_and_read(tmp_path):
    write_result(result([]), tmp_path / "none")
    assert read_result(tmp_path / "none").trades == []


class Interrupted(BaseException):
    """What Ctrl-C raises, and a full disk, at a moment of a test's choice."""


RENAMED = len(FILES) + 1  # each file and the marker, before the folder itself


@pytest.mark.parametrize(
    ("call", "was_there"),
    [
        (call, was_there)
        for was_there in (False, True)
        for call in (0, 3, RENAMED - 1, RENAMED, RENAMED + 1)
        if call <= RENAMED + was_there  # a new folder needs one renaming less
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_an_interruption_leaves_what_was_there(tmp_path, call, was_there, is_late):
    folder, calls = tmp_path / "run", iter(range(1000))
    last = RENAMED + was_there

    class Failing(type(tmp_path)):
        """A path of which one renaming is interrupted: before it is done, or just after."""

        def replace(self, target):
            is_now = next(calls) == call
            if not is_now or is_late:
                super().replace(target)
            if is_now:
                raise Interrupted

    if was_there:
        write_result(result([]), folder)
    with pytest.raises(Interrupted):
        write_result(result(), Failing(folder), overwrite=True)
    is_new = is_late and call == last
    assert list(tmp_path.iterdir()) == ([folder] if was_there or is_new else [])
    if was_there or is_new:
        assert len(read_result(folder).trades) == (3 if is_new else 0)


def test_an_existing_result_is_replaced_only_when_told(written):
    before = contents(written)
    with pytest.raises(InvalidInput, match="choose another name, or say --overwrite"):
        write_result(result([]), written)
    assert contents(written) == before
    write_result(result([]), written, overwrite=True)
    assert read_result(written).trades == []
    assert list(written.parent.iterdir()) == [written]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "run").mkdir()
    write_result(result(), tmp_path / "run")
    assert len(read_result(tmp_path / "run").trades) == 3


@pytest.mark.parametrize(
    "marker", [None, "{}", "[]", "not json", '{"format": "other"}', "[" * 9999]
)
def test_a_folder_of_others_is_never_touched(tmp_path, marker):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "trades.csv").write_text("mine")
    if marker is not None:
        (folder / MARKER).write_text(marker)
    before = contents(folder)
    with pytest.raises(InvalidInput, match="is not a result of a backtest, and is left as it is"):
        write_result(result(), folder, overwrite=True)
    assert contents(folder) == before


def test_a_result_with_a_file_of_others_is_not_replaced(written):
    (written / "notes.txt").write_text("mine")
    with pytest.raises(InvalidInput, match=r"also holds 'notes.txt'"):
        write_result(result(), written, overwrite=True)
    assert (written / "notes.txt").read_text() == "mine"


def test_places_that_cannot_hold_a_folder_are_refused(tmp_path, written):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(written)
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    for name in ("file", "link", "nowhere"):
        with pytest.raises(InvalidInput, match="is not a folder"):
            check_result_folder(tmp_path / name, overwrite=True)
    with pytest.raises(InvalidInput, match="there is no folder"):
        check_result_folder(tmp_path / "gone/run")


@pytest.mark.parametrize("name", ["trades.parquet", "fills.parquet", "summary.json"])
@pytest.mark.parametrize("damage", [b"", b"{", b"PAR1" * 9])
def test_damage_is_told_in_one_sentence(written, name, damage):
    (written / name).write_bytes(damage)
    with pytest.raises(InvalidInput, match=f"{name} is damaged: run the backtest again"):
        read_result(written)


def test_a_missing_file_is_told(written):
    (written / "fills.parquet").unlink()
    with pytest.raises(InvalidInput, match=r"cannot read .*: No such file"):
        read_result(written)


def test_a_hostile_marker_reaches_no_further_than_a_sentence(written):
    marker = json.loads((written / MARKER).read_text())
    for told in (marker | {"format_version": 9}, marker | {"format_version": "x" * 900}):
        (written / MARKER).write_text(json.dumps(told))
        with pytest.raises(InvalidInput, match="run the backtest again"):
            read_result(written)


def with_its_hash(folder, name, content):
    """Change a file together with its hash."""
    marker = json.loads((folder / MARKER).read_text())
    (folder / name).write_bytes(content)
    marker["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / MARKER).write_text(json.dumps(marker))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("trades.parquet", b"no parquet"),
        ("fills.parquet", b"PAR1" * 20),
        ("summary.json", b"[1]"),
        ("summary.json", b"[" * 100_000),
    ],
)
def test_content_that_is_no_result_is_told(written, name, content):
    with_its_hash(written, name, content)
    with pytest.raises(InvalidInput, match=f"{name} is damaged"):
        read_result(written)


def changed(table, name, value):
    place = table.column_names.index(name)
    values = [value, *table[name].to_pylist()[1:]]
    return table.set_column(place, name, pa.array(values, table.schema.field(name).type))


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop_columns(["stop"]),
        lambda table: table.append_column("more", table["stop"]),
        lambda table: changed(table, "entry", float("nan")),
        lambda table: changed(table, "r", float("inf")),
        lambda table: changed(table, "coin", None),
    ],
    ids=["a column less", "a column more", "nan", "infinite", "no coin"],
)
def test_rows_that_no_backtest_writes_are_told(written, change):
    sink = pa.BufferOutputStream()
    pq.write_table(change(pq.read_table(written / "trades.parquet")), sink)
    with_its_hash(written, "trades.parquet", sink.getvalue().to_pybytes())
    with pytest.raises(InvalidInput, match=r"trades\.parquet is damaged"):
        read_result(written)


def test_what_is_no_result_is_told(tmp_path):
    with pytest.raises(InvalidInput, match="there is no folder"):
        read_result(tmp_path / "gone")
    with pytest.raises(InvalidInput, match="is not the result of a backtest"):
        read_result(tmp_path)


def test_a_copied_result_can_be_read_anywhere(written, tmp_path):
    shutil.copytree(written, tmp_path / "elsewhere")
    assert str(tmp_path) not in "".join(map(str, contents(tmp_path / "elsewhere").values()))
    assert len(read_result(tmp_path / "elsewhere").trades) == 3


def test_the_software_is_told(tmp_path):
    write_result(replace(result(), software="9.9"), tmp_path / "run")
    assert read_result(tmp_path / "run").summary["software"] == "9.9"
