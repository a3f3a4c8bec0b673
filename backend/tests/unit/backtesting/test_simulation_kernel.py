"""The compiled simulation against slow, obvious code, its own past, and cases made by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from math import isnan, nan
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperbot.backtesting import simulation_kernel
from hyperbot.backtesting.simulation import (
    THEN,
    Setups,
    SimulatedMarket,
    SimulatedTrades,
    SimulationRules,
    simulate,
)
from hyperbot.domain.costs import FREE, CostModel
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.signals import PlannedTarget
from slow import simulation as slow

KINDS = ("market", "limit", "stop")
MIDDLE = 100.0


def made_up_world(random: Random, candles: int) -> slow.World:
    """A walk on whole and half numbers, so that prices meet levels exactly."""
    rows, close = [], MIDDLE
    for _ in range(candles):
        opened = close + random.choice((0, 0, 0, 0, 1, -1, 4, -4))
        close = min(max(opened + random.randint(-3, 3), 60), 140)
        high = max(opened, close) + random.randint(0, 3)
        low = min(opened, close) - random.randint(0, 3)
        rows.append((float(opened), float(high), float(low), float(close)))
    rates = (0.0, 2**-6, 2**-8, 0.001)
    costs = slow.Costs(*(random.choice(rates) for _ in range(3)), random.choice((0.0, 0.125)))
    world = slow.World(rows, costs=costs)
    if random.random() < 0.7:
        world.atr = [random.choice((0.0, 1.0, 2.5)) for _ in rows]
    if random.random() < 0.7:
        world.payments = [random.choice((0.0, 0.0, 0.5, -0.25)) for _ in rows]
    if random.random() < 0.7:
        world.long_trail = [random.choice((nan, row[2] - 1, row[2] + 1)) for row in rows]
        world.short_trail = [random.choice((nan, row[1] + 1, row[1] - 1)) for row in rows]
    world.touch, world.optimistic = random.random() < 0.3, random.random() < 0.4
    return world


def made_up_setup(random: Random, world: slow.World, row: int) -> slow.Setup:
    side, close = random.choice((1, -1)), world.candles[row][3]
    kind = random.choice(("market", *KINDS))
    ahead = {"market": 0, "limit": -random.randint(-1, 4), "stop": random.randint(-1, 4)}[kind]
    price = close + side * ahead
    distances = sorted(random.sample((0.25, 0.5, 1.0, 1.5, 2.0, 3.0), random.randint(0, 3)))
    share = 1 / len(distances) if distances else 0.0
    targets = [(r, share, random.choice(THEN)) for r in distances]
    level = price + side * random.randint(-2, 9) if random.random() < 0.4 else nan
    if targets and not isnan(level) and random.random() < 0.4:
        targets[-1] = (nan, share, "none")
    return slow.Setup(
        row, side, price - side * random.choice((-1, 1, 2, 2.5, 4, 6)), kind, price,
        row + random.randint(0, 5), targets, level, random.choice((0, 0, 1, 4)),
    )  # fmt: skip


def made_up(seed: int, candles: int = 60) -> tuple[slow.World, list[slow.Setup]]:
    random = Random(seed)  # noqa: S311 - no secrets
    world = made_up_world(random, candles)
    rows = sorted(random.randrange(candles) for _ in range(random.randint(1, 12)))
    return world, [made_up_setup(random, world, row) for row in rows]


def market_of(world: slow.World) -> SimulatedMarket:
    count = len(world.candles)
    times = np.arange(count) * 60_000
    columns = (*zip(*world.candles, strict=True), np.ones(count))
    candles = CandleSeries("X", Timeframe(60_000), times, *columns)
    known = world.long_trail
    return SimulatedMarket(
        candles,
        np.array(world.atr) if world.atr else None,
        np.concatenate(([0.0], np.cumsum(world.payments))) if world.payments else None,
        np.array((world.long_trail, world.short_trail)) if known else None,
    )


def setups_of(setups: list[slow.Setup]) -> Setups:
    most = max((len(each.targets) for each in setups), default=0)
    ladder = np.zeros((3, len(setups), most))
    ladder[0] = np.nan
    for number, each in enumerate(setups):
        for at, (r, share, then) in enumerate(each.targets):
            ladder[:, number, at] = r, share, THEN.index(then)
    made = Setups([s.row for s in setups], [s.side for s in setups], [s.stop for s in setups])
    made = made.waiting(
        [KINDS.index(s.kind) for s in setups],
        [s.price for s in setups],
        [s.last_row for s in setups],
    )
    return made.closing(ladder, [s.level for s in setups]).held([s.held for s in setups])


def rules_of(world: slow.World, *, overlapping: bool = False) -> SimulationRules:
    costs = world.costs
    rates = (costs.taker, costs.maker, costs.half_spread, costs.atr_share, 0)
    model = CostModel(*(Decimal(str(rate)) for rate in rates))
    return SimulationRules(model, world.touch, world.optimistic, overlapping)


def run(
    world: slow.World, setups: list[slow.Setup], *, overlapping: bool = False
) -> SimulatedTrades:
    return simulate(market_of(world), setups_of(setups), rules_of(world, overlapping=overlapping))


def assert_same(trades: SimulatedTrades, expected: list[slow.Result]) -> None:
    names = ("setup", "entry_row", "exit_row", "reason", "is_doubtful")
    whole = [tuple(getattr(each, name) for name in names) for each in expected]
    columns = (
        trades.setup,
        trades.entry_row,
        trades.exit_row,
        trades.reasons(),
        trades.is_doubtful,
    )
    assert list(zip(*map(list, columns), strict=True)) == whole
    for at, each in enumerate(expected):
        in_r = 1 / each.risk if each.risk else 0.0
        values = {
            "entry_price": each.entry_price,
            "exit_price": sum(share * price for share, price, _ in each.exits),
            "gross_r": each.gross * in_r,
            "net_r": (each.gross - each.fees - each.funding) * in_r,
            "fees_r": each.fees * in_r,
            "funding_r": each.funding * in_r,
            "slippage_r": each.slippage * in_r,
            "mae_r": each.mae_r,
            "mfe_r": each.mfe_r,
        }
        found = {name: float(getattr(trades, name)[at]) for name in values}
        assert found == pytest.approx(values, abs=1e-9)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Compiling takes three times as long within hypothesis."""
    run(*made_up(0))


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.booleans())
def test_the_kernel_does_what_slow_code_does(seed, overlapping):
    world, setups = made_up(seed)
    expected = slow.simulate(world, setups, overlapping=overlapping)
    assert_same(run(world, setups, overlapping=overlapping), expected)


def test_made_up_trades_end_in_every_way():
    reasons, doubts = set(), 0
    for seed in range(200):
        trades = run(*made_up(seed), overlapping=True)
        reasons |= set(trades.reasons())
        doubts += int(trades.is_doubtful.sum())

    ways = {"pending", "sl", "breakeven", "trail", "time", "tp1", "tp2", "tp3"}
    assert reasons == ways
    assert doubts > 50


# ---- mirror


def mirrored(world: slow.World) -> slow.World:
    turn = 2 * MIDDLE
    return replace(
        world,
        candles=[(turn - o, turn - low, turn - h, turn - c) for o, h, low, c in world.candles],
        payments=[-paid for paid in world.payments],
        long_trail=[turn - level for level in world.short_trail],
        short_trail=[turn - level for level in world.long_trail],
        costs=slow.Costs(atr_share=world.costs.atr_share),
    )


def mirrored_setup(setup: slow.Setup) -> slow.Setup:
    turn = 2 * MIDDLE
    prices = {name: turn - getattr(setup, name) for name in ("stop", "price", "level")}
    return replace(setup, side=-setup.side, **prices)


@given(st.integers(0, 2**32))
def test_a_short_is_a_long_in_the_mirror(seed):
    world, setups = made_up(seed)
    world.costs = slow.Costs(atr_share=world.costs.atr_share)  # other costs grow with the price
    one = run(world, setups)
    other = run(mirrored(world), [mirrored_setup(each) for each in setups])

    assert one.reasons() == other.reasons()
    for name in ("setup", "entry_row", "exit_row", "is_doubtful"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("gross_r", "net_r", "slippage_r", "funding_r", "mae_r", "mfe_r"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-9)


# ---- the past


def cut_off(world: slow.World, rows: int) -> slow.World:
    lists = ("candles", "atr", "payments", "long_trail", "short_trail")
    return replace(world, **{name: getattr(world, name)[:rows] for name in lists})


def columns_of(trades: SimulatedTrades, chosen: np.ndarray) -> list[bytes]:
    names = ("setup", "entry_row", "exit_row", "reason", "is_doubtful", "entry_price", "net_r")
    names += ("exit_price", "gross_r", "fees_r", "funding_r", "slippage_r", "mae_r", "mfe_r")
    return [np.ascontiguousarray(getattr(trades, name)[chosen]).tobytes() for name in names]


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(0, 2**32), st.booleans())
def test_candles_to_come_change_no_trade_that_is_over(seed, rows, other, overlapping):
    world, setups = made_up(seed)
    whole = run(world, setups, overlapping=overlapping)
    over = whole.exit_row < rows
    early = [each for each in setups if each.row < rows]
    cut = run(cut_off(world, rows), early, overlapping=overlapping)
    assert columns_of(cut, cut.exit_row < rows) == columns_of(whole, over)

    later = made_up_world(Random(other), 60)  # noqa: S311
    changed = replace(world, candles=world.candles[:rows] + later.candles[rows:])
    instead = run(changed, setups, overlapping=overlapping)
    assert columns_of(instead, instead.exit_row < rows) == columns_of(whole, over)


# ---- by hand: entry at 100, stop 95, target 110

LONG = slow.Setup(0, 1, 95.0, targets=[(2.0, 1.0, "none")])
ENTRY = [(100.0, 100.0, 100.0, 100.0), (100.0, 101.0, 99.0, 100.0)]
ONE_CANDLE = {
    "both in one candle": ((100.0, 111.0, 94.0, 100.0), "sl", 95.0),
    "opens at 90": ((90.0, 92.0, 88.0, 91.0), "sl", 90.0),
    "opens at 93, high 97": ((93.0, 97.0, 92.0, 96.0), "sl", 93.0),
    "opens at 115": ((115.0, 116.0, 114.0, 115.0), "tp1", 110.0),
    "low = stop exactly": ((100.0, 101.0, 95.0, 100.0), "sl", 95.0),
    "high = target exactly": ((100.0, 110.0, 99.0, 100.0), "pending", 100.0),
}


@pytest.mark.parametrize("case", ONE_CANDLE)
@pytest.mark.parametrize("side", [1, -1])
def test_one_candle(case, side):
    candle, reason, price = ONE_CANDLE[case]
    world = slow.World([*ENTRY, candle])
    trades = run(world, [LONG]) if side > 0 else run(mirrored(world), [mirrored_setup(LONG)])

    assert trades.reasons() == [reason]
    assert trades.exit_price.tolist() == [price if side > 0 else 2 * MIDDLE - price]
    assert trades.entry_price.tolist() == [100.0]
    assert trades.is_doubtful.tolist() == [case == "both in one candle"]


def test_entry_on_the_next_open_and_a_stop_on_the_candle_of_the_entry():
    trades = run(slow.World([ENTRY[0], (100.0, 101.0, 94.0, 100.0)]), [LONG])

    assert trades.reasons() == ["sl"]
    assert (trades.entry_row.item(), trades.exit_row.item()) == (1, 1)
    assert trades.gross_r.tolist() == [-1.0]


def test_a_touch_is_enough_where_that_is_asked_for():
    world = slow.World([*ENTRY, ONE_CANDLE["high = target exactly"][0]], touch=True)
    assert run(world, [LONG]).reasons() == ["tp1"]


def test_optimistically_the_target_comes_first():
    candle = ONE_CANDLE["both in one candle"][0]
    trades = run(slow.World([*ENTRY, candle], optimistic=True), [LONG])

    assert trades.reasons() == ["tp1"]
    assert trades.is_doubtful.tolist() == [True]


def test_a_trade_that_costs_nothing_at_breakeven_pays_its_fees_there():
    setup = replace(LONG, targets=[(1.0, 0.5, "breakeven"), (2.0, 0.5, "none")])
    candles = [*ENTRY, (103.0, 106.0, 103.0, 104.0), (104.0, 104.0, 99.0, 99.0)]
    world = slow.World(candles, costs=slow.Costs(taker=0.001))
    trades = run(world, [setup])

    assert trades.reasons() == ["breakeven"]
    assert trades.exit_price.item() == pytest.approx((105 + 100.2) / 2)
    assert trades.fees_r.item() == pytest.approx((0.1 + 0.0501) / 5)
    assert trades.net_r.item() == pytest.approx(0.48998)


# ---- without the compiler

PROGRAM = """
import warnings; warnings.simplefilter("error")
from test_simulation_kernel import *
for seed in range(40):
    trades = run(*made_up(seed))
    print(columns_of(trades, slice(None)))
"""


def test_without_the_compiler_the_same_code_gives_the_same_bits():
    tests = Path(__file__).resolve().parents[2]
    path = os.pathsep.join((str(tests), str(Path(__file__).parent)))
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, check=True, capture_output=True, text=True
    )
    compiled = [str(columns_of(run(*made_up(seed)), slice(None))) for seed in range(40)]
    assert done.stdout.splitlines() == compiled


def test_a_slice_of_candles_is_traded_by_the_same_compiled_code():
    market = market_of(slow.World([ENTRY[0], *ENTRY, ONE_CANDLE["opens at 90"][0]]))
    setups = Setups([0], [1], [95.0])
    trades = simulate(SimulatedMarket(market.candles[1:]), setups, SimulationRules(FREE))

    assert trades.reasons() == ["sl"]
    assert len(getattr(simulation_kernel.run_setups, "signatures", [0])) == 1


# ---- what is refused


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Setups([3, 2], [1, 1], [9, 9]), "ascend"),
        (lambda: Setups([0], [0], [9]), "side"),
        (lambda: Setups([0], [1], [nan]), "stop"),
        (lambda: Setups([0.5], [1], [9]), "whole numbers"),
        (lambda: Setups([0], [1], [9]).waiting([3], [1], [1]), "kind"),
        (lambda: Setups([0], [1], [9]).waiting([1], [nan], [1]), "price"),
        (lambda: Setups([0], [1], [9]).held([-1]), "time stop"),
        (lambda: Setups([0], [1], [9]).held([1], -1), "pause"),
        (lambda: Setups([0], [1], [9]).closing(np.ones((3, 2, 1))), "shape"),
        (lambda: Setups([0], [1], [9]).closing(np.ones((3, 1, 2))), "ascend|exceed"),
        (lambda: simulate(market_of(slow.World(ENTRY)), Setups([2], [1], [9])), "2 candles"),
    ],
)
def test_what_cannot_be_is_refused(make, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        make()


def test_a_plan_of_a_rule_is_a_ladder():
    plan = (
        PlannedTarget(Decimal(1), Decimal("0.5"), "breakeven"),
        PlannedTarget(None, Decimal("0.5")),
    )
    setups = Setups([0], [1], [95.0]).closing(plan, 108.0)
    candles = [*ENTRY, (104.0, 109.0, 104.0, 108.0)]
    trades = simulate(market_of(slow.World(candles)), setups, SimulationRules(FREE))

    assert trades.reasons() == ["tp2"]
    assert trades.gross_r.item() == pytest.approx((1 + 1.6) / 2)
