"""Margin, fees and liquidation against figures that the exchange itself gave."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_builders import COIN, RULES, Story, drive, exchange
from hyperbot.domain.costs import FREE, CostModel
from hyperbot.domain.events import OrderFilled
from hyperbot.domain.instruments import Instrument, MarginTier
from hyperbot.exchange.instruments import INSTRUMENTS, instrument_of
from hyperbot.exchange.margin import Held, liquidation_price, settle_liquidation

TIERED = Instrument(
    "BTC",
    5,
    (MarginTier(Decimal(0), 40), MarginTier(Decimal(10_000), 25), MarginTier(Decimal(50_000), 10)),
)


def test_maintenance_of_a_position_that_was_measured():
    assert TIERED.maintenance(Decimal("12073.655")).quantize(Decimal("1e-4")) == Decimal("166.4731")


def test_the_liquidation_price_of_the_documentation():
    rules = Instrument("ETH", 4, (MarginTier(Decimal(0), 50),))
    held = Held(1, Decimal("0.0335"), Decimal("2985.9"), Decimal("4.967826"))
    price = liquidation_price(rules, held)
    assert price is not None
    # The example cuts the maintenance margin, 1.0002765, after 6 decimals: hence a hair beside it.
    assert abs(price - Decimal("2866.26936529")) < Decimal("0.00002")


def test_a_fee_that_was_recorded():
    assert CostModel().fee(Decimal("0.001") * 66653, is_maker=True) == Decimal("0.009997")


@given(
    side=st.sampled_from([1, -1]),
    size=st.integers(1, 10**7).map(lambda lots: Decimal(lots) / 10_000),
    leverage=st.integers(1, 10),
)
def test_at_the_liquidation_price_value_and_maintenance_are_equal(side, size, leverage):
    held = Held(side, size, Decimal(100), size * 100 / leverage)
    price = liquidation_price(TIERED, held)
    if price is None:
        assert side > 0
        assert leverage == 1
    else:
        assert abs(held.value(price) - TIERED.maintenance(size * price)) < Decimal("1e-15") * size


@given(price=st.integers(1, 20_000), side=st.sampled_from([1, -1]), is_free=st.booleans())
def test_a_liquidation_takes_at_most_the_collateral(price, side, is_free):
    held = Held(side, Decimal(3), Decimal(100), Decimal(30))
    costs = FREE if is_free else CostModel()
    ended = settle_liquidation(RULES, held, Decimal(price) / 100, costs)
    lost = side * held.size * (ended.price - held.entry_price) - ended.fee - ended.forfeited
    assert lost >= -held.collateral
    assert ended.forfeited >= 0
    assert ended.fee >= 0
    if ended.forfeited:
        assert lost == -held.collateral


BOTH_SIDES = pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])


def _liquidated(side: int, candle: tuple[float, ...], is_isolated: bool = True):
    """10x from 100 with a stop at 85, behind the liquidation price of about 94.7 (long)."""
    story, market = Story(side), exchange(FREE, cash=10_000 if is_isolated else 100)
    market.see(COIN, 100.0)
    market.perform(story.enter(stop=85, size=10, leverage=10, is_isolated=is_isolated))
    drive(market, [story.bar(0, 100, 101, 99, 100)])
    found = drive(market, [story.bar(1, *candle)])
    return market, [e for e in found if isinstance(e, OrderFilled)]


@BOTH_SIDES
@pytest.mark.parametrize("is_isolated", [True, False])
def test_a_position_is_liquidated_before_a_stop_behind_it(side, is_isolated):
    market, found = _liquidated(side, (98, 99, 94, 96), is_isolated)
    assert [e.is_liquidation for e in found] == [True]
    assert abs(abs(found[0].price - 100) - 5) < Decimal("0.3")
    assert found[0].forfeited == 0  # the market took it at the liquidation price
    assert market.positions == {}
    assert market.ledger.totals["realised"] == market.cash - market.ledger.lines[0].amount


@BOTH_SIDES
@pytest.mark.parametrize("is_isolated", [True, False])
@pytest.mark.parametrize("opened", [91, 89, 60], ids=["backstop", "bankrupt", "far"])
def test_a_gap_takes_all_of_the_collateral_and_no_more(side, is_isolated, opened):
    market, found = _liquidated(side, (opened, opened, opened - 1, opened), is_isolated)
    assert [e.is_liquidation for e in found] == [True]
    assert market.cash == (9_900 if is_isolated else 0)
    assert -market.ledger.totals["liquidation"] == found[0].forfeited


def test_part_of_a_position_keeps_its_liquidation_price():
    story, market = Story(), exchange()
    market.perform(story.enter(stop=85, size=10, leverage=10))
    drive(market, [story.bar(0, 100, 101, 99, 100)])
    market.perform(story.place("half", "target", 105, 5))
    before = market.reach(COIN).below
    drive(market, [story.bar(1, 100, 106, 99, 100)])
    assert market.positions[COIN].size == 5
    assert market.reach(COIN).below == before


def test_funding_moves_the_liquidation_price():
    story, market = Story(), exchange()
    assert market.fund(COIN, 0, 0.001, 100.0) == []
    market.perform(story.enter(stop=85, size=10, leverage=10))
    drive(market, [story.bar(0, 100, 101, 99, 100)])
    before = market.reach(COIN).below
    (paid,) = market.fund(COIN, 5, 0.00012345678, 100.0)
    assert paid.amount == Decimal("-0.123456")
    assert market.cash == Decimal("9999.876544")
    assert market.reach(COIN).below > before


def test_coins_are_known_or_guessed():
    assert [tier.max_leverage for tier in instrument_of("BTC", 1.0).tiers] == [40, 20]
    assert not INSTRUMENTS["ETH"].is_assumed
    assert INSTRUMENTS["AVAX"].is_assumed


@pytest.mark.parametrize(
    ("price", "decimals"), [(60_000.0, 5), (3_000.0, 4), (30.0, 2), (1.0, 0), (1e-5, 0)]
)
def test_a_guessed_lot_is_worth_about_one(price, decimals):
    guessed = instrument_of("NEW", price)
    assert guessed.is_assumed
    assert guessed.size_decimals == decimals
    assert guessed.max_leverage == 10
