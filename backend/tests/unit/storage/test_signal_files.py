"""CSV files of given signals: read exactly, or refused in one sentence."""

from decimal import Decimal

import pytest

from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.signal_files import GivenSignal, read_signals

HEAD = "ts,direction,stop,target"
JANUARY_2025 = 1_735_689_600_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "signals.csv"


def read(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_signals(path)


def test_rows_are_read_exactly(path):
    found = read(path, HEAD, f"{JANUARY_2025},long,0.1,70000.50", "2025-01-02T12:30,Short,3,1e2")
    assert found == [
        GivenSignal(JANUARY_2025, 1, Decimal("0.1"), Decimal("70000.50"), None),
        GivenSignal(JANUARY_2025 + 131_400_000, -1, Decimal(3), Decimal(100), None),
    ]


@pytest.mark.parametrize("text", ["2025-01-01", "2025-01-01T00:00Z", "2025-01-01T02:00+02:00"])
def test_a_moment_may_be_a_date_and_is_utc_unless_it_says_otherwise(path, text):
    assert read(path, HEAD, f"{text},long,1,2")[0].ts == JANUARY_2025


@pytest.mark.parametrize(
    ("text", "side"), [("LONG", 1), ("buy", 1), ("+1", 1), ("1", 1), ("sell", -1), ("-1", -1)]
)
def test_directions_have_several_names(path, text, side):
    assert read(path, HEAD, f"5,{text},1,2")[0].side == side


def test_columns_may_stand_in_any_order_with_spaces_and_others(path):
    found = read(path, "note, size ,target,stop,direction,ts", "hello,0.5, 2 , 1 ,long, 5 ")
    assert found == [GivenSignal(5, 1, Decimal(1), Decimal(2), Decimal("0.5"))]


def test_a_size_may_be_left_empty(path):
    found = read(path, f"{HEAD},size", "5,long,1,2,", "6,long,1,2,3")
    assert [each.size for each in found] == [None, Decimal(3)]


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(path):
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}\r\n5,long,1,2\r\n".encode())
    assert len(read_signals(path)) == 1


WANTED_TS = "it must be the open time of a candle: ms since 1970, or 2025-01-01T12:30 (UTC)"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "it has no column ts: it needs ts, direction, stop, target, and may have size"),
        ([HEAD], " holds no signals"),
        (["ts,side,stop,target", "5,long,1,2"], "it has no column direction: it needs ts,"),
        ([f"{HEAD},stop", "5,long,1,2,3"], "it has several columns stop: leave all but one out"),
        ([HEAD, "5,long,1,5,2"], "row 1: it has more than 4 cells, one a column"),
        ([HEAD, "5,long,1"], "row 1: target is '', it must be a positive number"),
        ([HEAD, "5,up,1,2"], "row 1: direction is 'up', it must be long or short"),
        ([HEAD, "5,,1,2"], "row 1: direction is '', it must be long or short"),
        ([HEAD, "soon,long,1,2"], f"row 1: ts is 'soon', {WANTED_TS}"),
        ([HEAD, "-5,long,1,2"], f"row 1: ts is '-5', {WANTED_TS}"),
        ([HEAD, "5.5,long,1,2"], f"row 1: ts is '5.5', {WANTED_TS}"),
        ([HEAD, "1735689600000000,long,1,2"], f"row 1: ts is '1735689600000000', {WANTED_TS}"),
        ([HEAD, "9999-01-01,long,1,2"], f"row 1: ts is '9999-01-01', {WANTED_TS}"),
        ([HEAD, "5,long,NaN,2"], "row 1: stop is 'NaN', it must be a positive number"),
        ([HEAD, "5,long,1,inf"], "row 1: target is 'inf', it must be a positive number"),
        ([HEAD, "5,long,0,2"], "row 1: stop is '0', it must be a positive number"),
        ([HEAD, "5,long,-1,2"], "row 1: stop is '-1', it must be a positive number"),
        ([HEAD, "5,long,1,1e12"], "row 1: target is '1e12', it must be a positive number"),
        ([f"{HEAD},size", "5,long,1,2,x"], "row 1: size is 'x', it must be a positive number"),
        ([HEAD, "5,long,1,2", "5,short,2,1"], "row 2: ts 5 must be later than the row before"),
        ([HEAD, "5,long,1,2", "4,long,1,2"], "row 2: ts 4 must be later than the row before"),
        ([HEAD, '5,"long,1,2'], " cannot be read as CSV: unexpected end of data"),
    ],
)
def test_each_wrong_row_is_told_in_one_sentence(path, lines, sentence):
    with pytest.raises(InvalidInput) as refused:
        read(path, *lines)
    said = str(refused.value)
    assert said.startswith(str(path))
    assert sentence in said
    assert "\n" not in said


def test_a_file_that_is_no_text_or_not_there_is_told(path):
    with pytest.raises(InvalidInput, match="cannot be read as CSV: No such file or directory"):
        read_signals(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="cannot be read as CSV: 'utf-8' codec"):
        read_signals(path)
    with pytest.raises(InvalidInput, match="cannot be read as CSV: Is a directory"):
        read_signals(path.parent)
