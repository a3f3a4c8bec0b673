"""Which rules `rules list` and `rules show` work on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # pydantic is imported when there is something to check
    from hyperbot.domain.rules import Playbook

playbook_option = click.option(
    "--playbook",
    "named",
    default="default",
    show_default=True,
    metavar="NAME|FILE",
    help="A playbook that comes with hyperbot, or a YAML file.",
)


def chosen_playbook(named: str) -> Playbook:
    """The rules of a playbook or file. Raises InvalidInput: a sentence for each problem."""
    from hyperbot.storage import rule_files  # noqa: PLC0415 - pydantic

    is_file = named.endswith((".yaml", ".yml")) or Path(named).name != named
    return rule_files.read_rules(Path(named)) if is_file else rule_files.read_playbook(named)
