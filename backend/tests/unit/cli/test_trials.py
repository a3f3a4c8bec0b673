"""`hyperbot trials`: listing and counting what was ever tried."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from hyperbot.cli.main import command
from hyperbot.domain.errors import InvalidInput
from hyperbot.wiring import trial_ledger
from trial_builders import NOW, hold_out, trial

LIGHT = """
import sys
from hyperbot.cli.main import command
command(sys.argv[1:], standalone_mode=False)
heavy = {"numpy", "pydantic", "pyarrow", "numba", "httpx", "rich"} & set(sys.modules)
print("IMPORTED", *sorted(heavy))
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder of its own for the data."""
    monkeypatch.setenv("HYPERBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path / "data" / "trials"


def hyperbot(*arguments):
    """What `hyperbot trials ...` prints, and the error it ends with."""
    return CliRunner().invoke(command, ["trials", *arguments], standalone_mode=False)


def told(*arguments):
    """What it prints when all is well."""
    result = hyperbot(*arguments)
    assert result.exception is None
    return result.stdout


def test_without_trials_it_says_so(place):
    assert "No trial was recorded yet" in told("list")
    assert json.loads(told("list", "--json")) == []
    assert told("count") == "No trial was counted yet.\n"
    assert json.loads(told("count", "--json"))["variants"] == 0
    assert not place.exists()


def test_trials_are_rows_newest_last():
    many = tuple("ABCDE")
    trial_ledger().record([trial(1, mean_r=None, trades=0, sharpe=0.0)], NOW)
    trial_ledger().record([trial(2, coins=many, origin="sweep", trades=1234)], NOW + 60_000)
    title, headings, first, second = told("list").splitlines()

    assert title == "The last 2 trials"
    assert headings.split()[:4] == ["number", "time", "(UTC)", "origin"]
    assert first.split() == [
        *("2", "2025-11-24", "16:00", "backtest", "rule-1", "BTC"),
        *("2024-10-20", "16:00", "to", "2025-08-16", "16:00", "0", "-", "+0.000"),
    ]
    assert "A, B, C and 2 more" in second
    assert second.split()[-3:] == ["1,234", "+0.250", "+0.020"]


def test_last_says_how_many():
    trial_ledger().record([trial(number) for number in range(30)], NOW)

    assert len(json.loads(told("list", "--json"))) == 20
    assert [each["rule"] for each in json.loads(told("list", "--last", "2", "--json"))] == [
        "rule-28",
        "rule-29",
    ]
    assert len(json.loads(told("list", "--last", "99", "--json"))) == 30


def test_json_tells_all_there_is_of_a_trial():
    trial_ledger().record([trial(1)], NOW)
    (told_trial,) = json.loads(told("list", "--json"))

    assert told_trial["key"] == trial(1).key
    assert (told_trial["number"], told_trial["at"]) == (2, NOW)
    assert told_trial["coins"] == ["BTC"]
    assert set(trial(1).__slots__) < set(told_trial)


def test_a_rule_is_never_taken_for_markup():
    trial_ledger().record([trial(1, rule="[red]x[/red]")], NOW)
    assert "[red]x[/red]" in told("list")


def test_the_count_is_of_variants_and_of_runs():
    trial_ledger().record([trial(1), trial(2), trial(1)], NOW)
    so_far = trial_ledger().so_far()

    first, second = told("count").splitlines()
    assert first == (
        "2 different trials in 3 runs, counted since 2025-11-24 16:00 UTC by ledger "
        f"{so_far.ledger}"
    )
    assert second == "variance of their daily Sharpe ratios: 5e-05"
    assert json.loads(told("count", "--json")) == {
        "variants": 2,
        "runs": 3,
        "since": NOW,
        "ledger": so_far.ledger,
        "sharpe_variance": so_far.sharpe_variance,
        "restarts": [],
    }


def test_a_damaged_ledger_is_told_and_restarted_for_all_to_see(place):
    trial_ledger().record([trial(1), trial(2)], NOW)
    former = trial_ledger().so_far().ledger
    (place / "ledger.jsonl").unlink()
    for name in ("list", "count"):
        assert "had counted 2 different trials" in str(hyperbot(name).exception)
    printed = told("restart", "--reason", "lost [it]")

    assert "2 different trials in 2 runs" in printed
    assert f"with 2 trials of ledger {former} carried over: lost [it]" in printed
    assert told("count") == printed
    (restart,) = json.loads(told("count", "--json"))["restarts"]
    assert (restart["reason"], restart["variants"]) == ("lost [it]", 2)


def test_a_sound_ledger_is_not_restarted():
    trial_ledger().record([trial(1)], NOW)
    error = hyperbot("restart", "--reason", "fewer, please").exception

    assert isinstance(error, InvalidInput)
    assert "is sound" in str(error)


@pytest.mark.parametrize(
    "arguments", [["restart"], ["list", "--last", "0"], ["list", "--last", "x"], ["nothing"]]
)
def test_wrong_usage_is_exit_code_2(arguments):
    assert CliRunner().invoke(command, ["trials", *arguments]).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        ("trials --help", set()),
        ("trials list --help", set()),
        ("trials count --help", set()),
        ("trials restart --help", set()),
        ("hold-out --help", set()),
        ("hold-out lock --help", set()),
        ("hold-out list --help", set()),
        ("trials list", {"numpy", "pydantic", "rich"}),
        ("trials count --json", {"numpy", "pydantic"}),
        ("hold-out list", {"numpy", "pydantic", "rich"}),
        ("hold-out lock --coins BTC --from 2026-01-01", {"numpy", "pydantic"}),
    ],
)
def test_no_command_imports_more_than_it_needs(arguments, most):
    trial_ledger().record([trial(1)], NOW)
    trial_ledger().lock([hold_out("ETH")], NOW)
    script = LIGHT.replace("command(sys", "try:\n    command(sys").replace(
        "\nheavy", "\nexcept SystemExit:\n    pass\nheavy"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments.split()],
        check=True,
        capture_output=True,
        text=True,
    )
    _, *imported = ended.stdout.splitlines()[-1].split()
    assert set(imported) <= most
