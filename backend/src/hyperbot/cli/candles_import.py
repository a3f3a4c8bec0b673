"""`hyperbot candles import`: check candle files, then take all of them or none."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.candle_arguments import write_moment
from hyperbot.cli.terminal import print_json, print_table
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:
    from hyperbot.domain.market import CandleSeries, Timeframe
    from hyperbot.storage.candle_delivery import Written

KNOWN_VENUES = ("hyperliquid", "binance")
OTHER_VENUE = "import"


@dataclass(frozen=True, slots=True)
class Checked:
    """A file whose every row is good, and its closed candles; times are open times in ms UTC."""

    file: Path
    venue: str
    coin: str
    timeframe: Timeframe
    candles: int
    first: int
    last: int
    gaps: int
    not_closed: int


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…")
@click.option(
    "--venue",
    help="Where the candles come from; else `hyperliquid` or `binance` if a file's folder, or the "
    "one above, is named so, and otherwise `import`.",
)
@click.option("--coin", help="Whose candles they are, if the file names do not say it.")
@click.option(
    "--timeframe",
    "--interval",
    help="How long each candle is, such as 5m, if the names do not say.",
)
@click.option("--dry-run", is_flag=True, help="Check the files and import nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_candles(  # noqa: PLR0913 - one argument for each option
    paths: tuple[Path, ...],
    venue: str | None,
    coin: str | None,
    timeframe: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Check candle files and take them into the store, all or none.

    PATH is a Parquet, Feather or CSV file or a folder of them, named like BTC-5m.parquet,
    BTCUSDT-1m-2025-01.csv or BTC_USDT_USDT-5m-futures.feather. Times may be dates or numbers in
    seconds, milliseconds or finer; without a zone they are UTC. Where a candle was there before,
    the new one counts; one that has not closed yet is left out.
    """
    from hyperbot.domain.market import Timeframe  # noqa: PLC0415 - imports numpy
    from hyperbot.storage.candle_file_names import find_files  # noqa: PLC0415 - imports numpy

    _refuse_reserved(venue)
    length = Timeframe.parse(timeframe) if timeframe else None
    files = find_files(paths)
    checked = _check(files, venue, coin, length)
    _refuse_joining(checked, coin)
    alike = _alike(checked)
    written = None if dry_run else _write(checked)
    if as_json:
        print_json(_document(checked, written))
    else:
        _print(checked, written)
        for sentence in (*_notes(checked, written or []), *alike):
            click.echo(sentence)


def _refuse_reserved(venue: str | None) -> None:
    from hyperbot.exchange import synthetic  # noqa: PLC0415 - numpy's random numbers

    if venue == synthetic.VENUE:
        raise InvalidInput(
            f"--venue {venue} is kept for made-up candles: say where yours come from, or leave it "
            "out"
        )


def _check(
    files: list[Path], venue: str | None, coin: str | None, timeframe: Timeframe | None
) -> list[Checked]:
    from hyperbot.exchange.clock import SystemClock  # noqa: PLC0415 - imports asyncio
    from hyperbot.storage.candle_files import read_candles  # noqa: PLC0415 - imports numpy

    now_ms = SystemClock().now_ms()
    good, bad = [], []
    for file in _progress("Checking", files):
        try:
            series = read_candles(file, coin, timeframe)
            good.append(_described(file, venue or venue_of(file), series, now_ms))
        except InvalidInput as error:
            bad.append(str(error))
    if len(files) == 1 and bad:
        raise InvalidInput(f"{bad[0]}. Nothing was imported.")
    if bad:
        sentences = "\n  ".join(bad)
        raise InvalidInput(
            f"nothing was imported: {len(bad)} of {len(files)} files cannot be used\n  {sentences}"
        )
    return good


def _described(file: Path, venue: str, whole: CandleSeries, now_ms: int) -> Checked:
    from hyperbot.domain.resampling import gaps  # noqa: PLC0415 - imports numpy
    from hyperbot.storage.candle_manifest import SeriesKey  # noqa: PLC0415 - imports numpy

    SeriesKey(venue, whole.coin, whole.timeframe).folder()  # refuses impossible names
    series = whole.closed_by(now_ms)
    if not len(series):
        raise InvalidInput(f"{file}: it holds no candle that has closed yet")
    return Checked(
        file=file,
        venue=venue,
        coin=series.coin,
        timeframe=series.timeframe,
        candles=len(series),
        first=int(series.ts[0]),
        last=int(series.ts[-1]),
        gaps=len(gaps(series.ts, series.timeframe)),
        not_closed=len(whole) - len(series),
    )


def venue_of(file: Path) -> str:
    """The venue that a file's folder is named after, or `other`."""
    folders = [folder.name.lower() for folder in file.absolute().parents[:2]]  # freqtrade nests
    return next((name for name in folders if name in KNOWN_VENUES), OTHER_VENUE)


def _refuse_joining(checked: list[Checked], coin: str | None) -> None:
    """Files of several markets must not become one series: BTCUSDT and BTCUSDC are two."""
    from hyperbot.storage.candle_file_names import named_candles  # noqa: PLC0415 - imports numpy

    named = {each.file: named_candles(each.file) for each in checked}
    coins = {name.coin for name in named.values()} - {None}
    if coin and len(coins) > 1:
        raise InvalidInput(
            f"--coin {coin} would join the candles of {', '.join(sorted(map(str, coins)))}: "
            "import each coin on its own"
        )
    markets: dict[tuple[object, ...], dict[str, Path]] = {}
    for each in checked:
        series = (each.venue, each.coin, each.timeframe)
        pair = named[each.file].pair.upper()
        markets.setdefault(series, {}).setdefault(pair, each.file)
    for (venue, joined, timeframe), pairs in markets.items():
        if len(pairs) > 1:
            files = " and ".join(sorted(file.name for file in pairs.values()))
            raise InvalidInput(
                f"{files} would become one series, {joined} {timeframe} of {venue}: import each "
                "market on its own, with a --venue for each"
            )


def _alike(checked: list[Checked]) -> list[str]:
    """A sentence for each coin that the store, or another file, spells in other letters."""
    from hyperbot.wiring import candle_store  # noqa: PLC0415 - numpy

    new = {each.coin for each in checked}
    known = new | {record.coin for record in candle_store().list()}
    return [
        f"{coin} differs from {other} only in capital letters: they are kept as two coins."
        for coin in sorted(new)
        for other in sorted(known)
        if coin != other and coin.lower() == other.lower() and (other not in new or coin < other)
    ]


def _write(checked: list[Checked]) -> list[Written]:
    from hyperbot.storage.candle_files import read_candles  # noqa: PLC0415 - numpy
    from hyperbot.wiring import candle_store  # noqa: PLC0415 - numpy

    with candle_store().delivery() as delivery:
        # Read a second time: not all that was checked may fit into memory.
        return [
            delivery.add(
                each.venue,
                read_candles(each.file, each.coin, each.timeframe).between(0, each.last + 1),
                source=f"file {each.file.name}",
            )
            for each in _progress("Importing", checked)
        ]


def _progress(title: str, items: list[Any]) -> Iterable[Any]:
    """`items`, with a bar on standard error while several of them take their time."""
    if len(items) == 1 or not sys.stderr.isatty():
        return items
    from rich.console import Console  # noqa: PLC0415 - rich takes a tenth of a second to import
    from rich.progress import track  # noqa: PLC0415

    return track(items, title, console=Console(stderr=True), transient=True)


def _print(checked: list[Checked], written: list[Written] | None) -> None:
    from rich.markup import escape  # noqa: PLC0415 - --json and --help need no rich

    changes = ("new", "replaced", "there before") if written else ()
    headings = ("file", "venue", "coin", "interval", "candles", "first (UTC)", "last (UTC)", "gaps")
    is_number = {"candles", "gaps", *changes}
    columns = {name: "right" if name in is_number else "left" for name in (*headings, *changes)}
    rows = []
    for place, each in enumerate(checked):
        row = [each.file.name, each.venue, each.coin, str(each.timeframe), f"{each.candles:,}"]
        row += [write_moment(each.first), write_moment(each.last), f"{each.gaps:,}"]
        if written:
            row += [f"{number:,}" for number in astuple(written[place])]
        rows.append([escape(cell) for cell in row])
    print_table("Imported" if written else "Checked, nothing imported", columns, rows)


def _notes(checked: list[Checked], written: list[Written]) -> Iterator[str]:
    """What the table does not show, a sentence each."""
    not_closed = sum(each.not_closed for each in checked)
    if not_closed == 1:
        yield "1 candle had not closed yet and was left out."
    elif not_closed:
        yield f"{not_closed:,} candles had not closed yet and were left out."
    replaced = sum(each.replaced for each in written)
    if replaced == 1:
        yield "1 candle differed from the one there before and was replaced."
    elif replaced:
        yield f"{replaced:,} candles differed from those there before and were replaced."


def _document(checked: list[Checked], written: list[Written] | None) -> dict[str, Any]:
    files = []
    for place, each in enumerate(checked):
        row = asdict(each) | {"file": str(each.file), "timeframe": str(each.timeframe)}
        files.append(row | (asdict(written[place]) if written else {}))
    return {"imported": written is not None, "files": files}
