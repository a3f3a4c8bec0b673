"""Charts of trades: which trades, which candles, which numbers, and why the trade was taken."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from backtest_builders import history_of, synthetic_market, terms_of
from hyperbot.backtesting.backtest import Market, play, scan_market
from hyperbot.backtesting.scanner import Scan, detection_params
from hyperbot.backtesting.signal_reasons import GIVEN, reason_of, reasons_of
from hyperbot.backtesting.trade_charts import MOST_CANDLES, chosen, trade_charts
from hyperbot.detection.confluence_explanation import explain
from hyperbot.detection.confluence_scorer import ConfluenceScorer
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.rule_sentences import condition_sentence
from hyperbot.domain.rules import StrategyRule
from hyperbot.storage.rule_files import read_playbook
from result_builders import BEGIN, HOUR, candles, plan, signal, trade

RULES = read_playbook("default").rules


def market_of(series, until=None):
    history = history_of(series)
    return Market((history,), int(series.ts[0]), until or int(series.close_ts[-1]))


def ramp(count, step="1h"):
    return candles("BTC", [100 + 0.25 * each for each in range(count)], step=step)


def only(market, one):
    (chart,) = trade_charts(market, [one], lambda signal: GIVEN)
    return chart


def hours(chart):
    return [(ts - BEGIN) // HOUR for ts in chart.ts]


def moved(one, **fields):
    """A trade whose signal is given at the open of its entry."""
    return replace(one, signal=replace(one.signal, at=one.opened_at), **fields)


def test_a_chart_has_some_candles_before_the_signal_and_some_after_the_end():
    chart = only(market_of(ramp(200)), moved(trade(opened=100, hours=5)))
    assert hours(chart) == list(range(99 - 40, 105 + 15 + 1))
    assert chart.timeframe_ms == HOUR
    assert chart.close[0] == 100 + 0.25 * 59
    assert (chart.score, chart.score_needed, chart.conditions) == (0.8, 0.0, ())


def test_no_candle_is_beyond_the_data():
    market = market_of(ramp(50))
    assert hours(only(market, moved(trade(opened=10, hours=35)))) == list(range(50))


def test_an_open_trade_is_drawn_to_the_end_of_the_run():
    market = market_of(ramp(200), until=BEGIN + 60 * HOUR)
    chart = only(market, moved(trade(opened=50, hours=None)))
    assert hours(chart) == list(range(9, 60))  # and nothing of what came after it


@pytest.mark.parametrize(("lasted", "length"), [(93, 1), (94, 2), (400, 4), (3000, 24)])
def test_a_long_trade_is_drawn_with_longer_candles(lasted, length):
    chart = only(market_of(ramp(4000)), moved(trade(opened=120, hours=lasted)))
    assert chart.timeframe_ms == length * HOUR
    assert len(chart.ts) <= MOST_CANDLES
    assert chart.ts[0] < BEGIN + 120 * HOUR
    assert chart.ts[-1] >= BEGIN + (120 + lasted) * HOUR


def test_what_is_too_long_for_weeks_is_drawn_with_weeks():
    series = candles("BTC", np.full(1400, 100.0), step="1d")
    one = moved(trade(opened=24, hours=1390 * 24))
    chart = only(
        market_of(series),
        replace(one, signal=replace(one.signal, plan=plan(timeframe_ms=24 * HOUR))),
    )
    assert chart.timeframe_ms == 7 * 24 * HOUR
    assert len(chart.ts) > MOST_CANDLES


@pytest.mark.parametrize("off", [0, 1])
def test_candles_that_make_up_no_longer_ones_are_drawn_as_they_are(off):
    series = CandleSeries("BTC", "7m", *[[]] * 6)
    ts = BEGIN + off + series.timeframe.ms * np.arange(400)
    flat = np.full(400, 100.0)
    series = CandleSeries("BTC", "7m", ts, flat, flat, flat, flat, flat)
    one = trade(opened=20, hours=20)
    one = replace(one, signal=signal(at=one.opened_at, rule="a"), stops=((BEGIN, Decimal("90.1")),))
    own = replace(one.signal, plan=plan(timeframe_ms=7 * 60_000))
    chart = only(market_of(series), replace(one, signal=own))
    assert len(chart.ts) > MOST_CANDLES
    assert chart.timeframe_ms == 7 * 60_000
    assert chart.stops == ((BEGIN, 90.1),)


def test_of_too_many_trades_the_extremes_are_drawn_and_others_evenly():
    trades = [trade(((each * 37) % 1000) / 10 - 50, opened=each) for each in range(1000)]
    drawn = chosen(trades[::-1], 200)
    assert len(drawn) == 200
    assert drawn == sorted(drawn, key=lambda one: one.opened_at)
    by_r = sorted(trades, key=lambda one: one.r)
    assert all(one in drawn for one in (*by_r[:50], *by_r[-50:]))
    opened = [(one.opened_at - BEGIN) // HOUR for one in drawn]
    assert max(np.diff(opened)) < 25
    assert chosen(trades, 1000) == trades
    assert len(chosen(trades, 7)) == 7
    assert chosen(trades, 0) == []


def test_computed_prices_are_rounded_to_what_a_chart_shows():
    thirds = candles("BTC", [100 / 3] * 30)
    chart = only(market_of(thirds), moved(trade(opened=10)))
    assert set(chart.close) == {33.33333}


def test_every_signal_is_given_the_reason_that_explain_tells():
    market = synthetic_market(candles=1_200, seed=2)
    rules = [*RULES, *(_again(each, place) for place, each in enumerate(RULES))]
    scans = scan_market(market, rules)  # more tables of facts than are held at once
    reasons, compared = reasons_of(scans), 0
    for history in market.histories:
        scorer = ConfluenceScorer(RULES, detection_params(history.instrument))
        confluence = scorer.analyze(history.frames(scorer.compiled.timeframes))
        signals = [each for told in scans[history.coin].signals.values() for each in told]
        for score in confluence.scores:
            side = score.compiled
            words = tuple(
                condition_sentence(side.rule, place, side.side)
                for place in range(len(side.weighed))
            )
            closes = history.frames([side.rule.timeframe])[side.rule.timeframe].close_ts
            for each in signals:
                if (each.plan.rule_id, each.side) == (side.rule.id, side.side):
                    row = int(closes.searchsorted(each.at))
                    told = explain(confluence, score, row)
                    assert told.is_signal
                    assert told.score == each.score
                    assert reasons(each) == reason_of(told, words)
                    compared += 1
    assert compared > 50


def _again(one: StrategyRule, place: int) -> StrategyRule:
    """The same rule under another name, with parameters of its own."""
    parameters = {"structure.swing_strength": 2 + place % 3}
    asked = [
        each.model_copy(update={"params": parameters}) if hasattr(each, "params") else each
        for each in one.conditions
    ]
    return one.model_copy(update={"id": f"{one.id}-again", "conditions": tuple(asked)})


def test_charts_of_a_run_tell_its_trades():
    market = synthetic_market(candles=1_500, seed=5)
    scans = scan_market(market, RULES)
    record = play(market, scans, terms_of(market))
    charts = trade_charts(market, record.trades, reasons_of(scans))
    by_id = {one.signal.id: one for one in record.trades}
    assert {chart.trade for chart in charts} == set(by_id)
    for chart in charts:
        one = by_id[chart.trade]
        assert chart.stops == tuple((at, float(price)) for at, price in one.stops)
        assert all(each.is_met for each in chart.conditions if each.is_required)
        assert chart.score >= chart.score_needed - 1e-9
        met = sum(each.weight for each in chart.conditions if each.is_met)
        assert met / sum(each.weight for each in chart.conditions) == pytest.approx(chart.score)
        base = market.histories[0].base if one.signal.coin == "BTC" else market.histories[1].base
        frame = Timeframe(chart.timeframe_ms)
        assert chart.ts[0] >= base.ts[0]
        assert chart.ts[-1] + frame.ms <= base.close_ts[-1]
        assert chart.ts[0] <= one.signal.at - frame.ms or frame.ms > one.signal.plan.timeframe_ms


def test_given_signals_have_no_reason():
    assert reasons_of({"BTC": Scan({}, {})})(signal()) == GIVEN
