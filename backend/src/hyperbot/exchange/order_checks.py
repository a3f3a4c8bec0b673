"""Why the exchange would not take an order, in its own words."""

from __future__ import annotations

from decimal import Decimal

from hyperbot.domain.actions import Enter
from hyperbot.domain.instruments import MINIMUM_NOTIONAL, Instrument
from hyperbot.domain.orders import Order
from hyperbot.exchange.coin_state import CoinState
from hyperbot.exchange.margin import initial_margin

UNKNOWN_ORDER = "Order was never placed, already canceled, or filled."
NO_MARGIN = "Insufficient margin to place order."
ZERO_SIZE = "Order has zero size."
BAD_SIZE = "Order has invalid size."
BAD_PRICE = "Order has invalid price."
OFF_TICK = "Price must be divisible by tick size."
TOO_SMALL = "Order must have minimum value of $10."
BAD_TRIGGER = "Invalid TP/SL price."
WOULD_INCREASE = "Reduce only order would increase position."
BAD_LEVERAGE = "Invalid leverage value"
ABOVE_TIER = "Order would cause position to exceed margin tier limit at current leverage"
ALREADY_ENGAGED = "The simulated exchange keeps one entry or position of a coin."
STOP_RESTS = "A stop of this position rests already: it can be moved."

_NEED_PRICE = frozenset({"limit", "stop_entry", "target", "stop_loss"})


def price_to_expect(state: CoinState, enter: Enter) -> Decimal:
    """What an entry will cost about: its price, else the last one seen, else its stop's."""
    return enter.entry.price or state.last or enter.stop.price or Decimal(0)


def entry_refusal(state: CoinState, enter: Enter, free_margin: Decimal) -> str | None:
    """Why an entry with its stop is not taken; None: it is."""
    entry = enter.entry
    if state.is_engaged:
        return ALREADY_ENGAGED
    if entry.is_reduce_only or enter.stop.kind != "stop_loss" or enter.stop.side != -entry.side:
        return WOULD_INCREASE
    price = price_to_expect(state, enter)
    return (
        _size_refusal(state.instrument, entry)
        or _price_refusal(state.instrument, entry)
        or _price_refusal(state.instrument, enter.stop)
        or _value_refusal(state.instrument, enter, entry.size * price, free_margin)
        or _trigger_refusal(enter.stop, entry.price or state.last)
    )


def reduction_refusal(state: CoinState, order: Order) -> str | None:
    """Why an order that reduces the position is not taken; None: it is."""
    position = state.position
    if position is None or not order.is_reduce_only or order.side != -position.side:
        return WOULD_INCREASE
    if order.kind == "stop_loss":
        return STOP_RESTS if state.stop is not None else stop_refusal(state, order)
    refusal = _price_refusal(state.instrument, order)
    if order.kind == "close" and not order.size:
        return refusal
    refusal = refusal or _size_refusal(state.instrument, order)
    value = order.size * (order.price or state.last or position.entry_price)
    if not refusal and value < MINIMUM_NOTIONAL and order.size < position.size:
        return TOO_SMALL
    return refusal


def stop_refusal(state: CoinState, stop: Order) -> str | None:
    """Why a stop is not taken for the position; None: it is."""
    position = state.position
    if position is None or stop.kind != "stop_loss" or stop.side != -position.side:
        return WOULD_INCREASE
    refusal = _price_refusal(state.instrument, stop)
    return refusal or _trigger_refusal(stop, state.last or position.entry_price)


def _size_refusal(instrument: Instrument, order: Order) -> str | None:
    if not order.size:
        return ZERO_SIZE
    if order.size < 0 or instrument.round_size(order.size) != order.size:
        return BAD_SIZE
    return None


def _price_refusal(instrument: Instrument, order: Order) -> str | None:
    price = order.price
    if price is None:
        return BAD_PRICE if order.kind in _NEED_PRICE else None
    if price <= 0:
        return BAD_PRICE
    return None if instrument.round_price(price, 0) == price else OFF_TICK


def _value_refusal(
    instrument: Instrument, enter: Enter, notional: Decimal, free_margin: Decimal
) -> str | None:
    if notional < MINIMUM_NOTIONAL:
        return TOO_SMALL
    if not 1 <= enter.leverage <= instrument.max_leverage:
        return BAD_LEVERAGE
    if enter.leverage > instrument.tier(notional).max_leverage:
        return ABOVE_TIER
    return NO_MARGIN if initial_margin(notional, enter.leverage) > free_margin else None


def _trigger_refusal(stop: Order, price: Decimal | None) -> str | None:
    """A stop that would fire at once is not taken; nobody can tell before a price was seen."""
    if price is None or stop.price is None:
        return None
    return BAD_TRIGGER if stop.side * price >= stop.side * stop.price else None
