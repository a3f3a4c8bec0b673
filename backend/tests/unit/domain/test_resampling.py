import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candle_builders import JANUARY_2025, random_walk, without
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.resampling import gaps, off_grid, resample
from hyperbot.storage.candle_files import read_candles

# Where the exchange's own candles are not the sum of its own finer ones, and why.
_OWN_INTERVALS_DISAGREE = "2025-04-20T10:45"  # in volume too, in all coins
_AFTER_HALT_IN_MAY = "2025-05-25T14:30"  # no trades at 14:25
_AFTER_HALT_IN_JUNE = "2025-06-08T10:15"  # no trades from 09:45 to 10:20
DIFFERENT_15M = {
    "BTC": [_OWN_INTERVALS_DISAGREE, _AFTER_HALT_IN_MAY, _AFTER_HALT_IN_JUNE],
    "DOGE": [_OWN_INTERVALS_DISAGREE, _AFTER_HALT_IN_MAY],
    "ETH": [_OWN_INTERVALS_DISAGREE],
    "HYPE": [_OWN_INTERVALS_DISAGREE, _AFTER_HALT_IN_MAY],
    "SOL": [_OWN_INTERVALS_DISAGREE],
    "XRP": [_OWN_INTERVALS_DISAGREE],
}
_HOUR_OF_DISAGREEMENT = "2025-04-20T10:00"
_HOUR_OF_HALT_IN_JUNE = "2025-06-08T10:00"
_HOUR_OF_HALT_IN_JULY = "2025-07-19T10:00"  # no trades from 09:55 to 10:10
DIFFERENT_1H = {
    "BTC": [_HOUR_OF_DISAGREEMENT, _HOUR_OF_HALT_IN_JUNE, _HOUR_OF_HALT_IN_JULY],
    "DOGE": [_HOUR_OF_DISAGREEMENT, _HOUR_OF_HALT_IN_JUNE, _HOUR_OF_HALT_IN_JULY],
    "ETH": [_HOUR_OF_DISAGREEMENT, _HOUR_OF_HALT_IN_JULY],
    "HYPE": [_HOUR_OF_DISAGREEMENT],
    "SOL": [_HOUR_OF_DISAGREEMENT, _HOUR_OF_HALT_IN_JUNE],
    "XRP": [_HOUR_OF_DISAGREEMENT],
}


def resample_slowly(series, timeframe):
    """Each bucket on its own, candle by candle."""
    buckets = {}
    for candle in series:
        opens_at = candle.ts - (candle.ts - timeframe.origin_ms) % timeframe.ms
        buckets.setdefault(opens_at, []).append(candle)
    rows = [
        (
            opens_at,
            candles[0].open,
            max(candle.high for candle in candles),
            min(candle.low for candle in candles),
            candles[-1].close,
            sum(candle.volume for candle in candles),
        )
        for opens_at, candles in buckets.items()
        if len(candles) == timeframe.ms // series.timeframe.ms
    ]
    return CandleSeries(series.coin, timeframe, *(zip(*rows, strict=True) if rows else [[]] * 6))


def assert_alike(actual, expected):
    assert actual.timeframe == expected.timeframe
    assert actual.ts.tolist() == expected.ts.tolist()
    np.testing.assert_array_equal(actual.columns[:4], expected.columns[:4])
    np.testing.assert_allclose(actual.volume, expected.volume, rtol=1e-12)


@st.composite
def gappy_series(draw):
    candles = draw(st.integers(1, 120))
    timeframe = draw(st.sampled_from(["1m", "5m", "15m", "1h", "1d"]))
    start = JANUARY_2025 + draw(st.integers(0, 40)) * Timeframe.parse(timeframe).ms
    whole = random_walk(candles, timeframe=timeframe, since_ms=start, seed=draw(st.integers(0, 99)))
    missing = draw(st.sets(st.integers(0, candles - 1), max_size=8))
    return without(whole, *missing)


@given(gappy_series(), st.sampled_from([1, 2, 3, 4, 7, 12, 14]))
def test_resampling_equals_the_slow_way(series, ratio):
    timeframe = Timeframe(ratio * series.timeframe.ms)
    assert_alike(resample(series, timeframe), resample_slowly(series, timeframe))


def test_buckets_that_are_not_whole_are_left_out():
    series = random_walk(13, since_ms=JANUARY_2025 + 300_000)  # 00:05 to 01:05
    quarters = resample(without(series, 4), Timeframe.parse("15m"))  # 00:25 is missing
    opened = [(ts - JANUARY_2025) // 60_000 for ts in quarters.ts.tolist()]
    assert opened == [30, 45]  # 00:00 and 01:00 are cut, 00:15 has a hole


def test_weeks_are_cut_on_monday():
    weeks = resample(random_walk(30, timeframe="1d"), Timeframe.parse("1w"))
    assert weeks.ts.astype("datetime64[ms]").astype("datetime64[D]").astype(str).tolist() == [
        "2025-01-06",
        "2025-01-13",
        "2025-01-20",
    ]


def test_an_empty_series_gives_an_empty_series():
    quarters = resample(random_walk(10)[:0], Timeframe.parse("15m"))
    assert (len(quarters), quarters.timeframe) == (0, Timeframe.parse("15m"))


def test_the_result_keeps_every_rule_of_a_series():
    hours = resample(random_walk(500), Timeframe.parse("1h"))
    assert hours == CandleSeries(hours.coin, hours.timeframe, hours.ts, *hours.columns)


@pytest.mark.parametrize(
    ("base", "wanted"), [("5m", "7m"), ("15m", "5m"), ("3d", "3w"), ("2d", "1w")]
)
def test_a_timeframe_that_cannot_be_cut_is_refused(base, wanted):
    series = random_walk(10, timeframe=base, since_ms=0)
    with pytest.raises(InvalidInput, match=f"{base} candles cannot be put together to {wanted}"):
        resample(series, Timeframe.parse(wanted))


def test_candles_between_the_grid_are_refused():
    series = random_walk(10, since_ms=JANUARY_2025 + 60_000)
    with pytest.raises(InvalidInput, match=r"candle 0 of BTC opens at .* where no 5m candle opens"):
        resample(series, Timeframe.parse("15m"))


@given(gappy_series())
def test_gaps_are_what_is_missing(series):
    step = series.timeframe.ms
    there = set(series.ts.tolist())
    expected = (
        [ts for ts in range(int(series.ts[0]), int(series.ts[-1]), step) if ts not in there]
        if there
        else []
    )
    found = gaps(series.ts, series.timeframe)
    assert [first + i * step for first, count in found for i in range(count)] == expected
    assert all(first - step in there and first + count * step in there for first, count in found)


def test_times_off_the_grid_are_found():
    monday = int(np.datetime64("2025-01-06", "ms").astype(int))
    ts = np.array([monday, monday + 1, JANUARY_2025])
    assert off_grid(ts, Timeframe.parse("1w")).tolist() == [False, True, True]
    assert off_grid(ts, Timeframe.parse("1d")).tolist() == [False, True, False]


def differing(real_candles, venue, coin, base, wanted):
    """Open times at which the resampled candles are not the exchange's own."""
    fine = read_candles(real_candles / venue / f"{coin}-{base}.parquet")
    own = read_candles(real_candles / venue / f"{coin}-{wanted}.parquet")
    made = resample(fine, own.timeframe)
    common, here, there = np.intersect1d(made.ts, own.ts, return_indices=True)
    assert common.size > 3_000
    assert np.setdiff1d(made.ts, own.ts).size <= 1  # the file's last candle was dropped
    made_columns, own_columns = made.columns[:, here], own.columns[:, there]
    is_different = (made_columns[:4] != own_columns[:4]).any(0)
    is_different |= ~np.isclose(made_columns[4], own_columns[4], rtol=1e-9, atol=1e-9)
    return np.datetime_as_string(common[is_different].astype("datetime64[ms]"), "m").tolist()


@pytest.mark.parametrize("coin", DIFFERENT_15M)
def test_5m_gives_the_own_15m_of_hyperliquid(real_candles, coin):
    assert differing(real_candles, "hyperliquid", coin, "5m", "15m") == DIFFERENT_15M[coin]


@pytest.mark.parametrize("base", ["5m", "15m"])
@pytest.mark.parametrize("coin", DIFFERENT_1H)
def test_finer_candles_give_the_own_1h_of_hyperliquid(real_candles, coin, base):
    assert differing(real_candles, "hyperliquid", coin, base, "1h") == DIFFERENT_1H[coin]


@pytest.mark.parametrize("coin", DIFFERENT_15M)
@pytest.mark.parametrize(("base", "wanted"), [("5m", "15m"), ("5m", "1h"), ("15m", "1h")])
def test_finer_candles_give_those_of_binance(real_candles, coin, base, wanted):
    assert differing(real_candles, "binance", coin, base, wanted) == []
