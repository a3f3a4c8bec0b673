"""The options that say what is played on which past: the same wherever rules are played."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hyperbot.cli.terminal import AliasedOption

Command = TypeVar("Command", bound=Callable[..., Any])

RULES = (
    click.option(
        "--rules",
        "rule_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A YAML file of rules.",
    ),
    click.option(
        "--playbook",
        metavar="NAME|FILE",
        help="A playbook that comes with hyperbot.  [default: default]",
    ),
)
MARKET = (
    click.option(
        "--candles",
        type=click.Path(path_type=Path),
        metavar="DIR|FILE",
        help="Candle files named like BTC-5m.parquet; left out: those in the store.",
    ),
    click.option(
        "--funding",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Files of payments named like BTC-funding.parquet.",
    ),
    click.option("--venue", help="Where candles come from, if several venues have them."),
    click.option(
        "--coins", "--coin", "coins", cls=AliasedOption, help="Such as BTC,ETH; left out: all."
    ),
    click.option(
        "--from",
        "--since",
        "since",
        cls=AliasedOption,
        metavar="DATE",
        help="First moment (UTC), such as 2025-01-01.",
    ),
    click.option(
        "--to",
        "--until",
        "until",
        cls=AliasedOption,
        metavar="DATE",
        help="Moment (UTC) before which candles open.",
    ),
)
TERMS = (
    click.option(
        "--fills",
        type=click.Choice(["through", "touch"]),
        default="through",
        show_default=True,
        help="When a limit fills: traded through, or touched.",
    ),
    click.option(
        "--no-costs", is_flag=True, help="No fees, funding, slippage: for cross-checks only."
    ),
)


def options(
    *groups: tuple[Callable[[Command], Command], ...],
) -> Callable[[Command], Command]:
    """Give a command these options, in this order."""

    def given(command: Command) -> Command:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return given
