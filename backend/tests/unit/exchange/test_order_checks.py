"""What the simulated exchange refuses, in the exchange's words; and what it does at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_builders import COIN, Story, drive, exchange
from hyperbot.domain.actions import Cancel, Enter
from hyperbot.domain.bars import NOTHING_WAITS
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.events import Event, OrderCancelled, OrderRejected
from hyperbot.domain.instruments import Instrument, MarginTier
from hyperbot.exchange import order_checks as texts

STORY = Story()
CALM = STORY.bar(0, 100, 101, 99, 100)


def _reasons(events: list[Event]) -> list[str]:
    return [event.reason for event in events if isinstance(event, OrderRejected)]


def _open_position(size: float = 1):
    market = exchange()
    market.perform(STORY.enter(size=size))
    drive(market, [CALM])
    return market


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"size": 0}, texts.ZERO_SIZE),
        ({"size": "0.12345"}, texts.BAD_SIZE),
        ({"size": "-1"}, texts.BAD_SIZE),
        ({"size": "0.09"}, texts.TOO_SMALL),
        ({"kind": "limit"}, texts.BAD_PRICE),
        ({"kind": "limit", "price": -1}, texts.BAD_PRICE),
        ({"kind": "limit", "price": 99.123}, texts.OFF_TICK),
        ({"stop": 95.001}, texts.OFF_TICK),
        ({"stop": 100}, texts.BAD_TRIGGER),
        ({"kind": "limit", "price": 94}, texts.BAD_TRIGGER),
        ({"size": 501}, texts.NO_MARGIN),
        ({"leverage": 11}, texts.BAD_LEVERAGE),
        ({"leverage": 0}, texts.BAD_LEVERAGE),
        ({"kind": "target", "price": 110}, texts.WOULD_INCREASE),
    ],
)
def test_an_entry_that_is_refused(asked, reason):
    market = exchange()
    market.see(COIN, 100.0)
    refused = market.perform(STORY.enter(**asked))
    assert _reasons(refused) == [reason]
    assert market.reach(COIN) == NOTHING_WAITS
    assert market.perform(STORY.enter()) == []  # what was refused was never placed


def test_all_the_margin_may_be_used():
    market = exchange()
    market.see(COIN, 100.0)
    assert market.perform(STORY.enter(size=500)) == []


def test_leverage_is_bounded_by_the_tier_of_the_position():
    rules = Instrument(COIN, 2, (MarginTier(Decimal(0), 10), MarginTier(Decimal(1000), 5)))
    market = exchange(rules=rules)
    market.see(COIN, 100.0)
    assert _reasons(market.perform(STORY.enter(size=10, leverage=6))) == [texts.ABOVE_TIER]
    assert market.perform(STORY.enter(size=10, leverage=5)) == []


def test_an_entry_that_the_account_can_no_longer_carry_is_cancelled():
    market = exchange()
    market.see(COIN, 100.0)
    market.perform(STORY.enter(size=500))
    found = drive(market, [STORY.bar(0, 101, 101, 100, 101)])
    assert found == [OrderCancelled(0, COIN, "entry", "marginCanceled")]
    assert market.cash == 10_000


def test_a_coin_has_one_engagement():
    market = _open_position()
    second = STORY.enter()
    again = Enter(0, STORY.order("other", "market", None, 1), second.stop, 5, True)
    assert _reasons(market.perform(again)) == [texts.ALREADY_ENGAGED]


def test_the_same_order_twice_is_placed_once():
    market = _open_position()
    assert market.perform(STORY.enter()) == []
    half = STORY.place("half", "target", 110, 0.5)
    assert market.perform(half) == market.perform(half) == []
    drive(market, [STORY.bar(1, 100, 111, 99, 100)])
    assert market.positions[COIN].size == Decimal("0.5")
    assert market.perform(half) == []
    assert market.perform(STORY.move("stop", "s2", 98)) == []
    assert market.perform(STORY.move("stop", "s2", 98)) == []


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Story(-1).place("x", "target", 110, 1), texts.WOULD_INCREASE),
        (STORY.place("x", "limit", 99, 1), texts.WOULD_INCREASE),
        (STORY.place("x", "target", 110), texts.ZERO_SIZE),
        (STORY.place("x", "target", 110, 0.05), texts.TOO_SMALL),
        (STORY.place("x", "target", 110.001, 1), texts.OFF_TICK),
        (STORY.place("x", "stop_loss", 96), texts.STOP_RESTS),
    ],
)
def test_a_reduction_that_is_refused(place, reason):
    assert _reasons(_open_position().perform(place)) == [reason]


def test_a_small_order_may_close_the_whole_position():
    market = exchange()
    market.see(COIN, 200.0)
    market.perform(STORY.enter(size=0.06))
    drive(market, [CALM])
    assert market.perform(STORY.place("all", "target", 110, 0.06)) == []


def test_without_a_position_nothing_can_be_reduced():
    place = STORY.place("x", "target", 110, 1)
    assert _reasons(exchange().perform(place)) == [texts.WOULD_INCREASE]


@pytest.mark.parametrize(
    ("old", "price", "reason"),
    [
        ("stop", 100, texts.BAD_TRIGGER),
        ("stop", 98.001, texts.OFF_TICK),
        ("gone", 98, texts.UNKNOWN_ORDER),
    ],
)
def test_a_stop_that_cannot_be_moved_stays(old, price, reason):
    market = _open_position()
    assert _reasons(market.perform(STORY.move(old, "new", price))) == [reason]
    assert market.reach(COIN).below == 95


def test_orders_are_taken_back():
    market = _open_position()
    market.perform(STORY.place("half", "target", 110, 0.5))
    market.perform(STORY.place("end", "close", None))
    for name in ("half", "end", "stop"):
        (taken,) = market.perform(Cancel(3, COIN, name))
        assert taken == OrderCancelled(3, COIN, name, "canceled")
        assert _reasons(market.perform(Cancel(3, COIN, name))) == [texts.UNKNOWN_ORDER]
    assert market.perform(STORY.place("stop2", "stop_loss", 97)) == []
    assert market.reach(COIN).below == 97


def test_a_waiting_entry_goes_with_its_stop():
    market = exchange()
    market.perform(STORY.enter("limit", 98))
    assert market.perform(Cancel(3, COIN, "stop")) != []  # it does not rest yet
    assert market.perform(Cancel(3, COIN, "entry"))[0].reason == "canceled"
    assert market.reach(COIN) == NOTHING_WAITS


def test_a_stop_without_a_position_cannot_be_moved():
    market = exchange()
    market.perform(STORY.enter("limit", 98))
    assert _reasons(market.perform(STORY.move("stop", "new", 96))) == [texts.UNKNOWN_ORDER]


def test_after_the_position_all_orders_are_gone():
    market = _open_position()
    market.perform(STORY.place("half", "target", 110, 0.5))
    drive(market, [STORY.bar(1, 90, 91, 89, 90)])
    assert market.reach(COIN) == NOTHING_WAITS
    assert _reasons(market.perform(Cancel(2, COIN, "half"))) == [texts.UNKNOWN_ORDER]


def test_a_coin_that_is_not_traded():
    with pytest.raises(InvalidInput, match="'XYZ' is not traded"):
        exchange().instrument("XYZ")
