"""`hyperbot rules`: trading rules in YAML files and playbooks."""

from __future__ import annotations

import click

from hyperbot.cli.main import LazyGroup

COMMANDS = {
    "validate": ("hyperbot.cli.rules_validate:validate", "Check files of rules."),
    "list": ("hyperbot.cli.rules_list:list_rules", "List the rules of a playbook."),
    "show": ("hyperbot.cli.rules_show:show", "Tell in plain English what a rule does."),
    "schema": ("hyperbot.cli.rules_schema:schema", "Print the JSON Schema of a rule."),
}


@click.group(cls=LazyGroup, commands_in=COMMANDS)
def rules() -> None:
    """Check, list and explain trading rules."""
