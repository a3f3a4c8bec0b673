"""What is generated says what the code says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from hyperbot.detection.registry import COLUMNS

TOOL = Path(__file__).parents[4] / "tools" / "write_reference.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_reference", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


write_reference = _load()


def test_the_page_of_facts_is_fresh() -> None:
    written = write_reference.PAGE.read_text(encoding="utf-8")
    assert written == write_reference.page(), "run: .venv/bin/python tools/write_reference.py"


def test_the_page_names_every_column() -> None:
    page = write_reference.page()
    assert all(f"| `{column.name}` |" in page for column in COLUMNS)
