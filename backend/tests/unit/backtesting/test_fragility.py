"""Each stress of a rule: hand-made trades whose results a person can check."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from alone_builders import ROOMY, WITHOUT_COSTS, coin_of
from hyperbot.backtesting.fragility import costs_times, fragility
from hyperbot.backtesting.rule_signals import FOREVER, RuleSignals
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.domain.costs import FREE, CostModel
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.signals import PlannedTarget
from result_builders import BEGIN, HOUR, plan

NAMES = (
    "entry one candle later",
    "costs x2",
    "costs x3",
    "stops 20 % nearer",
    "targets 20 % nearer",
    "stops 20 % farther",
    "targets 20 % farther",
    "without the best 5 trades",
)
FLAT = (100, 100.5, 99.5, 100)
WIN = (100, 111, 99.5, 100)
NARROW_WIN = (100, 110.1, 99.5, 100)
LOSS = (100, 100.5, 89, 100)
NEAR_LOSS = (100, 100.5, 91, 100)
SWINGING = (100, 109, 91.5, 100)


def coin_with(rows, coin="BTC"):
    columns = np.array(rows, float).T
    ts = BEGIN + HOUR * np.arange(len(rows))
    return coin_of(CandleSeries(coin, "1h", ts, *columns, np.ones(len(rows))))


def longs(coin, rows, stop=90.0):
    """Longs at 100 with a stop at 90 and a target of 1 R."""
    rows = np.array(rows, np.int64)
    full = np.full(rows.shape, 100.0)
    return RuleSignals(
        plan=plan("a", targets=(PlannedTarget(Decimal(1), Decimal(1)),)),
        row=rows,
        side=np.ones(rows.size, np.int64),
        kind=np.zeros(rows.size, np.int64),
        entry=full,
        stop=np.full(rows.shape, stop),
        level=np.full(rows.shape, np.nan),
        valid_until=np.full(rows.shape, FOREVER),
        atr=np.ones(rows.size),
        is_thin=np.zeros(rows.size, np.bool_),
    )


def stressed(coin, signals, simulation=WITHOUT_COSTS, since=BEGIN):
    made = coin.traded(signals, simulation)
    told = fragility([(coin, signals)], made.net[made.entry >= since], simulation, since)
    assert tuple(each.name for each in told) == NAMES
    return {each.name: each for each in told}


def figures(told):
    return {
        name: (each.trades, None if each.mean_r is None else round(each.mean_r, 3), each.flips)
        for name, each in told.items()
    }


def test_a_robust_win_flips_only_without_its_best_trades():
    coin = coin_with([FLAT, FLAT, FLAT, (100, 130, 99.5, 100), FLAT])
    assert figures(stressed(coin, longs(coin, [0]))) == {
        "entry one candle later": (1, 1.0, False),
        "costs x2": (1, 1.0, False),
        "costs x3": (1, 1.0, False),
        "stops 20 % nearer": (1, 1.0, False),
        "targets 20 % nearer": (1, 0.8, False),
        "stops 20 % farther": (1, 1.0, False),
        "targets 20 % farther": (1, 1.2, False),
        "without the best 5 trades": (0, None, True),
    }


def test_a_win_that_needs_its_moment_flips_when_it_is_late():
    coin = coin_with([FLAT, WIN, FLAT, LOSS, FLAT])
    told = figures(stressed(coin, longs(coin, [0])))
    assert told["entry one candle later"] == (1, -1.0, True)
    assert told["costs x2"] == (1, 1.0, False)


def test_a_late_entry_after_the_end_is_no_trade_and_flips():
    coin = coin_with([FLAT, WIN])
    told = figures(stressed(coin, longs(coin, [0])))
    assert told["entry one candle later"] == (0, None, True)


def test_a_target_that_was_just_met_is_missed_farther_away():
    coin = coin_with([FLAT, NARROW_WIN, LOSS, FLAT])
    told = figures(stressed(coin, longs(coin, [0])))
    assert told["targets 20 % farther"] == (1, -1.0, True)
    # With the stop at 88 the target is 112: neither is reached, and what is open is not counted.
    assert told["stops 20 % farther"] == (0, None, True)
    assert told["targets 20 % nearer"] == (1, 0.8, False)


def test_a_stop_that_just_held_does_not_when_nearer():
    coin = coin_with([FLAT, NEAR_LOSS, WIN, FLAT])
    told = figures(stressed(coin, longs(coin, [0])))
    assert told["stops 20 % nearer"] == (1, -1.0, True)
    assert told["stops 20 % farther"] == (0, None, True)  # the target, 112, is not reached


def test_more_costs_eat_a_small_profit():
    coin = coin_with([FLAT, FLAT, WIN, FLAT])
    # Each side costs 4 % of 100: 8 of the 10 that it makes, and 4.4 at 110 instead of 4.
    costs = replace(FREE, taker=Decimal("0.04"), maker=Decimal("0.04"))
    told = figures(stressed(coin, longs(coin, [0]), SimulationRules(costs)))
    assert told["entry one candle later"] == (1, 0.16, False)
    assert told["costs x2"] == (1, -0.68, True)
    assert told["costs x3"] == (1, -1.52, True)


def test_nothing_flips_where_nothing_was_earned():
    coin = coin_with([FLAT, LOSS, FLAT])
    told = stressed(coin, longs(coin, [0]))
    assert not any(each.flips for each in told.values())
    assert figures(told)["without the best 5 trades"] == (0, None, False)


def test_only_what_was_entered_since_counts():
    coin = coin_with([FLAT, LOSS, FLAT, WIN, FLAT, WIN, FLAT, FLAT, WIN])
    told = figures(stressed(coin, longs(coin, [0, 2, 4]), since=BEGIN + 3 * HOUR))
    # The loss is too early; late, the others are entered in candles that go nowhere at first.
    assert told["costs x2"] == (2, 1.0, False)
    assert told["targets 20 % nearer"] == (2, 0.8, False)
    whole = figures(stressed(coin, longs(coin, [0, 2, 4])))
    assert whole["costs x2"] == (3, 0.333, False)


def test_a_trade_of_before_that_comes_in_late_counts():
    """Its signal was in time for the embargo, its late entry is not: only the entry is asked."""
    coin = coin_with([FLAT, WIN, FLAT, WIN, FLAT])
    since = BEGIN + 2 * HOUR
    told = figures(stressed(coin, longs(coin, [0]), since=since))
    assert told["costs x2"] == (0, None, False)
    assert told["entry one candle later"] == (1, 1.0, False)


def test_the_best_five_are_left_out():
    coin = coin_with([FLAT] + [WIN] * 6 + [FLAT])
    told = figures(stressed(coin, longs(coin, range(6))))
    assert told["without the best 5 trades"] == (1, 1.0, False)
    mixed = coin_with([FLAT] + [WIN] * 5 + [LOSS, FLAT])
    told = figures(stressed(mixed, longs(mixed, range(6))))
    assert told["without the best 5 trades"] == (1, -1.0, True)


def test_what_may_no_longer_be_traded_is_left_out():
    coin = coin_with([FLAT, WIN, FLAT])
    limits = replace(ROOMY, most_stop_percent=Decimal(11), least_stop_percent=Decimal(9))
    narrow = coin_of(coin.candles, limits)
    told = figures(stressed(narrow, longs(narrow, [0])))
    assert told["stops 20 % nearer"] == (0, None, True)
    assert told["stops 20 % farther"] == (0, None, True)
    assert told["targets 20 % nearer"] == (1, 0.8, False)


def test_coins_are_counted_together():
    one, other = coin_with([FLAT, WIN, FLAT]), coin_with([FLAT, LOSS, FLAT], "ETH")
    pairs = [(coin, longs(coin, [0])) for coin in (one, other)]
    told = fragility(pairs, np.array([1.0, -1.0]), WITHOUT_COSTS, BEGIN)
    assert {each.trades for each in told if each.name.startswith("costs")} == {2}
    assert told[1].mean_r == 0


def test_without_results_there_is_nothing_to_flip():
    coin = coin_with([FLAT] * 5)
    told = fragility([], np.empty(0), WITHOUT_COSTS, BEGIN)
    assert {(each.trades, each.mean_r, each.flips) for each in told} == {(0, None, False)}
    assert len(stressed(coin, longs(coin, [])).keys()) == len(NAMES)


def test_costs_are_all_that_trading_costs():
    assert costs_times(CostModel(), 2) == CostModel(
        Decimal("0.0009"), Decimal("0.0003"), Decimal("0.0002"), Decimal("0.04"), Decimal("0.2")
    )
    assert costs_times(FREE, 3) == FREE


@pytest.mark.parametrize("side", [1, -1])
def test_both_sides_are_stressed_alike(side):
    """A short is a long in a mirror: the same stops and targets are moved the same way."""
    coin = coin_with([FLAT, SWINGING, FLAT, (100, 113, 87, 100), FLAT])
    signals = longs(coin, [0])._replace(side=np.array([side]), stop=np.array([100.0 - 10 * side]))
    told = figures(stressed(coin, signals))
    assert told["targets 20 % nearer"][:2] == (1, 0.8)
    assert told["targets 20 % farther"][:2] == (1, -1.0)
    assert told["stops 20 % nearer"][:2] == (1, -1.0)


def test_a_mean_of_nothing_is_a_flip():
    coin = coin_with([FLAT, WIN, FLAT, WIN, LOSS, FLAT])
    told = figures(stressed(coin, longs(coin, [0, 2])))
    assert told["costs x2"] == (2, 1.0, False)
    # One candle later the first meets what the second met, and that one loses as much.
    assert told["entry one candle later"] == (2, 0.0, True)
