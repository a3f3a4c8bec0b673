"""Synthetic candles look like a market, are valid, and are the same everywhere."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import LATEST_TS, CandleSeries, Timeframe, broken_rules
from hyperbot.exchange.synthetic import VENUE, SyntheticCandles, synthesize

QUARTER = Timeframe.parse("15m")
START_MS = 1_735_689_600_000
SEEDS = (1, 2, 3)


def _made(count: int = 20_000, seed: int = 1, coin: str = "BTC") -> CandleSeries:
    return synthesize(coin, QUARTER, START_MS, count, seed)


def _returns(series: CandleSeries) -> np.ndarray:
    return np.diff(np.log(series.close))


def _autocorrelation(values: np.ndarray, lag: int) -> float:
    return float(np.corrcoef(values[:-lag], values[lag:])[0, 1])


@pytest.mark.parametrize("seed", SEEDS)
def test_returns_have_fat_tails(seed: int):
    returns = _returns(_made(seed=seed))
    kurtosis = ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2
    assert 8 < kurtosis < 120  # 3 if they were normal; real quarters of an hour have about 20


@pytest.mark.parametrize("seed", SEEDS)
def test_loud_candles_come_in_bursts_that_fade(seed: int):
    size = np.abs(_returns(_made(seed=seed)))
    near, later, far = (_autocorrelation(size, lag) for lag in (1, 20, 500))
    assert near > 0.15
    assert near > later > 0.05
    assert abs(far) < 0.06


@pytest.mark.parametrize("seed", SEEDS)
def test_the_direction_of_a_candle_says_little_about_the_next(seed: int):
    assert abs(_autocorrelation(_returns(_made(seed=seed)), 1)) < 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_loud_candles_trade_more(seed: int):
    series = _made(seed=seed)
    correlation = np.corrcoef(np.abs(_returns(series)), series.volume[1:])[0, 1]
    assert correlation > 0.4


def test_the_american_morning_trades_most_and_the_night_least():
    series = _made(count=50_000)
    hours = series.ts // 3_600_000 % 24
    by_hour = [series.volume[hours == hour].mean() for hour in range(24)]
    assert 12 <= int(np.argmax(by_hour)) <= 18
    assert max(by_hour) > 1.5 * min(by_hour)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_moves_like_a_day_of_a_coin(seed: int):
    daily = _returns(_made(seed=seed)).std() * np.sqrt(96)
    assert 0.02 < daily < 0.06


def test_some_stretches_trend_and_some_return():
    closes = np.log(_made(count=50_000).close)
    steps = np.abs(np.diff(closes))
    efficiency = [
        abs(closes[at + 96] - closes[at]) / steps[at : at + 96].sum()
        for at in range(0, len(closes) - 97, 96)
    ]
    assert max(efficiency) > 0.35
    assert np.percentile(efficiency, 25) < 0.05


def test_most_candles_open_at_the_last_close_and_the_rest_beside_it():
    series = _made()
    step = np.abs(np.log(series.open[1:] / series.close[:-1]))
    assert 0.5 < (step == 0).mean() < 0.95
    assert step.max() < 0.01


def test_wicks_are_as_long_as_real_ones():
    series = _made()
    body = np.abs(series.close - series.open)
    share = (body / np.maximum(series.high - series.low, 1e-12)).mean()
    assert 0.4 < share < 0.6  # Hyperliquid: 0.47 to 0.66


@given(
    coin=st.sampled_from(["BTC", "ETH", "DOGE", "kPEPE", "@107", "xyz:TSLA", "Ä"]),
    interval=st.sampled_from(["1m", "15m", "4h", "1d", "3d", "1w"]),
    count=st.integers(1, 700),
    seed=st.integers(0, 2**64),
)
def test_every_series_keeps_every_rule(coin: str, interval: str, count: int, seed: int):
    series = synthesize(coin, Timeframe.parse(interval), START_MS + 1, count, seed)
    assert len(series) == count
    assert not any(rule.broken.any() for rule in broken_rules(series.ts, series.columns))
    assert series.ts[0] > START_MS
    assert series.volume.min() >= 0


@pytest.mark.parametrize("coin", ["BTC", "ETH", "SOL", "DOGE", "other"])
def test_prices_lie_on_the_exchanges_grid(coin: str):
    series = _made(count=3000, coin=coin)
    for price in np.unique(series.columns[:4]).tolist():
        digits = np.format_float_positional(price, trim="-")
        significant = digits.replace(".", "").strip("0")
        assert len(significant) <= 5 or "." not in digits, digits
        assert len(digits.partition(".")[2]) <= 6


@given(count=st.integers(1, 400), more=st.integers(0, 400), seed=st.integers(0, 50))
def test_a_longer_series_begins_with_the_shorter_one(count: int, more: int, seed: int):
    assert _made(count + more, seed)[:count] == _made(count, seed)


def test_a_longer_series_begins_with_the_shorter_one_across_blocks():
    assert _made(140_000)[:70_000] == _made(70_000)


def test_seeds_coins_and_timeframes_make_other_markets():
    closes = [
        _returns(series)
        for series in (
            _made(500),
            _made(500, seed=2),
            _made(500, coin="ETH"),
            synthesize("BTC", Timeframe.parse("5m"), START_MS, 500, 1),
        )
    ]
    for left in range(4):
        for right in range(left):
            assert abs(np.corrcoef(closes[left], closes[right])[0, 1]) < 0.2


def test_the_candles_of_a_seed_are_the_same_on_every_machine():
    series = _made(5000, seed=7)
    content = hashlib.sha256(series.ts.tobytes() + series.columns.tobytes()).hexdigest()
    assert content[:16] == "bad71a3c07a26514"


def test_the_venue_says_that_they_are_made_up():
    assert VENUE == SyntheticCandles.venue == "synthetic"


@pytest.mark.parametrize(
    ("since_ms", "count", "seed", "word"),
    [
        (START_MS, 0, 0, "0 candles"),
        (START_MS, -5, 0, "-5 candles"),
        (START_MS, 10**9, 0, "1000000000 candles"),
        (-1, 10, 0, "1970"),
        (LATEST_TS - 1, 10, 0, "2200"),
        (START_MS, 10, -1, "seed -1"),
    ],
)
def test_what_cannot_be_made_is_refused(since_ms: int, count: int, seed: int, word: str):
    with pytest.raises(InvalidInput, match=word):
        synthesize("BTC", QUARTER, since_ms, count, seed)
