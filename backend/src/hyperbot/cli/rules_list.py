"""`hyperbot rules list`: the rules of a playbook, a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hyperbot.cli.playbook_option import chosen_playbook, playbook_option
from hyperbot.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    from hyperbot.domain.rules import StrategyRule

COLUMNS = {
    "id": "left",
    "name": "left",
    "side": "left",
    "entry": "left",
    "timeframes": "left",
    "conditions": "right",
    "risk %": "right",
    "status": "left",
}
OPTIONAL = ("conditions", "risk %", "status", "entry")


@click.command("list")
@playbook_option
@click.option("--json", "as_json", is_flag=True, help="Print the whole rules as JSON.")
def list_rules(named: str, as_json: bool) -> None:
    """List the rules of a playbook or file."""
    rules = chosen_playbook(named).rules
    if as_json:
        print_json([rule.model_dump(mode="json") for rule in rules])
    else:
        title = "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
        print_table(title, COLUMNS, [_row(rule) for rule in rules], OPTIONAL)


def _row(rule: StrategyRule) -> list[str]:
    from rich.markup import escape  # noqa: PLC0415 - --json and --help need no rich

    return [
        rule.id,
        escape(rule.name),
        rule.direction,
        rule.entry_type,
        " ".join(str(each) for each in rule.timeframes),
        str(len(rule.tests)),
        f"{rule.risk_params.risk_percent:f}",
        rule.status,
    ]
