"""Markets, terms and drawn rules for backtests."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st

from hyperbot.backtesting.backtest import Market, Terms
from hyperbot.backtesting.market_history import CoinHistory, Funding
from hyperbot.domain.costs import CostModel
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.rule_errors import parse_rule
from hyperbot.domain.rule_vocabulary import MIRRORED_PATTERNS, NEUTRAL_PATTERNS
from hyperbot.domain.rules import StrategyRule
from hyperbot.exchange.instruments import instrument_of
from hyperbot.exchange.simulated import SimulatedExchange
from hyperbot.exchange.synthetic import synthesize
from hyperbot.trading.risk_limits import RiskLimits
from hyperbot.wiring import simulated_exchange

COSTS = CostModel()
CASH = Decimal(10_000)
WIDE = RiskLimits(most_cost_share=Decimal(100))
"""made-up markets move little: stops are so near that costs would forbid most trades"""
FIVE_MINUTES = Timeframe.parse("5m")
WEDNESDAY = 1_735_689_600_000


def history_of(series: CandleSeries, finer: CandleSeries | None = None) -> CoinHistory:
    """A coin's past with wild hourly funding."""
    hours = np.arange(int(series.ts[0]) // 3_600_000, int(series.close_ts[-1]) // 3_600_000 + 1)
    rates = 0.0004 * np.sin(hours.astype(float))
    funding = Funding(hours * 3_600_000 + 7, rates)
    return CoinHistory(series, instrument_of(series.coin, float(series.close[0])), funding, finer)


def with_gaps(series: CandleSeries, seed: int) -> CandleSeries:
    """Without some candles, single ones and stretches."""
    rng = np.random.default_rng(seed)
    kept = rng.random(len(series)) > 0.01
    for start in rng.integers(0, len(series), 3).tolist():
        kept[start : start + 40] = False
    return CandleSeries(
        series.coin, series.timeframe, series.ts[kept], *(column[kept] for column in series.columns)
    )


def synthetic_market(
    coins: Sequence[str] = ("BTC", "SOL"), candles: int = 2_000, seed: int = 1, *, gaps: bool = True
) -> Market:
    """Seeded candles of 5 minutes, the first third of which is history only."""
    histories = []
    for place, coin in enumerate(coins):
        series = synthesize(coin, FIVE_MINUTES, WEDNESDAY, candles, seed=100 * seed + place)
        histories.append(history_of(with_gaps(series, seed + place) if gaps else series))
    end = max(int(history.base.close_ts[-1]) for history in histories)
    return Market(tuple(histories), WEDNESDAY + candles // 3 * FIVE_MINUTES.ms, end)


def terms_of(
    market: Market,
    costs: CostModel = COSTS,
    limits: RiskLimits | None = None,
    *,
    touch: bool = False,
    exchanges: list[SimulatedExchange] | None = None,
) -> Terms:
    """Terms with the simulated exchange; each one that is made is added to `exchanges`."""
    instruments = {history.coin: history.instrument for history in market.histories}
    made = simulated_exchange(instruments, costs, CASH, touch_fills=touch)

    def new_exchange(intrabar: str) -> SimulatedExchange:
        exchange = made(intrabar)
        if exchanges is not None:
            exchanges.append(exchange)
        return exchange

    return Terms(CASH, costs, limits or WIDE, new_exchange)


ENTRY_NAMES = (
    *("LE", "le_weak", "small_wick", "small_wick", "steeper_wick", "steeper_wick", "celery"),
    *("breakout", "fakeout", "onion", "engulfing", "pin_bar", "spinning_top"),
)
_ORDERS: tuple[dict[str, Any] | None, ...] = (
    None,
    None,
    {"order": "limit", "at": "signal_middle", "valid_candles": 3},
    {"order": "limit", "at": "signal_open", "valid_candles": 1},
    {"order": "stop", "at": "signal_high", "valid_candles": 4},
)
_STOPS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"beyond": "swing", "buffer_atr": 0.5},
    {"beyond": "atr", "atr_multiple": 2},
    {"beyond": "previous_candle", "buffer_ticks": 3},
)
Then = Literal["none", "breakeven", "trail"]


@st.composite
def drawn_rules(draw: st.DrawFn, most: int = 3) -> list[StrategyRule]:
    """One to `most` rules of several timeframes that trade often, in many ways."""
    return [_rule(draw, number) for number in range(draw(st.integers(1, most)))]


def _rule(draw: st.DrawFn, number: int) -> StrategyRule:
    entry = draw(st.sampled_from(ENTRY_NAMES))
    barred = entry in NEUTRAL_PATTERNS or entry in MIRRORED_PATTERNS
    then = st.sampled_from(("none", "breakeven", "trail"))
    ladders: list[list[dict[str, Any]] | None] = [
        None,
        [{"r": 3, "share": 1, "level": "next_level"}],
        [
            {"r": 0.5, "share": 0.3, "then": draw(then)},
            {"r": 1, "share": 0.3, "then": draw(then)},
            {"r": 2.5, "share": 0.4},
        ],
    ]
    risk = {
        "risk_percent": draw(st.sampled_from((0.1, 0.5, 2))),
        "stop": draw(st.sampled_from(_STOPS)),
        "targets": draw(st.sampled_from(ladders)),
        "time_stop_candles": draw(st.sampled_from((None, 1, 12))),
        "cooldown_candles": draw(st.sampled_from((0, 0, 5))),
        "max_concurrent": draw(st.sampled_from((1, 3))),
    }
    score = draw(st.sampled_from((0.0, 0.5, 1.0)))
    document = {
        "id": f"drawn-{number}",
        "name": "Drawn",
        "direction": "long" if barred else draw(st.sampled_from(("long", "short", "both"))),
        "entry_type": entry,
        "timeframe": draw(st.sampled_from(("5m", "5m", "15m", "1h"))),
        "conditions": [{"kind": "structure", "event": "trend", "timeframe": "1h"}],
        "confluence_required": {"min_score": score},
        "entry_order": draw(st.sampled_from(_ORDERS)),
        "risk_params": {name: value for name, value in risk.items() if value is not None},
    }
    return parse_rule({name: value for name, value in document.items() if value is not None})
