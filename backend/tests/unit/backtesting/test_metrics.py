"""Numbers of trades: each computed by hand."""

from decimal import Decimal

import pytest

from hyperbot.backtesting.excursions import Excursion
from hyperbot.backtesting.metrics import performance, trade_stats
from result_builders import curve, trade

FLAT = curve([1000.0] * 11)


def stats(trades, over=FLAT):
    return trade_stats([(each, Excursion(-0.5, 1.5)) for each in trades], over)


def test_a_hand_computed_example():
    told = stats(
        [
            trade(2, opened=1),
            trade(-1, opened=10, side=-1),
            trade("0.05", opened=20, reason="time"),
            trade("-1.5", opened=30, is_doubtful=True),
            trade(3, opened=40, side=-1),
            trade(opened=50, hours=None),
        ]
    )
    assert (told.trades, told.pending, told.longs, told.shorts) == (5, 1, 4, 2)
    assert (told.wins, told.losses, told.breakevens) == (2, 2, 1)
    assert told.win_rate == 0.4
    assert told.total_r == pytest.approx(2.55)
    assert told.expectancy_r == pytest.approx(0.51)
    assert told.expectancy == pytest.approx(5.1)
    assert (told.average_win_r, told.average_loss_r) == (2.5, -1.25)
    assert told.profit_factor == pytest.approx(50.5 / 25)
    assert told.net == told.gross == pytest.approx(25.5)
    assert (told.net_long, told.net_short) == (pytest.approx(5.5), 20)
    assert told.max_drawdown_r == pytest.approx(2.45)  # from 2 over 1 and 1.05 to -0.45
    assert (told.mean_mae_r, told.mean_mfe_r) == (-0.5, 1.5)
    assert told.exit_reasons == {"sl": 2, "time": 1, "tp1": 2}
    assert told.doubtful_share == pytest.approx(1 / 6)


def test_without_trades_nothing_is_known():
    told = stats([])
    assert (told.trades, told.net, told.time_in_market, told.turnover) == (0, 0, 0, 0)
    assert told.exit_reasons == {}
    unknown = (
        told.win_rate,
        told.expectancy_r,
        told.expectancy,
        told.average_win_r,
        told.average_loss_r,
        told.profit_factor,
        told.mean_mae_r,
        told.doubtful_share,
    )
    assert set(unknown) == {None}


def test_a_profit_factor_needs_a_loss():
    assert stats([trade(1), trade(2)]).profit_factor is None
    assert stats([trade(-1)]).profit_factor == 0


@pytest.mark.parametrize(
    ("results", "longest"),
    [([1, 1], 0), ([-1, -1, 1, -1], 2), ([-1, 0, -1], 1), ([1, -1, -1, -1], 3)],
)
def test_the_longest_losing_streak_is_in_the_order_of_closing(results, longest):
    trades = [trade(r, opened=3 * row) for row, r in enumerate(results)]
    assert stats(trades[::-1]).longest_losing_streak == longest


def test_costs_in_quote_units_and_in_r():
    costly = trade(
        1, fees=Decimal(2), funding=Decimal("-0.5"), slippage=Decimal(1), forfeited=Decimal(3)
    )
    wide = trade(1, fees=Decimal(2), stop=Decimal(80), funding=Decimal("0.1"))
    told = stats([costly, wide]).costs
    assert (told.fees, told.funding, told.slippage, told.forfeited) == (4, 0.4, 1, 3)
    assert told.fees_r == pytest.approx(0.3)
    assert told.funding_r == pytest.approx(0.05 - 0.005)
    assert (told.slippage_r, told.forfeited_r) == (0.1, pytest.approx(0.3))


def test_time_in_the_market_counts_overlaps_once():
    trades = [trade(1, opened=0, hours=24), trade(1, opened=12, hours=24), trade(1, opened=13)]
    assert stats(trades).time_in_market == pytest.approx(36 / 240)
    assert stats([trade(opened=216, hours=None)]).time_in_market == pytest.approx(0.1)


def test_turnover_is_what_was_traded_in_a_year_per_equity():
    # 100 bought and 110 sold in 10 of 365 days, with an equity of 1,000.
    assert stats([trade(1)]).turnover == pytest.approx(210 / 1000 * 36.5)
    assert stats([trade(1)], curve([0.0, 0.0])).turnover is None
    assert stats([trade(1)], curve([1000.0])).turnover is None


def test_rules_and_coins_are_told_apart_those_without_trades_too():
    trades = [trade(1, rule="b"), trade(-1, rule="c", coin="ETH", side=-1)]
    told = performance(trades, [Excursion(0, 0)] * 2, FLAT, ["a", "b"], ["SOL", "ETH"])
    assert {name: each.trades for name, each in told.by_rule.items()} == {"a": 0, "b": 1, "c": 1}
    assert {name: each.net for name, each in told.by_coin.items()} == {
        "SOL": 0,
        "ETH": -10,
        "BTC": 10,
    }
    assert list(told.by_coin) == ["SOL", "ETH", "BTC"]
    assert told.trades.trades == 2
    assert told.account.days == 10


def test_excursions_belong_to_trades():
    with pytest.raises(ValueError, match="shorter"):
        performance([trade(1)], [], FLAT)
