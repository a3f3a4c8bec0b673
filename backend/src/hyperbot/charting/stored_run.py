"""What a report is made of: a stored backtest, as read back from its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hyperbot.backtesting.trade_chart import TradeChart


class StoredRun(Protocol):
    """A result as `storage.backtest_results.read_result` gives it; times in ms UTC."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """`summary.json`; its `evidence` may be missing or null."""

    @property
    def trades(self) -> Sequence[Mapping[str, Any]]:
        """Rows of the table of trades, in order of opening."""

    @property
    def fills(self) -> Sequence[Mapping[str, Any]]:
        """Rows of the table of fills."""

    @property
    def charts(self) -> Sequence[TradeChart]:
        """Candles around some of the trades."""

    @property
    def equity(self) -> Mapping[str, Any]:
        """Columns at, equity, drawdown and, where it is known, hold."""
