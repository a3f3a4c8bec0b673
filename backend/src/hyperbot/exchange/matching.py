"""What fills within a candle, and in which order: pure rules, no money is moved here.

Everything is said for a long. A short is the same in a mirror: prices times its side.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from hyperbot.domain.bars import NOTHING_WAITS, Bar, Reach
from hyperbot.domain.costs import Liquidity
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.instruments import Instrument
from hyperbot.domain.money import exact
from hyperbot.domain.orders import Order
from hyperbot.exchange.coin_state import CoinState, WaitingEntry

TouchKind = Literal["entry", "stop", "liquidation", "close", "target"]
_INFINITE = float("inf")
SMALLEST_PRICE = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class MatchingSettings:
    """How doubt within a candle is decided, and what it takes to fill a limit."""

    intrabar: Literal["pessimistic", "optimistic"] = "pessimistic"
    through_ticks: int = 1
    """limits fill when the price goes beyond them by so many ticks; 0: when it touches them"""
    stale_after_ms: int | None = None
    """a market entry whose next candle opens later than this is taken back; None: it waits"""


class ExactBar(NamedTuple):
    """A candle in decimals."""

    ts: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    liquidity: Liquidity

    @classmethod
    def of(cls, bar: Bar) -> ExactBar:
        """The one place where the prices of candles become decimals."""
        ts, opened, high, low, close, liquidity = bar
        return cls(ts, exact(opened), exact(high), exact(low), exact(close), liquidity)

    def best(self, side: int) -> Decimal:
        """The best price for that side, times the side."""
        return self.high if side > 0 else -self.low

    def worst(self, side: int) -> Decimal:
        """The worst price for that side, times the side."""
        return self.low if side > 0 else -self.high


class Touch(NamedTuple):
    """What fills next: the price seen, before slippage."""

    kind: TouchKind
    order: Order | None
    """None for a liquidation"""
    price: Decimal
    is_maker: bool = False
    is_doubtful: bool = False


class Begin(NamedTuple):
    """What is certain about a position when the walk through a candle begins."""

    adverse: Decimal | None
    """times the side: a worst price beyond this level came while the position was open"""
    is_before_fill_possible: bool = False
    """opened by a limit within this candle: its best price may lie before the fill"""


class Matching:
    """The rules under given settings."""

    def __init__(self, settings: MatchingSettings) -> None:
        self.settings = settings
        self._ticks = settings.through_ticks
        self._is_pessimistic = settings.intrabar == "pessimistic"

    def at_open(self, state: CoinState, bar: ExactBar, liquidation: Decimal | None) -> Touch | None:
        """What fills at the opening price."""
        if state.waiting is not None:
            return self._entry_at_open(state, bar)
        if state.position is None:
            return None
        side = state.position.side
        opened = side * bar.open
        if liquidation is not None and opened <= side * liquidation:
            return Touch("liquidation", None, bar.open)
        if state.stop is not None and opened <= side * level_of(state.stop):
            return Touch("stop", state.stop, bar.open)
        if state.close is not None and state.close_since < state.bars:
            return Touch("close", state.close, bar.open)
        return self._target(state, opened)

    def entry_within(self, state: CoinState, bar: ExactBar) -> Touch | None:
        """The waiting entry, if the candle trades through a limit or reaches a trigger."""
        waiting = state.waiting
        if waiting is None or waiting.since == state.bars:
            return None
        order = waiting.asked.entry
        if order.kind == "limit":
            level = self.through(state.instrument, order, -1)
            is_met, is_maker = bar.worst(order.side) <= level, True
        else:
            is_met, is_maker = bar.best(order.side) >= order.side * level_of(order), False
        return Touch("entry", order, level_of(order), is_maker) if is_met else None

    def within(
        self, state: CoinState, bar: ExactBar, begin: Begin, liquidation: Decimal | None
    ) -> tuple[Touch | None, bool]:
        """What fills next after the open, and whether the other choice would differ."""
        if state.position is None:
            return None, False
        adverse = self._adverse(state, bar, liquidation)
        target = self._target(state, bar.best(state.position.side))
        if adverse is None and target is None:
            return None, False
        pessimistic = adverse or self._certain(state, bar, begin, target)
        optimistic = target or self._unavoidable(state, bar, begin, adverse)
        chosen = pessimistic if self._is_pessimistic else optimistic
        return chosen, pessimistic != optimistic

    def through(self, instrument: Instrument, order: Order, way: int) -> Decimal:
        """A limit's price times its side (+1) or the position's, moved on by the ticks asked."""
        price = level_of(order)
        return order.side * price + way * self._ticks * instrument.tick(price)

    def reach(self, state: CoinState, liquidation: Decimal | None) -> Reach:
        """Which prices can fill something. Rounding to floats keeps order, so none is missed."""
        if state.waiting is not None:
            return self._entry_reach(state, state.waiting)
        if state.position is None:
            return NOTHING_WAITS
        side = state.position.side
        adverse, nearest = adverse_level(state, liquidation), nearest_target(state)
        worst = float(side * adverse) if adverse is not None else -side * _INFINITE
        best = float(side * -self.through(state.instrument, nearest, -1)) if nearest else None
        best = side * _INFINITE if best is None else best
        # Without a stop nothing bounds a cross position but the account: each candle is looked at.
        is_bare = state.stop is None and not state.position.is_isolated
        is_next = state.close is not None or is_bare
        return Reach(min(worst, best), max(worst, best), is_next)

    def _entry_reach(self, state: CoinState, waiting: WaitingEntry) -> Reach:
        entry, stop = waiting.asked.entry, waiting.asked.stop
        if entry.kind == "market":
            return Reach(-_INFINITE, _INFINITE, at_next=True)
        if entry.kind == "limit":
            met = float(entry.side * self.through(state.instrument, entry, -1))
            other = entry.side * _INFINITE
        else:
            met, other = float(level_of(entry)), float(level_of(stop))
        return Reach(min(met, other), max(met, other), waiting.is_first_bar)

    def _entry_at_open(self, state: CoinState, bar: ExactBar) -> Touch | None:
        waiting = state.waiting
        if waiting is None or waiting.since == state.bars:
            return None
        order = waiting.asked.entry
        opened = order.side * bar.open
        if order.kind == "market":
            return Touch("entry", order, bar.open)
        if order.kind == "stop_entry":
            is_met = opened >= order.side * level_of(order)
            return Touch("entry", order, bar.open) if is_met else None
        if waiting.is_first_bar:
            is_met = opened <= order.side * level_of(order)
            return Touch("entry", order, bar.open) if is_met else None
        is_met = opened <= self.through(state.instrument, order, -1)
        return Touch("entry", order, level_of(order), is_maker=True) if is_met else None

    def _target(self, state: CoinState, reached: Decimal) -> Touch | None:
        """The nearest target, if the price (times the position's side) went beyond it."""
        nearest = nearest_target(state)
        if nearest is None:
            return None
        # A target is on the other side of the position, hence both signs are turned.
        if reached < -self.through(state.instrument, nearest, -1):
            return None
        return Touch("target", nearest, level_of(nearest), is_maker=True)

    @staticmethod
    def _adverse(state: CoinState, bar: ExactBar, liquidation: Decimal | None) -> Touch | None:
        """The stop or the liquidation, whichever comes first, if the candle reaches it."""
        level = adverse_level(state, liquidation)
        if level is None or state.position is None:
            return None
        side = state.position.side
        if bar.worst(side) > level:
            return None
        # Never better than the open, whatever happened within the candle before.
        price = side * min(level, side * bar.open)
        if state.stop is not None and level == side * level_of(state.stop):
            return Touch("stop", state.stop, price)
        return Touch("liquidation", None, price)

    def _certain(
        self, state: CoinState, bar: ExactBar, begin: Begin, target: Touch | None
    ) -> Touch | None:
        """The target, unless its price may have come before the position was opened."""
        if target is None or state.position is None or not begin.is_before_fill_possible:
            return target
        return self._target(state, state.position.side * bar.close)

    @staticmethod
    def _unavoidable(
        state: CoinState, bar: ExactBar, begin: Begin, adverse: Touch | None
    ) -> Touch | None:
        """The stop or liquidation, if there is no way through the candle around it."""
        if adverse is None or state.position is None:
            return None
        side = state.position.side
        was_met = begin.adverse is not None and bar.worst(side) <= begin.adverse
        level = level_of(adverse.order) if adverse.order else adverse.price
        return adverse if was_met or side * bar.close <= side * level else None


def adverse_level(state: CoinState, liquidation: Decimal | None) -> Decimal | None:
    """Stop or liquidation price, whichever comes first, times the position's side."""
    if state.position is None:
        return None
    side = state.position.side
    levels = [side * level_of(state.stop)] if state.stop is not None else []
    if liquidation is not None:
        levels.append(side * liquidation)
    return max(levels, default=None)


def nearest_target(state: CoinState) -> Order | None:
    """The target that the price comes to first."""
    # `-side` of the order is the side of the position.
    return min(state.targets, key=lambda order: -order.side * level_of(order), default=None)


def level_of(order: Order) -> Decimal:
    """The price of an order that has one."""
    if order.price is None:
        raise InvalidInput(f"{order.kind} order {order.id} has no price")
    return order.price


def slipped(instrument: Instrument, seen: Decimal, side: int, slippage: Decimal) -> Decimal:
    """`seen` made worse for a buyer (+1) or seller (-1), on the tick grid if it moved at all."""
    if not slippage:
        return seen
    price = max(seen + side * slippage, SMALLEST_PRICE)
    return max(instrument.round_price(price, side), SMALLEST_PRICE)
