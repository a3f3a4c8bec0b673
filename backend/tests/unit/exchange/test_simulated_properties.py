"""Whatever is asked and whatever the market does: the books add up, nothing is missed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange_builders import COIN, RULES, Story, exchange
from hyperbot.domain.actions import Action, Cancel
from hyperbot.domain.bars import Bar
from hyperbot.domain.costs import FREE, CostModel
from hyperbot.domain.events import Event, OrderFilled
from hyperbot.exchange.matching import MatchingSettings
from hyperbot.exchange.simulated import SimulatedExchange

ENTRIES = [("market", None), ("limit", 98), ("limit", 101), ("stop_entry", 102)]


class Plan(NamedTuple):
    """What a trader does, fixed before: the same plan is played on several exchanges."""

    entry: int
    stop: int
    leverage: int
    is_isolated: bool
    is_moved: bool
    rate: float


class Trader:
    """Enters when flat, places two targets on the fill, moves the stop after the first."""

    def __init__(self, story: Story, plan: Plan) -> None:
        self._story, self._plan = story, plan
        self._names = itertools.count()
        self._stop = ""

    def begin(self, market: SimulatedExchange) -> None:
        """Ask for an entry; refused if one waits or a position is open."""
        story, plan, number = self._story, self._plan, next(self._names)
        asked = story.enter(*ENTRIES[plan.entry], plan.stop, 50, plan.leverage, plan.is_isolated)
        entry = story.order(f"e{number}", asked.entry.kind, ENTRIES[plan.entry][1], 50)
        stop = story.order(f"s{number}", "stop_loss", plan.stop)
        market.perform(replace(asked, entry=entry, stop=stop))

    def respond(self, event: Event) -> Sequence[Action]:
        """The answer to a fill."""
        if not isinstance(event, OrderFilled):
            return ()
        name, number = event.order_id[:1], next(self._names)
        if name == "e":
            self._stop = "s" + event.order_id[1:]
            first = self._story.place(f"t{number}", "target", 104, 20)
            return (first, self._story.place(f"u{number}", "target", 109, 30))
        if name == "t" and self._plan.is_moved:
            old, self._stop = self._stop, f"m{number}"
            return (self._story.move(old, self._stop, 100), Cancel(0, COIN, "unknown"))
        return (self._story.place(f"c{number}", "close", None),) if name == "t" else ()


def play(
    market: SimulatedExchange, plan: Plan, bars: Sequence[Bar], story: Story, is_skipping: bool
) -> list[Event]:
    """Walk bar by bar, or only those within reach; an entry is asked for every fourth bar."""
    trader, events = Trader(story, plan), []
    for number, bar in enumerate(bars):
        if number % 4 == 0:
            if number:
                market.see(COIN, bars[number - 1].close)
            trader.begin(market)
        reach = market.reach(COIN)
        is_out = bar.low > reach.below and bar.high < reach.above and not reach.at_next
        if is_out and is_skipping:
            continue
        found = []
        for event in market.advance(COIN, bar):
            found.append(event)
            for action in trader.respond(event):
                found += market.perform(action)
        assert not (is_out and found)
        events += found
        events += market.fund(COIN, bar.ts, plan.rate, bar.close)
    return events


moves = st.tuples(*[st.integers(-400, 400)] * 2, *[st.integers(0, 300)] * 2)
plans = st.builds(
    Plan,
    entry=st.integers(0, 3),
    stop=st.sampled_from([97, 95, 88]),
    leverage=st.sampled_from([1, 5, 10]),
    is_isolated=st.booleans(),
    is_moved=st.booleans(),
    rate=st.sampled_from([0.0, 0.0000125, -0.0004]),
)
walks = st.lists(moves, min_size=1, max_size=25)
modes = st.sampled_from(["pessimistic", "optimistic"])
COSTS = CostModel(half_spread=Decimal(0))  # which is no share of the price: a mirror keeps it
MIRRORED = CostModel(taker=Decimal(0), maker=Decimal(0), half_spread=Decimal(0))


def bars_of(walk: Sequence[tuple[int, ...]], story: Story) -> list[Bar]:
    """Candles around 100, sometimes with a gap between them."""
    bars = []
    for ts, (gap, body, above, below) in enumerate(walk):
        opened = 10_000 + gap
        close = opened + body
        high, low = max(opened, close) + above, min(opened, close) - below
        bars.append(story.bar(ts, *(price / 100 for price in (opened, high, low, close))))
    return bars


@given(plan=plans, walk=walks, mode=modes, side=st.sampled_from([1, -1]))
@settings(max_examples=200)
def test_the_books_add_up(plan, walk, mode, side):
    story, market = Story(side), exchange(CostModel(), intrabar=mode)
    bars = bars_of(walk, story)
    events = play(market, plan, bars, story, is_skipping=False)
    assert market.cash == sum(line.amount for line in market.ledger.lines)
    assert market.cash == sum(market.ledger.totals.values())
    last = Decimal(str(bars[-1].close))
    position = market.positions.get(COIN)
    unrealised = position.unrealised(last) if position else 0
    assert market.equity({COIN: last}) == market.cash + unrealised
    assert market.equity({}) == market.cash + unrealised
    # The same from the events alone, as a trader would add them up.
    fills = [e for e in events if isinstance(e, OrderFilled)]
    paid = sum(-e.side * e.size * e.price - e.fee - e.forfeited for e in fills)
    held = sum(e.side * e.size for e in fills)
    funded = sum(getattr(e, "amount", 0) for e in events)
    equity = 10_000 + paid + held * last + funded
    assert abs(equity - market.equity({COIN: last})) < Decimal("1e-15")


@given(plan=plans, walk=walks, mode=modes, side=st.sampled_from([1, -1]))
@settings(max_examples=200)
def test_candles_out_of_reach_can_be_skipped(plan, walk, mode, side):
    story, plan = Story(side), plan._replace(rate=0.0)
    bars = bars_of(walk, story)
    slow, fast = (exchange(CostModel(), intrabar=mode) for _ in range(2))
    whole = play(slow, plan, bars, story, is_skipping=False)
    assert play(fast, plan, bars, story, is_skipping=True) == whole
    assert fast.doubts == slow.doubts
    assert fast.ledger.lines == slow.ledger.lines


@given(plan=plans, walk=walks, mode=modes)
def test_a_short_is_a_long_in_a_mirror(plan, walk, mode):
    # Liquidation and margin depend on the price itself, so neither may play a part.
    plan = plan._replace(rate=0.0, leverage=1, stop=95)
    told = []
    for side in (1, -1):
        story, market = Story(side), exchange(MIRRORED, cash=100_000, intrabar=mode)
        events = play(market, plan, bars_of(walk, story), story, is_skipping=False)
        fills = [e for e in events if isinstance(e, OrderFilled)]
        told.append(
            [(e.order_id, story.at(e.price), side * e.side, e.is_doubtful, e.at) for e in fills]
        )
    assert told[0] == told[1]


@given(plan=plans, walk=walks)
@example(Plan(0, 95, 5, True, True, 0.0), [(0, 0, 500, 600)])
def test_both_ways_are_the_same_up_to_the_first_doubt(plan, walk):
    story, events = Story(), {}
    bars = bars_of(walk, story)
    markets = {mode: exchange(intrabar=mode) for mode in ("pessimistic", "optimistic")}
    for mode, market in markets.items():
        events[mode] = play(market, plan, bars, story, is_skipping=False)
    first, second = (market.doubts for market in markets.values())
    assert first[:1] == second[:1]
    end = first[0].ts if first else len(bars)
    fills = [[e for e in found if isinstance(e, OrderFilled)] for found in events.values()]
    before = [[e for e in found if e.at < end] for found in fills]
    assert before[0] == before[1]


def test_the_plans_above_do_trade():
    """Otherwise the properties would hold of nothing."""
    plan = Plan(0, 95, 5, is_isolated=True, is_moved=True, rate=0.0)
    bars = bars_of([(0, 200, 0, 0), (300, 150, 0, 0), (200, -400, 0, 0)], Story())
    events = play(exchange(), plan, bars, Story(), is_skipping=False)
    names = [e.order_id[:1] for e in events if isinstance(e, OrderFilled)]
    assert names == ["e", "t", "m"]


def test_two_cross_positions_back_each_other():
    other = replace(RULES, coin="OTH")
    market = SimulatedExchange({COIN: RULES, "OTH": other}, FREE, Decimal(100), MatchingSettings())
    for story in (Story(), Story(coin="OTH")):
        market.see(story.coin, 100.0)
        asked = story.enter(stop=80, size=5, leverage=10, is_isolated=False)
        names = {f: replace(getattr(asked, f), id=story.coin + f) for f in ("entry", "stop")}
        assert market.perform(replace(asked, **names)) == []
        list(market.advance(story.coin, story.bar(0, 100, 100, 100, 100)))
    # 500 of each: 25 must be kept for each, so that one alone may lose 50 before the end.
    (ended,) = market.advance(COIN, Story().bar(1, 100, 100, 88, 95))
    assert ended.is_liquidation
    assert Decimal(89) < ended.price < Decimal("89.6")
    # The other position is judged by its own candles: now it stands alone with what is left.
    assert set(market.positions) == {"OTH"}
    assert market.equity({}) == market.cash
