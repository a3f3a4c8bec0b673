"""Events in, actions out: the one place where it is decided what to do.

No I/O, no clock, no mode: the same events always give the same actions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from hyperbot.domain.actions import Action, Enter, SignalAccepted, SignalRefused
from hyperbot.domain.costs import CostModel
from hyperbot.domain.errors import Fatal
from hyperbot.domain.events import (
    CandleClosed,
    CloseRequested,
    Event,
    FundingPaid,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    SignalFound,
    SwingConfirmed,
    TradingHalted,
    TradingResumed,
)
from hyperbot.domain.instruments import Instrument
from hyperbot.domain.money import ZERO
from hyperbot.domain.signals import Signal
from hyperbot.domain.trades import Trade
from hyperbot.trading.account import Account
from hyperbot.trading.position_manager import NEVER, ManagedPosition
from hyperbot.trading.risk_limits import RiskLimits
from hyperbot.trading.risk_manager import Refused, RiskManager
from hyperbot.trading.situation import Situation


class Engine:
    """Judges signals, manages at most one position per coin, and keeps the account's books."""

    def __init__(
        self,
        limits: RiskLimits,
        costs: CostModel,
        instruments: Mapping[str, Instrument],
        cash: Decimal,
    ) -> None:
        self._limits = limits
        self._costs = costs
        self._instruments = instruments
        self._risk_manager = RiskManager(limits, costs, instruments)
        self._account = Account(cash)
        self._positions: dict[str, ManagedPosition] = {}
        self._ended_at: dict[tuple[str, str], int] = {}
        """close of the candle in which the last trade of a rule in a coin ended"""
        self._just_ended: dict[str, str] = {}
        """coin and rule of trades that ended within a candle that has not closed yet"""
        self._past_signals: set[str] = set()
        self._missed_signals: set[str] = set()
        self._halt = ""
        self._handlers: dict[type, Callable[[Any], list[Action]]] = {
            CandleClosed: self._on_candle,
            SwingConfirmed: self._on_swing,
            SignalFound: self._on_signal,
            OrderFilled: self._on_fill,
            OrderRejected: self._on_rejected,
            OrderCancelled: self._on_cancelled,
            FundingPaid: self._on_funding,
            TradingHalted: self._on_halted,
            TradingResumed: self._on_resumed,
            CloseRequested: self._on_close_requested,
        }

    def handle(self, event: Event) -> list[Action]:
        """What is to be done about an event. Raises Fatal for a fill that cannot be true."""
        if event.at >= self._account.day_ends:
            is_candle = type(event) is CandleClosed
            self._account.turn_day(event.at, is_candle, lambda: self.equity)
        return self._handlers[type(event)](event)

    # What the caller may ask

    @property
    def equity(self) -> Decimal:
        """Cash and what open positions are worth at the last closes, in quote units."""
        unrealized = (
            position.record.unrealized(self._account.last_close(coin))
            for coin, position in self._positions.items()
            if position.record.held
        )
        return sum(unrealized, self._account.cash)

    @property
    def cash(self) -> Decimal:
        """Without open positions, in quote units."""
        return self._account.cash

    def has_position(self, coin: str) -> bool:
        """Whether the coin is held."""
        position = self._positions.get(coin)
        return position is not None and position.is_held

    def is_engaged(self, coin: str) -> bool:
        """Whether the coin is held or an entry in it waits."""
        return coin in self._positions

    def wakes_at(self, coin: str) -> int | None:
        """From which close on, in ms UTC, a candle of the coin makes the engine act by its time."""
        position = self._positions.get(coin)
        return None if position is None or position.wakes_at == NEVER else position.wakes_at

    def trails(self, coin: str) -> tuple[int, int] | None:
        """(timeframe in ms, side) of the swings behind which a stop trails now."""
        position = self._positions.get(coin)
        if position is None or not position.is_held or not position.is_trailing:
            return None
        signal = position.approved.signal
        return signal.plan.timeframe_ms, signal.side

    def open_trades(self) -> tuple[Trade, ...]:
        """Trades that are not over, as they stand."""
        positions = self._positions.values()
        return tuple(position.trade() for position in positions if position.record.entered)

    # Markets

    def _on_candle(self, event: CandleClosed) -> list[Action]:
        self._account.newest[event.coin] = event
        if event.coin in self._just_ended:
            self._ended_at[self._just_ended.pop(event.coin), event.coin] = event.at
        position = self._positions.get(event.coin)
        return [] if position is None else position.on_candle(event)

    def _on_swing(self, event: SwingConfirmed) -> list[Action]:
        if self.trails(event.coin) != (event.timeframe_ms, event.side):
            return []
        last = self._account.last_close(event.coin)
        return self._positions[event.coin].on_swing(event, last)

    # Signals

    def _on_signal(self, event: SignalFound) -> list[Action]:
        signal = event.signal
        verdict = self._risk_manager.review(signal, self._situation(event.at, signal))
        if isinstance(verdict, Refused):
            return [SignalRefused(event.at, signal, verdict.reason, verdict.checks)]
        instrument = self._instruments[signal.coin]
        self._positions[signal.coin] = ManagedPosition(verdict, instrument, self._costs)
        is_isolated = self._limits.is_isolated
        size = verdict.entry.size
        return [
            SignalAccepted(event.at, signal, verdict.checks, size, verdict.risk),
            Enter(event.at, verdict.entry, verdict.stop, verdict.leverage, is_isolated),
        ]

    def _situation(self, at: int, signal: Signal) -> Situation:
        coin, plan, equity = signal.coin, signal.plan, self.equity
        values = {coin: self._value(coin) for coin in self._positions}
        ended_at = self._ended_at.get((plan.rule_id, coin))
        rules = [position.approved.signal.plan.rule_id for position in self._positions.values()]
        return Situation(
            at,
            equity,
            self._free_cash(equity),
            self._account.newest.get(coin),
            halt=self._halt,
            is_coin_free=coin not in self._positions,
            rule_trades=rules.count(plan.rule_id),
            cooled_at=0 if ended_at is None else ended_at + plan.cooldown_ms,
            engagements=len(rules),
            day_loss_percent=self._account.loss_percent(equity),
            coin_value=values.get(coin, ZERO),
            total_value=sum(values.values(), ZERO),
            room_at_stops=ZERO if self._limits.is_isolated else self._room_at_stops(),
        )

    def _value(self, coin: str) -> Decimal:
        """Of what is held, at the last close, and of what still may be filled."""
        position = self._positions[coin]
        held = position.record.held * self._account.last_close(coin)
        return held + position.waiting_size * position.approved.price

    def _free_cash(self, equity: Decimal) -> Decimal:
        """Isolated: profits of open positions are theirs. Cross: they count."""
        free = self._account.cash if self._limits.is_isolated else equity
        for coin, position in self._positions.items():
            approved, record = position.approved, position.record
            cost = record.cost if self._limits.is_isolated else self._value(coin)
            free -= cost / approved.leverage
            if position.waiting_size:
                free -= approved.margin * position.waiting_size / approved.entry.size
        return free

    def _room_at_stops(self) -> Decimal:
        """Cross: account value less maintenance if every position and entry were at its stop."""
        room = self._account.cash
        for coin, position in self._positions.items():
            approved, record = position.approved, position.record
            stop, waiting = position.stop_price, position.waiting_size
            room += record.unrealized(stop)
            room -= approved.risk * waiting / approved.entry.size
            room -= self._instruments[coin].maintenance((record.held + waiting) * stop)
        return room

    # Orders

    def _on_fill(self, event: OrderFilled) -> list[Action]:
        position = self._positions.get(event.coin)
        booked = None if position is None else position.book(event)
        if position is None or booked is None:
            self._refuse_unknown_fill(event)
            return []
        self._account.cash += booked
        return self._settled(position, position.on_fill(event))

    def _refuse_unknown_fill(self, event: OrderFilled) -> None:
        """Late news of a trade that is over changes nothing. A fill without a known order changes
        the position that we believe in, and one of an entry that was given up opens another.
        """
        stem = event.order_id.removesuffix("/entry")
        signal_id = stem if stem != event.order_id else event.order_id.rsplit("/", 2)[0]
        is_late = signal_id in self._past_signals
        if (self.has_position(event.coin) and not is_late) or signal_id in self._missed_signals:
            raise Fatal(
                f"order {event.order_id!r} of {event.coin} was filled, but no such order was sent "
                "for the position: the account is not what it is believed to be"
            )

    def _on_rejected(self, event: OrderRejected) -> list[Action]:
        position = self._positions.get(event.coin)
        if position is None:
            return []
        actions = position.on_rejected(event.at, event.order_id, event.reason)
        return self._settled(position, actions)

    def _on_cancelled(self, event: OrderCancelled) -> list[Action]:
        position = self._positions.get(event.coin)
        if position is None:
            return []
        actions = position.on_cancelled(event.at, event.order_id, event.reason)
        return self._settled(position, actions)

    def _settled(self, position: ManagedPosition, actions: list[Action]) -> list[Action]:
        if position.is_over:
            signal = position.approved.signal
            del self._positions[signal.coin]
            if position.record.exits:
                self._past_signals.add(signal.id)
                key = signal.plan.rule_id, signal.coin
                self._ended_at[key] = position.record.exits[-1].at
                self._just_ended[signal.coin] = signal.plan.rule_id
            else:
                self._missed_signals.add(signal.id)
        return actions

    def _on_funding(self, event: FundingPaid) -> list[Action]:
        self._account.cash += event.amount
        if position := self._positions.get(event.coin):
            position.record.fund(event.amount)
        return []

    # People

    def _on_halted(self, event: TradingHalted) -> list[Action]:
        self._halt = event.reason or "halted"
        actions: list[Action] = []
        for position in self._positions.values():
            actions += position.cancel_entry(event.at, "halted")
        return actions

    def _on_resumed(self, event: TradingResumed) -> list[Action]:
        self._halt = ""
        return []

    def _on_close_requested(self, event: CloseRequested) -> list[Action]:
        position = self._positions.get(event.coin)
        if position is None:
            return []
        actions = position.cancel_entry(event.at, event.reason)
        return actions + position.close(event.at, event.reason)
