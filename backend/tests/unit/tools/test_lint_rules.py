"""Each of our own rules finds a planted violation, and leaves its neighbour alone."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).parents[4]
TOOL = REPOSITORY / "tools" / "lint_rules.py"
DOMAIN = "backend/src/hyperbot/domain/orders.py"
UNIT_TEST = "backend/tests/unit/test_orders.py"

Lint = Callable[[str, str], list[str]]


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lint_rules", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lint_rules = _load()


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    """Lint a repository of one file; each violation as `line: sentence`."""

    def found(path: str, text: str) -> list[str]:
        (tmp_path / "fine.py").touch()
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        found = list(lint_rules.violations(tmp_path))
        assert {violation.path for violation in found} <= {path}
        return [f"{violation.line}: {violation.sentence}" for violation in found]

    return found


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("from datetime import datetime\nat = datetime.now()", "datetime.now reads the clock"),
        ("import datetime as dt\nat = dt.datetime.utcnow()", "dt.datetime.utcnow reads the clock"),
        ("from datetime import date\non = date.today()", "date.today reads the clock"),
        ("x = 1\nimport time", "time reads the clock"),
        ("x = 1\nfrom time import time", "time.time reads the clock"),
        ("x = 1\nimport random", "random reads chance"),
        ("import numpy as np\nx = np.random.default_rng()", "np.random reads chance"),
        ("x = 1\nfrom numpy.random import default_rng", "numpy.random.default_rng reads chance"),
        ("x = 1\nfrom uuid import uuid4", "uuid.uuid4 reads chance"),
        ("import os\nx = os.environ['HOME']", "os.environ reads the environment"),
        ("import os\nx = os.getenv('HOME')", "os.getenv reads the environment"),
        ("x = 1\nfrom os import environ", "os.environ reads the environment"),
    ],
)
def test_the_core_is_told_everything(lint: Lint, code: str, what: str) -> None:
    assert f"2: {what}: the core is told everything it knows" in lint(DOMAIN, code)


@pytest.mark.parametrize("path", ["ports.py", "detection/zones.py", "charting/page.py"])
def test_every_core_package_is_told_everything(lint: Lint, path: str) -> None:
    assert lint(f"backend/src/hyperbot/{path}", "import time")


def test_the_shell_may_read_the_clock_and_the_environment(lint: Lint) -> None:
    assert not lint(
        "backend/src/hyperbot/config.py", "import os, time\nx = os.environ, time.time()"
    )


def test_kernel_may_read_the_environment_but_no_clock(lint: Lint) -> None:
    kernel = "backend/src/hyperbot/detection/kernel.py"
    assert not lint(kernel, "import os\nfolder = os.environ.get('HYPERBOT_CACHE_DIR')")
    assert lint(kernel, "import time")


@pytest.mark.parametrize(
    ("path", "most"), [(DOMAIN, 300), (UNIT_TEST, 400), ("backend/tests/fakes.py", 400)]
)
def test_files_stay_short(lint: Lint, path: str, most: int) -> None:
    assert not lint(path, "x = 1\n" * most)
    assert lint(path, "x = 1\n" * (most + 1)) == [
        f"{most + 1}: {most + 1} lines: split the file by idea, at most {most}"
    ]


def test_functions_stay_short_and_docstrings_do_not_count(lint: Lint) -> None:
    docstring = '    """One\n\n    two.\n    """\n'
    assert not lint(DOMAIN, "def place():\n" + docstring + "    x = 1\n" * 39)
    assert lint(DOMAIN, "\nasync def place():\n" + docstring + "    x = 1\n" * 40) == [
        "2: place has 41 lines: split it by idea, at most 40"
    ]


@pytest.mark.parametrize(
    "code",
    [
        "from unittest.mock import Mock",
        "from unittest import mock",
        "import unittest.mock",
        "import mock",
        "def test_it(mocker): ...",
        "def test_it(monkeypatch): monkeypatch.setattr('os.name', 'x')",
        "def test_it(monkeypatch): monkeypatch.delattr('os.name')",
    ],
)
def test_unit_tests_use_fakes(lint: Lint, code: str) -> None:
    assert [line for line in lint(UNIT_TEST, code) if "pass in a fake" in line]
    assert not lint(UNIT_TEST, "def test_it(monkeypatch): monkeypatch.setenv('A', 'b')")


@pytest.mark.parametrize("code", ["Approved(order)", "risk_manager.Refused(())"])
def test_only_the_risk_manager_gives_verdicts(lint: Lint, code: str) -> None:
    (found,) = lint("backend/src/hyperbot/trading/engine.py", code)
    assert found.endswith("only trading/risk_manager.py says so")
    assert not lint("backend/src/hyperbot/trading/engine.py", "SignalRefused(1)")


def test_the_risk_manager_gives_verdicts(lint: Lint) -> None:
    assert not lint("backend/src/hyperbot/trading/risk_manager.py", "Approved(order)")


@pytest.mark.parametrize("path", ["utils.py", "detection/helpers.py", "common/orders.py"])
def test_modules_are_named_after_what_they_are_about(lint: Lint, path: str) -> None:
    assert "says nothing" in lint(f"backend/src/hyperbot/{path}", "x = 1")[0]


@pytest.mark.parametrize("docstring", ["", '"""Orders."""', '"""domain: in.\n\nMore.\n"""'])
def test_a_package_says_in_one_line_what_it_is(lint: Lint, docstring: str) -> None:
    path = "backend/src/hyperbot/domain/__init__.py"
    assert "what goes in and what comes out" in lint(path, docstring)[0]
    assert not lint(path, '"""domain: what we talk about."""')


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (DOMAIN, "# TO" + "DO: later"),
        ("docs/guide.md", "FIX" + "ME"),
        ("Makefile", "# XX" + "X"),
        ("README.md", "cd /ho" + "me/ada/hyperbot"),
        ("tools/demo.sh", "cat /ro" + "ot/candles"),
        ("docs/guide.md", "C:\\Us" + "ers\\ada"),
        ("requirements.lock", "--index-url https://py" + "pi.org/simple"),
        ("frontend/package-lock.json", "https://registry.np" + "mjs.org/vue"),
    ],
)
def test_notes_machine_paths_and_registries_stay_out(lint: Lint, path: str, text: str) -> None:
    assert lint(path, f"\n{text}\n")[0].startswith("2: ")


def test_addresses_and_relative_paths_are_no_machine_paths(lint: Lint) -> None:
    assert not lint("README.md", "https://example.com/home/x ../work/data docs/work/x /info")


def test_vendored_text_is_left_alone(lint: Lint) -> None:
    assert not lint("backend/src/hyperbot/charting/vendor/charts.js", "// TO" + "DO")


def test_uv_lock_is_not_kept(lint: Lint) -> None:
    assert "requirements.lock is kept instead" in lint("uv.lock", "")[0]


def test_a_file_that_does_not_parse_is_named(lint: Lint) -> None:
    assert lint(DOMAIN, "def place(:")[0].startswith("1: does not parse")


def test_checking_nothing_is_a_violation(tmp_path: Path) -> None:
    assert "no Python file" in next(lint_rules.violations(tmp_path)).sentence


def test_untracked_files_are_checked_and_ignored_ones_not(tmp_path: Path) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    subprocess.run([git, "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    (tmp_path / "ignored.py").write_text("# FIX" + "ME")
    (tmp_path / "new.py").write_text("# FIX" + "ME")
    assert [violation.path for violation in lint_rules.violations(tmp_path)] == ["new.py"]


def test_the_command_prints_file_line_sentence_and_exits_1(tmp_path: Path) -> None:
    (tmp_path / "orders.py").write_text("# FIX" + "ME")
    command = [sys.executable, TOOL, tmp_path]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stdout.startswith("orders.py:1: ")
