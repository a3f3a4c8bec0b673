"""A coin's past: liquidity before each candle, payments, finer and coarser candles."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candle_builders import random_walk, without
from hyperbot.backtesting.market_history import (
    ATR_CANDLES,
    HOUR_MS,
    NEUTRAL_RATE,
    VOLUME_CANDLES,
    CoinHistory,
    Funding,
    completed,
    liquidity_before,
)
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.money import exact
from hyperbot.domain.resampling import resample
from hyperbot.exchange.instruments import instrument_of

BTC = instrument_of("BTC", 100.0)
HALF_HOUR = HOUR_MS // 2


def history(series: CandleSeries, **options) -> CoinHistory:
    return CoinHistory(series, BTC, **options)


def payments(*ts: int, rate: float = 0.0001) -> Funding:
    return Funding(np.array(ts, dtype=np.int64), np.full(len(ts), rate))


def slow_liquidity(series: CandleSeries, row: int) -> tuple[float, float]:
    """Mean true range and mean volume of what closed before `row`, one candle after the other."""
    ranges, volumes = [], []
    for place in range(row):
        candle = series[place]
        high, low = candle.high, candle.low
        if place:
            high = max(high, series[place - 1].close)
            low = min(low, series[place - 1].close)
        ranges.append(high - low)
        volumes.append(candle.volume)
    if not row:
        return 0.0, 0.0
    recent, traded = ranges[-ATR_CANDLES:], volumes[-VOLUME_CANDLES:]
    return sum(recent) / len(recent), sum(traded) / len(traded)


@given(candles=st.integers(1, 60), seed=st.integers(0, 1_000))
def test_liquidity_is_that_of_a_slow_loop(candles, seed):
    series = random_walk(candles, seed=seed)
    ranges, volumes = liquidity_before(series)
    assert ranges.shape == volumes.shape == (candles + 1,)
    expected = np.array([slow_liquidity(series, row) for row in range(candles + 1)])
    assert np.allclose(ranges, expected[:, 0], rtol=1e-12, atol=0)
    assert np.allclose(volumes, expected[:, 1], rtol=1e-12, atol=0)


@given(cut=st.integers(0, 60))
def test_liquidity_forgets_all_but_its_window_to_the_last_bit(cut):
    series = random_walk(100, seed=4)
    whole, part = liquidity_before(series), liquidity_before(series[cut:])
    for full, late, window in zip(whole, part, (ATR_CANDLES + 1, VOLUME_CANDLES), strict=True):
        assert np.array_equal(full[cut + window :], late[window:])


def test_liquidity_at_a_row_is_exact_and_there_also_after_the_end():
    series = random_walk(30)
    past = history(series)
    ranges, volumes = liquidity_before(series)
    for row in (0, 1, 29, 30):
        found = past.liquidity(row)
        assert found == (exact(ranges[row]), exact(volumes[row]))
    assert past.liquidity(0) == (Decimal(0), Decimal(0))
    bar, candle = past.bar(29), series[29]
    assert bar[:5] == candle[:5]
    assert bar.liquidity == past.liquidity(29)


@given(
    missing=st.sets(st.integers(1, 46), max_size=20),
    times=st.sets(st.integers(-3 * HALF_HOUR, 30 * HOUR_MS), max_size=40),
)
def test_each_payment_is_due_once_in_its_candle_or_the_next(missing, times):
    series = without(random_walk(48, timeframe="30m"), *missing)
    begin, closes = int(series.ts[0]), series.close_ts.tolist()
    funding = payments(*(begin + moment for moment in sorted(times)))
    past = history(series, funding=funding)
    due = {
        row: past.funding.ts[slice(*past.payments_due(row))].tolist() for row in range(len(series))
    }
    expected: dict = {row: [] for row in due}
    for moment in funding.ts.tolist():
        row = next((row for row, close in enumerate(closes) if close > moment), None)
        if moment >= begin and row is not None:
            expected[row].append(moment)
    assert due == expected


@pytest.mark.parametrize("late", [0, 7, 59_000])
def test_what_the_payments_tell_is_kept_and_the_rest_is_neutral(late):
    """Ten hours of candles, of which the payments of the 4th to the 6th hour are known."""
    base = random_walk(20, timeframe="30m")
    hour = int(base.ts[0]) + HOUR_MS * np.arange(10)
    full, share = completed(payments(*(hour[4:7] + late)), base)
    known = full.rates != NEUTRAL_RATE
    assert full.ts[known].tolist() == (hour[4:7] + late).tolist()
    others = full.ts[~known].tolist()
    # A payment that is a little late tells of the hour since the one before it would have been.
    assert others == [*hour[:4].tolist(), *hour[7:].tolist()]
    assert share == pytest.approx(3 / 10)
    assert (np.diff(full.ts) > 0).all()


def test_payments_of_every_eight_hours_tell_of_all_the_time_between():
    base = random_walk(48, timeframe="1h")
    begin = int(base.ts[0])
    full, share = completed(payments(*(begin + 8 * HOUR_MS * np.arange(7))), base)
    assert share == 1.0
    assert (full.rates != NEUTRAL_RATE).all()


def test_a_hole_in_the_payments_is_not_told_and_pays_the_neutral_rate():
    """One payment long before, and one long after: they tell of nothing between."""
    base = random_walk(48, timeframe="1h")
    begin = int(base.ts[0])
    far = 1_000 * HOUR_MS
    full, share = completed(payments(begin - far, begin + far), base)
    assert share == 0.0
    assert (full.rates == NEUTRAL_RATE).sum() == 48
    hours = [begin + hour * HOUR_MS for hour in (*range(1, 10), *range(30, 48))]
    full, share = completed(payments(*hours), base)
    assert (full.rates == NEUTRAL_RATE).sum() == 21  # the hours 0 and 10 to 29
    assert share == pytest.approx(27 / 48, abs=0.01)


@pytest.mark.parametrize("times", [(), (5,), (5, 6)])
def test_without_payments_in_its_time_every_hour_is_neutral(times):
    base = random_walk(7, timeframe="30m")
    full, share = completed(payments(*times), base)
    assert share == 0.0
    due = full.ts >= base.ts[0]
    assert full.rates[due].tolist() == [NEUTRAL_RATE] * 4
    assert (full.ts[due] % HOUR_MS == 0).all()


def test_finer_candles_are_given_only_if_all_are_there():
    minutes = random_walk(60, timeframe="1m")
    base = resample(minutes, Timeframe.parse("5m"))
    past = history(base, finer=without(minutes, 7, 30))
    assert history(base).finer_bars(0) == ()
    assert past.finer_bars(1) == past.finer_bars(6) == ()
    bars = past.finer_bars(2)
    assert [bar[1:5] for bar in bars] == [minutes[row][1:5] for row in range(10, 15)]
    assert {bar.ts for bar in bars} == {int(base.ts[2])}
    # How liquid the market was is known from the candles that are played.
    assert {bar.liquidity for bar in bars} == {past.liquidity(2)}


def test_finer_candles_of_another_time_are_not_given():
    minutes = random_walk(60, timeframe="1m")
    past = history(resample(minutes, Timeframe.parse("5m")), finer=minutes[:0])
    assert past.finer_bars(0) == ()


def test_coarser_candles_are_made_once_of_the_finest():
    past = history(random_walk(100))
    five, hour = Timeframe.parse("5m"), Timeframe.parse("1h")
    frames = past.frames([hour, five])
    assert frames[five] is past.base
    assert frames[hour] == resample(past.base, hour)
    assert past.frames([hour])[hour] is frames[hour]
    with pytest.raises(InvalidInput, match="a rule looks at 1m candles, finer than the 5m candles"):
        past.frames([Timeframe.parse("1m")])
