"""Candle files of others (Parquet, Feather, CSV) in, checked series out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import COLUMN_NAMES, CandleSeries, Timeframe, broken_rules
from hyperbot.domain.resampling import off_grid
from hyperbot.storage.candle_columns import bad_row, prices, times
from hyperbot.storage.candle_file_names import ENDINGS, named_candles
from hyperbot.storage.candle_tables import read_table

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_candles(
    path: Path, coin: str | None = None, timeframe: Timeframe | None = None
) -> CandleSeries:
    """The candles of the file at `path`; `coin` and `timeframe` say what its name does not.

    Every row is checked. Raises InvalidInput: one sentence with the file, the row (the first
    candle is row 1), the rule that it breaks and what stands there.
    """
    try:
        _refuse_no_file(path)
        coin, timeframe = _identity(path, coin, timeframe)
        return _checked(read_table(path, coin), coin, timeframe)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from error
    except OSError as error:
        raise InvalidInput(f"{path}: it cannot be opened ({error.strerror})") from error


def _refuse_no_file(path: Path) -> None:
    if not path.exists():
        raise InvalidInput("it does not exist")
    if path.is_dir():
        raise InvalidInput("it is a folder: name a file in it")
    if path.suffix.lower() not in ENDINGS:
        raise InvalidInput(f"its name must end in {', '.join(ENDINGS)}")
    if not path.is_file():
        raise InvalidInput("it is not a file")


def _identity(path: Path, coin: str | None, timeframe: Timeframe | None) -> tuple[str, Timeframe]:
    named = named_candles(path)
    length = Timeframe.parse(named.timeframe) if named.timeframe else None
    # The option may write the coin with its quote or in other letters: btc-5m.csv holds BTC.
    if coin and named.coin and coin.lower() not in {named.coin.lower(), named.pair.lower()}:
        raise _contradiction(named.coin, "--coin", coin)
    if timeframe and length and timeframe != length:
        raise _contradiction(str(length), "--timeframe", str(timeframe))
    coin, timeframe = coin or named.coin, timeframe or length
    if not coin or timeframe is None:
        raise InvalidInput(
            "its name does not say whose candles it holds: name it like BTC-5m.csv, or say "
            "--coin and --timeframe"
        )
    return coin, timeframe


def _contradiction(named: str, option: str, said: str) -> InvalidInput:
    return InvalidInput(
        f"its name says {named}, but {option} says {said[:40]}: leave out {option}, or rename "
        "the file"
    )


def _checked(table: pa.Table, coin: str, timeframe: Timeframe) -> CandleSeries:
    ts = times(table["ts"])
    columns = np.empty((5, ts.size))
    for row, name in enumerate(COLUMN_NAMES):
        columns[row] = prices(name, table[name])
    _refuse_broken_rows(ts, columns, timeframe)
    _refuse_wrong_interval(ts, timeframe)
    return CandleSeries.from_checked(coin, timeframe, ts, columns)


def _refuse_broken_rows(
    ts: NDArray[np.int64], columns: NDArray[np.float64], timeframe: Timeframe
) -> None:
    if ts.size > 1 and (np.diff(ts) < 0).all():
        raise InvalidInput("its candles stand newest first: sort them by time, oldest first")
    rules = [*broken_rules(ts, columns)]
    found = [(int(rule.broken.argmax()), rule.sentence) for rule in rules if rule.broken.any()]
    misplaced = off_grid(ts, timeframe)
    if misplaced.any():
        found.append(
            (int(misplaced.argmax()), f"a {timeframe} candle must open at a whole {timeframe}")
        )
    if not found:
        return
    row, sentence = min(found, key=lambda each: each[0])
    values = ", ".join(
        f"{name} {value:g}" for name, value in zip(COLUMN_NAMES, columns[:, row], strict=True)
    )
    before = f" after {_moment(ts[row - 1])}" if "times" in sentence and row else ""
    raise bad_row(row, f"{sentence} ({_moment(ts[row])}{before}: {values})")


def _refuse_wrong_interval(ts: NDArray[np.int64], timeframe: Timeframe) -> None:
    if ts.size > 1 and (smallest := int(np.diff(ts).min())) > timeframe.ms:
        apart = Timeframe(smallest)
        raise InvalidInput(
            f"its candles open {apart} apart at the least, so they are not {timeframe} candles"
        )


def _moment(ts: np.int64) -> str:
    return f"{_EPOCH + timedelta(milliseconds=int(ts)):%Y-%m-%d %H:%M:%S} UTC"
