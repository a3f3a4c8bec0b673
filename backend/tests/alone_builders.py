"""Rules of which the truth is known, on candles of a market: random, or knowing a little ahead."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from hyperbot.backtesting.coin_alone import CoinAlone
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.rule_signals import FOREVER, RuleSignals
from hyperbot.backtesting.scanner import Scan
from hyperbot.backtesting.significance import Standards, Subject, measure
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.domain.costs import FREE
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.signals import PlannedTarget, TradePlan
from hyperbot.exchange.instruments import instrument_of
from hyperbot.trading.risk_limits import RiskLimits

HUNDRED = Decimal(100)
ROOMY = RiskLimits(
    least_stop_percent=Decimal("0.01"),
    most_stop_percent=Decimal(50),
    most_atr_percent=HUNDRED,
    most_cost_share=HUNDRED,
)
WITHOUT_COSTS = SimulationRules(FREE)
STANDARDS = Standards()


def coin_of(
    series: CandleSeries, limits: RiskLimits = ROOMY, since: int | None = None
) -> CoinAlone:
    """A coin without signals, played whole or from a moment on."""
    history = CoinHistory(series, instrument_of(series.coin, float(series.close[0])))
    span = (int(series.ts[0]) if since is None else since, int(series.close_ts[-1]))
    return CoinAlone(history, Scan({}, {}), span, (limits, WITHOUT_COSTS))


def span_of(coin: CoinAlone) -> tuple[int, int]:
    """All of its candles."""
    return int(coin.candles.ts[0]), int(coin.candles.close_ts[-1])


def random_signals(coin: CoinAlone, rule: str, count: int, rng: np.random.Generator) -> RuleSignals:
    """Market entries at random closes, on random sides, with stops of 2 to 4 ATR, out by a day.

    No skill: without costs every one has a mean of 0 R, but for where the market drifts.
    """
    rows = np.sort(rng.choice(np.arange(100, len(coin.candles) - 200), count, replace=False))
    side = rng.choice([-1, 1], count)
    return signals_at(coin, rule, rows, side, rng)


def signals_at(
    coin: CoinAlone, rule: str, rows: np.ndarray, side: np.ndarray, rng: np.random.Generator
) -> RuleSignals:
    """Market entries at the closes of rows."""
    atr, close = coin.history.atr[rows + 1], coin.candles.close[rows]
    stop = close - side * float(rng.uniform(2, 4)) * atr
    r = Decimal(str(round(float(rng.uniform(1, 3)), 1)))
    count = rows.size
    return RuleSignals(
        plan=TradePlan(
            rule_id=rule,
            rule_version=1,
            risk_percent=Decimal(1),
            targets=(PlannedTarget(r, Decimal(1)),),
            timeframe_ms=coin.candles.timeframe.ms,
            time_stop_ms=86_400_000,
        ),
        row=rows,
        side=side,
        kind=np.zeros(count, np.int64),
        entry=close,
        stop=stop,
        level=np.full(count, np.nan),
        valid_until=np.full(count, FOREVER),
        atr=atr,
        is_thin=np.zeros(count, np.bool_),
    )


def knowing_signals(
    coin: CoinAlone, rule: str, count: int, rng: np.random.Generator, right: float
) -> RuleSignals:
    """The same, but the side is that of the next day's move in a share `right` of the trades."""
    rows = np.sort(rng.choice(np.arange(100, len(coin.candles) - 200), count, replace=False))
    a_day = 86_400_000 // coin.candles.timeframe.ms
    ahead = np.sign(coin.candles.close[rows + a_day] - coin.candles.close[rows])
    knows = rng.random(count) < right
    side = np.where(knows, ahead, rng.choice([-1, 1], count)).astype(np.int64)
    side[side == 0] = 1
    return signals_at(coin, rule, rows, side, rng)


def measured_of(coins, rule: str, signals, subject: Subject | None = None):
    """The measurement of a rule whose signals are given for each coin."""
    for coin, sent in zip(coins, signals, strict=True):
        coin.given = {rule: sent}
    return measure(
        subject or Subject(rule, rule), coins, span_of(coins[0]), WITHOUT_COSTS, STANDARDS
    )
