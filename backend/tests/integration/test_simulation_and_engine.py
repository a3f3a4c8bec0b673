"""The compiled simulation trades single signals as the engine does at the simulated exchange.

Candles lie on whole thousands, ticks are ones, and rates are chosen so that every price and every
fee is exact in both: the one counts in floats, the other in decimals on the tick grid.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperbot.backtesting.backtest import Market, Terms, play
from hyperbot.backtesting.market_history import CoinHistory, Funding
from hyperbot.backtesting.scanner import Scan, Swings
from hyperbot.backtesting.simulation import (
    KINDS,
    Setups,
    SimulatedMarket,
    SimulatedTrades,
    SimulationRules,
    simulate,
)
from hyperbot.domain.costs import CostModel
from hyperbot.domain.instruments import Instrument, MarginTier
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.money import exact
from hyperbot.domain.signals import EntryKind, PlannedTarget, Signal, TradePlan
from hyperbot.domain.trades import Trade
from hyperbot.exchange.simulated import SimulatedExchange
from hyperbot.trading.risk_limits import RiskLimits
from hyperbot.wiring import simulated_exchange

FIVE_MINUTES = Timeframe.parse("5m")
BEGIN = 1_735_689_600_000
CASH = Decimal(10) ** 8
SIZE = Decimal(2)
COIN = Instrument("X", 1, (MarginTier(Decimal(0), 40),))
# 1 + a sum of two rates, times a whole thousand, is a whole number: breakeven is on the grid.
EXACT = CostModel(Decimal("0.0015"), Decimal("0.0005"), Decimal(0), Decimal(0), Decimal(0))
SLIPPING = replace(EXACT, half_spread=Decimal("0.0005"), atr_share=Decimal("0.001"))
LIMITS = RiskLimits(
    most_volume_share=None,
    daily_loss_percent=Decimal(100), most_stop_percent=Decimal(50), coin_exposure=Decimal(100),
    total_exposure=Decimal(100), most_atr_percent=Decimal(100), most_cost_share=Decimal(100),
    least_stop_percent=Decimal("0.0001"), is_isolated=False,
)  # fmt: skip
LADDERS = (
    (("0.5", "0.4", "breakeven"), ("1", "0.3", "none"), ("2", "0.3", "none")),
    (("1", "0.5", "breakeven"), ("1.5", "0.25", "trail"), ("3", "0.25", "none")),
    (("0.5", "0.25", "trail"), ("2", "0.5", "breakeven"), ("2.5", "0.25", "none")),
    (("1", "0.5", "none"), (None, "0.5", "none")),
    (("1", "1", "none"),),
    ((None, "1", "none"),),
)


class Case(NamedTuple):
    """Candles and a signal, in thousands."""

    candles: list[tuple[int, int, int, int]]
    side: int
    kind: EntryKind
    row: int
    price: int
    stop: float
    level: float | None
    valid: int
    """candles"""
    held: int
    ladder: tuple[PlannedTarget, ...]
    payments: list[tuple[int, int]]
    """candle, rate in 1/10,000"""
    swings: list[tuple[int, int]]
    """candle, how far behind its close a swing lies that is known then"""
    touch: bool
    reading: Literal["pessimistic", "optimistic"]


STEPS = st.tuples(
    st.sampled_from((0, 0, 0, 0, 0, 1, -1, 3, -3)), st.integers(-3, 3),
    st.integers(0, 2), st.integers(0, 2),
)  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    candles, close = [], 45
    for gap, body, upper, lower in draw(st.lists(STEPS, min_size=12, max_size=24)):
        opened = min(max(close + gap, 25), 70)
        close = min(max(opened + body, 25), 70)
        candles.append((opened, max(opened, close) + upper, min(opened, close) - lower, close))
    side, row = draw(st.sampled_from((1, -1))), draw(st.integers(0, min(6, len(candles) - 2)))
    kind = draw(st.sampled_from(("market", "market", "limit", "stop")))
    away = {"market": 0, "limit": -draw(st.integers(-1, 3)), "stop": draw(st.integers(-1, 3))}[kind]
    price = candles[row][3] + side * away
    ladder = tuple(
        PlannedTarget(None if r is None else Decimal(r), Decimal(share), then)
        for r, share, then in draw(st.sampled_from(LADDERS))
    )
    far = draw(st.sampled_from((None, None, -1, 0.5, 1, 2.5, 4, 7)))
    if ladder[0].r is None:  # the engine refuses what has no target at all
        far = abs(far or 0.5)
    level = None if far is None else price + side * far
    rows = st.integers(0, len(candles) - 1)
    swing = st.tuples(rows, st.sampled_from((1, 2, 0, 3, -1)))
    return Case(
        candles, side, kind, row, price,
        price - side * draw(st.sampled_from((2, 1, 1.5, 0.5, 3, 5, -1, 1, 2, 3))), level,
        draw(st.integers(1, 5)), draw(st.sampled_from((0, 0, 1, 2, 5))), ladder,
        sorted(draw(st.lists(st.tuples(rows, st.integers(-5, 5)), max_size=6))),
        sorted(dict(draw(st.lists(swing, min_size=8, max_size=16))).items()),
        draw(st.booleans()), draw(st.sampled_from(("pessimistic", "pessimistic", "optimistic"))),
    )  # fmt: skip


def history_of(case: Case) -> CoinHistory:
    times = BEGIN + FIVE_MINUTES.ms * np.arange(len(case.candles))
    columns = 1000.0 * np.array(case.candles).T
    series = CandleSeries("X", FIVE_MINUTES, times, *columns, np.ones(len(case.candles)))
    rows, rates = np.array(case.payments, int).reshape(-1, 2).T
    return CoinHistory(series, COIN, Funding(times[rows] + 7, rates / 10_000))


# ---- the two ways


class Outcome(NamedTuple):
    """What became of the signal."""

    entry_row: int
    exit_row: int
    """the number of rows if it is open"""
    reason: str
    is_doubtful: bool
    entry_price: float
    exit_price: float
    risk: float
    gross_r: float
    net_r: float


def by_engine(case: Case, costs: CostModel) -> Outcome | None:
    history = history_of(case)
    base = history.base
    at = int(base.close_ts[case.row])
    plan = TradePlan(
        "given", 1, Decimal(1), case.ladder, FIVE_MINUTES.ms, case.held * FIVE_MINUTES.ms or None
    )
    signal = Signal(
        "given", "X", case.side, at, plan, 1.0, case.kind, Decimal(1000 * case.price),
        None if case.kind == "market" else at + case.valid * FIVE_MINUTES.ms,
        exact(1000.0 * case.stop), None if case.level is None else exact(1000.0 * case.level),
        history.liquidity(case.row + 1), SIZE,
    )  # fmt: skip
    made: list[SimulatedExchange] = []
    new = simulated_exchange({"X": COIN}, costs, CASH, touch_fills=case.touch)

    def kept(intrabar: str) -> SimulatedExchange:
        made.append(new(intrabar))
        return made[-1]

    market = Market((history,), BEGIN, int(base.close_ts[-1]))
    scan = Scan(
        {at: (signal,)}, {(FIVE_MINUTES.ms, side): swings_of(case, side) for side in (1, -1)}
    )
    record = play(market, {"X": scan}, Terms(CASH, costs, LIMITS, kept), case.reading)
    if not record.trades:
        return None
    (trade,) = record.trades
    return _outcome(trade, base, is_doubtful=bool(made[0].doubts))


def swings_of(case: Case, side: int) -> Swings:
    rows = np.array([row for row, _ in case.swings], int)
    behind = np.array([case.candles[row][3] - side * by for row, by in case.swings], float)
    return Swings(BEGIN + FIVE_MINUTES.ms * (rows + 1), 1000.0 * behind)


def _outcome(trade: Trade, base: CandleSeries, *, is_doubtful: bool) -> Outcome:
    """What is left at the end is worth the last close."""
    left = trade.size - sum(each.size for each in trade.exits)
    last = exact(base.close[-1])
    open_result = trade.signal.side * left * (last - trade.entry_price)
    returned = sum((each.size * each.price for each in trade.exits), left * last)
    opened, closed = trade.opened_at, trade.closed_at
    gross, net = trade.gross + open_result, trade.net + open_result
    return Outcome(
        int(base.ts.searchsorted(opened)),
        len(base) if closed is None else int(base.ts.searchsorted(closed)),
        trade.exit_reason or "pending", is_doubtful, float(trade.entry_price),
        float(returned / trade.size), float(trade.risk / trade.size),
        float(gross / trade.risk) if trade.risk else 0.0,
        float(net / trade.risk) if trade.risk else 0.0,
    )  # fmt: skip


def by_simulation(case: Case, costs: CostModel) -> Outcome | None:
    history = history_of(case)
    base = history.base
    due = np.zeros(len(base) + 1)
    for row, rate in case.payments:
        due[row + 1] += rate / 10_000 * base.open[row]
    trailing = np.full((2, len(base)), np.nan)
    for row, _ in case.swings:
        for way, side in enumerate((1, -1)):
            swings = swings_of(case, side)
            place = int(swings.at.searchsorted(base.close_ts[row]))
            trailing[way, row] = swings.prices[place] - side  # a tick beyond
    atr = np.array([float(history.liquidity(row).atr) for row in range(len(base))])
    market = SimulatedMarket(base, atr, np.cumsum(due), trailing)
    setups = (
        Setups([case.row], [case.side], [1000.0 * case.stop])
        .waiting([KINDS.index(case.kind)], [1000.0 * case.price], [case.row + case.valid])
        .closing(case.ladder, [np.nan if case.level is None else 1000.0 * case.level])
        .held([case.held])
    )
    rules = SimulationRules(costs, case.touch, case.reading == "optimistic")
    trades = simulate(market, setups, rules)
    return _simulated(trades, 1000.0 * case.stop) if len(trades) else None


def _simulated(trades: SimulatedTrades, stop: float) -> Outcome:
    entry = float(trades.entry_price[0])
    return Outcome(
        int(trades.entry_row[0]), int(trades.exit_row[0]), trades.reasons()[0],
        bool(trades.is_doubtful[0]), entry, float(trades.exit_price[0]), abs(entry - stop),
        float(trades.gross_r[0]), float(trades.net_r[0]),
    )  # fmt: skip


def outcome_of(case: Case, costs: CostModel) -> Outcome | None:
    """That of the engine; all that is counted and said is the same in the simulation."""
    engine, simulation = by_engine(case, costs), by_simulation(case, costs)
    assert (engine is None) == (simulation is None)
    if engine is None or simulation is None:
        return None
    assert simulation[:4] == engine[:4]
    if costs is EXACT:
        assert simulation[4:] == pytest.approx(engine[4:], rel=1e-9, abs=1e-6)
    else:
        assert_within_ticks(simulation, engine)
    return engine


def assert_within_ticks(simulation: Outcome, engine: Outcome) -> None:
    """A fill that slipped is rounded by less than a tick, which moves the risk by as much, so a
    target at 3 R by four ticks, and by one more when it is rounded itself."""
    assert abs(simulation.entry_price - engine.entry_price) < 1
    assert abs(simulation.risk - engine.risk) < 1
    assert abs(simulation.exit_price - engine.exit_price) < 5
    for name in ("gross_r", "net_r"):
        theirs, ours = getattr(engine, name), getattr(simulation, name)
        assert abs(ours - theirs) < (7 + abs(theirs)) / (engine.risk - 1)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Compiling takes three times as long within hypothesis."""
    candles = [(45, 46, 44, 45)] * 4
    ladder = (PlannedTarget(Decimal(1), Decimal(1)),)
    case = Case(candles, 1, "market", 0, 45, 44, None, 1, 0, ladder, [], [], False, "pessimistic")
    outcome_of(case, EXACT)


@pytest.mark.parametrize("costs", [EXACT, SLIPPING], ids=["exact", "slipping"])
def test_the_simulation_trades_as_the_engine_does(costs: CostModel) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=1_000)
    @given(case=cases())
    def check(case: Case) -> None:
        outcome = outcome_of(case, costs)
        if outcome is None:
            seen["none"] += 1
        else:
            seen.update((outcome.reason, case.kind, case.reading))
            seen["doubtful"] += outcome.is_doubtful

    check()
    ways = {"pending", "sl", "breakeven", "time", "tp1", "tp2", "tp3", "none", "doubtful"}
    assert ways | {*KINDS, "optimistic"} <= {what for what, count in seen.items() if count}


def one(candles: list[tuple[int, int, int, int]], **fields: Any) -> Outcome | None:
    """What becomes of a long from 45 with a stop at 44, at market unless `fields` say otherwise."""
    made = Case(
        [(45, 45, 45, 45), *candles], 1, "market", 0, 45, 44, None, 1, 0,
        (PlannedTarget(None, Decimal(1)),), [], [], False, "pessimistic",
    )  # fmt: skip
    return outcome_of(made._replace(**fields), EXACT)


def test_a_level_that_meets_a_target_closes_all() -> None:
    ladder = tuple(
        PlannedTarget(Decimal(r), Decimal(share), then)
        for r, share, then in (("1", "0.5", "breakeven"), ("2", "0.5", "none"))
    )
    outcome = one([(45, 47, 45, 46)], ladder=ladder, level=46)
    assert outcome is not None
    assert (outcome.exit_row, outcome.reason, outcome.exit_price) == (1, "tp2", 46_000)


@pytest.mark.parametrize(
    ("candles", "row", "reason", "price"),
    [
        ([(47, 48, 46, 46), (46, 48, 45, 47)], 2, "tp1", 46_000),
        ([(47, 48, 43, 46), (46, 48, 45, 47)], 1, "sl", 44_000),
        ([(47, 48, 46, 46)], 2, "pending", 46_000),
    ],
)
def test_a_level_that_was_jumped_over_closes_at_the_next_open(
    candles: list[tuple[int, int, int, int]], row: int, reason: str, price: float
) -> None:
    """Unless the stop is reached before, which stays."""
    outcome = one(candles, level=46)
    assert outcome is not None
    assert (outcome.exit_row, outcome.reason, outcome.exit_price) == (row, reason, price)


def test_a_limit_that_a_candle_opens_at_fills_within_it() -> None:
    """It is not traded through at the open: the best price may have come before the fill."""
    candles = [(45, 45, 45, 45), (44, 46, 43, 44)]
    waiting = {"kind": "limit", "price": 44, "stop": 42, "valid": 3}
    ladder = (PlannedTarget(Decimal("0.5"), Decimal(1)),)
    through, touched = (
        one(candles, ladder=ladder, touch=touch, **waiting) for touch in (False, True)
    )
    assert through is not None
    assert touched is not None
    assert (through.reason, through.is_doubtful) == ("pending", True)
    assert (touched.reason, touched.is_doubtful) == ("tp1", False)


TRAILING = (
    PlannedTarget(Decimal(1), Decimal("0.5"), "trail"),
    PlannedTarget(Decimal(9), Decimal("0.5")),
)


@pytest.mark.parametrize(
    ("held", "reason"), [(0, "trail"), (3, "trail"), (2, "time")], ids=["free", "later", "due"]
)
def test_a_stop_trails_until_the_trade_is_due(held: int, reason: str) -> None:
    """The swing at 47 is known when the second candle closes; the third opens below it."""
    candles = [(45, 48, 45, 48), (48, 49, 48, 49), (46, 46, 45, 45), (45, 46, 45, 46)]
    outcome = one(candles, ladder=TRAILING, swings=[(2, 2)], held=held)
    assert outcome is not None
    assert (outcome.exit_row, outcome.reason, outcome.exit_price) == (3, reason, 46_000)


def test_funding_is_paid_for_what_is_held_when_a_candle_opens() -> None:
    """Not on the candle of the entry, in full on that of the exit, then for what is left."""
    candles = [(45, 45, 45, 45), (45, 47, 45, 46), (46, 46, 46, 46), (46, 46, 46, 46)]
    ladder = (PlannedTarget(Decimal(1), Decimal("0.5")), PlannedTarget(Decimal(9), Decimal("0.5")))
    free = one(candles, ladder=ladder)
    paid = one(candles, ladder=ladder, payments=[(1, 10), (2, 10), (3, 10)])
    assert free is not None
    assert paid is not None
    assert free.gross_r == paid.gross_r
    assert free.net_r - paid.net_r == pytest.approx(0.001 * (45 + 46 / 2))
