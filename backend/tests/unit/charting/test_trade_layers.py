"""Trades as things to draw: rows count from the first drawn candle, nothing from beyond it."""

import json

import pytest

from candle_strategies import market
from hyperbot.charting import DrawnExit, DrawnTrade, Provenance, chart_page, trades_within
from hyperbot.charting.trade_layers import trade_layer
from hyperbot.detection import detect
from result_builders import BEGIN, HOUR, candles

SERIES = candles(closes=[100.0 + hour for hour in range(20)])


def drawn(opened=5, closed=8, **fields):
    at = None if closed is None else BEGIN + closed * HOUR
    given = {
        "rule": "le-15m",
        "side": 1,
        "opened_at": BEGIN + opened * HOUR,
        "closed_at": at,
        "entry": 105.0,
        "stop": 100.0,
        "targets": (110.0, 115.0),
        "exits": () if at is None else (DrawnExit(at, 110.0, "tp1"),),
        "outcome": "win",
        "reason": "tp1",
        "r": 1.0,
        "net": 50.0,
        "costs": 1.0,
    }
    return DrawnTrade(**(given | fields))


def test_a_trade_lies_at_its_candles():
    (told,) = trade_layer([drawn()], SERIES)
    assert (told["start"], told["end"], told["cut"]) == (5, 8, False)
    assert told["exits"] == [[8, 110.0, "tp1"]]
    assert told["opened"] == (BEGIN + 5 * HOUR) // 1000


def test_rows_count_from_the_first_drawn_candle():
    (told,) = trade_layer([drawn()], SERIES, first=6)
    assert (told["start"], told["end"], told["exits"][0][0]) == (-1, 2, 2)


def test_moments_within_a_candle_belong_to_it():
    finer = drawn(opened_at=BEGIN + 5 * HOUR + HOUR // 2)
    assert trade_layer([finer], SERIES)[0]["start"] == 5


def test_nothing_from_after_the_last_candle_is_drawn():
    exits = (DrawnExit(BEGIN + 7 * HOUR, 108.0, "tp1"), DrawnExit(BEGIN + 15 * HOUR, 1.0, "sl"))
    (told,) = trade_layer([drawn(closed=15, exits=exits)], SERIES[:10])
    assert (told["end"], told["cut"]) == (9, True)
    assert told["exits"] == [[7, 108.0, "tp1"]]


def test_an_open_trade_reaches_to_the_last_candle():
    (told,) = trade_layer([drawn(closed=None)], SERIES)
    assert (told["end"], told["cut"], told["closed"]) == (19, True, None)


@pytest.mark.parametrize(
    ("opened", "closed", "is_within"),
    [(0, 4, False), (0, 5, True), (9, 12, True), (10, 12, False), (0, None, True), (7, 7, True)],
)
def test_only_trades_within_the_candles_are_drawn(opened, closed, is_within):
    made = drawn(opened, closed)
    assert trades_within([made], SERIES[:10], first=5) == ([made] if is_within else [])


def test_trades_are_in_the_order_of_opening():
    late, early = drawn(9, 12), drawn(2, 15)
    assert trades_within([late, early], SERIES) == [early, late]


def test_the_page_tells_trades_only_where_there_are_to_be_some():
    series = market("mixed", 1, 60)
    facts, told = detect(series), Provenance("a test")
    assert '"trades":null' in chart_page(series, facts, told)
    assert '"trades":[]' in chart_page(series, facts, told, trades=[])
    hostile = drawn(
        rule="</script>", opened_at=int(series.ts[3]), closed_at=int(series.ts[9]), exits=()
    )
    page = chart_page(series, facts, told, trades=[hostile])
    assert json.dumps("\\u003c/script\\u003e").replace("\\\\", "\\") in page
