"""`hyperbot hold-out lock`: keep a stretch of time back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from hyperbot.cli.candle_arguments import read_coins, read_moment
from hyperbot.cli.terminal import AliasedOption
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:
    from hyperbot.backtesting.trials import HoldOut

EPILOG = """\b
Examples:
  hyperbot hold-out lock --coins BTC,ETH --from 2026-01-01
  hyperbot hold-out lock --coins BTC --from 2025-01-01 --to 2025-07-01

\b
There is no unlocking: a hold-out is opened once, for rules that are final, and that is logged."""


@click.command("lock", epilog=EPILOG)
@click.option(
    "--coins",
    "--coin",
    "coins",
    cls=AliasedOption,
    required=True,
    metavar="BTC,ETH",
    help="Coins whose time is locked.",
)
@click.option(
    "--from",
    "--since",
    "since",
    cls=AliasedOption,
    required=True,
    metavar="DATE",
    help="First moment (UTC), such as 2026-01-01.",
)
@click.option(
    "--to",
    "--until",
    "until",
    cls=AliasedOption,
    metavar="DATE",
    help="Moment (UTC) at which it ends.  [default: never]",
)
def lock(coins: str, since: str, until: str | None) -> None:
    """Keep a stretch of time of some coins back for one last look.

    Until it is opened, backtests and sweeps of these coins end before it, wherever their candles
    come from.
    """
    from hyperbot.backtesting.hold_out import written  # noqa: PLC0415 - numpy
    from hyperbot.backtesting.trials import HoldOut  # noqa: PLC0415 - numpy
    from hyperbot.wiring import trial_ledger  # noqa: PLC0415 - numpy

    begin = read_moment("--from", since)
    end = None if until is None else read_moment("--to", until)
    if end is not None and end <= begin:
        raise InvalidInput(f"--from {since} must be earlier than --to {until}")
    hold_outs = [HoldOut(coin, begin, end) for coin in read_coins(coins)]
    ledger = trial_ledger()
    seen = ledger.already_played(hold_outs)
    ledger.lock(hold_outs, time.time_ns() // 1_000_000)
    for each in hold_outs:
        click.echo(f"Locked: {written(each)}")
    for each in seen:
        click.echo(f"Note: trials of {each.coin} may have seen some of it before.", err=True)
    _note_absent(hold_outs)


def _note_absent(hold_outs: list[HoldOut]) -> None:
    """A coin that is spelled otherwise than its candles locks nothing."""
    from hyperbot.wiring import candle_store  # noqa: PLC0415 - numpy

    there = {record.coin for record in candle_store().list()}
    for each in hold_outs:
        if each.coin not in there:
            click.echo(f"Note: the store holds no candles of {each.coin} yet.", err=True)
