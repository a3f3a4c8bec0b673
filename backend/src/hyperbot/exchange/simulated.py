"""The simulated exchange: orders in, fills, fees, funding and liquidations out, from candles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.actions import Action, Cancel, Enter, MoveStop, Place
from hyperbot.domain.bars import Bar, Reach
from hyperbot.domain.costs import CostModel
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.events import (
    Event,
    FundingPaid,
    OrderCancelled,
    OrderRejected,
)
from hyperbot.domain.instruments import Instrument
from hyperbot.domain.money import cut, exact
from hyperbot.exchange import order_checks as checks
from hyperbot.exchange.account import Account
from hyperbot.exchange.coin_state import CoinState, Position, WaitingEntry
from hyperbot.exchange.ledger import Ledger, LedgerLine
from hyperbot.exchange.matching import (
    Begin,
    ExactBar,
    Matching,
    MatchingSettings,
    Touch,
    adverse_level,
)
from hyperbot.exchange.settlement import Settlement

_NO_EVENTS: tuple[Event, ...] = ()


class Doubt(NamedTuple):
    """A candle in which the order of prices, which it does not tell, made a difference."""

    coin: str
    ts: int
    """open time of the finest candle that was known, ms UTC"""


class SimulatedExchange:
    """An account at an exchange that trades candles. No I/O, no clock: the same in, the same out.

    A coin has at most one engagement: an entry that waits, or a position with its orders.
    `perform` may be called while `advance` is being iterated.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        costs: CostModel,
        cash: Decimal,
        settings: MatchingSettings | None = None,
    ) -> None:
        self.doubts: list[Doubt] = []
        self._states = {coin: CoinState(rules) for coin, rules in instruments.items()}
        self._account = Account(cash, self._states)
        self._settlement = Settlement(self._account, costs)
        self._matching = Matching(settings or MatchingSettings())
        self._placed: set[str] = set()

    @property
    def cash(self) -> Decimal:
        """In quote units, collateral of isolated positions included."""
        return self._account.ledger.cash

    @property
    def ledger(self) -> Ledger:
        """Every change of the cash."""
        return self._account.ledger

    @property
    def positions(self) -> dict[str, Position]:
        """The open positions by coin."""
        return {coin: s.position for coin, s in self._states.items() if s.position is not None}

    def instrument(self, coin: str) -> Instrument:
        """The rules of a coin. Raises InvalidInput for one that is not traded here."""
        return self._state(coin).instrument

    def equity(self, prices: Mapping[str, Decimal]) -> Decimal:
        """Cash plus the open results at `prices`, or the last price seen where one is missing."""
        return self._account.equity(prices)

    def see(self, coin: str, price: float) -> None:
        """Tell the last price of a coin whose candles were skipped."""
        self._state(coin).seen = price

    def reach(self, coin: str) -> Reach:
        """Candles out of this reach can be skipped: `advance` would yield nothing."""
        state = self._state(coin)
        if state.reach is None:
            state.reach = self._matching.reach(state, self._account.liquidation(state))
        return state.reach

    def perform(self, action: Action) -> list[Event]:
        """Do what is asked; what came of it at once. Notes are ignored."""
        match action:
            case Enter():
                return self._enter(action)
            case Place():
                return self._place(action)
            case MoveStop():
                return self._move_stop(action)
            case Cancel():
                return self._cancel(action)
        return []

    def advance(self, coin: str, bar: Bar, finer: Sequence[Bar] = ()) -> Iterator[Event]:
        """What happens to the orders of `coin` within a candle, one event at a time."""
        reach = self.reach(coin)
        if bar.low > reach.below and bar.high < reach.above and not reach.at_next:
            self._states[coin].seen = bar.close
            return iter(_NO_EVENTS)
        return self._walk_all(coin, finer or (bar,))

    def fund(self, coin: str, at: int, rate: float, price: float) -> list[Event]:
        """Pay or take funding on the position: its value at `price` times `rate`."""
        state = self._state(coin)
        position = state.position
        if position is None:
            return []
        amount = cut(-position.side * position.size * exact(price) * exact(rate))
        if not amount:
            return []
        self.ledger.book(LedgerLine(at, coin, "funding", amount))
        if position.is_isolated:
            position.collateral += amount
            state.reach = None
        return [FundingPaid(at, coin, amount)]

    # ---- asked for

    def _enter(self, enter: Enter) -> list[Event]:
        order = enter.entry
        if order.id in self._placed:
            return []
        state = self._state(order.coin)
        if reason := checks.entry_refusal(state, enter, self._account.free_margin()):
            return [OrderRejected(enter.at, order.coin, order.id, reason)]
        self._placed.update((order.id, enter.stop.id))
        state.waiting = WaitingEntry(enter, state.bars)
        state.reach = None
        return []

    def _place(self, action: Place) -> list[Event]:
        order = action.order
        if order.id in self._placed:
            return []
        state = self._state(order.coin)
        if reason := checks.reduction_refusal(state, order):
            return [OrderRejected(action.at, order.coin, order.id, reason)]
        self._placed.add(order.id)
        if order.kind == "target":
            state.targets.append(order)
        elif order.kind == "stop_loss":
            state.stop = order
        else:
            state.close, state.close_since = order, state.bars
        state.reach = None
        return []

    def _move_stop(self, action: MoveStop) -> list[Event]:
        stop = action.stop
        if stop.id in self._placed:
            return []
        state = self._state(stop.coin)
        is_known = state.stop is not None and state.stop.id == action.old_id
        reason = checks.stop_refusal(state, stop) if is_known else checks.UNKNOWN_ORDER
        if reason:
            return [OrderRejected(action.at, stop.coin, stop.id, reason)]
        self._placed.add(stop.id)
        state.stop = stop
        state.reach = None
        return []

    def _cancel(self, action: Cancel) -> list[Event]:
        state = self._state(action.coin)
        if not state.drop(action.order_id):
            reason = checks.UNKNOWN_ORDER
            return [OrderRejected(action.at, action.coin, action.order_id, reason)]
        return [OrderCancelled(action.at, action.coin, action.order_id, "canceled")]

    # ---- what happens

    def _walk_all(self, coin: str, bars: Sequence[Bar]) -> Iterator[Event]:
        state = self._states[coin]
        for bar in bars:
            if (stale := self._stale_entry(state, bar.ts)) is not None:
                yield stale
            reach = self.reach(coin)
            if bar.low > reach.below and bar.high < reach.above and not reach.at_next:
                state.seen = bar.close
            else:
                yield from self._walk(state, ExactBar.of(bar))

    def _stale_entry(self, state: CoinState, now: int) -> Event | None:
        """A market entry is for the market that was seen, not for one after a gap in time."""
        most, waiting = self._matching.settings.stale_after_ms, state.waiting
        if most is None or waiting is None or waiting.asked.entry.kind != "market":
            return None
        if now - waiting.asked.at <= most:
            return None
        entry = waiting.asked.entry
        state.drop(entry.id)
        return OrderCancelled(now, entry.coin, entry.id, "stale")

    def _walk(self, state: CoinState, bar: ExactBar) -> Iterator[Event]:
        state.bars += 1
        state.seen = bar.open
        while touch := self._matching.at_open(state, bar, self._account.liquidation(state)):
            yield self._settlement.fill(state, bar, touch)
        begin = Begin(adverse_level(state, self._account.liquidation(state)))
        if touch := self._matching.entry_within(state, bar):
            yield self._settlement.fill(state, bar, touch)
            begin = self._begin_after(state, touch)
        while touch := self._next_within(state, bar, begin):
            yield self._settlement.fill(state, bar, touch)
        state.end_bar(bar.close)

    def _begin_after(self, state: CoinState, entry: Touch) -> Begin:
        """What is certain about a position that was opened within the candle.

        A limit was on the way to the worst price, a trigger on the way to the best.
        """
        if not entry.is_maker:
            return Begin(None)
        return Begin(adverse_level(state, self._account.liquidation(state)), True)

    def _next_within(self, state: CoinState, bar: ExactBar, begin: Begin) -> Touch | None:
        liquidation = self._account.liquidation(state)
        touch, is_doubtful = self._matching.within(state, bar, begin, liquidation)
        if is_doubtful:
            doubt = Doubt(state.instrument.coin, bar.ts)
            if doubt not in self.doubts[-1:]:
                self.doubts.append(doubt)
        return touch._replace(is_doubtful=is_doubtful) if touch else None

    def _state(self, coin: str) -> CoinState:
        state = self._states.get(coin)
        if state is None:
            raise InvalidInput(f"{coin!r} is not traded at this simulated exchange")
        return state
