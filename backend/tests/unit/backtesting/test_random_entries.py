"""S11, the matched null: the same setups at moments that the rule did not choose."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from alone_builders import WITHOUT_COSTS, coin_of, random_signals, signals_at
from hyperbot.backtesting.random_entries import FEWEST_DRAWS, MOST_DRAWS, random_entries
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.domain.costs import FREE
from hyperbot.domain.signals import PlannedTarget
from result_builders import BEGIN, DAY, HOUR, candles


def walk(count=2_000, seed=0, drift=0.0, coin="BTC"):
    steps = np.random.default_rng(seed).normal(drift, 0.01, count)
    return coin_of(candles(coin, 100 * np.exp(np.cumsum(steps)), wick=0.1))


def closed(coin, signals, simulation=WITHOUT_COSTS):
    """The signals that became closed trades, and the mean R of those."""
    made = coin.traded(signals, simulation)
    return signals.where(made.signal), float(made.net.mean())


def compared(coin, signals, since=BEGIN, seed="a", simulation=WITHOUT_COSTS):
    taken, mean = closed(coin, signals, simulation)
    return random_entries([(coin, taken)], mean, simulation, since, seed)


WALK = walk()


def test_the_same_seed_gives_the_same_figures_and_another_one_others():
    sent = random_signals(WALK, "a", 60, np.random.default_rng(1))
    assert compared(WALK, sent) == compared(WALK, sent)
    assert compared(WALK, sent, seed="b") != compared(WALK, sent)


@pytest.mark.parametrize("count", [0, 1])
def test_of_fewer_than_two_trades_nothing_is_told(count):
    sent = random_signals(WALK, "a", 5, np.random.default_rng(1)).where(np.arange(count))
    assert random_entries([(WALK, sent)], 1.0, WITHOUT_COSTS, BEGIN, "a") is None
    assert random_entries([], 1.0, WITHOUT_COSTS, BEGIN, "a") is None


@pytest.mark.parametrize(("count", "draws"), [(2, MOST_DRAWS), (60, MOST_DRAWS), (600, 333)])
def test_as_many_draws_as_time_allows(count, draws):
    rows = np.sort(np.random.default_rng(2).choice(np.arange(50, 1_900), count, replace=False))
    sent = signals_at(WALK, "a", rows, np.ones(count, np.int64), np.random.default_rng(0))
    told = random_entries([(WALK, sent)], 0.0, WITHOUT_COSTS, BEGIN, "a")
    assert told.draws == draws >= FEWEST_DRAWS


def test_the_p_value_counts_the_rule_itself_among_the_draws():
    sent = random_signals(WALK, "a", 60, np.random.default_rng(1))
    best, worst = (
        random_entries([(WALK, sent)], mean, WITHOUT_COSTS, BEGIN, "a") for mean in (99.0, -99.0)
    )
    assert best.p_value == 1 / (1 + best.draws)
    assert worst.p_value == 1.0
    assert best.low < best.mean < best.high
    assert (best.low, best.mean, best.high) == (worst.low, worst.mean, worst.high)


def test_a_market_that_only_rises_is_not_the_merit_of_the_rule():
    """Every long wins 1 R wherever it is opened: so do all draws, and none is worse."""
    coin = coin_of(candles(closes=100 * 1.01 ** np.arange(400), wick=0.01))
    rows = np.arange(50, 350, 30)
    sent = signals_at(coin, "a", rows, np.ones(rows.size, np.int64), np.random.default_rng(0))
    sent = sent._replace(plan=replace(sent.plan, targets=(PlannedTarget(Decimal(1), Decimal(1)),)))
    taken, mean = closed(coin, sent)
    assert mean == pytest.approx(1)
    told = random_entries([(coin, taken)], mean - 1e-9, WITHOUT_COSTS, BEGIN, "a")
    assert (told.mean, told.low, told.p_value) == pytest.approx((1, 1, 1))


def test_sides_are_kept():
    """In the same market every short loses 1 R."""
    coin = coin_of(candles(closes=100 * 1.01 ** np.arange(400), wick=0.01))
    rows = np.arange(50, 350, 30)
    sent = signals_at(coin, "a", rows, -np.ones(rows.size, np.int64), np.random.default_rng(0))
    told = random_entries([(coin, sent)], 0.0, WITHOUT_COSTS, BEGIN, "a")
    assert told.high <= -1
    assert told.p_value == 1 / (1 + told.draws)


def test_what_knew_the_moment_is_better_than_chance():
    rng, close = np.random.default_rng(3), WALK.candles.close
    rows = np.arange(60, 1_900, 30)
    side = np.where(close[rows + 24] > close[rows], 1, -1)
    told = compared(WALK, signals_at(WALK, "a", rows, side, rng))
    # A draw may move it by so few candles that it knows nearly as much.
    assert told.p_value <= 3 / 401
    assert abs(told.mean) < 0.2


def test_costs_are_those_of_the_rule():
    sent = random_signals(WALK, "a", 60, np.random.default_rng(1))
    dear = SimulationRules(replace(FREE, taker=Decimal("0.01"), maker=Decimal("0.01")))
    assert compared(WALK, sent, simulation=dear).mean < compared(WALK, sent).mean - 0.2


def test_p_values_of_random_rules_are_spread_out():
    """Of rules without skill about one in ten is among the best tenth."""
    values = []
    for seed in range(60):
        coin = walk(1_000, seed)
        values.append(compared(coin, random_signals(coin, "a", 40, np.random.default_rng(seed))))
    shares = np.array([each.p_value for each in values])
    assert 0.4 < shares.mean() < 0.6
    assert (shares <= 0.1).mean() <= 0.2
    assert (shares >= 0.9).mean() >= 0.02


def test_only_time_since_then_is_drawn_from():
    """Up to the embargo all longs win, after it all lose: draws must not come from before."""
    up, down = 100 * 1.01 ** np.arange(300), 100 * 1.01**299 * 0.99 ** np.arange(1, 301)
    coin = coin_of(candles(closes=np.concatenate([up, down]), wick=0.01))
    rows = np.arange(330, 560, 30)
    sent = signals_at(coin, "a", rows, np.ones(rows.size, np.int64), np.random.default_rng(0))
    late = random_entries([(coin, sent)], 0.0, WITHOUT_COSTS, BEGIN + 300 * HOUR, "a")
    assert late.high <= -1
    assert random_entries([(coin, sent)], 0.0, WITHOUT_COSTS, BEGIN, "a").high > 0


def test_a_span_in_the_middle_is_drawn_from_alone():
    up, down = 100 * 1.01 ** np.arange(300), 100 * 1.01**299 * 0.99 ** np.arange(1, 301)
    series = candles(closes=np.concatenate([up, down]), wick=0.01)
    coin = coin_of(series, since=BEGIN + 301 * HOUR)
    rows = np.arange(330, 560, 30)
    sent = signals_at(coin, "a", rows, np.ones(rows.size, np.int64), np.random.default_rng(0))
    told = random_entries([(coin, sent)], 0.0, WITHOUT_COSTS, BEGIN + 301 * HOUR, "a")
    assert told.high <= -1


def test_all_trades_move_together_and_come_in_again_at_the_begin():
    """Two trades, one in each half of 100 flat candles and one peak: at most one can meet it."""
    closes = np.full(100, 100.0)
    closes[70] = 130.0
    coin = coin_of(candles(closes=closes, wick=0.5))
    sent = signals_at(coin, "a", np.array([20, 70]), np.array([1, 1]), np.random.default_rng(0))
    short = replace(sent.plan, time_stop_ms=2 * HOUR, targets=(PlannedTarget(Decimal(1), 1),))
    sent = sent._replace(plan=short, stop=sent.entry - 5.0, entry=sent.entry)
    told = random_entries([(coin, sent)], 0.6, WITHOUT_COSTS, BEGIN, "a")
    # Half of 1 R and of nothing is as good as it gets.
    assert told.high <= 0.5
    assert told.p_value == 1 / (1 + told.draws)


def test_coins_are_drawn_together_and_may_be_of_any_length():
    one, other, gone = walk(seed=1), walk(700, 2, coin="ETH"), walk(400, 3, coin="SOL")
    rng = np.random.default_rng(5)
    pairs = [(each, random_signals(each, "a", 30, rng)) for each in (one, other)]
    nothing = random_signals(gone, "a", 5, rng).where([])
    told = random_entries([*pairs, (gone, nothing)], 0.0, WITHOUT_COSTS, BEGIN, "a")
    assert told == random_entries(pairs, 0.0, WITHOUT_COSTS, BEGIN, "a")
    # SOL ended before the embargo; nothing of it is left to draw from.
    late = [(coin, sent.where(sent.row > 400)) for coin, sent in pairs]
    since = BEGIN + 20 * DAY
    told = random_entries([*late, (gone, nothing)], 0.0, WITHOUT_COSTS, since, "a")
    assert told == random_entries(late, 0.0, WITHOUT_COSTS, since, "a")


def test_setups_that_trade_nowhere_else_have_no_null():
    """Flat candles of no range but for the first hours: elsewhere stops have no distance."""
    closes = np.full(3_000, 100.0)
    base = candles(closes=closes)
    wick = np.where(np.arange(3_000) < 40, 1.0, 0.0)
    series = type(base)(
        *("BTC", "1h", base.ts, closes, closes + wick, closes - wick, closes, np.ones(3_000))
    )
    coin = coin_of(series)
    sent = signals_at(coin, "a", np.array([20, 21]), np.array([1, 1]), np.random.default_rng(0))
    assert random_entries([(coin, sent)], 0.5, WITHOUT_COSTS, BEGIN, "a") is None
