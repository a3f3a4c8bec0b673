"""The `hyperbot` command: finds the sub-command asked for and imports nothing else."""

from __future__ import annotations

import importlib
import sys

import click

from hyperbot import __version__
from hyperbot.cli.pandas_door import pandas_left_out
from hyperbot.domain.errors import HyperbotError, InvalidInput


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported when they are called.

    `commands_in` maps a command's name to (module:attribute, one line of help), so that `--help`
    imports no command.
    """

    def __init__(
        self, *args: object, commands_in: dict[str, tuple[str, str]], **options: object
    ) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # handed through unread
        self._commands_in = commands_in

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._commands_in)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._commands_in:
            return None
        module, attribute = self._commands_in[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, sentence) for name, (_, sentence) in self._commands_in.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


COMMANDS = {
    "candles": ("hyperbot.cli.candles:candles", "Import, download, list and synthesize candles."),
    "detect": ("hyperbot.cli.detect:detect", "Detect patterns, structure, zones and phases."),
    "chart": ("hyperbot.cli.chart:chart", "Draw candles and what was detected on them."),
    "backtest": ("hyperbot.cli.backtest:backtest", "Play rules over the past, with all costs."),
    "report": ("hyperbot.cli.report:report", "Draw the report of a backtest anew."),
    "sweep": (
        "hyperbot.cli.sweep:sweep",
        "Try many variants of rules, and judge the best of them.",
    ),
    "compare": ("hyperbot.cli.compare:compare", "Put backtests side by side."),
    "rules": ("hyperbot.cli.rules:rules", "Check, list and explain trading rules."),
    "trials": ("hyperbot.cli.trials:trials", "List and count all rules that were ever tried."),
    "db": ("hyperbot.cli.db:database", "Run, look at, back up and restore the database."),
    "hold-out": ("hyperbot.cli.hold_out:hold_out", "Lock time that no backtest may look at."),
}


@click.group(
    cls=LazyGroup,
    commands_in=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="hyperbot")
def command() -> None:
    """Teaching material in, tested and explained trades out."""


def main() -> None:
    """Run the command; a foreseen error becomes one sentence and an exit code (2: usage)."""
    try:
        with pandas_left_out():
            command(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except HyperbotError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2 if isinstance(error, InvalidInput) else 1)
