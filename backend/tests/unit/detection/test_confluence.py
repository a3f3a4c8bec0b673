"""Scores of rules: equal to the slow reference, live and batch, blind to the future, mirrored."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candle_strategies import GRID_MARKETS, any_params, mirrored
from confluence_strategies import (
    TIMEFRAMES,
    candle_sets,
    candles_of,
    confluence_rules,
    every_condition,
    mirror_rules,
)
from hyperbot.detection import DetectionParams
from hyperbot.detection.confluence_explanation import explain
from hyperbot.detection.confluence_scorer import Confluence, ConfluenceScorer, Score
from hyperbot.detection.live_confluence import LiveConfluence
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.resampling import resample
from hyperbot.domain.rules import StrategyRule
from hyperbot.storage.rule_files import read_playbook
from rule_builders import condition, rule
from slow.confluence import judge

DEFAULTS = DetectionParams()
M5, M15, H1 = TIMEFRAMES
Candles = Mapping[Timeframe, CandleSeries]


def of_every_kind(**fields: Any) -> StrategyRule:
    """A rule that asks for something of each kind, on three timeframes."""
    conditions = [
        condition("candle", within=30, timeframe="5m"),
        condition("structure", timeframe="1h"),
        condition("structure", event="sweep", within=20, timeframe="15m"),
        condition("zone", within=4, max_distance_atr=2),
        condition("cycle", phases=["drive", "range"], direction="with", timeframe="15m"),
        condition("volume", min_ratio=0.5),
        condition("session", within=12, weight=0.1),
    ]
    bias = {"min_score": 0.5, "higher_timeframe_bias": "not_against", "bias_timeframes": ["1h"]}
    plain: dict[str, Any] = {
        "direction": "both",
        "timeframe": "5m",
        "entry_type": "small_wick",
        "conditions": conditions,
        "confluence_required": bias,
    }
    return rule(**plain | fields)


def analyzed(rules: Sequence[StrategyRule], candles: Candles, params=DEFAULTS) -> Confluence:
    with np.errstate(all="raise"):
        return ConfluenceScorer(rules, params).analyze(candles)


def assert_is_reference(rule: StrategyRule, candles: Candles, params=DEFAULTS) -> None:
    """Scores, strengths, signals, and what each condition says, are those of the slow reference."""
    confluence = analyzed([rule], candles, params)
    for score in confluence.scores:
        judged = judge(rule, score.compiled.side, candles, params)
        assert score.score.tolist() == [each.score for each in judged]
        assert score.strength.tolist() == [each.strength for each in judged]
        assert score.is_signal.tolist() == [each.is_signal for each in judged]
        frames = [candles[rule.timeframe_of(test)] for test in rule.tests]
        for i in range(0, len(judged), 1 + len(judged) // 100):
            reports = explain(confluence, score, i).conditions
            told = [(report.is_met, report.strength, report.candle_ts) for report in reports]
            assert told == [
                (met, strength, int(series.ts[row]) if row >= 0 else None)
                for (met, strength, row), series in zip(judged[i].answers, frames, strict=True)
            ]


@settings(max_examples=120)
@given(confluence_rules(), candle_sets())
def test_drawn_rules_score_as_the_reference_says(rule, candles):
    assert_is_reference(rule, candles)


@settings(max_examples=40)
@given(confluence_rules(), candle_sets(missing=0.2), any_params())
def test_also_with_candles_missing_and_other_parameters(rule, candles, params):
    assert_is_reference(rule, candles, params)


@pytest.mark.parametrize("direction", ["both", "long", "short"])
@pytest.mark.parametrize("share", range(4))
def test_every_condition_scores_as_the_reference_says_and_is_at_times_met(direction, share):
    conditions = [each | {"timeframe": "5m"} for each in every_condition()[share::4]]
    for each in conditions:
        if each["kind"] == "session":
            del each["timeframe"]
    if direction == "short":
        conditions = [each for each in conditions if each.get("pattern") != "hammer"]
    trigger = condition("candle", pattern="steeper_wick", within=1000)
    tested = of_every_kind(
        entry_type="steeper_wick", direction=direction, conditions=[trigger, *conditions]
    )
    candles = candles_of("mixed", 3, count=900)
    assert_is_reference(tested, candles)

    confluence = analyzed([tested], candles)
    for score in confluence.scores:
        for weighed in score.compiled.weighed[1:]:
            met = confluence.answers[weighed.group].met[weighed.place]
            assert 0 < met.sum() < met.size, weighed.asked


@pytest.mark.parametrize("absent", [(M5,), (M15,), (H1,), (M15, H1), TIMEFRAMES])
def test_timeframes_without_a_candle_are_not_met_yet(absent):
    candles = candles_of("mixed", 3)
    assert_is_reference(
        of_every_kind(), {t: s[:0] if t in absent else s for t, s in candles.items()}
    )


def real_set(folder: Path, name: str, since: int, count: int) -> dict[Timeframe, CandleSeries]:
    """Real 5m candles, and those that they make up."""
    table = parquet.read_table(folder / name).slice(since, count)
    columns = [table[name].to_numpy() for name in ("ts", "open", "high", "low", "close", "volume")]
    fine = CandleSeries(name.split("-")[0], M5, *columns)
    coarse = ("15m", "1h", "4h", "1d")
    return {M5: fine} | {t: resample(fine, t) for t in map(Timeframe.parse, coarse)}


@settings(max_examples=15)
@given(drawn=confluence_rules(), since=st.integers(0, 40_000))
def test_drawn_rules_on_real_candles_score_as_the_reference_says(real_candles, drawn, since):
    assert_is_reference(drawn, real_set(real_candles / "binance", "HYPE-5m.parquet", since, 300))


def test_the_playbook_on_real_candles_scores_as_the_reference_says(real_candles):
    candles = real_set(real_candles / "binance", "BTC-5m.parquet", 5000, 900)
    for each in read_playbook("default").rules:
        assert_is_reference(each, candles)


@pytest.mark.parametrize("name", ["BTC-5m.parquet", "HYPE-5m.parquet"])
def test_every_rule_of_the_playbook_gives_signals_on_both_sides(real_candles, name):
    candles = real_set(real_candles / "binance", name, 0, 90_000)
    confluence = analyzed(read_playbook("default").rules, candles)

    silent = [
        (score.compiled.rule.id, score.compiled.side)
        for score in confluence.scores
        if not score.is_signal.any()
    ]
    assert not silent


def in_order(candles: Candles) -> list[tuple[Timeframe, int]]:
    """(timeframe, row) as candles close, the coarser first."""
    closes = [
        (close, -timeframe.ms, row)
        for timeframe, series in candles.items()
        for row, close in enumerate(series.close_ts.tolist())
    ]
    return [(Timeframe(-negative), row) for _, negative, row in sorted(closes)]


def bits(score: Score, rows: slice = slice(None)) -> tuple[bytes, ...]:
    columns = (score.ts, score.score, score.strength, score.is_signal)
    return tuple(column[rows].tobytes() for column in columns)


def assert_live_is_batch(rules: Sequence[StrategyRule], candles: Candles, params=DEFAULTS) -> None:
    scorer = ConfluenceScorer(rules, params)
    looked_at = {timeframe: candles[timeframe] for timeframe in scorer.compiled.timeframes}
    scores = scorer.analyze(looked_at).scores
    live = LiveConfluence(scorer)
    for timeframe, row in in_order(looked_at):
        pushed = live.push(timeframe, looked_at[timeframe][row])
        expected = [s for s in scores if s.compiled.rule.timeframe == timeframe]
        assert [each.compiled for each in pushed] == [each.compiled for each in expected]
        for one, all_rows in zip(pushed, expected, strict=True):
            assert bits(one) == bits(all_rows, slice(row, row + 1))


@settings(max_examples=30)
@given(st.lists(confluence_rules(), min_size=1, max_size=3), candle_sets(missing=0.1))
def test_live_scores_have_the_bits_of_batch_scores(rules, candles):
    assert_live_is_batch(rules, candles)


@settings(max_examples=15)
@given(confluence_rules(), candle_sets(), any_params(), st.sampled_from(TIMEFRAMES))
def test_live_is_batch_when_a_timeframe_never_comes(drawn, candles, params, absent):
    rules = [drawn, of_every_kind()]
    assert_live_is_batch(rules, candles | {absent: candles[absent][:0]}, params)


Analyze = Callable[[Candles], Sequence[Score]]


def assert_scores_stay(analyze: Analyze, candles: Candles, moments: Sequence[int]) -> None:
    """What was scored by a moment does not depend on candles that close after it."""
    whole = analyze(candles)
    for moment in moments:
        closed = {t: s[: int((s.close_ts <= moment).sum())] for t, s in candles.items()}
        for early, later in zip(analyze(closed), whole, strict=True):
            known = slice(0, early.ts.size)
            assert bits(early) == bits(later, known), f"by {moment} it was scored otherwise"


@settings(max_examples=60)
@given(confluence_rules(), candle_sets(missing=0.05), st.data())
def test_scores_do_not_depend_on_candles_that_close_later(rule, candles, data):
    last = int(max(series.close_ts.max(initial=0) for series in candles.values()))
    moments = [last - data.draw(st.integers(0, 160 * M5.ms)) for _ in range(3)]
    assert_scores_stay(lambda given: analyzed([rule], given).scores, candles, moments)


def into_the_open_candle(candles: Candles) -> Sequence[Score]:
    """A planted mistake: the coarser candle that holds the entry candle, which is still open."""
    moved = {
        t: s if t == M5 else CandleSeries.from_checked(s.coin, t, s.ts - t.ms, s.columns)
        for t, s in candles.items()
    }
    return analyzed([of_every_kind()], moved).scores


def test_the_same_check_catches_a_planted_look_into_the_open_candle():
    candles = candles_of("mixed", 2)
    moments = candles[M5].close_ts[100:].tolist()

    assert_scores_stay(lambda given: analyzed([of_every_kind()], given).scores, candles, moments)
    with pytest.raises(AssertionError, match="it was scored otherwise"):
        assert_scores_stay(into_the_open_candle, candles, moments)


@settings(max_examples=60)
@given(mirror_rules(), candle_sets(tuple(GRID_MARKETS)), any_params())
def test_mirrored_candles_swap_the_sides_of_rules_for_both(rule, candles, params):
    image = {timeframe: mirrored(series) for timeframe, series in candles.items()}
    long, short = analyzed([rule], candles, params).scores
    long_image, short_image = analyzed([rule], image, params).scores

    assert bits(long) == bits(short_image)
    assert bits(short) == bits(long_image)


@settings(max_examples=60)
@given(confluence_rules(), candle_sets())
def test_explanations_add_up_to_the_score(rule, candles):
    confluence = analyzed([rule], candles)
    for score in confluence.scores:
        total = sum(test.weight for test in rule.tests)
        for i in range(len(score.ts)):
            told = explain(confluence, score, i)
            assert told.score == score.score[i]
            assert told.is_signal == score.is_signal[i]
            met = [r.weighed.asked.condition for r in told.conditions if r.is_met]
            missed = [r.weighed.asked.condition for r in told.conditions if not r.is_met]
            possible = not any(each.required for each in missed)
            share = sum(each.weight for each in met) / total if possible else 0
            assert told.score == pytest.approx(share, rel=1e-12)
            assert told.is_signal == (
                possible and told.score >= told.needed - 1e-12 and told.bias_allows
            )
            for report in told.conditions:
                if report.evidence:
                    assert all(each.is_met for each in report.evidence) == report.is_met
                assert 0 <= report.strength <= report.is_met


def digest() -> str:
    """The scores of a rule of every kind on some candles, as one short text."""
    found = hashlib.sha256()
    for kind in ("mixed", "real numbers"):
        candles = candles_of(kind, 5, count=60)
        for score in ConfluenceScorer([of_every_kind()]).analyze(candles).scores:
            found.update(b"".join(bits(score)))
    return found.hexdigest()


def test_the_same_code_uncompiled_gives_the_same_scores():
    here = Path(__file__).parent
    code = "import test_confluence; print(test_confluence.digest())"
    paths = os.pathsep.join([str(here), str(here.parents[1]), *filter(None, sys.path)])
    uncompiled = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert uncompiled.stdout.strip() == digest()
