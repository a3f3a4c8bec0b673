"""What a backtest found, with all that is needed to believe it or to doubt it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from hyperbot.backtesting.equity import EquityCurve
from hyperbot.backtesting.evidence import Evidence
from hyperbot.backtesting.excursions import Excursion
from hyperbot.backtesting.metrics import Performance
from hyperbot.backtesting.rule_alone import RuleAlone
from hyperbot.backtesting.trade_chart import TradeChart
from hyperbot.domain.actions import EntryMissed, SignalRefused
from hyperbot.domain.costs import CostModel
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.trades import Trade
from hyperbot.trading.risk_limits import RiskLimits

HOME_VENUE = "hyperliquid"
"""candles of any other venue stand in for those that will be traded: a proxy"""
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """Which rule was tested, to the letter."""

    id: str
    name: str
    version: int
    sha256: str
    """of the rule's text"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for; the span is [since, until) in ms UTC."""

    equity: Decimal
    since: int
    until: int
    coins: tuple[str, ...]
    rules: tuple[RuleRecord, ...]
    costs: CostModel
    intrabar: str
    """how the order of prices within a candle was decided, such as `pessimistic`"""
    fills: str = "through"
    """when a limit fills: its price is traded `through`, or at a `touch`"""
    limits: RiskLimits = field(default_factory=RiskLimits)


@dataclass(frozen=True, slots=True)
class CandleLineage:
    """Which candles of a coin were read, and where they come from."""

    coin: str
    venue: str
    timeframe: str
    first: int
    """open of the first candle, ms UTC"""
    last: int
    """open of the last candle"""
    candles: int
    gaps: int
    """stretches of time without candles between the first and the last"""
    sha256: str
    is_synthetic: bool = False
    funding_share: float = 0.0
    """share of the time for which funding payments are known; the rest pays the neutral rate"""
    has_assumed_rules: bool = False
    """whether the exchange's rules for the coin (lot, leverage) are a guess"""
    played: int = 0
    """candles within the span, at the timeframe that was played"""
    funding_sha256: str = ""
    """of the times and rates of all payments that were charged"""
    finer_share: float = 0.0
    """share of the span in which finer candles could decide what came first"""
    finer_sha256: str = ""

    @property
    def is_proxy(self) -> bool:
        """Whether they come from another venue than the one to trade on."""
        return self.venue != HOME_VENUE

    @classmethod
    def of(cls, series: CandleSeries, venue: str, *, is_synthetic: bool = False) -> CandleLineage:
        """The lineage of at least one candle."""
        return cls(
            coin=series.coin,
            venue=venue,
            timeframe=str(series.timeframe),
            first=int(series.ts[0]),
            last=int(series.ts[-1]),
            candles=len(series),
            gaps=int((np.diff(series.ts) != series.timeframe.ms).sum()),
            sha256=candles_sha256(series),
            is_synthetic=is_synthetic,
        )


def candles_sha256(series: CandleSeries) -> str:
    """The hash of the open times (int64) and the five columns (float64), little-endian."""
    return arrays_sha256(series.ts, series.columns)


def arrays_sha256(times: NDArray[np.int64], numbers: NDArray[np.float64]) -> str:
    """The hash of times (int64), then numbers (float64), little-endian."""
    digest = hashlib.sha256(np.ascontiguousarray(times, dtype="<i8").tobytes())
    digest.update(np.ascontiguousarray(numbers, dtype="<f8").tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class ThreeResults:
    """Net profit when the unknown order of prices within candles is read in three ways."""

    pessimistic: Decimal
    """the headline"""
    optimistic: Decimal
    resolved: Decimal | None = None
    """by finer candles; None where there are none"""
    doubtful_candles: int = 0
    """candles in which it mattered"""


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """The exact account: start + gross - fees + funding - forfeited = cash, to the last decimal.

    `unrealised` is what open positions were worth at the last close beside that.
    """

    start: Decimal
    gross: Decimal
    fees: Decimal
    funding: Decimal
    forfeited: Decimal
    unrealised: Decimal = Decimal(0)

    @property
    def cash(self) -> Decimal:
        """What the exchange calls the balance."""
        return self.start + self.gross - self.fees + self.funding - self.forfeited

    @property
    def equity(self) -> Decimal:
        """The balance and what is open."""
        return self.cash + self.unrealised


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """A whole run. Raises InvalidInput if built without the hash of each coin's candles.

    `excursions` belong to `trades` one by one.
    """

    software: str
    """version of hyperbot"""
    settings: Settings
    lineage: tuple[CandleLineage, ...]
    trades: tuple[Trade, ...]
    excursions: tuple[Excursion, ...]
    refused: tuple[SignalRefused, ...]
    missed: tuple[EntryMissed, ...]
    results: ThreeResults
    ledger: LedgerTotals
    curve: EquityCurve
    performance: Performance
    alone: tuple[RuleAlone, ...] = ()
    """each rule without the others; empty where signals were given"""
    evidence: Evidence | None = None
    """what it proves; None: nobody asked"""
    charts: tuple[TradeChart, ...] = ()
    """the trades to look at, in order of opening"""
    hold: NDArray[np.float64] | None = None
    """what the money would be worth if all coins had been bought and kept, at each of `curve.ts`"""

    def __post_init__(self) -> None:
        told = {each.coin for each in self.lineage}
        for coin in (*self.settings.coins, *(trade.signal.coin for trade in self.trades)):
            if coin not in told:
                raise InvalidInput(f"a result must say which candles of {coin} it was made from")
        for each in self.lineage:
            if not _SHA256.fullmatch(each.sha256):
                raise InvalidInput(f"a result needs the sha256 of the candles of {each.coin}")
        if not self.lineage:
            raise InvalidInput("a result must say which candles it was made from")
        if len(self.excursions) != len(self.trades):
            raise InvalidInput(
                f"{len(self.trades)} trades need as many excursions, not {len(self.excursions)}"
            )

    @property
    def data_sha256(self) -> str:
        """One hash for all candles: of coins, timeframes, venues and hashes, sorted."""
        lines = sorted(f"{e.coin} {e.timeframe} {e.venue} {e.sha256}\n" for e in self.lineage)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @property
    def curve_error(self) -> float:
        """How far the end of the curve is from the exact account: never a cent."""
        return abs(float(self.curve.equity[-1]) - float(self.ledger.equity))

    @property
    def candles(self) -> int:
        """How many candles were read, of all coins."""
        return sum(each.candles for each in self.lineage)

    @property
    def proxy_share(self) -> float:
        """The share of the candles that come from another venue than the one to trade on."""
        return sum(e.candles for e in self.lineage if e.is_proxy) / max(self.candles, 1)

    @property
    def synthetic_share(self) -> float:
        """The share of the candles that no market ever traded."""
        return sum(e.candles for e in self.lineage if e.is_synthetic) / max(self.candles, 1)

    @property
    def refusals(self) -> dict[str, int]:
        """How many signals were refused or missed, by reason, most first."""
        counted = Counter(note.reason for note in self.refused)
        counted.update(note.reason for note in self.missed)
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
