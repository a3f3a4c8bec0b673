"""Scores of rules case by case: edges of limits, sessions, weights; and input that is refused."""

from __future__ import annotations

import numpy as np
import pytest

from candle_strategies import market
from confluence_strategies import TIMEFRAMES, candles_of
from hyperbot.detection import detect
from hyperbot.detection.confluence_explanation import explain
from hyperbot.detection.confluence_scorer import Confluence, ConfluenceScorer
from hyperbot.detection.live_confluence import LiveConfluence
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import Candle, CandleSeries
from hyperbot.domain.rules import StrategyRule
from rule_builders import condition, rule

M5, M15, H1 = TIMEFRAMES
MONDAY = 1_704_672_000_000  # 2024-01-08 00:00 UTC
HOUR = H1.ms


def small_wick(**fields: object) -> StrategyRule:
    return rule(**{"timeframe": "5m", "entry_type": "small_wick"} | fields)


def scored(*conditions: dict[str, object], **fields: object) -> Confluence:
    """A rule with these conditions on a mixed market."""
    tested = small_wick(conditions=list(conditions), **fields)
    return ConfluenceScorer([tested]).analyze(candles_of("mixed", 3))


def is_met_at(session: dict[str, object], opens: list[int]) -> list[bool]:
    """Whether a session is met by 5m candles that open at these times."""
    count = len(opens)
    prices = market("walk", 1, count).columns
    candles = {M5: CandleSeries("TEST", M5, opens, *prices)}
    tested = small_wick(conditions=[{"kind": "session", **session}])
    confluence = ConfluenceScorer([tested]).analyze(candles)
    score = confluence.scores[0]
    return [explain(confluence, score, i).conditions[1].is_met for i in range(count)]


def test_a_candle_counts_by_its_last_millisecond():
    around_london = [MONDAY + 7 * HOUR - M5.ms, MONDAY + 7 * HOUR, MONDAY + 16 * HOUR - M5.ms]
    opens = [*around_london, MONDAY + 16 * HOUR]

    assert is_met_at({"sessions": ["london"]}, opens) == [False, True, True, False]
    assert is_met_at({"windows": ["07:00-16:00"]}, opens) == [False, True, True, False]


def test_a_window_over_midnight_is_on_the_new_day_after_midnight():
    opens = [
        MONDAY - 2 * HOUR,
        MONDAY - M5.ms,
        MONDAY,
        MONDAY + 2 * HOUR - M5.ms,
        MONDAY + 2 * HOUR,
    ]
    night = {"windows": ["22:00-02:00"]}

    assert is_met_at(night, opens) == [True, True, True, True, False]
    assert is_met_at(night | {"weekdays": ["sunday"]}, opens) == [True, True, False, False, False]
    assert is_met_at({"weekdays": ["monday"]}, opens) == [False, False, True, True, True]


def test_within_counts_candles_of_a_session_too():
    opens = [MONDAY + 16 * HOUR + k * M5.ms for k in (-1, 0, 1, 2)]

    assert is_met_at({"sessions": ["london"], "within": 3}, opens) == [True, True, True, False]


def test_live_sessions_remember_the_candles_before():
    session = {"kind": "session", "windows": ["00:00-00:05"], "within": 3, "required": True}
    tested = small_wick(conditions=[condition("candle", within=1000), session], direction="both")
    scorer = ConfluenceScorer([tested])
    series = candles_of("mixed", 3)[M5]
    live = LiveConfluence(scorer)
    pushed = [[score.score[0] for score in live.push(M5, candle)] for candle in series]

    expected = scorer.analyze({M5: series}).scores
    assert pushed == [list(pair) for pair in zip(*(s.score for s in expected), strict=True)]
    assert np.count_nonzero(expected[0].score) == 3


def test_a_confidence_of_seven_tenths_is_at_least_seven_tenths():
    candles = candles_of("mixed", 3, count=900)[M5]
    facts = detect(candles)
    rows = np.flatnonzero(
        (facts["cycle.phase"] == 3) & (facts["cycle.confidence"] == np.float32(0.7))
    )
    tested = small_wick(conditions=[condition("cycle", phases=["liquidity"], min_confidence=0.7)])
    confluence = ConfluenceScorer([tested]).analyze({M5: candles})
    reports = [explain(confluence, confluence.scores[0], int(i)).conditions[1] for i in rows]

    assert reports
    assert all(report.is_met for report in reports)


def test_a_strength_is_met_from_its_own_percent_on():
    candles = candles_of("mixed", 3, count=900)[M5]
    percent = np.round(100 * detect(candles)["candle.small_wick.strength"]).astype(int)
    for least in set(percent[percent > 0].tolist()):
        shares = (least / 100, (least + 0.5) / 100) if least < 100 else (1.0,)
        asked = [condition("candle", direction="any", min_strength=share) for share in shares]
        tested = rule(timeframe="5m", conditions=asked)
        (answers,) = ConfluenceScorer([tested]).analyze({M5: candles}).answers.values()

        for met, share in zip(answers.met[1:], shares, strict=True):
            np.testing.assert_array_equal(met == 1, percent >= round(1000 * share) / 10)


def test_a_pattern_of_one_side_is_its_counterpart_on_the_mirrored_side():
    asked_any = condition("candle", pattern="hammer", direction="any")
    long, short = scored(asked_any, direction="both").scores
    columns = [
        side.compiled.weighed[1].asked.alternatives[0].comparisons[0].column
        for side in (long, short)
    ]
    assert columns == ["candle.hammer", "candle.shooting_star_gapless"]


@pytest.mark.parametrize("weights", [(0.1,) * 9, (0.1, 0.2, 0.3), (1e-9, 100.0, 3.3)])
def test_all_conditions_met_make_exactly_one(weights):
    day = {"kind": "session", "windows": ["00:00-12:00", "12:00-24:00"]}
    trigger = condition("candle", within=1000, weight=0.7)
    score = scored(trigger, *(day | {"weight": weight} for weight in weights)).scores[0]

    assert score.score.max() == 1.0


def test_a_sum_of_weights_that_misses_the_least_score_by_a_rounding_is_enough():
    conditions = [
        condition("candle", within=1000, weight=0.3),
        *({"kind": "session", "windows": ["00:00-12:00", "12:00-24:00"], "weight": 0.3},) * 3,
        condition("volume", min_ratio=1000.0, weight=0.3),
    ]
    score = scored(*conditions, confluence_required={"min_score": 0.8}).scores[0]

    assert 0.79 < score.score.max() < 0.8
    assert score.is_signal.any()


def test_without_its_trigger_a_rule_never_signals_whatever_the_least_score():
    score = scored(condition("volume", max_ratio=1000.0), confluence_required={"min_score": 0.0})
    triggers = detect(score.candles[M5])["candle.small_wick"] > 0

    np.testing.assert_array_equal(score.scores[0].is_signal, triggers)


def test_an_empty_history_has_no_scores():
    candles = {timeframe: series[:0] for timeframe, series in candles_of("mixed", 3).items()}
    tested = small_wick(conditions=[condition("structure", timeframe="1h"), condition("session")])
    confluence = ConfluenceScorer([tested]).analyze(candles)

    assert [len(score.score) for score in confluence.scores] == [0]
    with pytest.raises(InvalidInput, match="candle 0 does not exist: there are 0"):
        explain(confluence, confluence.scores[0], 0)


@pytest.mark.parametrize("i", [-1, 160])
def test_a_candle_that_does_not_exist_is_not_explained(i):
    confluence = scored()
    with pytest.raises(InvalidInput, match=f"candle {i} does not exist: there are 160"):
        explain(confluence, confluence.scores[0], i)


def test_a_missing_timeframe_is_named():
    scorer = ConfluenceScorer([small_wick(conditions=[condition("structure", timeframe="1h")])])
    with pytest.raises(InvalidInput, match="there are no 1h candles, but a rule looks at them"):
        scorer.analyze({M5: candles_of("mixed", 3)[M5]})


def test_candles_of_another_timeframe_are_refused():
    with pytest.raises(InvalidInput, match="the candles given for 5m are 1h candles"):
        ConfluenceScorer([small_wick()]).analyze({M5: candles_of("mixed", 3)[H1]})


def candle(close_ms: int, timeframe=M5) -> Candle:
    return Candle(close_ms - timeframe.ms, 100.0, 102.0, 99.0, 101.0, 1.0)


NOON = MONDAY + 12 * HOUR


def live_at_noon() -> LiveConfluence:
    """Has seen the candles of 1h and 5m that close at noon."""
    tested = small_wick(conditions=[condition("structure", timeframe="1h")])
    live = LiveConfluence(ConfluenceScorer([tested]))
    assert live.push(H1, candle(NOON, H1)) == ()
    assert len(live.push(M5, candle(NOON))) == 1
    return live


@pytest.mark.parametrize(
    ("timeframe", "close"),
    [(M5, NOON), (M5, NOON - M5.ms), (H1, NOON), (H1, NOON - HOUR)],
    ids=["5m again", "an earlier 5m", "1h after the 5m that closed with it", "an earlier 1h"],
)
def test_candles_out_of_order_are_refused_and_change_nothing(timeframe, close):
    live, other = live_at_noon(), live_at_noon()
    with pytest.raises(InvalidInput, match="comes too late: push candles in the order"):
        live.push(timeframe, candle(close, timeframe))

    following = [(M5, NOON + M5.ms), (H1, NOON + HOUR), (M5, NOON + HOUR)]
    for each, at in following:
        one, two = live.push(each, candle(at, each)), other.push(each, candle(at, each))
        assert [s.score.tobytes() for s in one] == [s.score.tobytes() for s in two]


def test_an_entry_candle_is_refused_once_a_coarser_one_that_closed_later_is_there():
    live = live_at_noon()
    live.push(H1, candle(NOON + HOUR, H1))
    with pytest.raises(InvalidInput, match=r"the 5m candle at \d+ comes too late"):
        live.push(M5, candle(NOON + M5.ms))


def test_live_refuses_timeframes_that_no_rule_looks_at_and_broken_candles():
    live = live_at_noon()
    with pytest.raises(InvalidInput, match="no rule looks at 15m candles"):
        live.push(M15, candle(NOON + M15.ms, M15))
    with pytest.raises(InvalidInput, match="high must not be below low"):
        live.push(M5, candle(NOON + M5.ms)._replace(high=1.0, open=1.0, close=1.0))
    assert len(live.push(M5, candle(NOON + M5.ms))) == 1
