"""The JSON Schema of a rule: for editors, and for models that write rules."""

from __future__ import annotations

from typing import Any

from hyperbot.domain.rules import StrategyRule


def rule_schema() -> dict[str, Any]:
    """What a rule may look like, as JSON Schema 2020-12; what contradicts itself passes it."""
    schema = StrategyRule.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
