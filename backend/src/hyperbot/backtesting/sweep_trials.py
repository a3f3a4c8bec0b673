"""What became of each variant of a sweep, and which of them is the best on some stretch of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.coin_alone import DAY_MS
from hyperbot.backtesting.parameter_space import Variant
from hyperbot.backtesting.sweep import Chunk, ChunkTrades, CoinTrades
from hyperbot.backtesting.trials import Trial
from hyperbot.backtesting.walk_forward import Dated
from hyperbot.statistics.sharpe import sharpe_ratio

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tried:
    """A variant, and its trades on each coin."""

    variant: Variant
    by_coin: Mapping[str, CoinTrades]
    dated: Dated
    """the trades of all coins, by time of entry"""

    @property
    def trades(self) -> int:
        """How many closed."""
        return int(self.dated.results.size)

    @property
    def mean_r(self) -> float | None:
        """After all costs; None without trades."""
        return mean_or_none(self.dated.results)


def mean_or_none(results: Floats) -> float | None:
    """The mean; None of nothing."""
    return float(results.mean()) if results.size else None


def tried(
    variants: Sequence[Variant], chunks: Sequence[Chunk], found: Mapping[str, ChunkTrades]
) -> list[Tried]:
    """Put the chunks together again, variant by variant."""
    by_variant: dict[tuple[str, str], dict[str, CoinTrades]] = {}
    for chunk in chunks:
        for variant, trades in zip(chunk.variants, found[chunk.key].split(), strict=True):
            by_variant.setdefault(_key(variant), {})[chunk.coin] = trades
    return [_tried(variant, by_variant[_key(variant)]) for variant in variants]


def _key(variant: Variant) -> tuple[str, str]:
    return variant.rule.id, variant.sha256


def _tried(variant: Variant, by_coin: Mapping[str, CoinTrades]) -> Tried:
    entry = np.concatenate([each.entry for each in by_coin.values()])
    order = np.argsort(entry, kind="stable")
    ends = np.concatenate([each.exit for each in by_coin.values()])
    net = np.concatenate([each.net for each in by_coin.values()])
    return Tried(variant, by_coin, Dated(entry[order], ends[order], net[order]))


def worth(dated: Dated) -> float:
    """Ranks variants over one stretch of time as their daily Sharpe ratios do; nan without trades.

    sum of R / root of the sum of squares of each day's R: days without trades, which are the same
    for all variants, need not be counted.
    """
    if not dated.results.size:
        return float("nan")
    days = dated.entries // DAY_MS
    sums = np.bincount(days - days.min(), dated.results)
    size = float(np.sqrt((sums**2).sum()))
    return float(sums.sum()) / size if size else 0.0


def daily(dated: Dated, span: tuple[int, int]) -> Floats:
    """The sum of R of the trades entered on each UTC day that [since, until) touches."""
    first, last = span[0] // DAY_MS, (span[1] - 1) // DAY_MS
    sums = np.bincount(dated.entries // DAY_MS - first, dated.results, last - first + 1)
    return sums.astype(np.float64)


def trials_of(each: Tried, span: tuple[int, int], terms: Mapping[str, str]) -> list[Trial]:
    """Every backtest of a variant as the ledger counts it; `terms`: the hash of each coin's."""
    counted = []
    for coin, trades in each.by_coin.items():
        by_day = daily(Dated(trades.entry, trades.exit, trades.net), span)
        counted.append(
            Trial(
                rule=each.variant.rule.id,
                rule_sha256=each.variant.sha256,
                terms_sha256=terms[coin],
                coins=(coin,),
                since=span[0],
                until=span[1],
                origin="sweep",
                trades=int(trades.net.size),
                mean_r=mean_or_none(trades.net),
                days=by_day.size,
                sharpe=sharpe_ratio(by_day) or 0.0,
            )
        )
    return counted
