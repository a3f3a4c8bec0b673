"""`hyperbot report` and `hyperbot compare` on folders that write_result made."""

import json

import pytest
from click.testing import CliRunner

from hyperbot.cli.compare import compare
from hyperbot.cli.report import report
from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.backtest_reports import write_report
from hyperbot.storage.backtest_results import read_result, write_result
from result_builders import result, trade


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "first"
    write_result(result(), path)
    return path


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "second"
    write_result(result([trade(5, opened=1, hours=3)]), path)
    return path


def run(command, *arguments):
    return CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)


def test_the_report_lies_in_the_folder_and_the_folder_stays_a_result(folder):
    told = run(report, folder)
    assert told.output.startswith(str(folder / "report.html"))
    assert "<!doctype html>" in (folder / "report.html").read_text(encoding="utf-8")
    assert len(read_result(folder).trades) == 3


def test_a_folder_with_a_report_can_be_overwritten(folder):
    write_report(folder)
    (folder / "report.html.123.tmp").write_text("of a writer that was killed")
    write_result(result(), folder, overwrite=True)
    assert not (folder / "report.html").exists()


def test_drawing_again_gives_the_same_bytes(folder):
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first


def test_the_report_may_lie_elsewhere(folder, tmp_path):
    run(report, folder, "--out", tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 100_000
    assert not (folder / "report.html").exists()


def test_a_page_must_be_named_as_one(folder, tmp_path):
    with pytest.raises(InvalidInput, match=r"must end in \.html"):
        run(report, folder, "--out", tmp_path / "page.pdf")


def test_what_is_no_result_is_told(tmp_path):
    with pytest.raises(InvalidInput, match="is not the result of a backtest"):
        run(report, tmp_path)


def test_a_place_that_cannot_be_written_is_told(folder):
    (folder / "report.html").mkdir()
    with pytest.raises(InvalidInput, match=r"cannot write .*report\.html"):
        run(report, folder)


def test_runs_stand_side_by_side_in_the_terminal(folder, other):
    text = " ".join(run(compare, folder, other).output.split())
    assert "Settings, rules and candles are the same." in text
    assert "Net return +0.1 % +0.5 % +0.4 points" in text
    assert "first: No verdict: 2 trades of one history" in text


def test_a_comparison_can_be_read_by_machines(folder, other):
    told = json.loads(run(compare, folder, other, "--json").output)
    assert [each["name"] for each in told["runs"]] == ["first", "second"]
    assert told["settings"] == []


def test_the_same_folder_twice_has_two_names(folder):
    told = json.loads(run(compare, folder, folder, "--json").output)
    assert [each["name"] for each in told["runs"]] == ["first", "first (2)"]


def test_a_comparison_is_drawn_when_asked_for(folder, other, tmp_path):
    page = tmp_path / "compare.html"
    assert str(page) in run(compare, folder, other, "--out", page).output
    assert "<title>first and second" in page.read_text(encoding="utf-8")


def test_one_run_alone_is_no_comparison(folder):
    with pytest.raises(InvalidInput, match="at least two runs"):
        run(compare, folder)
