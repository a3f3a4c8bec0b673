from decimal import Decimal
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hyperbot.domain.actions import Enter, MoveStop, SignalAccepted, TradeEnded
from hyperbot.domain.costs import CostModel, Liquidity
from hyperbot.domain.events import (
    CloseRequested,
    FundingPaid,
    OrderRejected,
    SignalFound,
    SwingConfirmed,
    TradingHalted,
    TradingResumed,
)
from hyperbot.trading.engine import Engine
from hyperbot.trading.risk_manager import RiskLimits
from random_exchange import RandomExchange
from trade_builders import CANDLE_MS, MINUTE_MS, NOON, closed, instrument, plan, signal, targets

CASH = Decimal(10_000)
RULES = {coin: instrument(coin) for coin in ("BTC", "ETH", "SOL")}
LIMITS = RiskLimits(
    max_positions=2,
    daily_loss_percent=Decimal(50),
    total_exposure=Decimal(3),
    most_cost_share=Decimal(100),
)
STEPS = 150


class Life:
    """A random exchange, a random market and an engine between them."""

    def __init__(self, seed):
        self.random = Random(seed)  # noqa: S311 - chance, no secret
        self.engine = Engine(LIMITS, CostModel(), RULES, CASH)
        self.exchange = RandomExchange(RULES, CASH, seed)
        self.prices = dict.fromkeys(RULES, Decimal(100))
        self.at = NOON
        self.is_halted = False
        self.log = []
        self.stops = {}
        self.moves = {}

    def tell(self, event):
        for action in self.engine.handle(event):
            self.check(action)
            self.log.append(action)
            if isinstance(action, MoveStop):
                self.moves[action.stop.id] = (self.at, action.stop.price)
            for answer in self.exchange.perform(action, self.at):
                if isinstance(answer, OrderRejected):
                    self.stops.pop(answer.order_id, None)
                    self.moves.pop(answer.order_id, None)
                self.tell(answer)

    def check(self, action):
        if isinstance(action, Enter | SignalAccepted):
            assert not self.is_halted
        if isinstance(action, Enter):
            held = sum(abs(size) * self.prices[c] for c, size in self.exchange.held.items())
            waiting = sum(left * order.price for order, left in self.waiting() if order.price)
            value = action.entry.size * self.prices[action.entry.coin]
            assert held + waiting + value <= LIMITS.total_exposure * self.engine.equity
            assert len(self.engaged()) < LIMITS.max_positions
        if isinstance(action, MoveStop):
            old = self.exchange.stops[action.stop.coin]
            assert -old.side * (action.stop.price - old.price) > 0, "a stop never loosens"

    def waiting(self):
        return self.exchange.entries.values()

    def engaged(self):
        held = {coin for coin, size in self.exchange.held.items() if size}
        return held | set(self.exchange.entries)

    def step(self):
        self.at += MINUTE_MS
        coin = self.random.choice(list(RULES))
        moved = self.prices[coin] * (1 + Decimal(self.random.randint(-100, 100)) / 10_000)
        self.prices[coin] = price = RULES[coin].round_price(moved, 0)
        self.tell(closed(self.at, coin, float(price)))
        while event := self.exchange.next_event(coin, self.at, price):
            self.tell(event)
        self.something(coin, price)

    def something(self, coin, price):
        side = self.random.choice([1, -1])
        match self.random.randint(0, 30):
            case 0:
                self.tell(CloseRequested(self.at, coin, "manual"))
            case 1:
                self.is_halted = True
                self.tell(TradingHalted(self.at, "test"))
            case 2 | 3:
                self.is_halted = False
                self.tell(TradingResumed(self.at))
            case 4 if self.exchange.held[coin]:
                self.exchange.cash += Decimal("0.01")
                self.tell(FundingPaid(self.at, coin, Decimal("0.01")))
            case number if number < 12:
                swing = price * (1 - side * Decimal("0.005"))
                self.tell(SwingConfirmed(self.at, coin, CANDLE_MS, side, swing))
            case number if number < 22:
                self.tell(SignalFound(self.at, self.signal(coin, side, price)))

    def signal(self, coin, side, price):
        steps = ["breakeven", "trail", "none"]
        ladder = targets(
            ("0.5", "0.3", self.random.choice(steps)),
            (1, "0.3", self.random.choice(steps)),
            (2, "0.4"),
        )
        rule = f"rule-{self.random.randint(0, 1)}"
        stop = price * (1 - side * Decimal(self.random.randint(10, 300)) / 10_000)
        kind = self.random.choice(["market", "limit", "stop"])
        the_plan = plan(
            rule_id=rule,
            targets=ladder,
            max_concurrent=2,
            time_stop_ms=self.random.choice([None, 20 * MINUTE_MS]),
        )
        return signal(
            side,
            coin=coin,
            at=self.at,
            plan=the_plan,
            entry=kind,
            price=price,
            stop=stop,
            valid_until=None if kind == "market" else self.at + 10 * MINUTE_MS,
            liquidity=Liquidity(price / 200, Decimal(1000)),
        )


@settings(max_examples=25)
@given(st.integers(0, 10**9))
def test_whatever_the_exchange_does_the_books_are_right(seed):
    life = Life(seed)
    for _ in range(STEPS):
        life.step()
        assert {coin for coin in RULES if life.engine.is_engaged(coin)} == life.engaged()
        worth = sum(size * life.prices[coin] for coin, size in life.exchange.held.items())
        assert life.engine.equity == life.exchange.cash + worth
        for coin, size in life.exchange.held.items():
            assert life.engine.has_position(coin) == (size != 0)
            is_closing = bool(life.exchange.closes.get(coin))
            unprotected = size and coin not in life.exchange.stops and not is_closing
            assert not unprotected or life.engine.wakes_at(coin) is not None
    ended = [action.trade for action in life.log if isinstance(action, TradeEnded)]
    for trade in ended:
        assert sum(exit.size for exit in trade.exits) == trade.size
        assert trade.closed_at == trade.exits[-1].at
        assert_path_of_stop(trade, life)
    if not life.engaged():
        assert life.engine.cash == CASH + sum(trade.net for trade in ended)


def assert_path_of_stop(trade, life):
    """The first stop, then each move that the exchange took, each tighter than the one before."""
    moves = [move for name, move in life.moves.items() if name.startswith(f"{trade.signal.id}/")]
    assert trade.stops == ((trade.opened_at, trade.stop), *moves)
    for (before, old), (after, new) in pairwise(trade.stops):
        assert before <= after
        assert trade.signal.side * (new - old) > 0


def test_stops_are_moved_in_some_of_these_lives():
    lives = [Life(seed) for seed in range(4)]
    for life in lives:
        for _ in range(2 * STEPS):
            life.step()
    trades = [each.trade for life in lives for each in life.log if isinstance(each, TradeEnded)]
    assert sum(len(trade.stops) > 1 for trade in trades) > 2


def test_the_same_events_give_the_same_actions():
    first, second = Life(7), Life(7)
    for _ in range(STEPS):
        first.step()
        second.step()
    assert first.log == second.log
    assert any(isinstance(action, TradeEnded) for action in first.log)
