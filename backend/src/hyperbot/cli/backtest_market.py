"""Which candles, coins and span `hyperbot backtest` plays on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hyperbot.cli.candle_arguments import read_coins, read_moment, write_moment
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:  # numpy and pyarrow are imported when there is work for them
    from hyperbot.backtesting.market_history import CoinHistory, Funding
    from hyperbot.backtesting.report import CandleLineage
    from hyperbot.domain.market import CandleSeries, Timeframe


@dataclass(frozen=True, slots=True)
class MarketChoice:
    """What was asked for on the command line, unread."""

    candles: Path | None
    venue: str | None
    coins: str | None
    since: str | None
    until: str | None
    finer: str | None
    funding: Path | None
    timeframe: str | None
    has_funding: bool = True


@dataclass(frozen=True, slots=True)
class Shelved:
    """A series that can be read."""

    venue: str
    coin: str
    timeframe: Timeframe
    read: Callable[[], CandleSeries]
    is_synthetic: bool = False


@dataclass(frozen=True, slots=True)
class PlayedCoin:
    """A coin's history, and where it comes from."""

    history: CoinHistory
    source: CandleSeries
    """the candles as they were read, before any were joined"""
    venue: str
    is_synthetic: bool
    funding_share: float
    """share of the time for which payments are known"""

    def lineage(self, since: int, until: int) -> CandleLineage:
        """What a result over [since, until) tells about where it comes from."""
        from hyperbot.backtesting.report import (  # noqa: PLC0415 - numpy
            CandleLineage,
            arrays_sha256,
            candles_sha256,
        )

        history, finer = self.history, self.history.finer
        within = finer.between(since, until) if finer is not None else None
        return replace(
            CandleLineage.of(self.source, self.venue, is_synthetic=self.is_synthetic),
            played=len(history.base.between(since, until)),
            funding_share=self.funding_share,
            has_assumed_rules=history.instrument.is_assumed,
            funding_sha256=arrays_sha256(history.funding.ts, history.funding.rates),
            finer_share=len(within) * within.timeframe.ms / (until - since) if within else 0.0,
            finer_sha256=candles_sha256(finer) if finer is not None else "",
        )


def shelf(choice: MarketChoice) -> list[Shelved]:
    """All series that there are to choose from. Raises InvalidInput."""
    if choice.candles is None:
        return [each for each in _stored() if choice.venue in {None, each.venue}]
    return list(_filed(choice.candles, choice.venue))


def _stored() -> Iterable[Shelved]:
    from hyperbot.wiring import candle_store  # noqa: PLC0415 - pyarrow

    store = candle_store()
    for record in store.list():
        read = partial(store.read, *record.key)
        yield Shelved(*record.key, read, is_synthetic=record.synthetic)


def _filed(path: Path, venue: str | None) -> Iterable[Shelved]:
    from hyperbot.cli.candles_import import venue_of  # noqa: PLC0415 - only for files
    from hyperbot.domain.market import Timeframe  # noqa: PLC0415 - numpy
    from hyperbot.storage.candle_file_names import find_files, named_candles  # noqa: PLC0415
    from hyperbot.storage.candle_files import read_candles  # noqa: PLC0415 - numpy

    try:
        files = find_files([path])
    except InvalidInput as error:
        raise InvalidInput(f"--candles {error}") from error
    for file in files:
        try:
            named = named_candles(file)
        except InvalidInput as error:
            raise InvalidInput(f"--candles {file}: {error}") from error
        if named.coin is None or named.timeframe is None:
            continue
        length, place = Timeframe.parse(named.timeframe), venue_of(file)
        if venue in {None, place} or path.is_file():
            yield Shelved(venue or place, named.coin, length, partial(read_candles, file))


def chosen_coins(shelved: Sequence[Shelved], choice: MarketChoice) -> list[str]:
    """The coins asked for, or all there are. Raises InvalidInput for one that is not there."""
    there = sorted({each.coin for each in shelved})
    if not there:
        raise InvalidInput(_no_candles(choice))
    if choice.coins is None:
        return there
    coins = read_coins(choice.coins)
    for coin in coins:
        if coin not in there:
            by_letters = {each.casefold(): each for each in there}
            near = get_close_matches(coin.casefold(), by_letters, n=1)
            hint = (
                f"did you mean {by_letters[near[0]]}?" if near else f"there are {', '.join(there)}"
            )
            raise InvalidInput(f"--coins holds {coin}, of which there are no candles: {hint}")
    return coins


def _no_candles(choice: MarketChoice) -> str:
    if choice.venue is not None:
        return (
            f"there are no candles of --venue {choice.venue}: choose another one, or leave it out"
        )
    if choice.candles is not None:
        return (
            f"--candles {choice.candles}: no file is named by coin and length, as BTC-5m.parquet is"
        )
    return (
        "there are no candles to test on: name a folder with --candles, or import some with "
        "`hyperbot candles import`"
    )


def read_timeframe(option: str, text: str) -> Timeframe:
    """`5m` as it was given to an option. Raises InvalidInput, naming the option."""
    from hyperbot.domain.market import Timeframe  # noqa: PLC0415 - numpy

    try:
        return Timeframe.parse(text)
    except InvalidInput as error:
        raise InvalidInput(f"{option}: {error}") from error


def read_coin(
    shelved: Sequence[Shelved], coin: str, base: Timeframe, choice: MarketChoice
) -> PlayedCoin:
    """The history of a coin at the timeframe it is played at. Raises InvalidInput."""
    from hyperbot.backtesting.market_history import (  # noqa: PLC0415 - numpy
        NO_FUNDING,
        CoinHistory,
        completed,
    )
    from hyperbot.domain.resampling import resample  # noqa: PLC0415 - numpy
    from hyperbot.exchange.instruments import instrument_of  # noqa: PLC0415 - only to work

    of_coin = _of_one_venue([each for each in shelved if each.coin == coin], coin)
    found = _coarsest_within(of_coin, coin, base)
    source = found.read()
    series = resample(source, base)
    if not len(series):
        raise InvalidInput(f"the candles of {coin} make no whole {base} candle")
    given = _funding(choice, found.venue, coin)
    funding, share = completed(given, series) if choice.has_funding else (NO_FUNDING, 0.0)
    instrument = instrument_of(coin, float(series.close[0]))
    finer = _finer(of_coin, coin, base, choice)
    history = CoinHistory(series, instrument, funding, finer)
    return PlayedCoin(history, source, found.venue, found.is_synthetic, share)


def _of_one_venue(of_coin: list[Shelved], coin: str) -> list[Shelved]:
    venues = sorted({each.venue for each in of_coin})
    if len(venues) > 1:
        raise InvalidInput(
            f"several venues have candles of {coin} ({', '.join(venues)}): choose with --venue"
        )
    lengths = [each.timeframe for each in of_coin]
    if twice := [length for length in lengths if lengths.count(length) > 1]:
        raise InvalidInput(
            f"several files hold {twice[0]} candles of {coin}: name one of them with --candles, or "
            "join them with `hyperbot candles import`"
        )
    return of_coin


def _coarsest_within(of_coin: list[Shelved], coin: str, base: Timeframe) -> Shelved:
    """The series that is `base`, or from whose candles it can be made with the least work."""
    usable = [
        each for each in of_coin if each.timeframe <= base and base.ms % each.timeframe.ms == 0
    ]
    if not usable:
        there = ", ".join(str(each.timeframe) for each in sorted(of_coin, key=_by_timeframe))
        raise InvalidInput(
            f"{base} candles are needed, and of {coin} there are only {there}: no {base} candle "
            "can be made of these"
        )
    return max(usable, key=_by_timeframe)


def _by_timeframe(each: Shelved) -> int:
    return each.timeframe.ms


def _finer(
    of_coin: list[Shelved], coin: str, base: Timeframe, choice: MarketChoice
) -> CandleSeries | None:
    if choice.finer is None:
        return None
    length = read_timeframe("--finer", choice.finer)
    if length >= base or base.ms % length.ms:
        raise InvalidInput(
            f"--finer {length} must be shorter than the {base} candles that are played, and divide "
            "them"
        )
    found = [each for each in of_coin if each.timeframe == length]
    if not found:
        raise InvalidInput(f"--finer {length}: there are no {length} candles of {coin}")
    return found[0].read()


def _funding(choice: MarketChoice, venue: str, coin: str) -> Funding:
    from hyperbot.backtesting.market_history import NO_FUNDING, Funding  # noqa: PLC0415 - numpy
    from hyperbot.storage.funding_files import find_funding, read_funding  # noqa: PLC0415 - numpy

    path = None if choice.funding is None else find_funding(choice.funding, venue, coin)
    return NO_FUNDING if path is None else Funding(*read_funding(path))


def chosen_span(choice: MarketChoice, played: Sequence[PlayedCoin]) -> tuple[int, int]:
    """The span [since, until) in ms: as asked, or all that there is. Raises InvalidInput."""
    begin = min(int(each.history.base.ts[0]) for each in played)
    end = max(int(each.history.base.close_ts[-1]) for each in played)
    since = begin if choice.since is None else read_moment("--from", choice.since)
    until = end if choice.until is None else read_moment("--to", choice.until)
    if since >= until and choice.since and choice.until:
        raise InvalidInput(f"--from {choice.since} must be earlier than --to {choice.until}")
    if since >= end or until <= begin:
        raise InvalidInput(
            f"no candle opens in that span: those chosen go from {write_moment(begin)} to "
            f"{write_moment(end)} UTC"
        )
    base = played[0].history.base.timeframe
    whole = until + (base.origin_ms - until) % base.ms  # the last candle ends within the span
    return max(since, begin), min(whole, end)


def refuse_idle_finer(played: Sequence[PlayedCoin], since: int, until: int) -> None:
    """Raises InvalidInput if there are finer candles of a coin, but none within [since, until)."""
    for each in played:
        finer = each.history.finer
        if finer is not None and not len(finer.between(since, until)):
            raise InvalidInput(
                f"--finer {finer.timeframe}: none of the {finer.timeframe} candles of "
                f"{each.history.coin} lies in the span that is played"
            )
