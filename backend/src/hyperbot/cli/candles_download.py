"""`hyperbot candles download`: candles from Hyperliquid's public API into the store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from hyperbot.cli.candle_arguments import read_coins, read_moment
from hyperbot.cli.terminal import AliasedOption
from hyperbot.domain.errors import InvalidInput, Rejected, Retryable

if TYPE_CHECKING:  # the parts behind it take a while to import, and --help needs none
    from hyperbot.cli.download_report import DownloadProgress, Outcome
    from hyperbot.exchange.candle_source import Wanted

EPILOG = """\b
Examples:
  hyperbot candles download --coins BTC,ETH --interval 15m --since 2025-01-01
  hyperbot candles download --coins HYPE --interval 1h --json

\b
Hyperliquid serves only the latest 5000 candles of an interval; a coarser one
reaches further back. HYPERBOT_HYPERLIQUID_URL names another address to ask."""


WITHOUT_NETWORK = (
    "Without a network, `hyperbot candles synthesize` makes candles to try things out."
)


@click.command(epilog=EPILOG)
@click.option(
    "--coins",
    "--coin",
    "coins",
    cls=AliasedOption,
    required=True,
    metavar="BTC,ETH",
    help="Coins as Hyperliquid names them.",
)
@click.option(
    "--interval",
    "--timeframe",
    "interval",
    cls=AliasedOption,
    required=True,
    metavar="15m",
    help="Length of a candle, 1m to 3d.",
)
@click.option(
    "--since",
    "--from",
    "since",
    cls=AliasedOption,
    metavar="DATE",
    help="First moment, UTC.  [default: all there is]",
)
@click.option(
    "--until",
    "--to",
    "until",
    cls=AliasedOption,
    metavar="DATE",
    help="Moment to stop before, UTC.  [default: now]",
)
@click.option(
    "--network",
    type=click.Choice(["mainnet", "testnet"]),
    default="mainnet",
    show_default=True,
    help="Which Hyperliquid; they are kept apart in the store.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are in ms UTC.")
def download(  # noqa: PLR0913 - a command has its options
    coins: str, interval: str, since: str | None, until: str | None, network: str, as_json: bool
) -> None:
    """Download closed candles from Hyperliquid's public API into the store.

    Each page is kept as it arrives. The same command, run again, fetches only what the store
    lacks: after an interruption it goes on where it stopped.
    """
    wanted = _read_wanted(coins, interval, since, until)
    from hyperbot.cli.download_report import DownloadProgress, print_outcomes  # noqa: PLC0415 - rich

    try:
        with DownloadProgress(wanted) as progress:
            outcomes = asyncio.run(_download_all(wanted, network, progress))
    except KeyboardInterrupt:
        click.echo("Whole pages were kept: the same command goes on from here.", err=True)
        raise
    print_outcomes(outcomes, network, as_json)
    errors = [outcome.error for outcome in outcomes if outcome.error]
    for error in errors[:-1]:
        click.echo(f"Error: {error}", err=True)
    if errors:
        if isinstance(errors[-1], Retryable):
            click.echo(WITHOUT_NETWORK, err=True)
        raise errors[-1]


def _read_wanted(coins: str, interval: str, since: str | None, until: str | None) -> list[Wanted]:
    """What is wanted of each coin; refuses all that is wrong before anything is asked."""
    from hyperbot.domain.market import LATEST_TS, Timeframe  # noqa: PLC0415 - numpy
    from hyperbot.exchange.candle_source import Wanted, check_interval  # noqa: PLC0415 - httpx
    from hyperbot.exchange.clock import SystemClock  # noqa: PLC0415 - asyncio

    names = read_coins(coins)
    timeframe = Timeframe.parse(interval)
    check_interval(timeframe)
    now_ms = SystemClock().now_ms()
    since_ms = read_moment("--since", since) if since else 0
    until_ms = read_moment("--until", until) if until else LATEST_TS
    if since_ms >= now_ms:
        raise InvalidInput(f"--since {since} lies in the future")
    if since_ms >= until_ms:
        raise InvalidInput(f"--since {since} must be earlier than --until {until}")
    return [Wanted(coin, timeframe, since_ms, min(until_ms, now_ms)) for coin in names]


async def _download_all(
    wanted: list[Wanted], network: str, progress: DownloadProgress
) -> list[Outcome]:
    """One coin after the other; a refused one is noted, an unreachable exchange ends it."""
    from hyperbot.cli.download_report import Outcome  # noqa: PLC0415 - rich
    from hyperbot.exchange.candle_download import download as fetch  # noqa: PLC0415 - pyarrow
    from hyperbot.wiring import candle_store, hyperliquid_candles  # noqa: PLC0415 - httpx

    outcomes = []
    store = candle_store()
    async with hyperliquid_candles(network, progress.waiting) as source:
        for one in wanted:
            progress.begin(one)
            try:
                got = await fetch(source, store, one, progress.reached)
            except (Rejected, Retryable) as error:
                progress.failed()
                outcomes.append(Outcome(one, None, error))
                if isinstance(error, Retryable):
                    break
            else:
                outcomes.append(Outcome(one, got, None))
    return outcomes
