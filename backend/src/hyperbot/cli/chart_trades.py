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
    shown, every = len(trades_within(drawn, series, first)), len(drawn)
    trades = f"{every:,} trade{'' if every == 1 else 's'} of {folder}"
    if shown == every:
        return trades
    return f"{shown:,} of {trades}, the others lie outside these candles"


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
