"""History through one engine and one exchange, candle by candle; the same code whether every
candle is played or only those that matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.backtesting.schedule import Schedule
from hyperbot.domain.actions import Action, EntryMissed, SignalAccepted, SignalRefused, TradeEnded
from hyperbot.domain.errors import Fatal
from hyperbot.domain.events import (
    CandleClosed,
    Event,
    FundingPaid,
    OrderFilled,
    SignalFound,
    SwingConfirmed,
)
from hyperbot.domain.money import exact
from hyperbot.domain.signals import Signal
from hyperbot.domain.trades import Trade
from hyperbot.ports import HistoricalExchange
from hyperbot.trading.engine import Engine

_NEVER = 1 << 62
_MOST_ROUNDING = Decimal("0.000001")
Progress = Callable[[int], None]
"""told the moment (ms) up to which history has been played"""
NOTES = (SignalRefused, SignalAccepted, EntryMissed, TradeEnded)


class Advisor(Protocol):
    """Says what rules see at the close of a candle of one coin."""

    def advise(self, row: int) -> tuple[Sequence[SwingConfirmed], Sequence[Signal]]:
        """Swings that became known and signals given when base candle `row` closed."""
        ...


@dataclass(slots=True)
class Record:
    """What happened in a run, in order."""

    notes: list[SignalRefused | SignalAccepted | EntryMissed | TradeEnded] = field(
        default_factory=list
    )
    fills: list[OrderFilled] = field(default_factory=list)
    funding: list[FundingPaid] = field(default_factory=list)
    open_trades: tuple[Trade, ...] = ()
    equity: Decimal = Decimal(0)
    """at the last closes"""
    doubtful_candles: int = 0
    """candles in which the order of prices, which they do not tell, made a difference"""

    @property
    def trades(self) -> tuple[Trade, ...]:
        """Those that ended, by their end, then those still open."""
        ended = (note.trade for note in self.notes if isinstance(note, TradeEnded))
        return (*ended, *self.open_trades)


class Lane:
    """One coin on its way through a run."""

    def __init__(
        self, history: CoinHistory, advisor: Advisor, schedule: Schedule, span: tuple[int, int]
    ) -> None:
        """`span`: moments (ms); candles that open in it are played."""
        self.history, self.advisor, self.schedule = history, advisor, schedule
        self.coin = history.coin
        first = int(history.base.ts.searchsorted(span[0]))
        self.last = int(history.base.ts.searchsorted(span[1]))
        self.row = self.closed = first - 1
        """the last candle played, and the last one that the engine has seen close"""
        self.next_row, self.next_ts = first, _NEVER

    def newest(self, at: int) -> int:
        """The newest candle of the run that has closed by a moment."""
        opened = at - self.history.base.timeframe.ms
        closed = int(self.history.base.ts.searchsorted(opened, side="right"))
        return min(closed, self.last) - 1

    def move_to(self, row: int) -> None:
        """Say which candle is played next."""
        self.next_row = row
        self.next_ts = int(self.history.base.ts[row]) if row < self.last else _NEVER


def run(
    lanes: Sequence[Lane],
    engine: Engine,
    exchange: HistoricalExchange,
    *,
    resolves: bool = False,
    progress: Progress = lambda moment: None,
) -> Record:
    """Play the lanes to their end. All coins have candles of one timeframe.

    `resolves`: finer candles say what came first within a candle, where there are any.

    Raises Fatal when engine and exchange disagree about the money at the end.
    """
    return _Run(lanes, engine, exchange, resolves=resolves).play(progress)


class _Run:
    def __init__(
        self,
        lanes: Sequence[Lane],
        engine: Engine,
        exchange: HistoricalExchange,
        *,
        resolves: bool,
    ) -> None:
        self.lanes, self.engine, self.exchange = lanes, engine, exchange
        self.resolves = resolves
        self.record = Record()

    def play(self, progress: Progress) -> Record:
        for lane in self.lanes:
            self._plan(lane)
        while (now := min(lane.next_ts for lane in self.lanes)) < _NEVER:
            self._play_candles([lane for lane in self.lanes if lane.next_ts == now])
            progress(now)
        for lane in self.lanes:
            if lane.last > 0:
                self._close(lane, lane.last - 1)
        self._settle()
        return self.record

    def _plan(self, lane: Lane) -> None:
        reach = self.exchange.reach(lane.coin)
        lane.move_to(lane.schedule.next_row(lane.row, self.engine, reach))

    def _play_candles(self, due: list[Lane]) -> None:
        """One candle of each coin that is due: all within it, its close, then what rules say."""
        for lane in due:
            lane.row = lane.next_row
            self._play_within(lane)
        for lane in due:
            self._close(lane, lane.row)
        signals = [signal for lane in due for signal in self._hear(lane)]
        if signals:
            self._see_open_positions(signals[0].at)
            # Of what is given at once the best score comes first; then coins and rules in order.
            for signal in sorted(signals, key=lambda signal: -signal.score):
                self._tell(SignalFound(signal.at, signal))
        for lane in due:
            self._plan(lane)

    def _hear(self, lane: Lane) -> Sequence[Signal]:
        swings, signals = lane.advisor.advise(lane.row)
        for swing in swings:
            self._tell(swing)
        return signals

    def _play_within(self, lane: Lane) -> None:
        history, row = lane.history, lane.row
        if self.engine.has_position(lane.coin):
            first, last = history.payments_due(row)
            for rate in history.funding.rates[first:last].tolist():
                opened = float(history.base.open[row])
                at = int(history.base.ts[row])
                for event in self.exchange.fund(lane.coin, at, rate, opened):
                    self._tell(event)
        if self.engine.is_engaged(lane.coin):
            self._show_prices(int(history.base.ts[row]))
            bar = history.bar(row)
            finer = history.finer_bars(row) if self.resolves else ()
            for event in self.exchange.advance(lane.coin, bar, finer):
                self._tell(event)

    def _show_prices(self, now: int) -> None:
        """What positions are worth when a candle opens, skipped coins included: for margins."""
        for lane in self.lanes:
            if self.engine.has_position(lane.coin):
                newest = lane.newest(now)
                self.exchange.see(lane.coin, float(lane.history.base.close[newest]))

    def _close(self, lane: Lane, row: int) -> None:
        """Let the engine see a candle close, unless it has."""
        if row > lane.closed:
            lane.closed = row
            candle = lane.history.base[row]
            self.exchange.see(lane.coin, candle.close)
            at = candle.ts + lane.history.base.timeframe.ms
            self._tell(CandleClosed(at, lane.coin, candle))

    def _see_open_positions(self, at: int) -> None:
        """Equity is reckoned at the newest closes: those of coins that were skipped so far too."""
        for lane in self.lanes:
            if self.engine.has_position(lane.coin):
                self._close(lane, lane.newest(at))

    def _tell(self, event: Event) -> None:
        if isinstance(event, OrderFilled):
            self.record.fills.append(event)
        elif isinstance(event, FundingPaid):
            self.record.funding.append(event)
        for action in self.engine.handle(event):
            self._do(action)

    def _do(self, action: Action) -> None:
        if isinstance(action, NOTES):
            self.record.notes.append(action)
            return
        for event in self.exchange.perform(action):
            self._tell(event)

    def _settle(self) -> None:
        """Take stock, and hold the two books against each other."""
        prices = {
            lane.coin: exact(lane.history.base.close[lane.last - 1])
            for lane in self.lanes
            if lane.last > 0
        }
        ours, theirs = self.engine.equity, self.exchange.equity(prices)
        if abs(ours - theirs) > _MOST_ROUNDING:
            raise Fatal(f"the engine's books say {ours}, the exchange's {theirs}: they must agree")
        self.record.open_trades = self.engine.open_trades()
        self.record.equity = theirs
        self.record.doubtful_candles = len(self.exchange.doubts)
