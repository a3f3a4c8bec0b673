"""Trades by what was known of the market at the close of their signal candle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alone_builders import coin_of, signals_at
from hyperbot.backtesting.coin_alone import AloneTrades
from hyperbot.backtesting.regimes import NAMES, regimes
from result_builders import candles

DAY_ROWS, WEEK, MONTH = 24, 7 * 24, 30 * 24


def traded(coin, rows, net, side=1):
    """Trades with these results from signals at these rows, one each."""
    rows = np.array(rows, np.int64)
    sides = np.broadcast_to(np.array(side, np.int64), rows.shape).copy()
    signals = signals_at(coin, "a", rows, sides, np.random.default_rng(0))
    ts = coin.candles.ts[np.minimum(rows + 1, len(coin.candles) - 1)]
    zero = np.zeros(rows.size)
    return (
        coin,
        signals,
        AloneTrades(
            signal=np.arange(rows.size),
            entry=ts,
            exit=ts,
            side=sides,
            net=np.array(net, float),
            gross=zero,
            is_doubtful=zero.astype(bool),
            pending=0,
        ),
    )


def by_name(parts):
    told = regimes(parts)
    assert tuple(each.name for each in told) == NAMES
    return {each.name: (each.trades, each.mean_r) for each in told}


def test_without_trades_all_are_empty():
    assert set(by_name([]).values()) == {(0, None)}
    coin = coin_of(candles(closes=[100.0] * 50))
    assert set(by_name([traded(coin, [], [])]).values()) == {(0, None)}


def test_sides():
    coin = coin_of(candles(closes=[100.0] * 50))
    told = by_name([traded(coin, [1, 2, 3], [1, 2, -5], [1, 1, -1])])
    assert (told["long"], told["short"]) == ((2, 1.5), (1, -5))


def test_rising_is_above_the_close_a_week_before():
    closes = np.full(2 * WEEK + 3, 100.0)
    closes[WEEK] = 100.1  # alone above its close a week before, and a week later that is high
    coin = coin_of(candles(closes=closes))
    rows = [WEEK - 1, WEEK, WEEK + 1, 2 * WEEK]
    told = by_name([traded(coin, rows, [9, 1, 2, 4])])
    assert told["rising market"] == (1, 1)
    assert told["falling market"] == (2, 3)  # equal counts as falling; the first is too early


def test_wild_is_above_the_mean_of_the_month_before():
    wicks = np.ones(MONTH + 40)
    wicks[MONTH - 20 :] = 0.99
    wicks[MONTH + 5] = 3  # one wild candle: the next 14 mean ranges hold it
    series = candles(closes=np.full(wicks.size, 100.0))
    wild = coin_of(
        type(series)(
            "BTC",
            "1h",
            series.ts,
            series.open,
            series.open + wicks,
            series.open - wicks,
            series.close,
            np.ones(wicks.size),
        )
    )
    rows = [MONTH - 1, MONTH + 4, MONTH + 5, MONTH + 18, MONTH + 19]
    told = by_name([traded(wild, rows, [100, 1, 2, 3, 5])])
    # Known at its close: the candle of MONTH + 5 counts at once, and for the last time 13 later.
    assert told["wild market"] == (2, 2.5)
    assert told["calm market"] == (2, 3)


def test_coins_are_added_up():
    one, other = coin_of(candles(closes=[100.0] * 400)), coin_of(candles("ETH", [50.0] * 300))
    told = by_name([traded(one, [200, 210], [1, 2]), traded(other, [200], [6], -1)])
    assert (told["long"], told["short"]) == ((2, 1.5), (1, 6))
    assert told["falling market"] == (3, 3)


@pytest.mark.parametrize("step", ["1w", "3d", "5d", "31d"])
def test_candles_longer_than_a_day_have_regimes_too(step):
    closes = [100.0 + (place % 7) for place in range(60)]
    coin = coin_of(candles(closes=closes, step=step))
    # Rows 43 and 47: 101 after 100, and 105 after 104; row 49: 100 after 106.
    told = by_name([traded(coin, [43, 47, 49], [1, 3, -4])])
    assert told["falling market"][0] >= 1
    assert told["rising market"][0] >= 1
    assert told["calm market"][0] + told["wild market"][0] == 3


@given(st.integers(0, 999), st.lists(st.integers(0, 899), max_size=30))
def test_each_pair_of_regimes_shares_out_the_trades(seed, rows):
    rng = np.random.default_rng(seed)
    coin = coin_of(candles(closes=100 * np.exp(np.cumsum(rng.normal(0, 0.01, 900)))))
    side, net = rng.choice([-1, 1], len(rows)), rng.normal(0, 1, len(rows))
    told = by_name([traded(coin, sorted(rows), net, side)])
    counts = {name: count for name, (count, _) in told.items()}
    assert counts["long"] + counts["short"] == len(rows)
    assert counts["rising market"] + counts["falling market"] == sum(row >= WEEK for row in rows)
    assert counts["calm market"] + counts["wild market"] == sum(row >= MONTH for row in rows)


@given(st.integers(0, 99), st.integers(MONTH, 899))
def test_what_comes_later_changes_no_regime(seed, row):
    """No look-ahead: the same trade, with and without the candles after its signal."""
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, 900)))
    told = [
        by_name([traded(coin_of(candles(closes=closes[:until])), [row], [1])])
        for until in (row + 1, 900)
    ]
    assert told[0] == told[1]
