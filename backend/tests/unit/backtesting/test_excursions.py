"""How far price went against and for a trade: each candle's part by hand."""

from decimal import Decimal

import pytest

from hyperbot.backtesting.excursions import excursions
from hyperbot.domain.errors import InvalidInput
from result_builders import candles, trade


def excursion(made, closes, wick=0.0):
    return excursions([made], {"BTC": candles(closes=closes, wick=wick)})[0]


def test_candles_between_entry_and_exit_count_both_ways():
    # Opens in candle 1, closes in candle 4: 2 and 3 reach 94 and 118 (wicks of 1).
    told = excursion(trade(1, opened=1, hours=3), [100, 100, 95, 117, 110], wick=1)
    assert told == (pytest.approx(-0.6), pytest.approx(1.8))


def test_a_short_is_mirrored():
    told = excursion(trade(1, side=-1, opened=1, hours=3), [100, 100, 105, 83, 90], wick=1)
    assert told == (pytest.approx(-0.6), pytest.approx(1.8))


def test_the_candle_of_the_entry_counts_against_but_not_beyond_the_stop():
    assert excursion(trade(1, opened=1, hours=2), [100, 97, 100, 110]).mae_r == pytest.approx(-0.3)
    assert excursion(trade(1, opened=1, hours=1), [100, 50, 110]).mae_r == -1


def test_the_candles_of_entry_and_exit_do_not_count_for():
    assert excursion(trade("0.5", opened=1, hours=1), [100, 130, 105]).mfe_r == pytest.approx(0.5)


def test_an_exit_at_a_target_counts_the_worst_of_its_candle():
    assert excursion(trade(1, opened=0, hours=2), [100, 100, 94]).mae_r == pytest.approx(-0.6)


def test_an_exit_at_a_stop_is_the_worst_of_its_candle():
    moved = trade("0", opened=0, hours=2, reason="breakeven")
    assert excursion(moved, [100, 104, 60]) == (0, pytest.approx(0.4))


def test_a_gap_through_the_stop_counts_its_fill():
    assert excursion(trade(-3, opened=0, hours=2), [100, 100, 70]).mae_r == -3


def test_all_in_one_candle():
    assert excursion(trade(2, opened=0, hours=0), [95]) == (pytest.approx(-0.5), 2)
    assert excursion(trade(-1, opened=0, hours=0), [95]) == (-1, 0)


def test_an_open_trade_reaches_to_the_last_candle():
    told = excursion(trade(opened=0, hours=None), [100, 100, 96, 112])
    assert told == (pytest.approx(-0.4), pytest.approx(1.2))


def test_a_trade_without_risk_has_none():
    assert excursion(trade(1, stop=Decimal(100)), [100, 90, 120]) == (0, 0)


def test_a_coin_without_candles_is_refused():
    with pytest.raises(InvalidInput, match="no candles of ETH"):
        excursions([trade(coin="ETH")], {"BTC": candles()})
