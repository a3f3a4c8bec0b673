"""Tables as they are read: whole numbers and dates in any width, folded text, no padding."""

import os
import pty
import subprocess
import sys
import termios

import pytest

from hyperbot.cli.terminal import print_table

SHOWN = """
from hyperbot.cli.terminal import print_table
columns = {"venue": "left", "coin": "left", "candles": "right", "first (UTC)": "left",
           "last (UTC)": "left", "missing": "right", "MB": "right", "source": "left"}
row = ["hyperliquid", "BTC", "16,175", "2025-02-07 16:45", "2025-07-26 04:15", "1,234", "0.2",
       "file a-rather-long-name-for-a-file.parquet"]
print_table("16,175 candles", columns, [row])
"""


def shown_at(width):
    """The lines of a table in a terminal of this many columns."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (40, width))
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    environment |= {"TERM": "dumb"}
    with subprocess.Popen(
        [sys.executable, "-c", SHOWN], stdout=its, stdin=its, env=environment
    ) as process:
        os.close(its)
        text = b""
        try:
            while part := os.read(ours, 1 << 16):
                text += part
        except OSError:  # how Linux tells that the other end is closed
            pass
    os.close(ours)
    assert process.returncode == 0
    return text.decode().splitlines()


@pytest.mark.parametrize("width", [80, 100, 160])
def test_numbers_and_dates_are_whole_in_any_width(width):
    _, _, row, *_ = shown_at(width)
    for cell in ("hyperliquid", "BTC", "16,175", "2025-02-07 16:45", "2025-07-26 04:15"):
        assert cell in row
    assert "…" not in row


def test_what_does_not_fit_at_all_is_left_to_the_terminal_to_wrap():
    assert "hyperliquid  BTC    16,175  2025-07-26 04:15" in shown_at(30)


def test_a_narrow_terminal_gets_fewer_columns():
    assert "source" not in shown_at(80)[1]
    assert max(map(len, shown_at(80))) <= 80
    assert all(word in shown_at(160)[1] for word in ("missing", "MB", "source"))


def test_a_long_text_is_folded():
    lines = shown_at(105)
    assert len(lines) > 3
    assert max(map(len, lines)) <= 105
    assert "".join(line[-20:].strip() for line in lines[2:]).endswith(".parquet")


def test_no_line_ends_in_spaces(capsys):
    print_table("a", {"name": "left", "count": "right", "status": "left"}, [["a b", "1", "new"]])
    said = capsys.readouterr().out
    assert said == "a\nname  count  status\na b       1  new\n"


def test_a_table_without_rows_has_its_headings(capsys):
    print_table("none", {"name": "left", "count": "right"}, [])
    assert capsys.readouterr().out.splitlines() == ["none", "name  count"]
