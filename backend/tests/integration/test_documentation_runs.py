"""What the README and the guides show works when it is typed in."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hyperbot.detection.kernel import CACHE_FOLDER
from hyperbot.domain.market import COLUMN_NAMES, Timeframe
from hyperbot.exchange.synthetic import synthesize

REPOSITORY = Path(__file__).parents[3]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs" / "guides").glob("*.md"))]
LINKED = [*PAGES, *(REPOSITORY / name for name in ("CONTRIBUTING.md", "AGENTS.md"))]
HYPERBOT = Path(sys.executable).with_name("hyperbot")


def _examples() -> list[tuple[str, str]]:
    block = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [
        (page.name, example)
        for page in PAGES
        for example in block.findall(page.read_text(encoding="utf-8"))
    ]


def _write_candles(file: Path) -> None:
    series = synthesize("BTC", Timeframe.parse("15m"), 1_735_689_600_000, 3000, 0)
    pq.write_table(pa.table([series.ts, *series.columns], names=["ts", *COLUMN_NAMES]), file)


@pytest.mark.parametrize(("page", "example"), _examples())
def test_examples_in_python_run(
    page: str, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_candles(tmp_path / "BTC-15m.parquet")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, page, "exec"), {})  # noqa: S102 - our own page


def test_the_guides_commands_run_without_a_network(tmp_path: Path) -> None:
    guide = (REPOSITORY / "docs" / "guides" / "getting-started.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    (hyperbot .*)$", guide, re.MULTILINE)
    ran = [command for command in commands if "TEST" in command]
    assert len(ran) >= 3
    environment = os.environ | {
        "HYPERBOT_DATA_DIR": str(tmp_path / "data"),
        "HYPERBOT_CACHE_DIR": str(tmp_path / "cache"),
        "NUMBA_CACHE_DIR": str(CACHE_FOLDER.parents[1]),  # else all kernels are compiled again
    }
    for command in ran:
        words = shlex.split(command.replace(" --open", ""))
        subprocess.run([HYPERBOT, *words[1:]], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "test.html").exists()
    assert (tmp_path / "test-facts.parquet").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_has_the_options_shown(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"(?:^    |`)(hyperbot [^`\n]*)", text, re.MULTILINE)
    for command in shown:
        words = shlex.split(command)[1:]
        names = [word for word in words[:2] if re.fullmatch(r"[a-z][a-z-]*", word)]
        answer = subprocess.run(
            [HYPERBOT, *names, "--help"], check=True, capture_output=True, text=True
        )
        for option in (word for word in words if word.startswith("--")):
            assert option in answer.stdout, f"{page.name}: {command}"


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        assert link.startswith("https://") or (page.parent / link).exists(), link
