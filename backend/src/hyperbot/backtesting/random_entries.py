"""The matched null: what a rule's exits, costs and side make at moments that it did not choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.coin_alone import CoinAlone
from hyperbot.backtesting.evidence import RandomEntries
from hyperbot.backtesting.rule_signals import RuleSignals
from hyperbot.backtesting.signal_changes import moved
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.statistics.chance import seeded

FEWEST_DRAWS, MOST_DRAWS = 100, 2_000
TRADES_DRAWN = 200_000
"""about so many trades are simulated, unless that is too few or too many draws"""
LEAST_TRADES = 2


def random_entries(
    taken: Sequence[tuple[CoinAlone, RuleSignals]],
    mean_r: float,
    simulation: SimulationRules,
    since: int,
    seed: str,
) -> RandomEntries | None:
    """How the rule compares with its own trades at random moments; None with under 2 trades.

    `taken` are the signals that became trades, `mean_r` their mean R. In each draw all of them move
    by the same random number of candles through the span from `since` (ms UTC) on, beyond whose end
    they come in again at its start: how they bunch, their sides, stops (in ATR), targets, time
    stops and the market stay, only the moment is not the rule's.
    """
    count = sum(signals.row.size for _, signals in taken)
    if count < LEAST_TRADES:
        return None
    draws = int(np.clip(TRADES_DRAWN // count, FEWEST_DRAWS, MOST_DRAWS))
    # Of the same draw in all coins the same number: what coins share stays shared.
    shares = seeded("random entries", seed).uniform(size=draws)
    alone = replace(simulation, overlapping=True)
    sums, counts = np.zeros(draws), np.zeros(draws)
    for coin, signals in taken:
        made, of_draw = _drawn(coin, signals, shares, (since, alone))
        sums += np.bincount(of_draw, made, draws)
        counts += np.bincount(of_draw, minlength=draws)
    means = sums[counts > 0] / counts[counts > 0]
    if means.size < FEWEST_DRAWS:
        return None
    low, high = np.quantile(means, (0.05, 0.95)).tolist()
    return RandomEntries(
        draws=means.size,
        mean=float(means.mean()),
        low=low,
        high=high,
        p_value=(1 + int((means >= mean_r).sum())) / (1 + means.size),
    )


def _drawn(
    coin: CoinAlone,
    signals: RuleSignals,
    shares: NDArray[np.float64],
    terms: tuple[int, SimulationRules],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """R of all closed trades of all draws, and which draw each belongs to."""
    since, alone = terms
    # A signal is given at the close of its candle: the first that counts closes as the span begins.
    first = max(coin.first, int(coin.candles.close_ts.searchsorted(since)))
    length = len(coin.candles) - first
    shifts = 1 + (shares * (length - 1)).astype(np.int64)
    rows = (first + (signals.row - first + shifts[:, np.newaxis]) % length).ravel()
    of_draw = np.repeat(np.arange(shares.size), signals.row.size)
    tiled = signals.where(np.tile(np.arange(signals.row.size), shares.size))
    there = moved(tiled, coin, rows)
    of_draw = of_draw[np.argsort(rows, kind="stable")]
    is_kept = coin.is_acceptable(there)
    traded = coin.traded(there.where(is_kept), alone)
    return traded.net, of_draw[is_kept][traded.signal]
