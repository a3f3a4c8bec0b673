from dataclasses import replace
from decimal import Decimal

import pytest

from hyperbot.domain.actions import Enter, SignalAccepted
from hyperbot.domain.errors import Fatal
from hyperbot.domain.events import FundingPaid, OrderCancelled, OrderRejected
from hyperbot.trading.risk_manager import RiskLimits
from trade_builders import CANDLE_MS, DAY_MS, NOON, Desk, closed, filled, plan, signal


def test_mean_prices_that_do_not_divide_leave_no_rounding(desk):
    desk.signal()
    entry = desk.last(Enter).entry
    for price, size, left in [("100.01", 10, 40), ("100.02", 20, 20), ("100.04", 20, 0)]:
        desk.handle(filled(entry, price, size, fee=Decimal("0.1"), remaining=Decimal(left)))
    desk.handle(FundingPaid(NOON, "BTC", Decimal("-0.25")))
    for order in desk.orders:
        desk.handle(filled(order, fee=Decimal("0.01")))
    entered = Decimal("100.01") * 10 + Decimal("100.02") * 20 + Decimal("100.04") * 20
    exited = sum(order.size * order.price for order in desk.orders)
    assert desk.trade.gross == exited - entered
    assert desk.trade.net == exited - entered - Decimal("0.32") - Decimal("0.25")
    assert desk.engine.equity == desk.engine.cash == 10_000 + desk.trade.net


def test_open_positions_are_worth_the_last_close(desk):
    desk.open()
    desk.handle(closed(NOON + 1, close=101.0))
    assert (desk.engine.equity, desk.engine.cash) == (10_050, 10_000)
    (trade,) = desk.engine.open_trades()
    assert (trade.closed_at, trade.outcome) == (None, "pending")


def test_the_loss_of_the_day_ends_trading_until_midnight():
    desk = Desk(RiskLimits(daily_loss_percent=Decimal(1)))
    desk.open()
    desk.stop_out()
    assert desk.signal(at=NOON + 1)[0].reason == "daily_loss"
    desk.handle(FundingPaid(NOON + 1, "BTC", Decimal(50)))  # won back, too late
    assert desk.signal(at=NOON + 2)[0].reason == "daily_loss"
    midnight = NOON + DAY_MS // 2
    assert isinstance(desk.signal(at=midnight)[0], SignalAccepted)


def test_the_day_begins_with_the_midnight_closes_of_all_coins():
    desk = Desk(RiskLimits(daily_loss_percent=Decimal("1.5")))
    midnight = NOON + DAY_MS // 2
    both = plan(max_concurrent=9)
    desk.open(plan=both)
    desk.handle(closed(midnight, close=104.0))  # 10200 at midnight
    desk.signal(coin="ETH", at=midnight, plan=both, size=Decimal(0))  # begins the day
    desk.handle(closed(midnight + 1, close=101.0))  # 10050: 1.47 % less
    refused = desk.signal(coin="BTC", at=midnight + 1, plan=both, price=Decimal(101))
    assert [check.name for check in refused[0].checks if not check.passed] == ["coin_free"]
    desk.handle(closed(midnight + 2, close=100.9))  # 10045: 1.52 % less
    assert desk.signal(coin="ETH", at=midnight + 2, plan=both)[0].reason == "daily_loss"


# News that nobody waits for


def test_late_news_of_a_closed_trade_is_ignored(desk):
    enter = desk.open()
    old = desk.orders[0]
    desk.stop_out()
    assert desk.handle(filled(old)) == []
    assert desk.handle(OrderCancelled(NOON, "BTC", old.id, "reduceOnlyCanceled")) == []
    assert desk.handle(OrderRejected(NOON, "DOGE", "x", "y")) == []
    assert desk.handle(OrderCancelled(NOON, "DOGE", "x", "y")) == []
    desk.open(at=NOON + CANDLE_MS)
    assert desk.handle(filled(old)) == []
    assert desk.handle(filled(enter.entry, 100)) == []
    assert desk.engine.equity == 9_900


def test_a_fill_that_nobody_asked_for_is_fatal_while_there_is_a_position(desk):
    stray = replace(signal(), id="stray")
    desk.signal()
    order = replace(desk.last(Enter).stop, id=f"{stray.id}/stop/1")
    assert desk.handle(filled(order, size=1)) == []
    desk.handle(filled(desk.last(Enter).entry, 100))
    with pytest.raises(Fatal, match="no such order was sent"):
        desk.handle(filled(order, size=1))


def test_a_fill_of_an_entry_that_was_given_up_is_fatal(desk):
    desk.signal()
    entry = desk.last(Enter).entry
    desk.handle(OrderCancelled(NOON, "BTC", entry.id, "canceled"))
    with pytest.raises(Fatal):
        desk.handle(filled(entry, 100))


@pytest.mark.parametrize(("side", "size"), [(1, 50), (-1, 51), (-1, 0)])
def test_an_exit_that_cannot_be_true_is_fatal(desk, side, size):
    enter = desk.open()
    with pytest.raises(Fatal, match="but the position is"):
        desk.handle(filled(enter.stop, size=size, side=side))


def test_an_entry_on_the_wrong_side_is_fatal(desk):
    desk.signal()
    with pytest.raises(Fatal, match="was filled by"):
        desk.handle(filled(desk.last(Enter).entry, 100, side=-1))


# Margin of what is open


def free_cash(refused):
    return next(check.limit for check in refused.checks if check.name == "margin")


def test_isolated_collateral_is_not_free_whether_its_entry_waits_or_is_filled():
    desk = Desk()
    enter = desk.signal() and desk.last(Enter)
    collateral = enter.entry.size * 100 / enter.leverage
    assert free_cash(desk.signal(coin="ETH")[0]) == 10_000 - collateral
    desk.handle(filled(enter.entry, 100, 20, remaining=Decimal(30)))
    assert free_cash(desk.signal(coin="ETH")[0]) == 10_000 - collateral
    desk.handle(filled(enter.entry, 100, 30))
    assert free_cash(desk.signal(coin="ETH")[0]) == 10_000 - collateral
    desk.handle(filled(desk.orders[0]))
    assert free_cash(desk.signal(coin="ETH")[0]) == 10_050 - collateral / 2


def test_cross_counts_every_position_and_waiting_entry_at_its_stop():
    limits = RiskLimits(is_isolated=False, total_exposure=Decimal(100))
    desk = Desk(limits, cash=Decimal(1000))
    many = plan(max_concurrent=9)
    assert desk.open(plan=many).leverage == 10  # 5 coins: 10 lost at the stop, 6.1 maintenance
    (check,) = [
        check
        for check in desk.signal(coin="ETH", plan=many)[0].checks
        if check.name == "liquidation"
    ]
    # Both lose 10 at their stops, and keep 5 * 98 / 80 there.
    assert check.value == 1000 - 2 * 10 - 2 * Decimal(490) / 80
    # A waiting entry counts as if it were open.
    desk.handle(OrderCancelled(NOON, "ETH", desk.last(Enter).entry.id, "no"))
    (again,) = [
        check
        for check in desk.signal(signal(coin="ETH", plan=many, at=NOON + 1))[0].checks
        if check.name == "liquidation"
    ]
    assert again.value == check.value
    # A stop that is lost counts where it was.
    desk.handle(OrderCancelled(NOON, "BTC", f"{signal().id}/stop/1", "lost"))
    desk.handle(OrderRejected(NOON, "BTC", f"{signal().id}/stop/2", "no"))
    assert desk.orders[-1].kind == "close"
    desk.handle(OrderCancelled(NOON, "ETH", desk.last(Enter).entry.id, "no"))
    judged = desk.signal(signal(coin="ETH", plan=many, at=NOON + 2))[0]
    assert check.value in [check.value for check in judged.checks]


def test_an_account_without_money_has_lost_its_day():
    desk = Desk(cash=Decimal(0))
    refused = desk.signal()[0]
    assert refused.reason == "daily_loss"
    assert "size" in [check.name for check in refused.checks if not check.passed]
