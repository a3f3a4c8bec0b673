"""Saved detectors, pushed candles and parameters from hands that mean no good."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import numpy as np
import pytest

from candle_strategies import market
from hyperbot.detection import DetectionParams, Detector, detect
from hyperbot.detection.params import CandleParams, CycleParams, StructureParams, params_from
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import Candle

SERIES = market("mixed", 3, 400)


def pushed(candles: int) -> Detector:
    detector = Detector()
    for i in range(candles):
        detector.push(SERIES[i])
    return detector


SAVED = pushed(300).save()


def changed(**members) -> bytes:
    """A saved detector, well packed, with some of its arrays replaced."""
    with np.load(io.BytesIO(SAVED)) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    about = json.loads(kept["about"].tobytes())
    about.update(members.pop("about", {}))
    kept["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    for name, change in members.items():
        kept[name] = change(kept[name].copy())
    buffer = io.BytesIO()
    np.savez(buffer, **kept)
    return buffer.getvalue()


def with_value(place, value):
    def change(array):
        array[place] = value
        return array

    return change


HOSTILE = {
    "a table longer than it is": changed(sizes=with_value(0, 10**9)),
    "a negative size": changed(sizes=with_value(3, -1)),
    "sizes of another dtype": changed(sizes=lambda a: a.astype(np.float64)),
    "sizes as one number": changed(sizes=lambda a: a[0]),
    "state of one number": changed(state=lambda a: a[0, 0]),
    "a state that is no number": changed(state=with_value((2, 0), np.nan)),
    "an endless origin": changed(state=with_value((0, 0), 1e300)),
    "half an origin": changed(state=with_value((0, 0), 0.5)),
    "an origin before the first": changed(state=with_value((0, 0), -5000.0)),
    "one row of candles": changed(candles=lambda a: a[:1]),
    "candles without columns": changed(candles=lambda a: a[0, 0]),
    "fewer candles than are read back": changed(candles=lambda a: a[:, 1:]),
    "a candle that is no number": changed(candles=with_value((0, 0), np.nan)),
    "a table that is no number": changed(tables=with_value((0, 0, 0), np.inf)),
    "flags of another shape": changed(FLAG=lambda a: a[1:]),
    "a time that is a text": changed(about={"last_ts": "soon"}),
    "a time that is no number": changed(about={"last_ts": float("nan")}),
    "a time that is a list": changed(about={"last_ts": [1]}),
    "parameters that are a list": changed(about={"params": []}),
    "parameters that are missing": changed(about={"params": None}),
    "an endless parameter": changed(about={"params": {"structure": {"sweep": 10**400}}}),
    "unknown parameters": changed(about={"params": {"x": {}}}),
    "other kernels": changed(about={"kernels": "0"}),
    "no file at all": b"nothing",
    "no bytes": b"",
    "half of it": SAVED[: len(SAVED) // 2],
}


@pytest.mark.parametrize("saved", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_detector_that_was_tampered_with_is_refused(saved):
    with pytest.raises(InvalidInput):
        Detector.restore(saved)


def test_a_saved_detector_that_would_unpack_to_more_memory_than_one_can_need_is_refused():
    buffer = io.BytesIO()
    np.savez_compressed(buffer, candles=np.zeros(1 << 25))
    assert len(buffer.getvalue()) < 1 << 20
    with pytest.raises(InvalidInput, match="unpack to more"):
        Detector.restore(buffer.getvalue())


def test_an_untouched_copy_goes_on_with_the_same_bits():
    detector, expected = Detector.restore(changed()), detect(SERIES)
    for i in range(300, 400):
        assert detector.push(SERIES[i]) == expected.row(i)


GOOD = SERIES[300]


@pytest.mark.parametrize("ts", [-5, 10**18, 2**70, 1.5, float("nan"), float("inf"), "a", None])
def test_a_candle_at_an_impossible_time_is_refused_and_forgotten(ts):
    detector = pushed(300)
    with pytest.raises(InvalidInput):
        detector.push(GOOD._replace(ts=ts))
    assert detector.push(GOOD) == detect(SERIES).row(300)


@pytest.mark.parametrize("price", ["1", None, float("nan"), -1.0, 1e13, 1e-13])
def test_a_candle_with_an_impossible_price_is_refused_and_forgotten(price):
    detector = pushed(300)
    with pytest.raises(InvalidInput):
        detector.push(GOOD._replace(low=price))
    assert detector.push(GOOD) == detect(SERIES).row(300)


@pytest.mark.parametrize("candle", [(1, 2.0), "candle", None, 5])
def test_what_is_no_candle_is_refused(candle):
    with pytest.raises(InvalidInput, match="no candle"):
        Detector().push(candle)


def test_candles_of_numpy_or_decimal_numbers_are_taken_and_the_detector_can_be_saved():
    detector = Detector()
    detector.push(Candle(np.int64(0), *(np.float64(5) for _ in range(5))))
    detector.push(Candle(60_000, *(Decimal(5) for _ in range(5))))
    assert Detector.restore(detector.save()).save() == detector.save()


@pytest.mark.parametrize(
    ("family", "values", "said"),
    [
        (StructureParams, {"left": "3"}, "structure.left is '3': it must be a whole number"),
        (StructureParams, {"left": None}, "structure.left is None: it must be a whole number"),
        (StructureParams, {"left": True}, "structure.left is True: it must be a whole number"),
        (StructureParams, {"left": 3.7}, "structure.left is 3.7: it must be a whole number"),
        (StructureParams, {"left": 51}, "structure.left is 51: it must lie between 1 and 50"),
        (StructureParams, {"left_ties": 0.5}, "structure.left_ties is 0.5: it must be True or"),
        (StructureParams, {"sweep": 10**400}, "it must lie between 0 and 1e+308"),
        (StructureParams, {"sweep": float("nan")}, "structure.sweep is nan: it must lie between"),
        (CycleParams, {"drive": -0.1}, "cycle.drive is -0.1: it must lie between 0 and"),
        (CandleParams, {"tick": "0.1"}, "candle.tick is '0.1': it must be a number"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(family, values, said):
    name = family.__name__.removesuffix("Params").lower()
    with pytest.raises(InvalidInput) as refused:
        DetectionParams(**{name: family(**values)})
    assert said in str(refused.value)


def test_parameters_of_numpy_numbers_become_plain_ones_that_can_be_saved():
    params = DetectionParams(
        structure=StructureParams(left=np.int64(5), left_ties=np.bool_(1), sweep=np.float32(0.5))
    )
    assert params.structure == StructureParams(left=5, left_ties=True, sweep=0.5)
    assert Detector.restore(Detector(params).save()).params == params


def test_unknown_parameters_are_named():
    with pytest.raises(InvalidInput, match="no detection parameters wick"):
        params_from({"wick": {}})
    with pytest.raises(InvalidInput, match=r"no detection parameter candle\.wick"):
        params_from({"candle": {"wick": 1}})
