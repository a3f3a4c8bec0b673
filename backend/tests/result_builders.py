"""Trades and results of backtests with sane values, so that a test states only what matters."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from hyperbot.backtesting.equity import EquityCurve, Movements, drawdown, equity_curve
from hyperbot.backtesting.excursions import excursions
from hyperbot.backtesting.metrics import performance
from hyperbot.backtesting.report import (
    BacktestResult,
    CandleLineage,
    LedgerTotals,
    RuleRecord,
    Settings,
    ThreeResults,
)
from hyperbot.backtesting.trade_chart import ConditionSeen, FactSeen, TradeChart
from hyperbot.domain.actions import Check, EntryMissed, SignalRefused
from hyperbot.domain.costs import CostModel, Liquidity
from hyperbot.domain.events import FundingPaid, OrderFilled
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.signals import PlannedTarget, Signal, TradePlan, signal_id
from hyperbot.domain.trades import Exit, Trade

HOUR, DAY = 3_600_000, 86_400_000
BEGIN = 1_735_689_600_000  # 2025-01-01
TARGETS = (
    PlannedTarget(Decimal(1), Decimal("0.5"), "breakeven"),
    PlannedTarget(Decimal(2), Decimal("0.5")),
)


def plan(rule: str = "le-15m", **fields: Any) -> TradePlan:
    """What a rule wants of each of its trades."""
    given: dict[str, Any] = {"risk_percent": Decimal(1), "targets": TARGETS, "timeframe_ms": HOUR}
    return TradePlan(rule, 1, **(given | fields))


def signal(
    coin: str = "BTC", side: int = 1, at: int = BEGIN, rule: str = "le-15m", **fields: Any
) -> Signal:
    """A signal at 100, with its stop 10 away."""
    wanted = plan(rule)
    given: dict[str, Any] = {
        "score": 0.8,
        "entry": "market",
        "price": Decimal(100),
        "valid_until": None,
        "stop": Decimal(100 - 10 * side),
        "last_level": None,
        "liquidity": Liquidity(Decimal(5), Decimal(1000)),
    }
    named = signal_id(coin, wanted, side, at)
    return Signal(named, coin, side, at, wanted, **(given | fields))


def trade(
    r: float | str = 1,
    *,
    coin: str = "BTC",
    side: int = 1,
    opened: int = 0,
    hours: int | None = 2,
    rule: str = "le-15m",
    reason: str = "",
    **fields: Any,
) -> Trade:
    """A trade of 1 coin at 100 with a risk of 10 that made `r` times that, without costs.

    It opens `opened` hours after BEGIN and lasts `hours`; None: it is still open.
    """
    at = BEGIN + opened * HOUR
    multiple = Decimal(str(r))
    price = Decimal(100) + side * 10 * multiple
    closed = None if hours is None else at + hours * HOUR
    told = reason or ("sl" if multiple < 0 else "tp1")
    given: dict[str, Any] = {
        "size": Decimal(1),
        "entry_price": Decimal(100),
        "stop": Decimal(100 - 10 * side),
        "exits": () if closed is None else (Exit(closed, told, Decimal(1), price),),
        "gross": Decimal(0) if closed is None else 10 * multiple,
        "fees": Decimal(0),
        "funding": Decimal(0),
        "slippage": Decimal(0),
    }
    return Trade(signal(coin, side, at, rule), at, closed, **(given | fields))


def candles(
    coin: str = "BTC", closes: Sequence[float] = (100.0,) * 48, *, step: str = "1h", wick: float = 1
) -> CandleSeries:
    """Candles from BEGIN on, each from the close before to its own, with wicks of `wick`."""
    close = np.array(closes, dtype=np.float64)
    opened = np.concatenate([close[:1], close[:-1]])
    high, low = np.maximum(opened, close) + wick, np.minimum(opened, close) - wick
    series = CandleSeries(coin, step, [], [], [], [], [], [])
    ts = BEGIN + series.timeframe.ms * np.arange(close.size)
    return CandleSeries(coin, step, ts, opened, high, low, close, np.ones(close.size))


def curve(equity: Sequence[float], step: int = DAY, exposure: float = 0.0) -> EquityCurve:
    """An account with these values, `step` ms apart."""
    values = np.array(equity, dtype=np.float64)
    ts = BEGIN + step * np.arange(values.size, dtype=np.int64)
    return EquityCurve(ts, values, values, np.full(values.size, exposure), drawdown(values))


def events_of(trades: Sequence[Trade]) -> list[OrderFilled | FundingPaid]:
    """What happened in the account because of `trades`: all fees at the entry."""
    events: list[OrderFilled | FundingPaid] = []
    for each in trades:
        side, coin = each.signal.side, each.signal.coin
        told: dict[str, Any] = {"coin": coin, "slippage": Decimal(0), "remaining": Decimal(0)}
        first = {"side": side, "size": each.size, "price": each.entry_price, "fee": each.fees}
        events.append(OrderFilled(at=each.opened_at, order_id="entry", **first, **told))
        if each.funding:
            events.append(FundingPaid(each.opened_at, coin, each.funding))
        for leaving in each.exits:
            last = {"side": -side, "size": leaving.size, "price": leaving.price}
            last |= {"fee": Decimal(0), "forfeited": each.forfeited}
            events.append(OrderFilled(at=leaving.at, order_id="exit", **last, **told))
    return events


def refusal(name: str = "daily_loss", **fields: Any) -> SignalRefused:
    """A signal that one check refused."""
    refused = signal(**fields)
    check = Check(name, False, Decimal(4), Decimal(3), "loss of the day, below")
    return SignalRefused(refused.at, refused, check.name, (check,))


def result(trades: Sequence[Trade] | None = None, **fields: Any) -> BacktestResult:
    """A whole result over 48 flat hours of BTC and ETH."""
    done = default_trades() if trades is None else tuple(trades)
    series = {coin: candles(coin) for coin in ("BTC", "ETH")}
    moved = Movements.of(events_of(done), tuple(series))
    told = equity_curve(moved, series, 10_000.0)
    measured = excursions(done, series)
    net = sum((each.net for each in done), Decimal(0))
    given: dict[str, Any] = {
        "software": "0.1.0",
        "settings": Settings(
            equity=Decimal(10_000),
            since=BEGIN,
            until=BEGIN + 2 * DAY,
            coins=("BTC", "ETH"),
            rules=(RuleRecord("le-15m", "Liquidity engulf", 1, "a" * 64),),
            costs=CostModel(),
            intrabar="pessimistic",
        ),
        "lineage": tuple(
            CandleLineage.of(each, venue)
            for each, venue in zip(series.values(), ("hyperliquid", "binance"), strict=True)
        ),
        "trades": done,
        "excursions": measured,
        "refused": (refusal(at=BEGIN + 30 * HOUR),),
        "missed": (EntryMissed(BEGIN + DAY, signal("ETH", -1, BEGIN + 20 * HOUR), "expired"),),
        "results": ThreeResults(net, net + 5, None, 1),
        "ledger": LedgerTotals(Decimal(10_000), net, *(Decimal(0),) * 3),
        "curve": told,
        "performance": performance(done, measured, told, ("le-15m",), ("BTC", "ETH")),
        "charts": (chart(),),
    }
    return BacktestResult(**(given | fields))


def chart(**fields: Any) -> TradeChart:
    """Four hours around the first of the default trades, with two conditions."""
    given: dict[str, Any] = {
        "trade": f"BTC|le-15m|v1|long|{BEGIN + HOUR}",
        "timeframe_ms": HOUR,
        "ts": tuple(BEGIN + hour * HOUR for hour in range(4)),
        "open": (100.0, 100.0, 101.5, 101.0),
        "high": (101.0, 102.5, 102.0, 101.0),
        "low": (99.5, 99.0, 100.0, 101.0),
        "close": (100.0, 101.5, 101.0, 101.0),
        "stops": ((BEGIN + HOUR, 90.0), (BEGIN + 2 * HOUR, 100.1)),
        "score": 0.8,
        "score_needed": 0.6,
        "conditions": (
            ConditionSeen(
                "there is a celery",
                True,
                True,
                1.0,
                BEGIN,
                (
                    FactSeen("candle.celery", 70.0, 60.0, 100.0),
                    FactSeen("zone.support.distance", 0.25, None, 1.0),
                ),
            ),
            ConditionSeen("the candle ends within Asia (UTC)", False, False, 0.5, None, ()),
        ),
    }
    return TradeChart(**(given | fields))


def default_trades() -> tuple[Trade, ...]:
    """A win, a loss and one still open."""
    return (
        trade(2, opened=1, hours=3, fees=Decimal("0.04"), slippage=Decimal("0.1")),
        trade(-1, coin="ETH", side=-1, opened=5, hours=1, is_doubtful=True),
        trade(opened=40, hours=None),
    )
