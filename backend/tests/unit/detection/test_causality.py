"""No fact reads the future, live equals batch, and odd input is survived."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from candle_strategies import (
    MARKETS,
    MINUTE,
    any_params,
    any_series,
    market,
    series_from_rows,
)
from hyperbot.detection import DetectionParams, Detector, FactRow, Facts, detect
from hyperbot.detection.detector import NOT_TAKEN, advance, new_memory
from hyperbot.detection.facts import empty_stores
from hyperbot.domain.market import CandleSeries
from slow.comparison import checked, detected

DEFAULTS = DetectionParams()


class Found(Protocol):
    """Facts, or anything that gives columns by name."""

    def __iter__(self) -> Any: ...
    def __getitem__(self, name: str, /) -> NDArray[Any]: ...


DetectFunction = Callable[[CandleSeries], Found]


def assert_reads_no_future(
    detect_function: DetectFunction, series: CandleSeries, lengths: Iterable[int]
) -> None:
    """What is said of the first candles does not depend on whether later ones are there."""
    whole = detect_function(series)
    for length in lengths:
        start = detect_function(series[:length])
        for name in whole:
            known, later = start[name], whole[name][:length]
            different = np.flatnonzero(known != later)
            assert known.tobytes() == later.tobytes(), (
                f"{name} at candle {different[:1]} of the first {length} was told otherwise later"
            )


@given(any_series(), any_params(), st.data())
def test_facts_do_not_depend_on_later_candles(series, params, data):
    length = data.draw(st.integers(0, len(series)))
    assert_reads_no_future(lambda candles: detected(candles, params), series, [length])
    assert detect(series[:length], params) == detect(series, params)[:length]


@pytest.mark.parametrize("kind", MARKETS)
def test_no_fact_ever_changes_after_its_candle(kind):
    series = market(kind, seed=2, candles=200)
    assert_reads_no_future(detect, series, range(len(series) + 1))


def told_at_the_swing_itself(series: CandleSeries) -> dict[str, NDArray[Any]]:
    """A planted mistake: swings are told at their own candle, not where they are confirmed."""
    facts = detect(series)
    columns = {name: facts[name] for name in facts}
    for name in ("structure.swing_high", "structure.swing_low"):
        confirmed = np.flatnonzero(columns[name])
        columns[name] = np.zeros_like(columns[name])
        columns[name][confirmed - DEFAULTS.structure.right] = 1
    return columns


def one_candle_early(name: str) -> DetectFunction:
    """A planted mistake: one column says what it would say a candle later."""

    def detect_early(series: CandleSeries) -> dict[str, NDArray[Any]]:
        facts = detect(series)
        columns = {name: facts[name] for name in facts}
        columns[name] = np.append(columns[name][1:], columns[name][-1:])
        return columns

    return detect_early


def of_the_whole_series(series: CandleSeries) -> dict[str, NDArray[Any]]:
    """A planted mistake: a threshold that is taken from all candles at once."""
    facts = detect(series)
    columns = {name: facts[name] for name in facts}
    columns["candle.atr"] = columns["candle.atr"] / columns["candle.atr"].max(initial=1)
    return columns


PLANTED: dict[str, DetectFunction] = {
    "swings at their own candle": told_at_the_swing_itself,
    "a threshold of the whole series": of_the_whole_series,
    **{
        f"{name} a candle early": one_candle_early(name)
        for name in (
            "structure.bos",
            "zone.fair_value_gap",
            "cycle.phase",
            "candle.celery.state",
            "candle.atr",
        )
    },
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_the_same_check_catches_a_planted_look_into_the_future(mistake):
    series = market("mixed", seed=2, candles=200)
    every_length = range(len(series) + 1)

    assert_reads_no_future(detect, series, every_length)
    with pytest.raises(AssertionError, match="was told otherwise later"):
        assert_reads_no_future(PLANTED[mistake], series, every_length)


def pushed(series: CandleSeries, params: DetectionParams, restarts: set[int]) -> list[FactRow]:
    """Facts candle by candle; before some candles the detector is saved and restored."""
    detector = Detector(params)
    rows = []
    for i, candle in enumerate(series):
        if i in restarts:
            detector = Detector.restore(detector.save())
        rows.append(detector.push(candle))
    return rows


def assert_rows_are(rows: list[FactRow], series: CandleSeries, params: DetectionParams) -> None:
    facts = detect(series, params)
    assert len(rows) == len(facts)
    for i, row in enumerate(rows):
        assert row == facts.row(i), f"candle {i} of {len(rows)}: {differences(row, facts.row(i))}"


def differences(one: FactRow, other: FactRow) -> dict[str, tuple[float, float]]:
    return {name: (one[name], other[name]) for name in one if one[name] != other[name]}


@settings(max_examples=40)
@given(any_series(), any_params(), st.data())
def test_live_facts_have_the_bits_of_batch_facts_across_restarts(series, params, data):
    restarts = data.draw(st.sets(st.integers(0, max(len(series), 1)), max_size=4))
    assert_rows_are(pushed(series, params, restarts), series, params)


@pytest.mark.parametrize("kind", ["mixed", "real numbers"])
def test_live_facts_of_a_long_history_have_the_bits_of_batch_facts(kind):
    series = market(kind, seed=3, candles=4000)
    restarts = set(random.Random(kind).sample(range(len(series)), 5))  # noqa: S311
    assert_rows_are(pushed(series, DEFAULTS, restarts), series, DEFAULTS)


@settings(max_examples=40)
@given(any_series(), any_params(), st.data())
def test_any_split_of_the_candles_gives_the_same_bits(series, params, data):
    splits = data.draw(st.sets(st.integers(0, len(series)), max_size=6))
    memory, stores = tuple(new_memory(params)), empty_stores(len(series))
    for first, last in pairwise(sorted({0, *splits, len(series)})):
        advance(series.columns, first, last, memory, tuple(stores.values()), NOT_TAKEN)

    assert Facts(series.coin, series.timeframe, series.ts, stores) == detect(series, params)


@settings(max_examples=20)
@given(any_series(), any_params(), st.data())
def test_a_saved_detector_is_not_touched_by_those_restored_from_it(series, params, data):
    length = data.draw(st.integers(0, len(series)))
    detector = Detector(params)
    for candle in series[:length]:
        detector.push(candle)
    saved = detector.save()
    for _ in range(2):
        again = Detector.restore(saved)
        rows = [again.push(candle) for candle in series[length:]]
        facts = detect(series, params)
        assert rows == [facts.row(i) for i in range(length, len(series))]


FLAT = (10_000.0, 10_000.0, 10_000.0, 10_000.0)


def scaled(series: CandleSeries, factor: float) -> CandleSeries:
    prices = (column * factor for column in series.columns[:4])
    return CandleSeries(series.coin, series.timeframe, series.ts, *prices, series.volume)


def with_gaps_in_time(series: CandleSeries) -> CandleSeries:
    times = series.ts + np.cumsum(np.arange(len(series)) % 17 == 0) * 7 * 60 * MINUTE.ms
    return CandleSeries(series.coin, series.timeframe, times, *series.columns)


def without_volume(series: CandleSeries) -> CandleSeries:
    return CandleSeries(
        series.coin,
        series.timeframe,
        series.ts,
        *series.columns[:4],
        np.zeros(len(series)),
    )


MIXED = market("mixed", seed=4, candles=300)
DOLLAR_TO_TRILLION = (
    (1.0, 1e12, 1e-12, 1e12),
    (1e12, 1e12, 1e-12, 1e-12),
    (1e-12, 1e-12, 1e-12, 1e-12),
    (1e-12, 1.0, 1e-12, 1.0),
)
ODD_INPUT = {
    "no candle": series_from_rows([]),
    "one candle": MIXED[:1],
    "two candles": MIXED[:2],
    "one flat candle": series_from_rows([(*FLAT, 1)]),
    "identical candles": series_from_rows([(100, 103, 99, 102, 5)] * 200),
    "flat candles": series_from_rows([(*FLAT, 1)] * 200),
    "flat candles without volume": series_from_rows([(*FLAT, 0)] * 200),
    "flat candles, then a walk": series_from_rows([*[(*FLAT, 0)] * 200, *(c[1:] for c in MIXED)]),
    "a walk, then flat candles": series_from_rows([*(c[1:] for c in MIXED), *[(*FLAT, 0)] * 200]),
    "no volume": without_volume(MIXED),
    "prices of 1e-9": scaled(MIXED, 1e-13),
    "prices of 1e9": scaled(MIXED, 1e5),
    "gaps of hours": with_gaps_in_time(MIXED),
    "the least and the largest price in turn": series_from_rows(
        (*DOLLAR_TO_TRILLION[i % 4], (0, 1e24, 1e-300)[i % 3]) for i in range(200)
    ),
    "a volume after none": series_from_rows([*[(*FLAT, 0)] * 40, *[(*FLAT, 1e24)] * 40]),
}


@pytest.mark.parametrize("name", ODD_INPUT)
@pytest.mark.filterwarnings("error")
def test_odd_input_gives_numbers(name):
    series = ODD_INPUT[name]
    facts = checked(series)

    assert len(facts) == len(series)
    for column in facts:
        assert np.isfinite(facts[column]).all(), column
    assert_rows_are(pushed(series, DEFAULTS, set()), series, DEFAULTS)


@settings(max_examples=50)
@given(any_series(), any_params())
def test_facts_are_always_finite_and_within_their_bounds(series, params):
    facts = detected(series, params)
    for name in facts:
        values = facts[name]
        assert np.isfinite(values).all(), name
        if name.endswith((".strength", ".confidence", ".inside", ".fresh")):
            assert ((values >= 0) & (values <= 1)).all(), name
        if name.endswith((".distance", ".sweep_depth")):
            assert ((values >= 0) & (values <= 100)).all(), name
        if name.endswith((".age", ".untouched")):
            assert (values >= -1).all(), name
