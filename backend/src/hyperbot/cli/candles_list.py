"""`hyperbot candles list`: what the store holds, from its manifest alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.candle_arguments import write_moment
from hyperbot.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    from hyperbot.storage.candle_manifest import SeriesRecord

COLUMNS = {
    "venue": "left",
    "coin": "left",
    "interval": "left",
    "candles": "right",
    "first (UTC)": "left",
    "last (UTC)": "left",
    "gaps": "right",
    "missing": "right",
    "MB": "right",
    "source": "left",
}
EMPTY = """\
The store holds no candles yet. Fill it with one of:
  hyperbot candles import FOLDER       candle files that you have
  hyperbot candles download --help     from Hyperliquid's public API
  hyperbot candles synthesize --help   made-up candles, without a network"""


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are in ms UTC.")
def list_candles(as_json: bool) -> None:
    """List the candles in the store, by venue, coin and interval."""
    from hyperbot.wiring import candle_store  # noqa: PLC0415 - numpy

    records = candle_store().list()
    if as_json:
        print_json([_document(record) for record in records])
    elif records:
        total = sum(record.rows for record in records)
        print_table(f"{total:,} candles", COLUMNS, [_row(record) for record in records])
    else:
        click.echo(EMPTY)


def _row(record: SeriesRecord) -> list[str]:
    from rich.markup import escape  # noqa: PLC0415 - --json and --help need no rich

    source = ", ".join(part for part in (record.label, record.source) if part)
    return [
        record.venue,
        escape(record.coin),
        str(record.timeframe),
        f"{record.rows:,}",
        write_moment(record.first),
        write_moment(record.last),
        f"{record.gap_count:,}",
        f"{record.missing:,}",
        f"{record.size_bytes / 1e6:,.1f}",
        escape(source),
    ]


def _document(record: SeriesRecord) -> dict[str, Any]:
    return {
        "venue": record.venue,
        "coin": record.coin,
        "timeframe": str(record.timeframe),
        "candles": record.rows,
        "first": record.first,
        "last": record.last,
        "gaps": record.gap_count,
        "missing": record.missing,
        "size_bytes": record.size_bytes,
        "synthetic": record.synthetic,
        "source": record.source,
        "files": [asdict(file) for file in record.files],
    }
