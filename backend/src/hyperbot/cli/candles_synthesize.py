"""`hyperbot candles synthesize`: made-up candles for a machine without network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hyperbot.cli.candle_arguments import read_coins, read_moment, write_moment
from hyperbot.cli.terminal import AliasedOption, print_json, print_table
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:  # numpy and pyarrow are imported when candles are made
    from hyperbot.domain.market import CandleSeries
    from hyperbot.storage.candle_delivery import Written
    from hyperbot.storage.candle_store import CandleStore

EPILOG = """\b
Examples:
  hyperbot candles synthesize --coins BTC,ETH --interval 15m --candles 20000
  hyperbot candles synthesize --coins TEST --interval 1h --since 2024-01-01 --seed 7

\b
They are kept under the venue `synthetic`, apart from all market data. The same
options give the same candles on every machine."""

COLUMNS = {
    "coin": "left",
    "candles": "right",
    "new": "right",
    "first (UTC)": "left",
    "last (UTC)": "left",
    "low": "right",
    "high": "right",
}


@click.command(epilog=EPILOG)
@click.option(
    "--coins",
    "--coin",
    "coins",
    cls=AliasedOption,
    required=True,
    metavar="BTC,ETH",
    help="Names to make candles for.",
)
@click.option(
    "--interval",
    "--timeframe",
    "interval",
    cls=AliasedOption,
    required=True,
    metavar="15m",
    help="Length of a candle.",
)
@click.option(
    "--since",
    "--from",
    "since",
    cls=AliasedOption,
    metavar="DATE",
    default="2025-01-01",
    show_default=True,
    help="First moment, UTC.",
)
@click.option(
    "--candles",
    "count",
    type=click.IntRange(min=1),
    default=5000,
    show_default=True,
    help="How many for each coin.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Another seed, another market.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are in ms UTC.")
def synthesize(  # noqa: PLR0913 - a command has its options
    coins: str, interval: str, since: str, count: int, seed: int, as_json: bool
) -> None:
    """Make synthetic candles: invented, seeded, with regimes, bursts, jumps and volume.

    They say nothing about any market: use them to try hyperbot out, never to judge a strategy.
    """
    from hyperbot.domain.market import Timeframe  # noqa: PLC0415 - numpy
    from hyperbot.exchange import synthetic  # noqa: PLC0415 - numpy's random numbers

    names = read_coins(coins)
    timeframe = Timeframe.parse(interval)
    since_ms = read_moment("--since", since)
    made = [synthetic.synthesize(coin, timeframe, since_ms, count, seed) for coin in names]
    written = _keep(made, synthetic.VENUE, f"seed {seed}")
    if as_json:
        print_json(_as_json(made, written, seed))
        return
    title = f"Synthetic {timeframe} candles: invented, seed {seed}, not market data"
    rows = [_row(series, one) for series, one in zip(made, written, strict=True)]
    print_table(title, COLUMNS, rows)
    if replaced := sum(one.replaced for one in written):
        click.echo(f"{replaced:,} synthetic candles of another seed were replaced.", err=True)


def _keep(made: list[CandleSeries], venue: str, source: str) -> list[Written]:
    """Write all or nothing."""
    from hyperbot.wiring import candle_store  # noqa: PLC0415 - pyarrow

    store = candle_store()
    with store.delivery() as delivery:
        for series in made:
            _refuse_mixture(store, venue, series)
        return [delivery.add(venue, one, source=source, synthetic=True) for one in made]


def _refuse_mixture(store: CandleStore, venue: str, series: CandleSeries) -> None:
    """One series comes from one seed: a second market is not joined to what is there."""
    if (venue, series.coin, series.timeframe) not in {record.key for record in store.list()}:
        return
    there = store.read(venue, series.coin, series.timeframe)
    begin_ms, end_ms = int(series.ts[0]), int(series.close_ts[-1])
    inside = there.between(begin_ms, end_ms)
    if len(inside) < len(there) and not (len(inside) and inside == series):
        raise InvalidInput(
            f"the store holds other synthetic {series.timeframe} candles of {series.coin} "
            f"({write_moment(int(there.ts[0]))} to {write_moment(int(there.ts[-1]))}): use their "
            "seed and --since, make as many --candles as cover them, or choose another name"
        )


def _row(series: CandleSeries, written: Written) -> list[str]:
    return [
        series.coin,
        f"{len(series):,}",
        f"{written.added:,}",
        write_moment(int(series.ts[0])),
        write_moment(int(series.ts[-1])),
        f"{series.low.min():.12g}",
        f"{series.high.max():.12g}",
    ]


def _as_json(made: list[CandleSeries], written: list[Written], seed: int) -> dict[str, object]:
    return {
        "venue": "synthetic",
        "synthetic": True,
        "timeframe": str(made[0].timeframe),
        "seed": seed,
        "coins": [
            {
                "coin": series.coin,
                "candles": len(series),
                "new": one.added,
                "replaced": one.replaced,
                "first": int(series.ts[0]),
                "last": int(series.ts[-1]),
            }
            for series, one in zip(made, written, strict=True)
        ],
    }
