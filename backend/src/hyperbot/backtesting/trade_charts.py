"""The candles around each trade, to look at it: from some before its signal to some after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hyperbot.backtesting.backtest import Market
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.report import BacktestResult
from hyperbot.backtesting.scanner import Scan
from hyperbot.backtesting.signal_reasons import Reasons, reasons_of
from hyperbot.backtesting.trade_chart import TradeChart
from hyperbot.backtesting.uncollected import uncollected
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.price_decimals import decimals_of
from hyperbot.domain.resampling import off_grid
from hyperbot.domain.trades import Trade

BEFORE, AFTER = 40, 15
"""candles before that of the signal, and after that of the end"""
MOST_CANDLES = 150
"""with more of them a longer timeframe is drawn, as far as there is one"""
EXTREMES = 50
"""so many of the best and of the worst trades are there in any case"""
_LONGER = tuple(
    map(Timeframe.parse, ("5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d", "1w"))
)


class _Drawn(NamedTuple):
    """A coin's past, and how it is drawn."""

    history: CoinHistory
    decimals: int
    longer: tuple[Timeframe, ...]
    """timeframes that can be made of its candles"""
    until: int
    """before it the run ended"""

    @classmethod
    def of(cls, history: CoinHistory, until: int) -> _Drawn:
        """Over all candles of a coin."""
        base = history.base.between(int(history.base.ts[0]), until)
        unit = base.timeframe.ms
        is_on_grid = not off_grid(base.ts, base.timeframe).any()
        longer = (t for t in _LONGER if is_on_grid and t.ms % unit == t.origin_ms % unit == 0)
        return cls(history, decimals_of(base.columns[:4]), tuple(longer), until)


def with_charts(
    result: BacktestResult, market: Market, scans: Mapping[str, Scan]
) -> BacktestResult:
    """A result with charts of its trades."""
    with uncollected():
        charts = trade_charts(market, result.trades, reasons_of(scans))
    return replace(result, charts=charts)


def trade_charts(
    market: Market, trades: Sequence[Trade], reasons: Reasons, most: int = 2000
) -> tuple[TradeChart, ...]:
    """A chart of each trade, in order of opening; of more than `most`, some.

    Those are the 50 best and the 50 worst by R, and others evenly over all that are left. A trade
    that is still open is drawn to the end of what was played.
    """
    drawn = {each.coin: _Drawn.of(each, market.until) for each in market.histories}
    return tuple(_chart(drawn[t.signal.coin], t, reasons) for t in chosen(trades, most))


def chosen(trades: Sequence[Trade], most: int) -> list[Trade]:
    """The trades to draw, in order of opening."""
    ordered = sorted(trades, key=lambda trade: (trade.opened_at, trade.signal.id))
    if len(ordered) <= most:
        return ordered
    results = [trade.r for trade in ordered]
    by_result = sorted(range(len(ordered)), key=results.__getitem__)
    extremes = min(EXTREMES, most // 2)
    kept = {*by_result[:extremes], *by_result[len(ordered) - extremes :]}
    rest, room = [row for row in range(len(ordered)) if row not in kept], most - len(kept)
    kept |= {rest[place * len(rest) // room] for place in range(room)}
    return [ordered[row] for row in sorted(kept)]


def _chart(drawn: _Drawn, trade: Trade, reasons: Reasons) -> TradeChart:
    window = _window(drawn, trade)
    opened, high, low, close = np.round(window.columns[:4], drawn.decimals).tolist()
    why = reasons(trade.signal)
    return TradeChart(
        trade=trade.signal.id,
        timeframe_ms=window.timeframe.ms,
        ts=tuple(window.ts.tolist()),
        open=tuple(opened),
        high=tuple(high),
        low=tuple(low),
        close=tuple(close),
        stops=tuple((at, float(price)) for at, price in trade.stops),
        score=trade.signal.score,
        score_needed=why.score_needed,
        conditions=why.conditions,
    )


def _window(drawn: _Drawn, trade: Trade) -> CandleSeries:
    """The candles of the first timeframe of which there are few enough; else of the last one."""
    windows = _windows(drawn, trade)
    shown = next(windows)
    while len(shown) > MOST_CANDLES and (coarser := next(windows, None)) is not None:
        shown = coarser
    return shown


def _windows(drawn: _Drawn, trade: Trade) -> Iterator[CandleSeries]:
    """The candles around a trade, of its own timeframe and then of longer ones."""
    own = Timeframe(trade.signal.plan.timeframe_ms)
    end = drawn.until - 1 if trade.closed_at is None else trade.closed_at
    for timeframe in (own, *(each for each in drawn.longer if each > own)):
        frame = drawn.history.frames([timeframe])[timeframe]
        # What came after the run is not shown: it may be kept back.
        series = frame[: int(frame.close_ts.searchsorted(drawn.until, side="right"))]
        signal, last = series.ts.searchsorted([trade.signal.at - 1, end], side="right").tolist()
        window = series[max(0, signal - 1 - BEFORE) : last + AFTER]
        if len(window):  # a longer candle that is not whole is not there
            yield window
