"""The signals of each rule as columns of numbers, and which of them the engine would accept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.price_grid import round_prices
from hyperbot.backtesting.scanner import Scan
from hyperbot.backtesting.simulation import KINDS
from hyperbot.backtesting.trade_kernel import LIMIT, MARKET
from hyperbot.domain.costs import CostModel
from hyperbot.domain.signals import Signal, TradePlan
from hyperbot.trading.risk_limits import RiskLimits

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
FOREVER = 1 << 62
"""`valid_until` of a signal that never ends"""


class RuleSignals(NamedTuple):
    """The k signals of one rule in one coin, by time; of one moment the best score comes first."""

    plan: TradePlan
    row: Integers
    """of the base candle at whose close it was given"""
    side: Integers
    kind: Integers
    """0 market, 1 limit, 2 stop"""
    entry: Floats
    stop: Floats
    level: Floats
    """nan: none"""
    valid_until: Integers
    atr: Floats
    is_thin: NDArray[np.bool_]
    """no volume is known: size costs the most it can"""

    def where(self, chosen: NDArray[Any]) -> RuleSignals:
        """Some of them: a mask, or indices."""
        return RuleSignals._make((self.plan, *(column[chosen] for column in self[1:])))


def signals_by_rule(scan: Scan, closes: Integers, first: int) -> Mapping[str, RuleSignals]:
    """By rule id, those given when a candle from row `first` on closed."""
    told: dict[str, list[Signal]] = {}
    for signals in scan.signals.values():
        for signal in signals:
            told.setdefault(signal.plan.rule_id, []).append(signal)
    return {rule: _columns(signals, closes, first) for rule, signals in told.items()}


def _columns(signals: Sequence[Signal], closes: Integers, first: int) -> RuleSignals:
    at = np.array([each.at for each in signals], np.int64)
    row: Integers = closes.searchsorted(at)
    is_heard: NDArray[np.bool_] = (row >= first) & (row < closes.size)
    is_heard[is_heard] = closes[row[is_heard]] == at[is_heard]
    best_first = np.lexsort((np.array([-each.score for each in signals]), row))
    kept = best_first[is_heard[best_first]]

    def column(values: list[Any], dtype: type) -> NDArray[Any]:
        return np.array(values, dtype)[kept]

    levels = [np.nan if each.last_level is None else each.last_level for each in signals]
    until = [FOREVER if each.valid_until is None else each.valid_until for each in signals]
    return RuleSignals(
        plan=signals[0].plan,
        row=row[kept],
        side=column([each.side for each in signals], np.int64),
        kind=column([KINDS.index(each.entry) for each in signals], np.int64),
        entry=column([each.price for each in signals], np.float64),
        stop=column([each.stop for each in signals], np.float64),
        level=column(levels, np.float64),
        valid_until=column(until, np.int64),
        atr=column([each.liquidity.atr for each in signals], np.float64),
        is_thin=column([not each.liquidity.mean_volume for each in signals], np.bool_),
    )


def on_the_grid(given: RuleSignals, history: CoinHistory) -> RuleSignals:
    """The same with prices that the exchange takes."""
    instrument, side = history.instrument, given.side
    stop = round_prices(instrument, given.stop, -side)
    toward = np.where(given.kind == LIMIT, -side, side)
    ordered = round_prices(instrument, given.entry, toward)
    entry = np.where(given.kind == MARKET, given.entry, ordered)
    level = round_prices(instrument, given.level, -side)
    level[~(given.level > 0)] = np.nan
    return given._replace(entry=entry, stop=stop, level=level)


def is_acceptable(
    placed: RuleSignals, history: CoinHistory, limits: RiskLimits, costs: CostModel
) -> NDArray[np.bool_]:
    """Which pass every check of the risk manager that does not ask how the account stands.

    Their prices must be on the grid.
    """
    is_kept = _is_sane(placed, limits) & _has_traded(placed, history, limits)
    is_kept &= _cost_share(placed, costs) <= float(limits.most_cost_share)
    return is_kept


def _is_sane(given: RuleSignals, limits: RiskLimits) -> NDArray[np.bool_]:
    """Stop behind the entry at an allowed distance, a target before it, a risk that is allowed.

    Limits and stop entries that come too late are skipped by the simulation.
    """
    side, entry, stop = given.side, given.entry, given.stop
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100 * np.abs(entry - stop) / entry
    is_sane = (entry > 0) & (stop > 0) & (side * (entry - stop) > 0)
    is_sane &= (percent >= float(limits.least_stop_percent)) & (
        percent <= float(limits.most_stop_percent)
    )
    if not any(target.r is not None for target in given.plan.targets):
        is_sane &= side * (given.level - entry) > 0
    kept: NDArray[np.bool_] = is_sane & (given.plan.risk_percent <= limits.max_risk_percent)
    return kept


def _has_traded(given: RuleSignals, history: CoinHistory, limits: RiskLimits) -> NDArray[np.bool_]:
    base, row = history.base, given.row
    has_traded = (base.volume[row] > 0) | (base.high[row] > base.low[row])
    is_calm: NDArray[np.bool_] = 100 * given.atr <= float(limits.most_atr_percent) * base.close[row]
    return has_traded & is_calm


def _cost_share(given: RuleSignals, costs: CostModel) -> Floats:
    """Fees and slippage of entry and stop over the distance, as `Sizer` reckons for a size of 0."""
    side, entry, stop, is_limit = given.side, given.entry, given.stop, given.kind == LIMIT
    run = given.atr * (float(costs.atr_share) + float(costs.impact) * given.is_thin)
    spread, taker, maker = float(costs.half_spread), float(costs.taker), float(costs.maker)
    paid = entry + side * np.where(is_limit, 0.0, entry * spread + run)
    got = stop - side * (stop * spread + run)
    fees = paid * np.where(is_limit, maker, taker) + got * taker
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = (side * (paid - got) + fees) / np.abs(entry - stop) - 1
    return share
