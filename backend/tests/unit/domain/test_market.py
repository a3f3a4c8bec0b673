import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candle_builders import random_walk
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import LATEST_TS, Candle, CandleSeries, Timeframe

MINUTE, HOUR, DAY, WEEK = 60_000, 3_600_000, 86_400_000, 604_800_000


@pytest.mark.parametrize(
    ("text", "ms", "shown"),
    [
        ("1m", MINUTE, "1m"),
        ("15m", 15 * MINUTE, "15m"),
        ("60m", HOUR, "1h"),
        ("4h", 4 * HOUR, "4h"),
        ("24h", DAY, "1d"),
        ("7d", WEEK, "1w"),
        ("90m", 90 * MINUTE, "90m"),
        ("366d", 366 * DAY, "366d"),
    ],
)
def test_a_timeframe_is_read_and_shown_in_its_coarsest_unit(text, ms, shown):
    assert Timeframe.parse(text).ms == ms
    assert str(Timeframe.parse(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m",
        "5",
        "0m",
        "-5m",
        "1.5h",
        "1M",
        "5 m",
        "5min",
        "\u0665m",
        "367d",
        "999999w",
        "9" * 5000 + "m",
    ],
)
def test_what_is_no_timeframe_is_refused(text):
    with pytest.raises(InvalidInput, match="timeframe"):
        Timeframe.parse(text)


@pytest.mark.parametrize("ms", [0, -MINUTE, 1000, MINUTE + 1, 367 * DAY])
def test_a_timeframe_is_made_of_whole_minutes(ms):
    with pytest.raises(InvalidInput, match="whole minutes"):
        Timeframe(ms)


def test_weeks_open_on_monday_and_all_else_at_the_epoch():
    monday = np.datetime64("1970-01-05", "ms").astype(int)
    assert Timeframe.parse("1w").origin_ms == Timeframe.parse("2w").origin_ms == monday
    assert Timeframe.parse("1d").origin_ms == Timeframe.parse("3d").origin_ms == 0


def test_timeframes_order_from_fine_to_coarse():
    assert Timeframe.parse("59m") < Timeframe.parse("1h") < Timeframe.parse("1d")


GOOD = {
    "ts": [0, MINUTE, 2 * MINUTE],
    "open": [10.0, 11.0, 12.0],
    "high": [12.0, 13.0, 14.0],
    "low": [9.0, 10.0, 11.0],
    "close": [11.0, 12.0, 13.0],
    "volume": [1.0, 0.0, 2.0],
}


def changed(column, row, value):
    columns = {name: list(values) for name, values in GOOD.items()}
    columns[column][row] = value
    return columns


@pytest.mark.parametrize(
    ("column", "row", "value", "rule"),
    [
        ("open", 0, float("nan"), "finite"),
        ("volume", 1, float("inf"), "finite"),
        ("low", 2, 0.0, "prices must lie between"),
        ("low", 2, -1.0, "prices must lie between"),
        ("high", 0, 1e300, "prices must lie between"),
        ("volume", 1, -1e-9, "volume must lie between"),
        ("volume", 1, 1e30, "volume must lie between"),
        ("high", 1, 9.0, "high must not be below low"),
        ("high", 1, 11.5, "high must not be below open or close"),
        ("low", 1, 11.5, "low must not be above open or close"),
        ("ts", 1, 0, "times must not repeat"),
        ("ts", 2, 1, "times must ascend"),
        ("ts", 0, -MINUTE, "between the years 1970 and 2200"),
        ("ts", 2, LATEST_TS, "between the years 1970 and 2200"),
        ("ts", 2, 2**63 - 1, "between the years 1970 and 2200"),
    ],
)
def test_a_broken_candle_is_refused_with_its_row_and_rule(column, row, value, rule):
    with pytest.raises(InvalidInput, match=f"^candle {row} of BTC: .*{rule}"):
        CandleSeries("BTC", "1m", **changed(column, row, value))


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("ts", [0, 1.5, 2], "ts holds numbers that are not whole"),
        ("ts", [0, float("nan"), 2], "ts holds numbers that are not whole"),
        ("ts", [0, 1, 2.0**63], "ts holds numbers that are not whole"),
        ("ts", np.array([0, 1, 2**63], dtype=np.uint64), "ts holds numbers that are not whole"),
        ("ts", [0, 1, 2**64], "ts holds object values"),
        ("ts", ["0", "1", "2"], "ts holds <U1 values"),
        ("ts", [False, True, True], "ts holds bool values"),
        ("ts", np.array([0, 1, 2], dtype="datetime64[ms]"), "ts holds datetime64"),
        ("open", [10, None, 12], "open holds object values"),
        ("open", [10j, 11, 12], "open holds complex128 values"),
        ("open", [[10, 11, 12]], "open has 2 dimensions"),
        ("open", [[10], [11, 12]], "open must be a list of numbers"),
        ("open", 10.0, "open has 0 dimensions"),
        ("close", [11.0, 12.0], "close has 2 values and ts 3"),
        ("volume", [], "volume has 0 values and ts 3"),
    ],
)
def test_what_are_no_columns_is_refused_by_name(column, values, sentence):
    with pytest.raises(InvalidInput, match=f"^{re.escape(sentence)}"):
        CandleSeries("BTC", "1m", **{**GOOD, column: values})


def test_whole_times_may_come_as_floats_and_prices_as_integers():
    series = CandleSeries("BTC", "1m", **{**GOOD, "ts": [0.0, 6e4, 1.2e5], "open": [10, 11, 12]})
    assert series == CandleSeries("BTC", "1m", **GOOD)
    assert (series.ts.dtype, series.columns.dtype) == (np.int64, np.float64)


def test_a_series_keeps_its_own_copy_and_cannot_be_written_to():
    columns = {name: np.array(values) for name, values in GOOD.items()}
    series = CandleSeries("BTC", "1m", **columns)
    columns["open"][0] = 99
    columns["ts"][0] = 99
    assert series == CandleSeries("BTC", "1m", **GOOD)
    for array in (series.ts, series.columns, series.close):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_an_empty_series_is_a_series():
    series = CandleSeries("BTC", "1m", [], [], [], [], [], [])
    assert (len(series), list(series), series.close_ts.size) == (0, [], 0)


def test_candles_are_read_by_place_and_in_order():
    series = CandleSeries("BTC", Timeframe(MINUTE), **GOOD)
    assert series[1] == Candle(MINUTE, 11, 13, 10, 12, 0)
    assert series[-1] == list(series)[2]
    assert series.close_ts.tolist() == [MINUTE, 2 * MINUTE, 3 * MINUTE]
    assert repr(series) == "<CandleSeries BTC 1m, 3 candles>"
    assert [series.open[0], series.high[0], series.low[0], series.volume[0]] == [10, 12, 9, 1]


@given(st.integers(-20, 20), st.integers(-20, 20))
def test_a_slice_is_a_series_that_shares_memory(first, end):
    series = random_walk(10)
    part = series[first:end]
    assert list(part) == list(series)[first:end]
    assert not len(part) or np.shares_memory(part.columns, series.columns)


def test_a_slice_with_another_step_is_refused():
    with pytest.raises(InvalidInput, match="steps of 1, not 2"):
        random_walk(10)[::2]


@given(st.integers(-3, 13), st.integers(-3, 13))
def test_between_takes_what_opens_from_since_until_before_until(since, until):
    series = random_walk(10)
    start, step = int(series.ts[0]), series.timeframe.ms
    part = series.between(start + since * step, start + until * step)
    assert list(part) == [candle for i, candle in enumerate(series) if since <= i < until]


@pytest.mark.parametrize(("late_ms", "closed"), [(-1, 3), (0, 4), (299_999, 4), (300_000, 5)])
def test_a_candle_has_closed_when_the_next_one_opens(late_ms, closed):
    series = random_walk(10)
    assert series.closed_by(int(series.ts[4]) + late_ms) == series[:closed]


def test_series_differ_by_coin_timeframe_times_and_values():
    series = random_walk(10)
    assert series == random_walk(10)
    others = [
        random_walk(10, coin="ETH"),
        random_walk(10, timeframe="15m"),
        random_walk(10, since_ms=0),
        random_walk(10, seed=1),
        random_walk(9),
        "a text",
    ]
    assert all(series != other for other in others)
