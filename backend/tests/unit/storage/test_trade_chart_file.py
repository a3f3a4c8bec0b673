"""The file of charts: what was written is read, and nothing else is."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.storage.trade_chart_file import charts_bytes, charts_of
from result_builders import chart

BEGIN_OF_TIME = 1_735_689_600_000
FIRST = chart()


@st.composite
def charts(draw):
    count, decimals = draw(st.integers(1, 6)), draw(st.integers(0, 9))
    lows = draw(st.lists(st.integers(1, 10**6), min_size=count, max_size=count))
    ups = draw(st.lists(st.integers(0, 500), min_size=3 * count, max_size=3 * count))
    low = np.array(lows)
    opened, close = low + ups[:count], low + ups[count : 2 * count]
    high = np.maximum(opened, close) + ups[2 * count :]
    columns = {"open": opened, "high": high, "low": low, "close": close}
    prices = {n: tuple((each / 10.0**decimals).tolist()) for n, each in columns.items()}
    steps = draw(st.lists(st.integers(0, 99), min_size=count, max_size=count, unique=True))
    length = draw(st.sampled_from((60_000, 3_600_000)))
    unit = draw(st.sampled_from((length, 1)))
    ts = tuple(BEGIN_OF_TIME + unit * step for step in sorted(steps))
    return replace(FIRST, ts=ts, timeframe_ms=length, **prices)


@given(st.lists(charts(), max_size=3))
def test_what_is_written_is_read(drawn):
    assert charts_of(charts_bytes(drawn)) == tuple(drawn)
    assert charts_bytes(drawn) == charts_bytes(tuple(drawn))


def test_prices_of_endless_decimals_are_read_as_near_as_it_goes():
    third = tuple(1e6 / 3 for _ in FIRST.ts)
    (told,) = charts_of(
        charts_bytes([replace(FIRST, open=third, high=third, low=third, close=third)])
    )
    assert told.close == pytest.approx(third, rel=1e-14)


def test_what_many_trades_ask_is_told_once():
    document = json.loads(charts_bytes([FIRST, replace(FIRST, trade="other")]))
    assert len(document["asked"]) == len(FIRST.conditions)


def damaged(document):
    """The document with one thing wrong, and what that is."""
    (first,) = document["charts"]
    (asked, *_) = document["asked"]
    columns = {name: first[name] for name in ("open", "high", "low", "close")}
    yield "no object", [document]
    yield "no charts", {"asked": []}
    yield "another part", document | {"more": 1}
    changes = {
        "a column that is too short": {"close": first["close"][:-1]},
        "no candle": {"steps": []} | {name: [] for name in columns},
        "steps that go back": {"steps": [0, 2, 1, *first["steps"][3:]]},
        "a first step that is none": {"steps": [each + 1 for each in first["steps"]]},
        "a time after 2200": {"step_ms": 10**13},
        "a timeframe that is none": {"timeframe_ms": 1},
        "a price of 0": {"least": 0, "low": [0 for _ in first["low"]]},
        "a price that no float holds": {"least": 2**53},
        "a high below the close": {"high": first["low"], "close": first["high"]},
        "a low above the open": {"low": first["high"]},
        "text in place of a price": {"low": ["1" for _ in first["low"]]},
        "a truth in place of a number": {"score": True},
        "a stop that is none": {"stops": [[BEGIN_OF_TIME, -1.0]]},
        "an unknown condition": {"seen": [[99, True, None, []]]},
        "a value too few": {"seen": [[0, True, None, []]]},
        "a name that is none": {"trade": ""},
        "a name without end": {"trade": "x" * 2000},
    }
    for what, change in changes.items():
        yield what, document | {"charts": [first | change]}
    yield "a sentence that is none", document | {"asked": [asked | {"sentence": None}]}
    yield "a bound that is none", document | {"asked": [asked | {"facts": [["a", "b", None]]}]}


WRONG = list(damaged(json.loads(charts_bytes([FIRST]))))


@pytest.mark.parametrize("content", [each for _, each in WRONG], ids=[each for each, _ in WRONG])
def test_what_is_damaged_is_not_read(content):
    with pytest.raises(ValueError):  # noqa: PT011 - the folder is named by whoever reads it
        charts_of(json.dumps(content).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        charts_bytes([FIRST]).replace(b'"score":0.8', b'"score":NaN'),
        charts_bytes([FIRST]).replace(b'"score":0.8', b'"score":1e999'),
        charts_bytes([FIRST]).replace(b'"trade":"', b'"trade":"\\ud800'),
    ],
)
def test_what_is_no_document_is_not_read(content):
    with pytest.raises(ValueError):  # noqa: PT011
        charts_of(content)
