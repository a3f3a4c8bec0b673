"""Trades, fills, signals and equity of a backtest as tables: columns in a fixed order."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.excursions import Excursion
from hyperbot.backtesting.report import BacktestResult
from hyperbot.backtesting.summary import plain_text
from hyperbot.domain.signals import Signal
from hyperbot.domain.trades import Exit, Trade

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["text", "time", "money", "number", "whole", "flag"]
_RATIO = Decimal("0.000001")


class Column(NamedTuple):
    """A column: its name, what it holds, and how a row's value is read from its source."""

    name: str
    kind: Kind
    read: Callable[[Any], Any]


class TradeRow(NamedTuple):
    """A trade and how far price went against and for it."""

    trade: Trade
    excursion: Excursion


class FillRow(NamedTuple):
    """An exit of a trade, or its entry (None), counted from 0."""

    trade: Trade
    number: int
    exit: Exit | None


class SignalRow(NamedTuple):
    """A signal and what was made of it."""

    signal: Signal
    fate: Literal["traded", "refused", "missed"]
    reason: str
    decided_at: int


def _side(signal: Signal) -> str:
    return "long" if signal.side > 0 else "short"


def _targets(trade: Trade) -> str:
    """The prices of the targets, nearest first, parted by blanks."""
    distance = trade.signal.side * abs(trade.entry_price - trade.stop)
    prices = [trade.entry_price + t.r * distance for t in trade.signal.plan.targets if t.r]
    level = trade.signal.last_level
    return " ".join(
        plain_text(price) for price in [*prices, *([level] if level is not None else [])]
    )


def _mean_exit(trade: Trade) -> Decimal | None:
    size = sum((each.size for each in trade.exits), Decimal(0))
    value = sum((each.size * each.price for each in trade.exits), Decimal(0))
    return value / size if size else None


def _action(row: FillRow) -> str:
    is_buy = (row.trade.signal.side > 0) is (row.exit is None)
    return "buy" if is_buy else "sell"


TRADE_COLUMNS = (
    Column("id", "text", lambda row: row.trade.signal.id),
    Column("rule", "text", lambda row: row.trade.signal.plan.rule_id),
    Column("rule_version", "whole", lambda row: row.trade.signal.plan.rule_version),
    Column("coin", "text", lambda row: row.trade.signal.coin),
    Column("side", "text", lambda row: _side(row.trade.signal)),
    Column("signal_at", "time", lambda row: row.trade.signal.at),
    Column("opened_at", "time", lambda row: row.trade.opened_at),
    Column("closed_at", "time", lambda row: row.trade.closed_at),
    Column("entry", "money", lambda row: row.trade.entry_price),
    Column("stop", "money", lambda row: row.trade.stop),
    Column("targets", "text", lambda row: _targets(row.trade)),
    Column("size", "money", lambda row: row.trade.size),
    Column("exits", "whole", lambda row: len(row.trade.exits)),
    Column("mean_exit", "money", lambda row: _mean_exit(row.trade)),
    Column("exit_reason", "text", lambda row: row.trade.exit_reason),
    Column("outcome", "text", lambda row: row.trade.outcome),
    Column("gross", "money", lambda row: row.trade.gross),
    Column("fees", "money", lambda row: row.trade.fees),
    Column("funding", "money", lambda row: row.trade.funding),
    Column("slippage", "money", lambda row: row.trade.slippage),
    Column("forfeited", "money", lambda row: row.trade.forfeited),
    Column("net", "money", lambda row: row.trade.net),
    Column("risk", "money", lambda row: row.trade.risk),
    Column("r", "number", lambda row: row.trade.r),
    Column("mae_r", "number", lambda row: row.excursion.mae_r),
    Column("mfe_r", "number", lambda row: row.excursion.mfe_r),
    Column("score", "number", lambda row: row.trade.signal.score),
    Column("doubtful", "flag", lambda row: row.trade.is_doubtful),
)
MAY_BE_UNKNOWN = frozenset({"closed_at", "mean_exit"})
"""of a trade that is still open"""
EQUITY_COLUMNS = ["at", "equity", "cash", "exposure", "drawdown"]
HOLD = "hold"
"""one more of them, where it was asked what buying and keeping would have made"""
FILL_COLUMNS = (
    Column("trade", "text", lambda row: row.trade.signal.id),
    Column("number", "whole", lambda row: row.number),
    Column("at", "time", lambda row: row.exit.at if row.exit else row.trade.opened_at),
    Column("coin", "text", lambda row: row.trade.signal.coin),
    Column("action", "text", _action),
    Column("reason", "text", lambda row: row.exit.reason if row.exit else "entry"),
    Column("size", "money", lambda row: row.exit.size if row.exit else row.trade.size),
    Column("price", "money", lambda row: row.exit.price if row.exit else row.trade.entry_price),
    Column("doubtful", "flag", lambda row: bool(row.exit and row.exit.is_doubtful)),
)
SIGNAL_COLUMNS = (
    Column("id", "text", lambda row: row.signal.id),
    Column("rule", "text", lambda row: row.signal.plan.rule_id),
    Column("rule_version", "whole", lambda row: row.signal.plan.rule_version),
    Column("coin", "text", lambda row: row.signal.coin),
    Column("side", "text", lambda row: _side(row.signal)),
    Column("at", "time", lambda row: row.signal.at),
    Column("score", "number", lambda row: row.signal.score),
    Column("entry", "text", lambda row: row.signal.entry),
    Column("price", "money", lambda row: row.signal.price),
    Column("stop", "money", lambda row: row.signal.stop),
    Column("fate", "text", lambda row: row.fate),
    Column("reason", "text", lambda row: row.reason),
    Column("decided_at", "time", lambda row: row.decided_at),
)


def trade_rows(result: BacktestResult) -> list[TradeRow]:
    """One row a trade, in the order of opening."""
    rows = map(TradeRow, result.trades, result.excursions)
    return sorted(rows, key=lambda row: (row.trade.opened_at, row.trade.signal.id))


def fill_rows(result: BacktestResult) -> list[FillRow]:
    """One row a fill: the entry of each trade, then its exits."""
    return [row for trade, _ in trade_rows(result) for row in _fills(trade)]


def _fills(trade: Trade) -> Iterator[FillRow]:
    yield FillRow(trade, 0, None)
    for number, each in enumerate(trade.exits, 1):
        yield FillRow(trade, number, each)


def signal_rows(result: BacktestResult) -> list[SignalRow]:
    """One row a signal, in the order of time."""
    traded = (SignalRow(t.signal, "traded", "", t.opened_at) for t in result.trades)
    refused = (SignalRow(n.signal, "refused", n.reason, n.at) for n in result.refused)
    missed = (SignalRow(n.signal, "missed", n.reason, n.at) for n in result.missed)
    every = (*traded, *refused, *missed)
    return sorted(every, key=lambda row: (row.signal.at, row.signal.id, row.fate))


def iso(moment_ms: int) -> str:
    """`2025-01-01T00:00:00Z`; milliseconds only where there are some."""
    text = datetime.fromtimestamp(moment_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    rest = moment_ms % 1000
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"


def csv_bytes(columns: Sequence[Column], rows: Sequence[Any]) -> bytes:
    """CSV (RFC 4180, but with bare line feeds): a time takes two columns, ms and ISO in UTC."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(name for column in columns for name in _headings(column))
    for row in rows:
        writer.writerow(cell for column in columns for cell in _cells(column, row))
    return text.getvalue().encode()


def _headings(column: Column) -> tuple[str, ...]:
    return (f"{column.name}_ms", column.name) if column.kind == "time" else (column.name,)


def _cells(column: Column, row: object) -> tuple[str, ...]:
    value = column.read(row)
    if column.kind == "time":
        return ("", "") if value is None else (str(value), iso(value))
    if value is None:
        return ("",)
    if column.kind == "number":
        return (plain_text(Decimal(value).quantize(_RATIO)),)
    if column.kind == "flag":
        return ("true" if value else "false",)
    return (plain_text(value) if column.kind == "money" else str(value),)


def parquet_table(columns: Sequence[Column], rows: Sequence[Any]) -> pa.Table:
    """The same as an Arrow table: times are timestamps in UTC, money and numbers are float64."""
    import pyarrow as pa  # noqa: PLC0415 - a fifth of a second

    types = {
        "text": pa.string(),
        "time": pa.timestamp("ms", tz="UTC"),
        "money": pa.float64(),
        "number": pa.float64(),
        "whole": pa.int64(),
        "flag": pa.bool_(),
    }
    arrays = {
        column.name: pa.array([_stored(column, row) for row in rows], types[column.kind])
        for column in columns
    }
    return pa.table(arrays)


def _stored(column: Column, row: object) -> object:
    value = column.read(row)
    if value is None or column.kind not in {"money", "number"}:
        return value
    return float(value)


def equity_table(result: BacktestResult) -> pa.Table:
    """The account over time."""
    import pyarrow as pa  # noqa: PLC0415 - a fifth of a second

    curve = result.curve
    times = pa.array(curve.ts, pa.int64()).cast(pa.timestamp("ms", tz="UTC"))
    numbers = [curve.equity, curve.cash, curve.exposure, curve.drawdown]
    if result.hold is None:
        return pa.table([times, *numbers], EQUITY_COLUMNS)
    return pa.table([times, *numbers, result.hold], [*EQUITY_COLUMNS, HOLD])


def equity_columns(table: pa.Table) -> dict[str, NDArray[Any]]:
    """What `equity_table` was made of, without `hold` if nobody asked. Raises ValueError."""
    import pyarrow as pa  # noqa: PLC0415 - a fifth of a second

    names = [*EQUITY_COLUMNS, HOLD][: max(table.num_columns, len(EQUITY_COLUMNS))]
    types = [pa.timestamp("ms", tz="UTC"), *[pa.float64()] * (len(names) - 1)]
    if table.schema != pa.schema(list(zip(names, types, strict=True))):
        raise ValueError("other columns")
    if any(column.null_count for column in table.columns):
        raise ValueError("a value is missing")
    times = table["at"].cast(pa.int64()).to_numpy()
    columns = {"at": times} | {name: table[name].to_numpy() for name in names[1:]}
    if not times.size or (np.diff(times) <= 0).any():
        raise ValueError("times must follow each other")
    if not all(np.isfinite(columns[name]).all() for name in names[1:]):
        raise ValueError("a value is no number")
    return columns
