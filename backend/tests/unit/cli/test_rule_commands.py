"""`hyperbot rules`: checking, listing and explaining rules."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from hyperbot.cli.main import command
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.rules import Playbook
from hyperbot.storage.rule_files import parse_rules, read_playbook, write_rules
from rule_builders import document, rule

LIGHT = """
import sys
from hyperbot.cli.main import command
command(["rules", *sys.argv[1:]], standalone_mode=False)
heavy = {"pyarrow", "numba", "httpx", "pandas"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def hyperbot(*arguments):
    """What `hyperbot rules ...` prints, and the error it ends with."""
    return CliRunner().invoke(command, ["rules", *arguments], standalone_mode=False)


def told(*arguments):
    """What it prints when all is well."""
    result = hyperbot(*arguments)
    assert result.exception is None
    return result.stdout


def write(file_name, **fields):
    with open(file_name, "w", encoding="utf-8") as file:
        file.write(json.dumps(document(**fields)))  # JSON is YAML, too


def test_good_files_are_said_to_be_good():
    write("a.yaml")
    assert told("validate", "a.yaml") == "a.yaml: 1 rule, all right\n"


def test_every_problem_of_every_file_is_a_line():
    write("a.yaml")
    write("b.yaml", risk_params={"risk_percent": 50}, timeframe="x")
    result = hyperbot("validate", "a.yaml", "b.yaml", "c.yaml")
    assert result.stdout == "a.yaml: 1 rule, all right\n"
    lines = result.stderr.splitlines()
    assert lines[0].startswith('b.yaml:1: timeframe is "x"')
    assert lines[1:] == [
        "b.yaml:1: risk_params.risk_percent is 50: it must be at most 2",
        "cannot read c.yaml: No such file or directory",
    ]
    assert isinstance(result.exception, InvalidInput)
    assert str(result.exception) == "3 problems in 2 of 3 files"


def test_programs_get_json():
    write("a.yaml")
    write("b.yaml", direction="up")
    result = hyperbot("validate", "a.yaml", "b.yaml", "--json")
    good, bad = json.loads(result.stdout)["files"]
    assert good == {"valid": True, "file": "a.yaml", "rules": ["le-15m"], "problems": []}
    assert (bad["valid"], len(bad["problems"])) == (False, 1)
    assert str(result.exception) == "1 problem in 1 of 2 files"


def test_wrong_rules_end_with_exit_code_2(place):
    write("b.yaml", risk_params={"risk_percent": 50})
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from hyperbot.cli import main; main()",
            "rules",
            "validate",
            "b.yaml",
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=place,
    )
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == "Error: 1 problem in 1 of 1 files"


@pytest.mark.parametrize(
    "arguments", [["list"], ["show", "le-15m"], ["schema"], ["list", "--json"]], ids=" ".join
)
def test_nothing_heavy_is_imported(arguments):
    ended = subprocess.run(
        [sys.executable, "-c", LIGHT, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert "le-15m" in ended.stdout or arguments == ["schema"]


def test_the_list_has_a_row_for_each_rule():
    listed = told("list")
    for each in read_playbook("default").rules:
        assert f"\n{each.id} " in listed
    assert "15m 1h 4h" in listed


def test_a_file_is_listed_as_well(place):
    write("my.yaml", name="[bold]mine[/bold]")
    listed = told("list", "--playbook", "my.yaml")
    assert listed.startswith("1 rule\n")
    assert "[bold]mine[/bold]" in listed
    assert "[bold]mine[/bold]" in told("list", "--playbook", str(place / "my.yaml"))


def test_a_rule_is_told_in_plain_english():
    shown = told("show", "le-15m")
    assert "Long when a bullish liquidity engulf of strength 0.5 or more shows on 15m." in shown
    assert "Take 50 % at 1R, then move the stop to breakeven." in shown
    assert "Source: system; confidence 0.5" in shown


def test_a_rule_shows_where_it_comes_from():
    cited = rule(
        source_type="video",
        source_ref="course.mp4",
        citations=[
            {"quote": "wait for the engulf", "start_s": 65.5, "section": "Entries"},
            {"quote": "as on this page", "page": 3},
            {"quote": "always"},
        ],
    )
    with open("cited.yaml", "w", encoding="utf-8") as file:
        file.write(write_rules(Playbook(rules=(cited,))))
    shown = told("show", "le-15m", "--playbook", "cited.yaml")
    assert "Source: video course.mp4; confidence 0.5" in shown
    assert "“wait for the engulf” (Entries, at 1:05)" in shown
    assert "“as on this page” (page 3)" in shown
    assert "“always”\n" in shown


def test_a_rule_is_a_start_for_another():
    written = told("show", "onion-5m", "--yaml")
    (read,) = parse_rules(written.encode(), "x").rules
    assert read == next(each for each in read_playbook("default").rules if each.id == "onion-5m")
    assert json.loads(told("show", "onion-5m", "--json"))["id"] == "onion-5m"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["show", "le-15"],
            "there is no rule 'le-15': did you mean le-15m? See `hyperbot rules list`",
        ),
        (["show", "§"], "there is no rule '§': see `hyperbot rules list`"),
        (["list", "--playbook", "nope"], "there is no playbook 'nope': choose one of default"),
        (["list", "--playbook", "./nope"], "cannot read nope: No such file or directory"),
    ],
)
def test_what_is_not_there_is_said(arguments, sentence):
    result = hyperbot(*arguments)
    assert isinstance(result.exception, InvalidInput)
    assert str(result.exception) == sentence


def test_the_schema_is_json():
    assert json.loads(told("schema"))["properties"]["entry_type"]["enum"][0] == "LE"
