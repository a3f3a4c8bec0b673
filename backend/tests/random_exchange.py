"""An exchange that does whatever an exchange may do: partial fills, refusals, lost orders."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from hyperbot.domain.actions import Cancel, Enter, MoveStop, Place
from hyperbot.domain.events import OrderCancelled, OrderRejected
from trade_builders import filled

ZERO = Decimal(0)


class RandomExchange:
    """Orders and positions of an account; a ledger of its own that the engine's must equal."""

    def __init__(self, rules: dict, cash: Decimal, seed: int) -> None:
        self.rules = rules
        self.cash = cash
        self.random = Random(seed)  # noqa: S311 - chance, no secret
        self.entries: dict = {}
        self.stops: dict = {}
        self.targets: dict = {}
        self.closes: dict = {}
        self.held = dict.fromkeys(rules, ZERO)
        """signed sizes"""

    def perform(self, action, at):
        """Take an order, or not; the events that follow at once."""
        match action:
            case Enter():
                return self._enter(action, at)
            case Place(order=order):
                return self._place(order, at)
            case MoveStop(stop=stop, old_id=old_id):
                current = self.stops.get(stop.coin)
                assert current is not None
                assert current.id == old_id
                if self.random.random() < 0.3:
                    return [OrderRejected(at, stop.coin, stop.id, "bad trigger")]
                self.stops[stop.coin] = stop
            case Cancel(coin=coin, order_id=order_id):
                if self.entries.pop(coin, None) is not None:
                    return [OrderCancelled(at, coin, order_id, "canceled")]
        return []

    def _place(self, order, at):
        if self.random.random() < 0.1:
            return [OrderRejected(at, order.coin, order.id, "busy")]
        if order.kind == "stop_loss":
            self.stops[order.coin] = order
        else:
            book = self.targets if order.kind == "target" else self.closes
            book.setdefault(order.coin, {})[order.id] = order
        return []

    def _enter(self, action, at):
        coin = action.entry.coin
        if self.random.random() < 0.1:
            return [OrderRejected(at, coin, action.entry.id, "no margin")]
        self.entries[coin] = (action.entry, action.entry.size)
        self.stops[coin] = action.stop
        return []

    def next_event(self, coin, at, price):
        """Something that may happen to the orders of a coin at a price; None: nothing does."""
        doings = [self._fill_entry, self._fill_exit, self._lose_order]
        self.random.shuffle(doings)
        for doing in doings:
            if event := doing(coin, at, price):
                return event
        return None

    def _fill_entry(self, coin, at, price):
        if coin not in self.entries or self.random.random() < 0.5:
            return None
        order, left = self.entries.pop(coin)
        size = left if self.random.random() < 0.6 else self.rules[coin].round_size(left / 3)
        size = size or left
        if left - size:
            self.entries[coin] = (order, left - size)
        return self._fill(order, at, price, size, left - size)

    def _fill_exit(self, coin, at, price):
        held = abs(self.held[coin])
        if not held or self.random.random() < 0.5:
            return None
        stop = self.stops.get(coin)
        orders = [*self.closes.get(coin, {}).values(), *self.targets.get(coin, {}).values()]
        order = self.random.choice([*orders, *([stop] if stop else [])] or [None])
        if order is None:
            return None
        size = min(order.size or held, held)
        if order.kind == "target":
            price = order.price
        for book in (self.targets, self.closes):
            book.get(coin, {}).pop(order.id, None)
        if order is stop:
            self.stops.pop(coin)
        return self._fill(order, at, price, size, ZERO)

    def _lose_order(self, coin, at, price):
        if self.random.random() > 0.05:
            return None
        lost = [self.stops.get(coin), *self.targets.get(coin, {}).values()]
        order = self.random.choice(lost)
        if order is None or not self.held[coin]:
            return None
        if order is self.stops.get(coin):
            self.stops.pop(coin)
        else:
            self.targets[coin].pop(order.id)
        return OrderCancelled(at, coin, order.id, "lost")

    def _fill(self, order, at, price, size, left):
        coin, before = order.coin, self.held[order.coin]
        signed = order.side * size
        self.held[coin] += signed
        fee = (size * price * Decimal("0.00045")).quantize(Decimal("0.000001"))
        self.cash -= signed * price + fee
        if not self.held[coin] and before and coin not in self.entries:
            for book in (self.stops, self.targets, self.closes):
                book.pop(coin, None)
        return filled(order, price, size, at, fee=fee, remaining=left)
