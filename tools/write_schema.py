"""Write docs/reference/rule.schema.json from the models: `python tools/write_schema.py`."""

from __future__ import annotations

import json
from pathlib import Path

from hyperbot.domain.rule_schema import rule_schema

FILE = Path(__file__).parents[1] / "docs" / "reference" / "rule.schema.json"


def text() -> str:
    """The whole file."""
    return json.dumps(rule_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
