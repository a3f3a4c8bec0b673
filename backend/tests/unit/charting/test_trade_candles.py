import numpy as np
import pytest

from hyperbot.backtesting.trade_chart import ConditionSeen, FactSeen
from hyperbot.charting.trade_candles import ConditionTexts, coded_candles
from report_builders import chart_of


def decoded(coded, decimals):
    """The same as candlesOf() in the page, in plain steps."""
    rows, before, scale = [], 0, 10**decimals
    for first in range(0, len(coded["ticks"]), 4):
        gap, body, above, below = coded["ticks"][first : first + 4]
        opened, close = before + gap, before + gap + body
        prices = (opened, max(opened, close) + above, min(opened, close) - below, close)
        rows.append(tuple(price / scale for price in prices))
        before = close
    return rows


@pytest.mark.parametrize("decimals", [1, 2, 5])
def test_candles_come_back_to_the_tick(decimals):
    chart = chart_of("a")
    coded = coded_candles(chart, decimals)
    back = np.array(decoded(coded, decimals)).T
    for column, told in zip(back, (chart.open, chart.high, chart.low, chart.close), strict=True):
        assert np.allclose(column, told, atol=0.5 * 10**-decimals, rtol=0)


def test_times_are_steps_with_jumps_where_candles_are_missing():
    chart = chart_of("a", 4)
    late = (*chart.ts[:2], chart.ts[2] + 7_200_000, chart.ts[3] + 7_200_000)
    coded = coded_candles(chart_of("a", 4, ts=late), 1)
    assert coded["start"] == chart.ts[0] // 1000
    assert coded["step"] == 3600
    assert coded["jumps"] == [[2, late[2] // 1000]]


def test_what_conditions_share_is_told_once():
    texts = ConditionTexts()
    first, second = texts.coded(chart_of("a").conditions), texts.coded(chart_of("b").conditions)
    assert first == second
    assert len(texts.told) == 2
    assert texts.told[0]["facts"] == [["candle.liquidity_engulf", 0.35, None]]
    assert [condition[1] for condition in first] == [1, 0]


def test_another_bound_is_another_condition():
    texts = ConditionTexts()
    for least in (0.35, 0.5):
        seen = (FactSeen("candle.atr", 1.0, least, None),)
        texts.coded((ConditionSeen("the same words", True, True, 1.0, None, seen),))
    assert len(texts.told) == 2


def test_a_value_that_is_no_number_was_not_there():
    seen = (FactSeen("candle.atr", float("nan"), None, 2.0),)
    condition = ConditionSeen("calm", False, True, 1.0, None, seen)
    assert ConditionTexts().coded((condition,))[0][3] == [None]
