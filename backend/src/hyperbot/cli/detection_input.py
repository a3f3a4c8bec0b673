"""Which candles `detect` and `chart` work on, and the facts of these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.candle_arguments import read_moment, write_moment
from hyperbot.cli.compilation import compiling
from hyperbot.cli.terminal import AliasedOption
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:  # numpy, pyarrow and numba are imported when there is work for them
    from hyperbot.detection import Facts
    from hyperbot.domain.market import CandleSeries, Timeframe
    from hyperbot.storage.candle_manifest import SeriesRecord

_OPTIONS = (
    click.argument("file", type=click.Path(path_type=Path), required=False),
    click.option(
        "--candles",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A Parquet, Feather or CSV file, named like BTC-15m.parquet; or as the argument.",
    ),
    click.option(
        "--coin",
        "--coins",
        "coin",
        cls=AliasedOption,
        help="The coin in the store, or of a file whose name does not say it.",
    ),
    click.option(
        "--timeframe",
        "--interval",
        "timeframe",
        cls=AliasedOption,
        metavar="15m",
        help="The length of a candle, likewise.",
    ),
    click.option("--venue", help="Where stored candles come from, if several venues have them."),
    click.option(
        "--from",
        "--since",
        "since",
        cls=AliasedOption,
        metavar="DATE",
        help="First moment (UTC), such as 2025-07-01.",
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

Command = Callable[..., None]


def candle_options(command: Command) -> Command:
    """The options that choose candles: read them with `ChosenCandles.read`."""

    @wraps(command)
    def with_one_file(file: Path | None, candles: Path | None, **others: Any) -> None:  # noqa: ANN401 - click gives it
        if file is not None and candles is not None:
            raise InvalidInput(f"both {file} and --candles {candles} name candles: leave one out")
        command(candles=candles if file is None else file, **others)

    decorated: Command = with_one_file
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


@dataclass(frozen=True, slots=True)
class ChosenCandles:
    """Candles up to --to, of which those from row `first` on are asked for.

    What comes before `first` is history that detection reads, so that its facts do not depend on
    where a span begins.
    """

    series: CandleSeries
    first: int
    source: str
    is_synthetic: bool

    @classmethod
    def read(
        cls, *, since: str | None, until: str | None, candles: Path | None, **names: str | None
    ) -> ChosenCandles:
        """The candles of a file or of the store. Raises InvalidInput: one sentence."""
        since_ms = None if since is None else read_moment("--from", since)
        until_ms = None if until is None else read_moment("--to", until)
        if since_ms is not None and until_ms is not None and since_ms >= until_ms:
            raise InvalidInput(f"--from {since} must be earlier than --to {until}")
        read = _from_store(**names) if candles is None else _from_file(candles, **names)
        return _within(read, since_ms, until_ms)

    def __len__(self) -> int:
        return len(self.series) - self.first


def detected(series: CandleSeries) -> Facts:
    """The facts of `series`; tells on standard error when kernels are compiled first."""
    from hyperbot.detection import detect, kernels_are_compiled  # noqa: PLC0415 - numba

    if kernels_are_compiled():
        return detect(series)
    with compiling():
        return detect(series)


def check_output(out: Path, candles: Path | None, endings: Sequence[str]) -> None:
    """Refuse, before any work, a file that cannot be or should not be written."""
    if candles is not None and out.resolve() == candles.resolve():
        raise InvalidInput(f"--out {out} would overwrite the candles: choose another name")
    if out.suffix.lower() not in endings:
        raise InvalidInput(f"--out {out} must end in {' or '.join(endings)}: choose another name")
    if not out.parent.is_dir():
        raise InvalidInput(f"cannot write {out}: there is no folder {out.parent}, make it first")


@contextmanager
def writing_to(out: Path) -> Iterator[None]:
    """Tell as one sentence why a file cannot be written."""
    try:
        yield
    except OSError as error:
        # Arrow says only in its text what the system said, after a file of its own and a number.
        reason = (error.strerror or str(error)).rpartition("] ")[2]
        raise InvalidInput(f"cannot write {out}: {reason}") from error


def _from_file(
    path: Path, coin: str | None, timeframe: str | None, venue: str | None
) -> ChosenCandles:
    from hyperbot.storage.candle_files import read_candles  # noqa: PLC0415 - numpy

    if venue is not None:
        raise InvalidInput("--venue chooses candles in the store: leave it out with --candles")
    series = read_candles(path, coin, _length(timeframe))
    return ChosenCandles(series, 0, path.name, is_synthetic=False)


def _from_store(coin: str | None, timeframe: str | None, venue: str | None) -> ChosenCandles:
    from hyperbot.wiring import candle_store  # noqa: PLC0415 - pyarrow

    if coin is None or timeframe is None:
        raise InvalidInput(
            "say which candles: --candles FILE, or --coin and --timeframe for those in the store"
        )
    store = candle_store()
    record = _only_record(store.list(), coin, timeframe, venue)
    series = store.read(*record.key)
    source = f"{record.venue}, from the store"
    return ChosenCandles(series, 0, source, is_synthetic=record.synthetic)


def _length(text: str | None) -> Timeframe | None:
    from hyperbot.domain.market import Timeframe  # noqa: PLC0415 - numpy

    return None if text is None else Timeframe.parse(text)


def _only_record(
    records: tuple[SeriesRecord, ...], coin: str, timeframe: str, venue: str | None
) -> SeriesRecord:
    length = _length(timeframe)
    of_coin = [r for r in records if (r.key.coin, r.key.timeframe) == (coin, length)]
    found = [record for record in of_coin if venue in {None, record.venue}]
    if not found:
        place = f" of {venue[:40]}" if venue else ""
        hint = _nearest(records, coin, str(length), venue)
        raise InvalidInput(
            f"the store holds no {length} candles of {coin[:40]}{place}: {hint} "
            "`hyperbot candles list`"
        )
    if len(found) > 1:
        venues = ", ".join(record.venue for record in found)
        raise InvalidInput(f"several venues have these candles ({venues}): choose with --venue")
    return found[0]


def _nearest(records: tuple[SeriesRecord, ...], coin: str, length: str, venue: str | None) -> str:
    """What may have been meant, of what the store holds: the first of the three that is wrong."""
    asked = (coin, length, *([venue] if venue else []))
    held = [(r.key.coin, str(r.key.timeframe), r.venue) for r in records]
    for place, name in enumerate(asked):
        names = list(dict.fromkeys(each[place] for each in held))
        if name in names:
            held = [each for each in held if each[place] == name]
            continue
        if place == 1 and names:
            return f"there are {', '.join(names)}, see"
        by_letters = {each.casefold(): each for each in names}
        near = get_close_matches(name.casefold(), by_letters, n=1)
        return f"did you mean {by_letters[near[0]]}? See" if near else "see"
    return "see"


def _within(read: ChosenCandles, since_ms: int | None, until_ms: int | None) -> ChosenCandles:
    if not len(read.series):
        raise InvalidInput(f"{read.source} holds no candles")
    begin, end = int(read.series.ts[0]), int(read.series.ts[-1])
    first = 0 if since_ms is None else int(read.series.ts.searchsorted(since_ms))
    until = len(read.series) if until_ms is None else int(read.series.ts.searchsorted(until_ms))
    if first >= until:
        raise InvalidInput(
            f"no candle opens in that span: the {len(read.series):,} candles ({read.source}) go "
            f"from {write_moment(begin)} to {write_moment(end)} UTC"
        )
    return ChosenCandles(read.series[:until], first, read.source, read.is_synthetic)
