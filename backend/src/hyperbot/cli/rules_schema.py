"""`hyperbot rules schema`: the JSON Schema of a rule."""

from __future__ import annotations

import click

from hyperbot.cli.terminal import print_json


@click.command()
def schema() -> None:
    """Print the JSON Schema of a rule, for editors and for programs that write rules."""
    from hyperbot.domain.rule_schema import rule_schema  # noqa: PLC0415 - pydantic

    print_json(rule_schema())
