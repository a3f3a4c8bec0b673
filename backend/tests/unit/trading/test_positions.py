from dataclasses import replace
from decimal import Decimal

import pytest

from hyperbot.domain.actions import (
    Cancel,
    Enter,
    EntryMissed,
    MoveStop,
    Place,
    TradeEnded,
)
from hyperbot.domain.costs import CostModel
from hyperbot.domain.events import (
    CloseRequested,
    OrderCancelled,
    OrderRejected,
    SwingConfirmed,
    TradingHalted,
)
from hyperbot.trading.risk_limits import RiskLimits
from trade_builders import (
    CANDLE_MS,
    DAY_MS,
    MINUTE_MS,
    NOON,
    Desk,
    closed,
    filled,
    plan,
    signal,
    targets,
)

ZERO = Decimal(0)
TRAILING = plan(targets=targets((1, "0.5", "trail"), (4, "0.5")))


def only(actions, kind):
    (action,) = actions
    assert isinstance(action, kind)
    return action


# Entries


def test_targets_are_placed_when_the_entry_is_filled(desk):
    enter = desk.open()
    assert (enter.stop.kind, enter.stop.price, enter.stop.size) == ("stop_loss", 98, 0)
    assert [(order.id[-8:], order.side, order.size, order.price) for order in desk.orders] == [
        ("target/1", -1, 25, 102),
        ("target/2", -1, 25, 104),
    ]
    assert desk.engine.has_position("BTC")
    assert not desk.engine.has_position("ETH")


def test_a_partly_filled_entry_has_its_ladder_when_the_rest_is_filled(desk):
    desk.signal()
    entry = desk.last(Enter).entry
    assert desk.handle(filled(entry, 100, 20, remaining=Decimal(30))) == []
    desk.handle(filled(entry, 101, 30, remaining=ZERO))
    (trade,) = desk.engine.open_trades()
    assert (trade.size, trade.entry_price) == (50, Decimal("100.6"))
    assert desk.orders[0].price == Decimal("103.2")


def test_a_partly_filled_entry_has_its_ladder_when_the_rest_is_cancelled(desk):
    limit = signal(entry="limit", valid_until=NOON + CANDLE_MS)
    desk.signal(limit)
    entry = desk.last(Enter).entry
    desk.handle(filled(entry, size=20, remaining=Decimal(30)))
    assert desk.engine.wakes_at("BTC") == NOON + CANDLE_MS
    only(desk.handle(closed(NOON + CANDLE_MS)), Cancel)
    assert desk.handle(closed(NOON + CANDLE_MS + MINUTE_MS)) == []
    placed = desk.handle(OrderCancelled(NOON + CANDLE_MS, "BTC", entry.id, "canceled"))
    assert sum(place.order.size for place in placed) == 20


def test_a_waiting_entry_expires(desk):
    limit = signal(entry="limit", valid_until=NOON + CANDLE_MS)
    desk.signal(limit)
    assert desk.engine.is_engaged("BTC")
    assert not desk.engine.has_position("BTC")
    assert desk.handle(closed(NOON + CANDLE_MS - 1)) == []
    cancel = only(desk.handle(closed(NOON + CANDLE_MS)), Cancel)
    assert desk.engine.wakes_at("BTC") is None
    missed = desk.handle(OrderCancelled(NOON + CANDLE_MS, "BTC", cancel.order_id, "canceled"))
    assert only(missed, EntryMissed).reason == "expired"
    assert not desk.engine.is_engaged("BTC")
    assert desk.engine.open_trades() == ()


@pytest.mark.parametrize("side", [1, -1])
def test_a_stop_entry_is_given_up_when_price_reaches_its_stop_first(desk, side):
    desk.signal(signal(side, entry="stop", valid_until=NOON + CANDLE_MS))
    near = 100 - 1.9 * side
    assert desk.handle(closed(NOON + 1, low=min(near, 100.0), high=max(near, 100.0))) == []
    far = 100.0 - 2 * side
    broken = desk.handle(closed(NOON + 2, low=min(far, 100.0), high=max(far, 100.0)))
    cancel = only(broken, Cancel)
    missed = desk.handle(OrderCancelled(NOON + 2, "BTC", cancel.order_id, "canceled"))
    assert only(missed, EntryMissed).reason == "broken"


def test_a_limit_is_not_given_up_by_price(desk):
    desk.signal(entry="limit", valid_until=NOON + CANDLE_MS)
    assert desk.handle(closed(NOON + 1, low=97.0)) == []


def test_an_entry_that_the_exchange_refuses_or_cancels_is_missed_for_its_reason(desk):
    desk.signal()
    entry = desk.last(Enter).entry
    rejected = desk.handle(OrderRejected(NOON, "BTC", entry.id, "no margin"))
    assert only(rejected, EntryMissed).reason == "no margin"
    desk.signal(at=NOON + CANDLE_MS)
    entry = desk.last(Enter).entry
    cancelled = desk.handle(OrderCancelled(NOON, "BTC", entry.id, "marginCanceled"))
    assert only(cancelled, EntryMissed).reason == "marginCanceled"
    assert not desk.engine.is_engaged("BTC")


def test_a_halt_takes_waiting_entries_back_and_leaves_positions(desk):
    patient = plan(max_concurrent=2)
    desk.open(plan=patient)
    desk.signal(coin="ETH", entry="limit", plan=patient, valid_until=NOON + DAY_MS)
    cancel = only(desk.handle(TradingHalted(NOON, "kill switch")), Cancel)
    assert cancel.coin == "ETH"
    assert desk.engine.has_position("BTC")


def test_an_entry_without_its_stop_is_taken_back_or_closed(desk):
    desk.signal()
    enter = desk.last(Enter)
    cancelled = desk.handle(OrderRejected(NOON, "BTC", enter.stop.id, "bad trigger"))
    assert only(cancelled, Cancel).order_id == enter.entry.id
    other = Desk()
    enter = other.open()
    close = only(other.handle(OrderRejected(NOON, "BTC", enter.stop.id, "bad trigger")), Place)
    assert close.order.kind == "close"
    other.handle(filled(close.order, 99, 50))
    assert other.trade.exit_reason == "kill"


def test_what_is_filled_after_the_stop_was_is_closed_at_once(desk):
    desk.signal(entry="limit", valid_until=NOON + DAY_MS)
    enter = desk.last(Enter)
    desk.handle(filled(enter.entry, size=20, remaining=Decimal(30)))
    assert only(desk.stop_out(), Cancel).order_id == enter.entry.id
    assert desk.engine.is_engaged("BTC")
    close = only(desk.handle(filled(enter.entry, size=30)), Place).order
    assert close.kind == "close"
    desk.handle(filled(close, 97, 30))
    assert desk.trade.gross == -20 * 2 - 30 * 3
    assert desk.engine.equity == 10_000 - 130


def test_a_partly_filled_entry_that_was_stopped_out_ends_with_its_cancellation(desk):
    desk.signal(entry="limit", valid_until=NOON + DAY_MS)
    enter = desk.last(Enter)
    desk.handle(filled(enter.entry, size=20, remaining=Decimal(30)))
    desk.stop_out(at=NOON + 5)
    ended = desk.handle(OrderCancelled(NOON + 9, "BTC", enter.entry.id, "canceled"))
    assert only(ended, TradeEnded).trade.closed_at == NOON + 5


# Exits


def test_a_winner_takes_both_targets_and_its_stop_to_breakeven():
    desk = Desk(costs=CostModel(half_spread=ZERO, atr_share=ZERO, impact=ZERO))
    enter = desk.signal() and desk.last(Enter)
    fee = desk.engine.equity * 0 + enter.entry.size * 100 * Decimal("0.00045")
    desk.handle(filled(enter.entry, 100, fee=fee))
    first, second = desk.orders
    move = only(desk.handle(filled(first, at=NOON + 1)), MoveStop)
    assert (move.old_id, move.stop.id) == (enter.stop.id, enter.stop.id[:-1] + "2")
    assert move.stop.price == Decimal("100.09")
    trade = only(desk.handle(filled(second, at=NOON + 2)), TradeEnded).trade
    assert [exit.reason for exit in trade.exits] == ["tp1", "tp2"]
    assert (trade.closed_at, trade.exit_reason, trade.outcome) == (NOON + 2, "tp2", "win")
    assert trade.gross == first.size * 2 + second.size * 4
    assert desk.engine.equity == 10_000 + trade.net


@pytest.mark.parametrize("side", [1, -1])
def test_breakeven_stays_a_tick_behind_the_target(side):
    dear = CostModel(taker=Decimal("0.01"), half_spread=ZERO, atr_share=ZERO, impact=ZERO)
    desk = Desk(RiskLimits(most_cost_share=Decimal(100)), costs=dear)
    near = plan(targets=targets(("0.25", "0.5", "breakeven"), (2, "0.5")))
    enter = desk.signal(signal(side, plan=near)) and desk.last(Enter)
    desk.handle(filled(enter.entry, 100, fee=enter.entry.size))
    move = only(desk.handle(filled(desk.orders[0])), MoveStop)
    assert move.stop.price in {Decimal("100.49"), Decimal("99.501")}
    assert side * (desk.orders[0].price - move.stop.price) > 0


def test_the_first_part_of_a_target_moves_the_stop_already(desk):
    desk.open()
    target = desk.orders[0]
    only(desk.handle(filled(target, size=5, remaining=Decimal(20))), MoveStop)
    assert desk.handle(filled(target, size=20)) == []
    desk.stop_out()
    assert [exit.reason for exit in desk.trade.exits] == ["tp1", "tp1", "breakeven"]


def test_a_stop_fill_is_named_by_how_the_stop_got_there(desk):
    desk.open()
    desk.stop_out(Decimal("97.5"))
    assert desk.trade.exit_reason == "sl"
    desk.open(at=NOON + CANDLE_MS)
    desk.handle(filled(desk.orders[-2]))
    desk.stop_out()
    assert [exit.reason for exit in desk.trade.exits] == ["tp1", "breakeven"]


def test_a_stop_trails_behind_swings_of_its_timeframe_and_side(desk):
    desk.open(plan=TRAILING)
    swing = SwingConfirmed(NOON + 1, "BTC", CANDLE_MS, 1, Decimal(101))
    assert desk.engine.trails("BTC") is None
    assert desk.handle(swing) == []
    assert desk.handle(filled(desk.orders[0])) == []
    assert desk.engine.trails("BTC") == (CANDLE_MS, 1)
    desk.handle(closed(NOON + 1, close=103.0))
    assert desk.handle(replace(swing, side=-1)) == []
    assert desk.handle(replace(swing, timeframe_ms=MINUTE_MS)) == []
    assert desk.handle(replace(swing, coin="ETH")) == []
    assert only(desk.handle(swing), MoveStop).stop.price == Decimal("100.99")
    assert desk.handle(replace(swing, price=Decimal("100.5"))) == []
    assert desk.handle(replace(swing, price=Decimal(105))) == []
    desk.stop_out()
    assert desk.trade.exit_reason == "trail"
    assert desk.engine.trails("BTC") is None


def test_a_moved_stop_that_is_refused_never_was(desk):
    enter = desk.open(plan=TRAILING)
    desk.handle(filled(desk.orders[0]))
    desk.handle(closed(NOON + 1, close=103.0))
    desk.handle(SwingConfirmed(NOON + 1, "BTC", CANDLE_MS, 1, Decimal(101)))
    desk.handle(OrderRejected(NOON + 1, "BTC", desk.stop.id, "bad trigger"))
    move = only(desk.handle(SwingConfirmed(NOON + 2, "BTC", CANDLE_MS, 1, Decimal(100))), MoveStop)
    assert (move.old_id, move.stop.id[-6:]) == (enter.stop.id, "stop/3")
    assert desk.handle(OrderCancelled(NOON + 2, "BTC", enter.stop.id, "replaced")) == []


def test_a_stop_that_the_exchange_took_away_is_asked_for_again(desk):
    enter = desk.open()
    order = only(desk.handle(OrderCancelled(NOON, "BTC", enter.stop.id, "canceled")), Place).order
    assert (order.kind, order.price, order.id[-6:]) == ("stop_loss", 98, "stop/2")
    desk.handle(filled(order, size=50))
    assert desk.trade.exit_reason == "sl"


def test_a_time_stop_closes_once(desk):
    desk.open(plan=plan(time_stop_ms=2 * CANDLE_MS))
    due = NOON + 2 * CANDLE_MS
    assert desk.engine.wakes_at("BTC") == due
    assert desk.handle(closed(due - 1)) == []
    close = only(desk.handle(closed(due)), Place).order
    assert (close.kind, close.size, close.id[-7:]) == ("close", 0, "close/1")
    assert desk.engine.wakes_at("BTC") is None
    assert desk.handle(closed(due + 1)) == []
    desk.handle(filled(close, 101, 50, at=due + 1))
    assert (desk.trade.exit_reason, desk.trade.net) == ("time", 50)


def test_a_close_that_is_refused_is_tried_again(desk):
    desk.open()
    close = only(desk.handle(CloseRequested(NOON, "BTC", "manual")), Place).order
    assert desk.handle(CloseRequested(NOON, "BTC", "kill")) == []
    assert desk.handle(OrderRejected(NOON, "BTC", close.id, "busy")) == []
    again = only(desk.handle(closed(NOON + MINUTE_MS)), Place).order
    assert again.id[-7:] == "close/2"
    desk.handle(filled(again, 100, 50))
    assert desk.trade.exit_reason == "manual"


def test_a_requested_close_of_a_waiting_entry_takes_it_back(desk):
    assert desk.handle(CloseRequested(NOON, "BTC", "kill")) == []
    desk.signal()
    cancel = only(desk.handle(CloseRequested(NOON, "BTC", "kill")), Cancel)
    missed = desk.handle(OrderCancelled(NOON, "BTC", cancel.order_id, "canceled"))
    assert only(missed, EntryMissed).reason == "kill"


def test_a_target_that_was_lost_is_left_to_the_stop(desk):
    desk.open()
    desk.handle(OrderRejected(NOON, "BTC", desk.orders[0].id, "no"))
    desk.handle(OrderCancelled(NOON, "BTC", desk.orders[1].id, "no"))
    desk.stop_out()
    assert desk.trade.gross == -100


def test_a_gap_over_the_only_level_closes_at_once(desk):
    at_level = plan(targets=targets((None, "1")))
    desk.open(signal(plan=at_level, last_level=Decimal(103)), price=104)
    assert desk.orders[0].kind == "close"
    desk.handle(filled(desk.orders[0], 104, 50))
    assert (desk.trade.exit_reason, desk.trade.net) == ("tp1", 0)


def test_a_liquidation_keeps_collateral(desk):
    enter = desk.open()
    gone = filled(enter.stop, 95, 50, order_id="", forfeited=Decimal(7))
    trade = only(desk.handle(gone), TradeEnded).trade
    assert (trade.exit_reason, trade.net) == ("liquidation", -257)
    assert desk.engine.equity == 10_000 - 257


def test_a_stop_that_is_lost_while_the_entry_waits_is_there_when_it_is_filled(desk):
    desk.signal()
    enter = desk.last(Enter)
    assert desk.handle(OrderCancelled(NOON, "BTC", enter.stop.id, "lost")) == []
    placed = desk.handle(filled(enter.entry, 100))
    assert [place.order.kind for place in placed] == ["stop_loss", "target", "target"]
    assert placed[0].order.price == 98


def test_what_a_stop_or_a_close_leaves_is_closed(desk):
    enter = desk.open()
    assert desk.handle(filled(enter.stop, size=10, remaining=Decimal(40))) == []
    first = only(desk.handle(filled(enter.stop, size=20)), Place).order
    second = only(desk.handle(filled(first, 98, 15)), Place).order
    assert (first.id[-7:], second.id[-7:]) == ("close/1", "close/2")
    desk.handle(filled(second, 98, 5))
    assert {exit.reason for exit in desk.trade.exits} == {"sl"}


def test_a_liquidation_in_parts_leaves_the_stop_of_the_rest(desk):
    enter = desk.open()
    assert desk.handle(filled(enter.stop, 95, 10, order_id="")) == []
    desk.stop_out()
    assert [exit.reason for exit in desk.trade.exits] == ["liquidation", "sl"]


def test_no_stop_moves_once_a_position_has_none(desk):
    enter = desk.open(plan=TRAILING)
    desk.handle(filled(desk.orders[0]))
    desk.handle(OrderCancelled(NOON, "BTC", enter.stop.id, "lost"))
    again = desk.orders[-1]
    desk.handle(OrderRejected(NOON, "BTC", again.id, "busy"))
    close = desk.orders[-1]
    assert close.kind == "close"
    desk.handle(OrderRejected(NOON, "BTC", close.id, "busy"))
    desk.handle(closed(NOON, close=103.0))
    assert desk.handle(SwingConfirmed(NOON, "BTC", CANDLE_MS, 1, Decimal(101))) == []
    assert only(desk.handle(closed(NOON + 1, close=103.0)), Place).order.id[-7:] == "close/2"
