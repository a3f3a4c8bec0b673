"""One position's life: from the entry that was asked for to the last fill."""

from __future__ import annotations

from decimal import Decimal

from hyperbot.domain.actions import Action, Cancel, EntryMissed, Place, TradeEnded
from hyperbot.domain.bars import NOTHING_WAITS, Reach
from hyperbot.domain.costs import CostModel
from hyperbot.domain.events import CandleClosed, OrderFilled, SwingConfirmed
from hyperbot.domain.instruments import Instrument
from hyperbot.domain.money import ZERO
from hyperbot.domain.orders import Order
from hyperbot.domain.trades import Trade
from hyperbot.trading.ladder import Opened, Slice, slices
from hyperbot.trading.risk_manager import Approved
from hyperbot.trading.stops import Stops
from hyperbot.trading.trade_record import TradeRecord

NEVER = 1 << 62
"""later than any time in ms"""


class ManagedPosition:
    """The engagement in one coin: an entry that waits, then a position, until neither is left.

    A fill is first booked, then answered. The entry may still be open while a position is held
    (partial fills); the engagement is over when nothing is held and the entry is done.
    """

    __slots__ = (
        "_breaks",
        "_cancelled_because",
        "_close_at",
        "_close_id",
        "_close_reason",
        "_closes",
        "_costs",
        "_instrument",
        "_is_entry_done",
        "_stops",
        "_targets",
        "approved",
        "is_over",
        "is_trailing",
        "record",
        "wakes_at",
    )

    def __init__(self, approved: Approved, instrument: Instrument, costs: CostModel) -> None:
        self.approved = approved
        self.record = TradeRecord(approved.signal, approved.stop_price)
        self.is_over = False
        self.is_trailing = False
        self.wakes_at = NEVER
        """the first close of a candle at which something is due"""
        self._instrument = instrument
        self._costs = costs
        self._stops = Stops(approved.stop)
        self._targets: dict[str, Slice] = {}
        self._is_entry_done = False
        self._cancelled_because = ""
        self._close_at = NEVER
        self._close_id = ""
        self._close_reason = ""
        self._closes = 0
        self._breaks = self._breaking_reach()
        self._schedule()

    @property
    def is_held(self) -> bool:
        """Whether there is a position now."""
        return self.record.held > 0

    @property
    def stop_price(self) -> Decimal:
        """Of the stop that counts; of the first one if the exchange has none."""
        current = self._stops.current
        if current is None or current.price is None:
            return self.approved.stop_price
        return current.price

    @property
    def waiting_size(self) -> Decimal:
        """What of the entry may still be filled."""
        if self._is_entry_done:
            return ZERO
        return max(ZERO, self.approved.entry.size - self.record.entered)

    def trade(self) -> Trade:
        """What became of the signal so far; something must have been filled."""
        return self.record.trade(None, self._stops.moves)

    # What happens at the close of a candle

    def on_candle(self, event: CandleClosed) -> list[Action]:
        """Time stop, expiry of the entry, and the breaking of a setup."""
        at, candle, breaks = event.at, event.candle, self._breaks
        is_due = at >= self.wakes_at
        is_broken = candle.low <= breaks.below or candle.high >= breaks.above
        if not (is_due or is_broken) or at <= self.approved.signal.at:
            return []
        actions: list[Action] = []
        if is_broken:
            actions += self.cancel_entry(at, "broken")
        valid_until = self.approved.signal.valid_until
        if valid_until is not None and at >= valid_until:
            actions += self.cancel_entry(at, "expired")
        if at >= self._close_at:
            actions += self.close(at, self._close_reason)
        return actions

    def on_swing(self, event: SwingConfirmed, last: Decimal) -> list[Action]:
        """A trailing stop moves one tick beyond the swing."""
        side = self.approved.signal.side
        swing = self._instrument.round_price(event.price, -side)
        price = swing - side * self._instrument.tick(swing)
        return self._tighten(event.at, price, last, "trail")

    # Fills

    def book(self, fill: OrderFilled) -> Decimal | None:
        """Write a fill down; what it adds to the cash. None: not of an order of this position."""
        if fill.order_id == self.approved.entry.id:
            return self.record.enter(fill)
        reason = self._exit_reason(fill)
        return None if reason is None else self.record.leave(fill, reason)

    def _exit_reason(self, fill: OrderFilled) -> str | None:
        if fill.is_liquidation:
            return "liquidation"
        if fill.order_id == self._close_id:
            return self._close_reason
        if target := self._targets.get(fill.order_id):
            return f"tp{target.number}"
        return self._stops.reason(fill.order_id)

    def on_fill(self, fill: OrderFilled) -> list[Action]:
        """What a fill that was booked asks for."""
        if fill.order_id == self.approved.entry.id:
            return self._on_entry_fill(fill)
        if not self.record.held:
            return self._on_flat(fill.at)
        target = self._targets.get(fill.order_id)
        if target is not None:
            if not fill.remaining:
                del self._targets[fill.order_id]
            return self._on_target(target, fill)
        if fill.remaining or fill.is_liquidation:
            return []
        # A stop or a close is used up but did not take all: the rest has no plan any more.
        self._stops.remove(fill.order_id)
        self._close_id = ""
        return self.close(fill.at, self.record.exits[-1].reason)

    def _on_entry_fill(self, fill: OrderFilled) -> list[Action]:
        time_stop = self.approved.signal.plan.time_stop_ms
        if time_stop is not None and self.record.opened_at is not None and not self._close_id:
            self._close_at, self._close_reason = self.record.opened_at + time_stop, "time"
        self._is_entry_done = self._is_entry_done or not fill.remaining
        self._schedule()
        if self.record.exits:  # filled after a stop was: it has neither plan nor stop any more
            return self.close(fill.at, self.record.exits[-1].reason)
        ladder = self._when_entry_done(fill.at)
        if self._stops.current is None:  # lost while the entry waited
            return [self._stops.restore(fill.at, self.approved.stop), *ladder]
        return ladder

    def _on_target(self, target: Slice, fill: OrderFilled) -> list[Action]:
        if target.then == "none":
            return []
        if target.then == "trail":
            self.is_trailing = True
            return []
        side, record = self.approved.signal.side, self.record
        paid = record.entry_fee_rate + self._costs.taker
        even = self._instrument.round_price(record.entry_price * (1 + side * paid), side)
        behind = fill.price - side * self._instrument.tick(fill.price)
        behind = self._instrument.round_price(behind, -side)
        price = min(even, behind) if side > 0 else max(even, behind)
        return self._tighten(fill.at, price, fill.price, "breakeven")

    def _tighten(self, at: int, price: Decimal, last: Decimal, reason: str) -> list[Action]:
        if self._close_id or not self.record.held:
            return []
        move = self._stops.tighten(at, price, last, reason)
        return [] if move is None else [move]

    def _on_flat(self, at: int) -> list[Action]:
        self._close_id = ""
        self._close_at = NEVER
        self._schedule()
        if not self._is_entry_done:
            return self.cancel_entry(at, "closed")
        self.is_over = True
        return [TradeEnded(at, self.record.trade(self.record.exits[-1].at, self._stops.moves))]

    # Orders that the exchange did not take, or took away

    def on_rejected(self, at: int, order_id: str, reason: str) -> list[Action]:
        """The exchange did not take an order."""
        if order_id == self.approved.entry.id:
            return self._on_entry_done(at, reason)
        if self._stops.reason(order_id) is not None:
            self._stops.refuse(order_id)
            return self._unprotected(at) if self._stops.current is None else []
        return self._on_exit_gone(at, order_id)

    def on_cancelled(self, at: int, order_id: str, reason: str) -> list[Action]:
        """An order, or its rest, is no longer open."""
        if order_id == self.approved.entry.id:
            return self._on_entry_done(at, self._cancelled_because or reason)
        if self._stops.reason(order_id) is None:
            return self._on_exit_gone(at, order_id)
        lost = self._stops.remove(order_id)
        if lost is not None and self.record.held and not self._close_id:
            return [self._stops.restore(at, lost)]
        return []

    def _unprotected(self, at: int) -> list[Action]:
        """No position without a stop: close it; never let it open."""
        actions = self.cancel_entry(at, "stop refused")
        return actions + self.close(at, "kill") if self.record.held else actions

    def _on_exit_gone(self, at: int, order_id: str) -> list[Action]:
        """What a lost target would have closed is left to the stop; a close is tried again."""
        self._targets.pop(order_id, None)
        if order_id == self._close_id:
            self._close_id = ""
            self._close_at = at + 1
            self._schedule()
        return []

    def _on_entry_done(self, at: int, reason: str) -> list[Action]:
        self._is_entry_done = True
        self._schedule()
        if self.record.opened_at is None:
            self.is_over = True
            return [EntryMissed(at, self.approved.signal, reason)]
        return self._when_entry_done(at) if self.record.held else self._on_flat(at)

    def _when_entry_done(self, at: int) -> list[Action]:
        if not self._is_entry_done or self._close_id:
            return []
        signal, record = self.approved.signal, self.record
        opened = Opened(record.held, record.entry_price, self.approved.stop_price)
        ladder = slices(signal, self._instrument, opened)
        if not ladder:  # price gapped over the only level
            return self.close(at, f"tp{len(signal.plan.targets)}")
        self._targets = {f"{signal.id}/target/{rung.number}": rung for rung in ladder}
        return [
            Place(at, Order(order_id, signal.coin, "target", -signal.side, rung.size, rung.price))
            for order_id, rung in self._targets.items()
        ]

    # What others may ask for

    def cancel_entry(self, at: int, reason: str) -> list[Action]:
        """Take the entry back, once."""
        if self._is_entry_done or self._cancelled_because:
            return []
        self._cancelled_because = reason
        self._schedule()
        entry = self.approved.entry
        return [Cancel(at, entry.coin, entry.id)]

    def close(self, at: int, reason: str) -> list[Action]:
        """Close at market what is held, once."""
        if self._close_id or not self.record.held:
            return []
        self._closes += 1
        signal = self.approved.signal
        self._close_id, self._close_reason = f"{signal.id}/close/{self._closes}", reason
        self._close_at = NEVER
        self._schedule()
        order = Order(self._close_id, signal.coin, "close", -signal.side, ZERO)
        return [*self.cancel_entry(at, reason), Place(at, order)]

    def _schedule(self) -> None:
        is_waiting = not self._is_entry_done and not self._cancelled_because
        valid_until = self.approved.signal.valid_until
        expires_at = valid_until if is_waiting and valid_until is not None else NEVER
        self.wakes_at = min(self._close_at, expires_at)
        if not is_waiting or self.record.held:
            self._breaks = NOTHING_WAITS

    def _breaking_reach(self) -> Reach:
        if self.approved.entry.kind != "stop_entry":
            return NOTHING_WAITS
        stop = float(self.approved.stop_price)
        if self.approved.signal.side > 0:
            return NOTHING_WAITS._replace(below=stop)
        return NOTHING_WAITS._replace(above=stop)
