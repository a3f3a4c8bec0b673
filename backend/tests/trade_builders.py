"""Signals, plans, fills and engines with sane defaults: a test states only what matters to it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hyperbot.domain.actions import Cancel, Enter, MoveStop, Place, TradeEnded
from hyperbot.domain.costs import FREE, CostModel, Liquidity
from hyperbot.domain.events import CandleClosed, OrderFilled, SignalFound
from hyperbot.domain.instruments import Instrument, MarginTier
from hyperbot.domain.market import Candle
from hyperbot.domain.orders import Order
from hyperbot.domain.signals import PlannedTarget, Signal, TradePlan, signal_id
from hyperbot.trading.engine import Engine
from hyperbot.trading.risk_manager import RiskLimits

MINUTE_MS = 60_000
CANDLE_MS = 15 * MINUTE_MS
NOON = 1_735_732_800_000  # 2025-01-01 12:00 UTC
DAY_MS = 86_400_000
ZERO = Decimal(0)


def instrument(coin="BTC", size_decimals=3, tiers=((0, 40),)):
    return Instrument(
        coin, size_decimals, tuple(MarginTier(Decimal(bound), most) for bound, most in tiers)
    )


def targets(*rungs):
    """`(1, "0.5", "breakeven")` and so on; the default ladder without any."""
    rungs = rungs or ((1, "0.5", "breakeven"), (2, "0.5"))
    return tuple(
        PlannedTarget(None if r is None else Decimal(r), Decimal(share), *then)
        for r, share, *then in rungs
    )


def plan(**fields):
    defaults = TradePlan(
        rule_id="rule",
        rule_version=1,
        risk_percent=Decimal(1),
        targets=targets(),
        timeframe_ms=CANDLE_MS,
    )
    return replace(defaults, **fields)


def signal(side=1, **fields):
    """A long from 100 with its stop at 98, or the short with its stop at 102."""
    coin, at = fields.get("coin", "BTC"), fields.get("at", NOON)
    the_plan = fields.setdefault("plan", plan())
    fields.setdefault("id", signal_id(coin, the_plan, side, at))
    defaults = Signal(
        id="",
        coin=coin,
        side=side,
        at=at,
        plan=the_plan,
        score=0.8,
        entry="market",
        price=Decimal(100),
        valid_until=None,
        stop=Decimal(100 - 2 * side),
        last_level=None,
        liquidity=Liquidity(Decimal(1), Decimal(1000)),
    )
    return replace(defaults, **fields)


def closed(at=NOON, coin="BTC", close=100.0, low=None, high=None, volume=10.0):
    """A candle that closes at `at`."""
    low = close if low is None else low
    high = close if high is None else high
    return CandleClosed(at, coin, Candle(at - MINUTE_MS, close, high, low, close, volume))


def filled(order, price=None, size=None, at=NOON, **fields):
    """`order` filled, all of it unless a size is given; at its own price unless one is given."""
    size = order.size if size is None else Decimal(size)
    price = Decimal(order.price if price is None else price)
    defaults = OrderFilled(
        at, order.coin, order.id, order.side, size, price, ZERO, ZERO, remaining=ZERO
    )
    return replace(defaults, **fields)


class Desk:
    """An engine, with the actions that it asked for so far."""

    def __init__(
        self,
        limits: RiskLimits | None = None,
        costs: CostModel = FREE,
        instruments: tuple[Instrument, ...] = (),
        cash: Decimal = Decimal(10_000),
    ) -> None:
        known = {rules.coin: rules for rules in instruments or (instrument(), instrument("ETH", 2))}
        self.engine = Engine(limits or RiskLimits(), costs, known, Decimal(cash))
        self.actions: list = []

    def handle(self, event):
        actions = self.engine.handle(event)
        self.actions += actions
        return actions

    def signal(self, given: Signal | None = None, **fields):
        """Let the coin's candle close, then give the signal."""
        given = given or signal(**fields)
        self.handle(closed(given.at, given.coin, float(given.price)))
        return self.handle(SignalFound(given.at, given))

    def open(self, given: Signal | None = None, price=None, **fields) -> Enter:
        """Give a signal and fill its entry whole at its price."""
        given = given or signal(**fields)
        self.signal(given)
        enter = self.last(Enter)
        self.handle(filled(enter.entry, price or given.price, at=given.at))
        return enter

    def stop_out(self, price=None, at=NOON):
        """Fill the stop for all that is held."""
        (trade,) = self.engine.open_trades()
        held = trade.size - sum(exit.size for exit in trade.exits)
        return self.handle(filled(self.stop, price, held, at))

    def all(self, kind) -> list:
        return [action for action in self.actions if isinstance(action, kind)]

    def last(self, kind):
        return self.all(kind)[-1]

    @property
    def orders(self) -> list[Order]:
        """Placed beside entries and their stops."""
        return [place.order for place in self.all(Place)]

    @property
    def stop(self) -> Order:
        """The one asked for last."""
        moves = self.all(MoveStop)
        return moves[-1].stop if moves else self.last(Enter).stop

    @property
    def cancelled(self) -> list[str]:
        return [cancel.order_id for cancel in self.all(Cancel)]

    @property
    def trade(self):
        return self.last(TradeEnded).trade
