"""What the names of candle files tell: whose candles they hold, and how long each is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from hyperbot.domain.errors import InvalidInput

ENDINGS = (".parquet", ".csv", ".feather")

# BTC-5m, BTCUSDT-1m-2025-01 (Binance's dumps), BTC_USDT_USDT-5m-futures (freqtrade). Before
# BTC_5m stands a ticker alone: my_data_5m and Exchange_BTCUSDT_5m say no coin.
_NAME = re.compile(
    r"(?:(?P<coin>.+?)-|(?P<ticker>k?[A-Z0-9]+)_)(?P<timeframe>\d{1,6}[A-Za-z])"
    r"(?:-(?P<kind>futures|spot|mark|index|premium\w*|funding_rate))?(?:-\d{4}(?:-\d\d){0,2})?"
)
_QUOTE = re.compile(r"(?<=.)(?:[_-]?(?:USDT|USDC|FDUSD|BUSD))+$")
_NOT_TRADES = ("mark", "index", "premium", "funding_rate")


class NamedCandles(NamedTuple):
    """What a file's name says, None where it says nothing; `pair` is the coin with its quote."""

    coin: str | None = None
    timeframe: str | None = None
    pair: str = ""


def named_candles(path: Path) -> NamedCandles:
    """`BTC-5m.parquet`, `BTC_USDT_USDT-5m-futures.feather`, `BTCUSDT-5m-2025-01.csv` → BTC, 5m.

    Raises InvalidInput when the name says that the file holds no candles of trades.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None:
        return NamedCandles()
    if not _holds_trades(path):
        raise InvalidInput(f"it holds {match['kind']} prices by its name, not candles of trades")
    length = re.sub("[HDW]$", lambda unit: unit[0].lower(), match["timeframe"])  # M: a month?
    pair = match["coin"] or match["ticker"]
    return NamedCandles(_QUOTE.sub("", pair), length, pair)


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The candle files among `paths` and in the folders among them, each once.

    Folders are searched with all they hold, but for hidden names and for files of mark prices
    and funding rates. Raises InvalidInput for a path that is not there or holds no such file.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            files = [file for file in sorted(path.rglob("*")) if _is_candle_file(file, path)]
            if not files:
                raise InvalidInput(f"{path} holds no {', '.join(ENDINGS)} file with candles")
            found.update(dict.fromkeys(files))
        elif path.exists():
            found[path] = None
        else:
            raise InvalidInput(f"{path} does not exist")
    return list(found)


def _is_candle_file(path: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    is_known = path.suffix.lower() in ENDINGS and path.is_file()
    return is_known and not is_hidden and _holds_trades(path)


def _holds_trades(path: Path) -> bool:
    match = _NAME.fullmatch(path.stem)
    return match is None or not (match["kind"] or "").startswith(_NOT_TRADES)
