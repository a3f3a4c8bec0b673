"""The pool of long series that kernels and reference are compared on, each computed once."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pyarrow.parquet as parquet

from candle_strategies import MARKETS, market
from hyperbot.detection import DetectionParams
from hyperbot.domain.market import CandleSeries
from slow import all_facts
from slow.candles import Columns
from slow.comparison import assert_same, detected

KINDS = tuple(MARKETS)
SEED = 1
CANDLES = 3000
REAL_FILES = (
    "hyperliquid/BTC-15m.parquet",
    "hyperliquid/HYPE-1m.parquet",
    "binance/DOGE-1h.parquet",
    "binance/XRP-1m.parquet",
)
DEFAULTS = DetectionParams()


@cache
def seeded(kind: str) -> CandleSeries:
    return market(kind, SEED, CANDLES)


@cache
def expected(kind: str) -> Columns:
    """What the slow reference says of the seeded series."""
    return all_facts(seeded(kind), DEFAULTS)


@cache
def real(file: Path) -> tuple[CandleSeries, Columns]:
    """The first candles of a file, and what the slow reference says of them."""
    table = parquet.read_table(file).slice(0, CANDLES)
    columns = [table[name].to_numpy() for name in ("ts", "open", "high", "low", "close", "volume")]
    coin, timeframe = file.stem.split("-")
    series = CandleSeries(coin, timeframe, *columns)
    return series, all_facts(series, DEFAULTS)


def family(columns: Columns, *prefixes: str) -> Columns:
    """The columns whose names start with one of the prefixes."""
    return {name: values for name, values in columns.items() if name.startswith(prefixes)}


def assert_family_is_same(
    series: CandleSeries, params: DetectionParams, *prefixes: str, of: str = ""
) -> None:
    """The kernels say what the slow reference says, for one family."""
    columns = family(all_facts(series, params), *prefixes)
    assert_same(detected(series, params), columns, of)


def counts(name: str) -> Counter[float]:
    """How often each value of a column occurs in the whole pool."""
    return sum((Counter(expected(kind)[name]) for kind in KINDS), Counter())
