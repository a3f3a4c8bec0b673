"""Which candles matter: found by leaps, as by looking at each."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candle_builders import random_walk, without
from hyperbot.backtesting.market_history import CoinHistory, Funding
from hyperbot.backtesting.scanner import Scan, Swings, first_within
from hyperbot.backtesting.schedule import EveryCandle, ScannedCandles
from hyperbot.domain.bars import NOTHING_WAITS, Reach
from hyperbot.exchange.instruments import instrument_of

FIVE_MINUTES, DAY = 300_000, 86_400_000
INFINITE = float("inf")
levels = st.floats(97, 103) | st.just(INFINITE)


@given(
    seed=st.integers(0, 20),
    first=st.integers(0, 705),
    below=levels,
    above=levels,
    at_next=st.booleans(),
)
def test_the_first_candle_within_reach_is_that_of_a_slow_loop(seed, first, below, above, at_next):
    candles = random_walk(700, seed=seed)
    reach = Reach(-below if below == INFINITE else below, above, at_next)

    def matters(row):
        return at_next or candles.low[row] <= reach.below or candles.high[row] >= reach.above

    expected = next((row for row in range(first, 700) if matters(row)), None)
    found = first_within(candles, first, reach)
    assert found == expected if expected is not None else found >= 700


@pytest.mark.parametrize("row", [0, 1, 127, 128, 129, 639, 640, 641, 2_688])
def test_no_candle_is_lost_between_two_leaps(row):
    candles = random_walk(3_000)
    columns = np.full((5, 3_000), 100.0)
    columns[1, row] = 200.0
    spike = type(candles)("BTC", "5m", candles.ts, *columns)
    assert first_within(spike, 0, Reach(-INFINITE, 200.0)) == row
    assert first_within(spike, row, Reach(-INFINITE, 200.0)) == row
    assert first_within(spike, row + 1, Reach(-INFINITE, 200.0)) == 3_000


class Standing:
    """An engine that only says how it stands."""

    def __init__(self, *, holds=False, trails=None, wakes=None):
        self._said = SimpleNamespace(holds=holds, trails=trails, wakes=wakes)

    def has_position(self, coin):
        return self._said.holds

    def trails(self, coin):
        return self._said.trails

    def wakes_at(self, coin):
        return self._said.wakes


KEY = (FIVE_MINUTES, 1)
_rows = st.sets(st.integers(0, 599), max_size=4)


@given(
    seed=st.integers(0, 20),
    row=st.integers(-1, 590),
    signals=_rows,
    swings=_rows,
    paid=_rows,
    reach=st.builds(Reach, st.floats(97, 100), st.floats(100, 103), st.booleans())
    | st.just(NOTHING_WAITS),
    holds=st.booleans(),
    is_trailing=st.booleans(),
    wake=st.none() | st.integers(-50, 650),
)
def test_the_next_candle_is_that_of_a_slow_loop(
    seed, row, signals, swings, paid, reach, holds, is_trailing, wake
):
    """Candles from 12:00 on, with a hole: an order in reach, a signal, a payment, a swing, a
    deadline, or the end of a day, whichever comes first."""
    whole = random_walk(620, seed=seed, since_ms=1_735_732_800_000)
    series = without(whole, *range(300, 320))
    closes = series.close_ts.tolist()
    due = np.array(sorted(int(series.ts[each]) + 1 for each in paid), dtype=np.int64)
    history = CoinHistory(
        series, instrument_of("BTC", 100.0), Funding(due, np.full(due.size, 0.0001))
    )
    known = np.array(sorted(closes[each] for each in swings), dtype=np.int64)
    scan = Scan({closes[each]: () for each in signals}, {KEY: Swings(known, np.ones(known.size))})
    wakes = None if wake is None else int(whole.ts[0]) + wake * FIVE_MINUTES
    engine = Standing(holds=holds, trails=KEY if holds and is_trailing else None, wakes=wakes)

    def matters(each):
        last_moment = closes[each] - 1
        is_last_of_day = each == 599 or (closes[each + 1] - 1) // DAY > last_moment // DAY
        return (
            each in signals
            or is_last_of_day
            or (holds and each in paid)
            or (holds and is_trailing and each in swings)
            or (wakes is not None and closes[each] >= wakes)
            or series.low[each] <= reach.below
            or series.high[each] >= reach.above
            or reach.at_next
        )

    expected = next((each for each in range(row + 1, 600) if matters(each)), None)
    schedule = ScannedCandles(history, scan)
    found = schedule.next_row(row, engine, reach)
    assert found == expected if expected is not None else found >= 600
    assert schedule.next_row(row, engine, reach) == found  # asked again, from memory


def test_the_slow_way_is_every_candle():
    assert EveryCandle().next_row(4, Standing(), NOTHING_WAITS) == 5
