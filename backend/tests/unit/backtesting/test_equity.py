"""The account over time: by hand, against the exact account, and against a slow drawdown."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.backtesting.equity import HOUR_MS, Movements, drawdown, equity_curve
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.events import FundingPaid, OrderFilled
from result_builders import BEGIN, DAY, HOUR, candles, events_of, trade


def filled(hours, side, size, price, fee="0", coin="BTC", **fields):
    amounts = {"size": Decimal(size), "price": Decimal(price), "fee": Decimal(fee)}
    rest = {"slippage": Decimal(0), "remaining": Decimal(0)} | fields
    return OrderFilled(BEGIN + hours * HOUR, coin, "order", side, **amounts, **rest)


def curve_of(events, *series, start=1000.0, step=HOUR_MS):
    told = {each.coin: each for each in series}
    return equity_curve(Movements.of(events, tuple(told)), told, start, step)


def test_a_long_is_marked_at_each_close():
    # Bought 2 at 100 during the second hour, one sold at 110 during the fourth.
    events = [filled(1, 1, "2", "100", "0.09"), filled(3, -1, "1", "110", "0.05")]
    told = curve_of(events, candles(closes=[100, 102, 105, 108, 90]))
    assert told.ts.tolist() == [BEGIN + hour * HOUR for hour in range(6)]
    assert told.equity == pytest.approx([1000, 1000, 1003.91, 1009.91, 1017.86, 999.86])
    assert told.cash == pytest.approx([1000, 1000, 999.91, 999.91, 1009.86, 1009.86])
    assert told.exposure == pytest.approx([0, 0, 204, 210, 108, 90])
    assert told.drawdown[-1] == pytest.approx(18 / 1017.86)


def test_a_short_wins_when_price_falls_and_can_turn():
    events = [filled(0, -1, "1", "100"), filled(1, 1, "3", "90"), filled(2, -1, "2", "95")]
    told = curve_of(events, candles(closes=[95, 92, 99]))
    assert told.equity.tolist() == [1000, 1005, 1014, 1020]
    assert told.cash.tolist() == [1000, 1000, 1010, 1020]
    assert told.exposure.tolist() == [0, 95, 184, 0]


def test_a_grown_position_has_the_mean_price():
    events = [filled(0, 1, "1", "100"), filled(0, 1, "1", "110"), filled(1, -1, "2", "120")]
    told = curve_of(events, candles(closes=[110, 120]))
    assert told.cash.tolist() == [1000, 1000, 1030]


def test_funding_and_what_a_liquidation_took_count():
    events = [
        filled(0, 1, "1", "100"),
        FundingPaid(BEGIN + HOUR, "BTC", Decimal("-0.5")),
        filled(2, -1, "1", "60", forfeited=Decimal(3)),
    ]
    told = curve_of(events, candles(closes=[100, 100, 60]))
    assert told.equity.tolist() == [1000, 1000, 999.5, 956.5]
    assert told.cash[-1] == 956.5


def test_a_movement_counts_from_the_first_moment_after_its_candle_opened():
    told = curve_of([filled(1, 1, "1", "100")], candles(closes=[100, 130, 130]))
    assert told.equity.tolist() == [1000, 1000, 1030, 1030]


def test_what_is_left_counts_at_the_end():
    at_the_end = FundingPaid(BEGIN + 2 * HOUR, "BTC", Decimal(7))
    assert curve_of([at_the_end], candles(closes=[100, 100])).equity[-1] == 1007


def test_a_gap_keeps_the_last_close_and_other_coins_go_on():
    short = candles("ETH", [50, 60])
    told = curve_of([filled(0, 1, "1", "50", coin="ETH")], candles(closes=[100] * 5), short)
    assert told.equity.tolist() == [1000, 1000, 1010, 1010, 1010, 1010]


def test_the_grid_can_be_coarse_and_begins_and_ends_with_the_candles():
    told = curve_of([], candles(closes=[100] * 30), step=DAY)
    assert ((told.ts - BEGIN) // HOUR).tolist() == [0, 24, 30]
    fine = curve_of([], candles(closes=[100] * 7, step="15m"))
    assert ((fine.ts - BEGIN) // 60_000).tolist() == [0, 60, 105]


def test_a_coin_without_candles_is_refused():
    with pytest.raises(InvalidInput, match="ETH moved the account, and no candles"):
        Movements.of([filled(0, 1, "1", "50", coin="ETH")], ["BTC"])
    moved = Movements.of([filled(0, 1, "1", "50")], ["BTC"])
    with pytest.raises(InvalidInput, match="no candles of it"):
        equity_curve(moved, {"ETH": candles("ETH")}, 1000.0)
    with pytest.raises(InvalidInput, match="there are none"):
        equity_curve(moved, {}, 1000.0)


trades = st.builds(
    trade,
    st.decimals(-3, 3, places=2).map(str),
    coin=st.sampled_from(["BTC", "ETH"]),
    side=st.sampled_from([1, -1]),
    opened=st.integers(0, 40),
    hours=st.integers(0, 7),
    fees=st.decimals(0, 2, places=6),
    funding=st.decimals(-1, 1, places=6),
)


@given(st.lists(trades, max_size=12))
def test_the_end_agrees_with_the_exact_account(done):
    exact = Decimal(10_000) + sum((each.net for each in done), Decimal(0))
    told = curve_of(events_of(done), candles("BTC"), candles("ETH"), start=10_000.0)
    assert told.equity[-1] == pytest.approx(float(exact), abs=1e-6)
    assert told.cash[-1] == pytest.approx(float(exact), abs=1e-6)
    assert told.exposure[-1] == pytest.approx(0, abs=1e-6)


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=60))
def test_drawdown_is_the_fall_from_the_highest_value_so_far(values):
    slow = [1 - value / max(values[: row + 1]) for row, value in enumerate(values)]
    assert drawdown(np.array(values)) == pytest.approx(slow, abs=1e-12)


def test_drawdown_of_what_never_was_positive_is_nothing():
    assert drawdown(np.array([0.0, -5.0])).tolist() == [0, 0]
    assert drawdown(np.array([10.0, -5.0])).tolist() == [0, 1.5]
