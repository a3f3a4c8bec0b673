"""From what happened in a run to a result: the account, the curve, the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hyperbot import __version__
from hyperbot.backtesting.backtest import Market
from hyperbot.backtesting.equity import Movements, equity_curve
from hyperbot.backtesting.excursions import excursions
from hyperbot.backtesting.holding import hold_curve
from hyperbot.backtesting.metrics import performance
from hyperbot.backtesting.report import (
    BacktestResult,
    CandleLineage,
    LedgerTotals,
    Settings,
    ThreeResults,
)
from hyperbot.backtesting.runner import Record
from hyperbot.domain.actions import EntryMissed, SignalRefused
from hyperbot.domain.errors import Fatal

ZERO = Decimal(0)
CENT = 0.01
ROUNDING = 1e-12
"""share of the start that sums of floats, of which the curve is drawn, may be off"""


def conclude(
    market: Market,
    settings: Settings,
    lineage: Sequence[CandleLineage],
    record: Record,
    results: ThreeResults,
) -> BacktestResult:
    """The result of a run; its numbers are those of the pessimistic reading.

    Raises Fatal if the curve does not end where the exact account does.
    """
    candles = {history.coin: history.base for history in market.histories}
    trades = record.trades
    played = {coin: base.between(*market.span) for coin, base in candles.items()}
    movements = Movements.of([*record.fills, *record.funding], list(played))
    curve = equity_curve(movements, played, float(settings.equity))
    measured = excursions(trades, played)
    result = BacktestResult(
        software=__version__,
        settings=settings,
        lineage=tuple(lineage),
        trades=trades,
        excursions=measured,
        refused=tuple(note for note in record.notes if isinstance(note, SignalRefused)),
        missed=tuple(note for note in record.notes if isinstance(note, EntryMissed)),
        results=results,
        ledger=_totals(settings.equity, record),
        curve=curve,
        performance=performance(
            trades, measured, curve, [rule.id for rule in settings.rules], settings.coins
        ),
        hold=hold_curve(market.histories, market.span, curve, settings.costs),
    )
    if result.curve_error >= max(CENT, ROUNDING * float(settings.equity)):
        raise Fatal(
            f"the curve ends {result.curve_error:,.4f} away from the account, which is at "
            f"{result.ledger.equity}: they must agree to the cent"
        )
    return result


def _totals(start: Decimal, record: Record) -> LedgerTotals:
    trades = record.trades
    totals = LedgerTotals(
        start=start,
        gross=sum((trade.gross for trade in trades), ZERO),
        fees=sum((trade.fees for trade in trades), ZERO),
        funding=sum((trade.funding for trade in trades), ZERO),
        forfeited=sum((trade.forfeited for trade in trades), ZERO),
    )
    return LedgerTotals(
        totals.start,
        totals.gross,
        totals.fees,
        totals.funding,
        totals.forfeited,
        unrealised=record.equity - totals.cash,
    )
