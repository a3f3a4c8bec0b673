"""One coin and its signals: coins that begin late, end early, or lie outside the span."""

from __future__ import annotations

import numpy as np
import pytest

from alone_builders import ROOMY, STANDARDS, WITHOUT_COSTS, coin_of, random_signals
from hyperbot.backtesting.coin_alone import CoinAlone, joined
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.rules_alone import trades_of
from hyperbot.backtesting.scanner import Scan, Swings
from hyperbot.backtesting.significance import Subject, measure
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.signals import PlannedTarget
from hyperbot.exchange.instruments import instrument_of
from result_builders import BEGIN, DAY, HOUR, candles, plan, signal

TRAILING = (PlannedTarget(1, 0.5, "trail"), PlannedTarget(3, 0.5))


def walk(hours, coin="BTC", seed=0, since=BEGIN):
    steps = np.random.default_rng(seed).normal(0, 0.01, hours)
    series = candles(coin, 100 * np.exp(np.cumsum(steps)), wick=0.1)
    return CandleSeries(coin, "1h", series.ts + (since - BEGIN), *series.columns)


def played(series, span, signals=()):
    history = CoinHistory(series, instrument_of(series.coin, 100.0))
    swings = {
        (HOUR, side): Swings(np.array([BEGIN + 3 * HOUR]), np.array([98.0])) for side in (1, -1)
    }
    told = {each.at: (each,) for each in signals}
    return CoinAlone(history, Scan(told, swings), span, (ROOMY, WITHOUT_COSTS))


def long_at(row):
    """A market entry at the close of a row."""
    made = signal("BTC", 1, BEGIN + (row + 1) * HOUR, "a", stop=90)
    trails = plan("a", targets=TRAILING)
    return type(made)(**{name: getattr(made, name) for name in made.__slots__} | {"plan": trails})


@pytest.mark.parametrize("span", [(-90, -50), (200, 300), (5, 5)])
def test_a_coin_outside_the_span_has_no_trades(span):
    coin = played(walk(48), [BEGIN + hour * HOUR for hour in span], [long_at(3), long_at(40)])
    assert coin.accepted("a").row.size == 0
    assert coin.accepted("other") is None
    made = trades_of("a", [coin])
    assert (made.net.size, made.pending) == (0, 0)


@pytest.mark.parametrize(
    ("since", "until", "rows"), [(0, 48, [3, 40]), (3, 48, [3, 40]), (4, 41, [40]), (4, 40, [])]
)
def test_a_signal_counts_if_its_candle_opens_in_the_span(since, until, rows):
    span = (BEGIN + since * HOUR, BEGIN + until * HOUR)
    coin = played(walk(48), span, [long_at(3), long_at(40)])
    assert coin.given["a"].row.tolist() == rows


def test_candles_after_the_span_are_not_looked_at():
    series = walk(100)
    span = (BEGIN, BEGIN + 60 * HOUR)
    crashed = series.columns.copy()
    crashed[:4, 60:] /= 2
    given = [long_at(row) for row in (3, 20, 40, 55, 59)]
    one, other = (
        played(each, span, given)
        for each in (series, CandleSeries("BTC", "1h", series.ts, *crashed))
    )
    for made, same in zip(trades_of("a", [one]), trades_of("a", [other]), strict=True):
        np.testing.assert_array_equal(made, same)
    assert len(one.candles) == 60


def test_trades_of_coins_are_joined_in_the_order_of_entry():
    late = coin_of(walk(600, "ETH", 1, BEGIN + 10 * DAY))
    early = coin_of(walk(600))
    rng = np.random.default_rng(2)
    parts = [each.traded(random_signals(each, "a", 20, rng)) for each in (late, early)]
    both = joined(parts)
    assert (np.diff(both.entry) >= 0).all()
    assert both.net.sum() == pytest.approx(sum(part.net.sum() for part in parts))
    assert both.pending == sum(part.pending for part in parts)
    assert (both.exit > both.entry).all()
    assert joined([]).net.size == 0


def test_one_coin_that_begins_late_does_not_change_what_the_other_made():
    span = (BEGIN, BEGIN + 1_000 * HOUR)
    early, late = coin_of(walk(1_000)), coin_of(walk(500, "ETH", 1, BEGIN + 500 * HOUR))
    rng = np.random.default_rng(2)
    early.given = {"a": random_signals(early, "a", 30, rng)}
    late.given = {"a": random_signals(late, "a", 20, rng)}

    def told(*coins):
        return measure(Subject("a", "a"), coins, span, WITHOUT_COSTS, STANDARDS)

    both, one, other = told(early, late), told(early), told(late)
    assert both.all_trades.trades == one.all_trades.trades + other.all_trades.trades
    assert both.daily == pytest.approx(one.daily + other.daily)
    assert both.daily.size == 42  # of the span, not of the coin
    assert both.random_entries is not None
    for together, apart, rest in zip(both.regimes, one.regimes, other.regimes, strict=True):
        assert together.trades == apart.trades + rest.trades


def test_what_is_measured_is_the_same_again():
    coin = coin_of(walk(1_000))
    coin.given = {"a": random_signals(coin, "a", 40, np.random.default_rng(2))}
    span = (BEGIN, BEGIN + 1_000 * HOUR)
    first, again = (
        measure(Subject("a", "a"), [coin], span, WITHOUT_COSTS, STANDARDS) for _ in range(2)
    )
    for name in ("all_trades", "random_entries", "fragility", "windows", "regimes", "alone"):
        assert getattr(first, name) == getattr(again, name)


def test_a_trade_is_over_when_its_last_candle_closes():
    base = candles(closes=[100.0, 100.0, 100.0, 80.0, 80.0])
    coin = played(base, (BEGIN, BEGIN + 5 * HOUR), [long_at(0), long_at(2)])
    made = coin.traded(coin.accepted("a"))
    # The stop at 90 is passed by the fourth candle; the second signal comes while it is open.
    assert made.entry.tolist() == [BEGIN + HOUR]
    assert made.exit.tolist() == [BEGIN + 4 * HOUR]
    assert made.net.tolist() == pytest.approx([-1.0])
