"""A whole backtest: scan the history, play it in up to three ways, and say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from hyperbot.backtesting.beside import beside
from hyperbot.backtesting.full_feed import LiveAdvisor
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.report import ThreeResults
from hyperbot.backtesting.runner import Lane, Record, run
from hyperbot.backtesting.scanner import Scan, ScannedAdvisor, scan
from hyperbot.backtesting.schedule import EveryCandle, ScannedCandles
from hyperbot.backtesting.uncollected import uncollected
from hyperbot.domain.costs import CostModel
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.rules import StrategyRule
from hyperbot.ports import HistoricalExchange
from hyperbot.trading.engine import Engine
from hyperbot.trading.risk_manager import RiskLimits

Reading = Literal["pessimistic", "optimistic", "resolved"]
"""what is believed of the order of prices within a candle: the worst, the best, finer candles"""
Progress = Callable[[str, float], None]
"""told what is being done, and which share of it is done"""


@dataclass(frozen=True, slots=True)
class Market:
    """What is played on: coins with candles of one timeframe, and a span [since, until) in ms."""

    histories: tuple[CoinHistory, ...]
    since: int
    until: int

    def __post_init__(self) -> None:
        if not any(self._played(history) for history in self.histories):
            raise InvalidInput("no candle of any coin opens in that span: choose another one")

    @property
    def span(self) -> tuple[int, int]:
        """First moment, and the first one after the end."""
        return self.since, self.until

    def _played(self, history: CoinHistory) -> int:
        return len(history.base.between(*self.span))

    @property
    def has_finer(self) -> bool:
        """Whether finer candles can decide what came first in some candle."""
        return any(history.finer is not None for history in self.histories)

    @property
    def candles(self) -> int:
        """How many candles are played."""
        return sum(map(self._played, self.histories))


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms it is traded."""

    cash: Decimal
    costs: CostModel
    limits: RiskLimits
    new_exchange: Callable[[str], HistoricalExchange]
    """makes an exchange that reads candles pessimistically or optimistically"""


def scan_market(
    market: Market, rules: Sequence[StrategyRule], progress: Progress = lambda what, share: None
) -> dict[str, Scan]:
    """What the rules say over the history of each coin. Raises InvalidInput."""
    scans = {}
    for done, history in enumerate(market.histories):
        progress(f"reading {history.coin}", done / len(market.histories))
        with uncollected():
            scans[history.coin] = scan(history, rules, *market.span)
    return scans


def play(
    market: Market,
    scans: Mapping[str, Scan],
    terms: Terms,
    reading: Reading = "pessimistic",
    progress: Callable[[float], None] = lambda share: None,
) -> Record:
    """One run over the market, skipping the candles at which nothing can happen."""
    lanes = [
        Lane(
            history,
            ScannedAdvisor(history, scans[history.coin]),
            ScannedCandles(history, scans[history.coin]),
            market.span,
        )
        for history in market.histories
    ]
    return _run(market, lanes, terms, reading, progress)


def play_every_candle(
    market: Market,
    rules: Sequence[StrategyRule],
    terms: Terms,
    reading: Reading = "pessimistic",
) -> Record:
    """The same, slowly: every candle through the live detectors, the exchange and the engine."""
    lanes = [
        Lane(history, LiveAdvisor(history, rules), EveryCandle(), market.span)
        for history in market.histories
    ]
    return _run(market, lanes, terms, reading, lambda share: None)


def _run(
    market: Market,
    lanes: Sequence[Lane],
    terms: Terms,
    reading: Reading,
    progress: Callable[[float], None],
) -> Record:
    instruments = {history.coin: history.instrument for history in market.histories}
    engine = Engine(terms.limits, terms.costs, instruments, terms.cash)
    exchange = terms.new_exchange("optimistic" if reading == "optimistic" else "pessimistic")
    length = market.until - market.since

    def tell(moment: int) -> None:
        progress(min(1.0, (moment - market.since) / length))

    with uncollected():
        return run(lanes, engine, exchange, resolves=reading == "resolved", progress=tell)


def play_three_ways(
    market: Market,
    scans: Mapping[str, Scan],
    terms: Terms,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[Record, ThreeResults]:
    """The pessimistic run, and what the other readings would have made, played beside it."""
    readings: tuple[Reading, ...] = ("optimistic", "resolved")
    others = readings if market.has_finer else readings[:1]

    def net_of_others() -> list[Decimal]:
        return [play(market, scans, terms, each).equity - terms.cash for each in others]

    answer = beside(net_of_others)
    record = play(market, scans, terms, "pessimistic", progress)
    net = record.equity - terms.cash
    # Finer candles also tell of gaps within a candle, so without doubt the last may differ too.
    differs = record.doubtful_candles > 0 or market.has_finer
    nets = answer() if differs else [net] * len(others)
    return record, ThreeResults(
        pessimistic=net,
        optimistic=nets[0],
        resolved=nets[1] if market.has_finer else None,
        doubtful_candles=record.doubtful_candles,
    )
