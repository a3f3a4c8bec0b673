"""A simulated exchange with one coin, and the shortest words for what is asked of it.

A story is mirrored around 100: with side -1 what is told for a long happens to a short.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.actions import Action, Enter, MoveStop, Place
from hyperbot.domain.bars import Bar
from hyperbot.domain.costs import FREE, CostModel, Liquidity
from hyperbot.domain.events import Event, OrderFilled
from hyperbot.domain.instruments import Instrument, MarginTier
from hyperbot.domain.orders import Order, OrderKind
from hyperbot.exchange.matching import MatchingSettings
from hyperbot.exchange.simulated import SimulatedExchange

COIN = "TST"
TICK = Decimal("0.01")
# With 4 decimals of size the tick is 0.01 from 10 to 1000, on both sides of 100.
RULES = Instrument(COIN, 4, (MarginTier(Decimal(0), 10),))
LIQUIDITY = Liquidity(Decimal(2), Decimal(1000))
Respond = Callable[[Event], Sequence[Action]]


def silent(_: Event) -> Sequence[Action]:
    """Answer nothing."""
    return ()


def exchange(
    costs: CostModel = FREE, cash: int = 10_000, rules: Instrument = RULES, **settings: object
) -> SimulatedExchange:
    return SimulatedExchange(
        {rules.coin: rules},
        costs,
        Decimal(cash),
        MatchingSettings(**settings),  # type: ignore[arg-type]
    )


class Story(NamedTuple):
    """Words for one side: prices are told for a long around 100 and mirrored for a short."""

    side: int = 1
    coin: str = COIN

    def at(self, price: float | str | Decimal) -> Decimal:
        told = Decimal(str(price))
        return told if self.side > 0 else 200 - told

    def bar(self, ts: int, opened: float, high: float, low: float, close: float) -> Bar:
        prices = [float(self.at(price)) for price in (opened, high, low, close)]
        if self.side < 0:
            prices[1], prices[2] = prices[2], prices[1]
        return Bar(ts, *prices, LIQUIDITY)

    def order(
        self, name: str, kind: OrderKind, price: float | None, size: float | str | Decimal = 0
    ) -> Order:
        way = 1 if kind in {"market", "limit", "stop_entry"} else -1
        told = None if price is None else self.at(price)
        return Order(name, self.coin, kind, way * self.side, Decimal(str(size)), told)

    def enter(
        self,
        kind: OrderKind = "market",
        price: float | None = None,
        stop: float = 95,
        size: float | str | Decimal = 1,
        leverage: int = 5,
        is_isolated: bool = True,
    ) -> Enter:
        entry = self.order("entry", kind, price, size)
        return Enter(0, entry, self.order("stop", "stop_loss", stop), leverage, is_isolated)

    def place(self, name: str, kind: OrderKind, price: float | None, size: float = 0) -> Place:
        return Place(0, self.order(name, kind, price, size))

    def move(self, old: str, new: str, price: float) -> MoveStop:
        return MoveStop(0, old, self.order(new, "stop_loss", price))


def answers(**by_order: Sequence[Action]) -> Respond:
    """Answer the fill of each named order."""

    def respond(event: Event) -> Sequence[Action]:
        return by_order.get(event.order_id, ()) if isinstance(event, OrderFilled) else ()

    return respond


def drive(
    market: SimulatedExchange,
    bars: Sequence[Bar],
    respond: Respond = silent,
    finer: Sequence[Bar] = (),
    coin: str = COIN,
) -> list[Event]:
    """Walk through candles, answering each event before the next is asked for."""
    events: list[Event] = []
    for bar in bars:
        for event in market.advance(coin, bar, finer):
            events.append(event)
            for action in respond(event):
                events += market.perform(action)
    return events


def fills(events: Sequence[Event]) -> list[tuple[str, Decimal]]:
    """(order, price) of each fill."""
    return [(e.order_id, e.price) for e in events if isinstance(e, OrderFilled)]
