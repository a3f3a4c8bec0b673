"""The JSON Schema says what the models say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

TOOL = Path(__file__).parents[4] / "tools" / "write_schema.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_schema", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


write_schema = _load()


def test_the_schema_of_rules_is_fresh() -> None:
    written = write_schema.FILE.read_text(encoding="utf-8")
    assert written == write_schema.text(), "run: .venv/bin/python tools/write_schema.py"
