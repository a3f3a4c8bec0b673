"""The trades of a backtest's folder, as a chart draws them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:  # numpy and pyarrow are imported when there is work for them
    from hyperbot.charting import DrawnExit, DrawnTrade
    from hyperbot.domain.market import CandleSeries
    from hyperbot.storage.backtest_results import StoredResult


SLIPPAGE = 0.05
"""an entry this far beyond its candle, as a share, was made on other candles"""


def drawn_trades(stored: StoredResult, coin: str) -> list[DrawnTrade]:
    """The trades of one coin."""
    from hyperbot.charting import DrawnExit  # noqa: PLC0415 - numpy

    exits: dict[str, list[DrawnExit]] = {}
    for fill in stored.fills:
        if fill["number"]:
            leaving = DrawnExit(fill["at"], fill["price"], fill["reason"])
            exits.setdefault(fill["trade"], []).append(leaving)
    rows = (row for row in stored.trades if row["coin"] == coin)
    return [_drawn(row, exits.get(row["id"], ()), stored.folder) for row in rows]


def note_of(drawn: Sequence[DrawnTrade], series: CandleSeries, first: int, folder: Path) -> str:
    """How many of a coin's trades lie in its candles from row `first` on."""
    from hyperbot.charting import trades_within  # noqa: PLC0415 - numpy

    if not drawn:
        return f"no trade of {series.coin} in {folder}"
    within, every = trades_within(drawn, series, first), len(drawn)
    told = f"{every:,} trade{'' if every == 1 else 's'} of {folder}"
    if len(within) < every:
        told = f"{len(within):,} of {told}, the others lie outside these candles"
    if strangers := sum(not _is_near(trade, series) for trade in within):
        return f"{told}; {strangers:,} at prices that these candles never had: are they the same?"
    return told


def _is_near(trade: DrawnTrade, series: CandleSeries) -> bool:
    """Whether the entry lies in its candle, but for slippage."""
    row = int(series.ts.searchsorted(trade.opened_at, side="right")) - 1
    low, high = float(series.low[row]), float(series.high[row])
    return row < 0 or low * (1 - SLIPPAGE) <= trade.entry <= high * (1 + SLIPPAGE)


def _drawn(row: dict[str, Any], exits: Sequence[DrawnExit], folder: Path) -> DrawnTrade:
    from hyperbot.charting import DrawnTrade  # noqa: PLC0415 - numpy

    try:
        targets = tuple(sorted(map(float, row["targets"].split()), reverse=row["side"] == "short"))
    except ValueError as error:
        raise InvalidInput(f"{folder} is damaged: run the backtest again") from error
    return DrawnTrade(
        rule=row["rule"],
        side=1 if row["side"] == "long" else -1,
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        entry=row["entry"],
        stop=row["stop"],
        targets=targets,
        exits=tuple(exits),
        outcome=row["outcome"],
        reason=row["exit_reason"],
        r=row["r"],
        net=row["net"],
        costs=row["fees"] + row["slippage"] + row["forfeited"] - row["funding"],
        is_doubtful=row["doubtful"],
    )
