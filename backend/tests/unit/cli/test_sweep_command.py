"""`hyperbot sweep`: what it refuses, what it keeps back, and where a search learns to look."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from backtest_builders import synthetic_market
from hyperbot.backtesting.evidence import HoldOutUse
from hyperbot.backtesting.parameter_space import ParameterSpace, parse_vary
from hyperbot.backtesting.trials import HoldOut
from hyperbot.cli.pandas_door import pandas_left_out, pandas_let_in
from hyperbot.cli.sweep import sweep
from hyperbot.cli.sweep_hold_out import kept_back
from hyperbot.cli.sweep_search import BATCH, BayesSearch
from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.trial_ledger import TrialLedger
from rule_builders import rule

RULES = (rule(id="one"), rule(id="two"))
VARIED = ("--vary", "*:confluence_required.min_score=0.5")


def refused(*arguments):
    done = CliRunner().invoke(sweep, arguments)
    assert isinstance(done.exception, InvalidInput), done.output
    return str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--rules", "a.yaml", "--playbook", "default"), "leave one out"),
        (("--trials", "5"), "a grid tries all"),
        (("--search", "random"), "needs something to --vary"),
        (("--workers", "2", "--cluster", "tcp://127.0.0.1:1"), "a --cluster has its own"),
        (("--overwrite",), "--overwrite belongs to --out"),
        (("--hold-out", "nan"), "--hold-out nan: give a share from 0 to 0.9"),
        (("--cluster", "foo"), "'foo' is no address of a scheduler"),
        (("--cluster", "tcp://"), "'tcp://' is no address of a scheduler"),
        (("--cluster", "http://a"), "write it as tcp://HOST:PORT"),
        (("--cluster", "http://a:80"), "write it as tcp://HOST:PORT"),
        (("--cluster", "tcp://a:99999"), "write it as tcp://HOST:PORT"),
        (("--vary", "*:confidence=0.1,0.9"), "confidence decides nothing about trades"),
        (("--vary", "*:citations.0.page=1,2"), "citations decides nothing about trades"),
        (("--rules", "nowhere.yaml"), "cannot read nowhere.yaml"),
        (("--vary", "le-15m:nothing=1"), "le-15m has no 'nothing' there"),
        (("--vary", "le-15m:risk_params.stop.buffer_atr=0.0..1.0"), "a grid needs steps"),
        (("--candles", "nowhere", *VARIED), "nowhere"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(arguments, sentence):
    told = refused(*arguments)
    assert sentence in told
    assert "\n" not in told


def test_help_shows_how():
    told = CliRunner().invoke(sweep, ["--help"]).output
    for name in ("--vary", "--search", "--cluster", "--hold-out", "Examples:", "0.0..1.0"):
        assert name in told


@pytest.fixture
def ledger(tmp_path):
    return TrialLedger(tmp_path / "trials")


MARKET = synthetic_market(("BTC", "DOGE"))
PLAYED = [SimpleNamespace(history=history, venue="binance") for history in MARKET.histories]
SINCE = int(MARKET.histories[0].base.ts[0])
UNTIL = SINCE + 1_000 * 300_000
LATE = SINCE + 800 * 300_000


def test_the_last_part_of_the_span_is_kept_back_for_every_coin(ledger):
    kept = kept_back(ledger, PLAYED, (SINCE, UNTIL), 0.2)
    assert kept.until == LATE
    assert kept.to_lock == tuple(HoldOut(c, LATE, UNTIL) for c in ("BTC", "DOGE"))
    assert not kept.warnings
    ledger.lock(kept.to_lock, 1)
    again = kept_back(ledger, PLAYED, (SINCE, UNTIL), 0.2)
    assert (again.until, again.to_lock, again.uses) == (kept.until, (), kept.uses)


def test_a_hold_out_that_begins_earlier_is_respected(ledger):
    early = SINCE + 500 * 300_000
    ledger.lock([HoldOut("DOGE", early, None)], 1)
    kept = kept_back(ledger, PLAYED, (SINCE, UNTIL), 0.2)
    assert kept.until == early
    assert kept.to_lock == (HoldOut("BTC", LATE, UNTIL),)
    assert HoldOutUse("DOGE", early, None) in kept.uses
    assert kept_back(ledger, PLAYED, (SINCE, UNTIL), 0).until == early


def test_without_a_hold_out_nothing_is_kept_back(ledger):
    kept = kept_back(ledger, PLAYED, (SINCE, UNTIL), 0)
    assert (kept.until, kept.to_lock, kept.uses) == (UNTIL, (), ())


def test_time_that_was_opened_before_cannot_be_locked_again(ledger):
    was = HoldOut("BTC", LATE, UNTIL)
    ledger.lock([was], 1)
    ledger.open_hold_outs([was], {"one": "ab"}, 2)
    kept = kept_back(ledger, PLAYED[:1], (SINCE, UNTIL), 0.2)
    assert (kept.until, kept.to_lock) == (UNTIL, ())
    assert "was opened before" in kept.warnings[0]


def space(*texts):
    return ParameterSpace(RULES, [each for text in texts for each in parse_vary(text, RULES)])


PLACES = (
    "*:risk_params.stop.buffer_atr=0.0..2.0",
    "one:risk_params.cooldown_candles=0..9",
    "two:confluence_required.min_score=0.2,0.5,1.2",
)


def searched(seed, trials=64):
    """All batches of a search that likes wide stops."""
    search, asked = BayesSearch(space(*PLACES), trials, seed), []
    while batch := search.ask():
        asked.append([(each.rule.id, each.changes) for each in batch])
        worths = [float(each.rule.stop.buffer_atr) for each in batch]
        search.tell([np.nan if worth < 0.05 else worth for worth in worths])
    return asked, search.sound


def test_a_search_asks_the_same_for_the_same_answers_and_never_twice():
    (one, sound), (again, _), (other, _) = (searched(seed) for seed in ("a", "a", "b"))
    assert one == again
    assert one != other
    assert all(len(batch) <= BATCH for batch in one)
    made = [(each.rule.id, each.sha256) for each in sound.variants]
    assert len(set(made)) == len(made)
    assert len(made) + sum(sound.refused.values()) + sound.repeated == 64
    assert sound.refused  # a score of 1.2 is none


def test_a_search_learns_where_to_look():
    asked, _ = searched("a", 128)
    early, late = (
        np.mean([dict(changes)["risk_params.stop.buffer_atr"] for _, changes in batch])
        for batch in (asked[0], asked[-1])
    )
    assert late > early + 0.3


def test_without_optuna_a_search_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(InvalidInput, match=r"pip install 'hyperbot\[bayes\]'"):
        BayesSearch(space(*PLACES), 10, "a")


def test_without_dask_a_cluster_says_how_to_install_it(monkeypatch):
    from hyperbot.wiring import ClusterWorkers

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InvalidInput, match=r"pip install 'hyperbot\[cluster\]'"):
        ClusterWorkers("tcp://127.0.0.1:1")


def test_pandas_is_let_in_only_for_those_who_ask(monkeypatch):
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    with pandas_left_out():
        with pytest.raises(ModuleNotFoundError, match="pandas is left out"):
            find_spec("pandas")
        with pandas_let_in():
            assert find_spec("pandas") is not None
        with pytest.raises(ModuleNotFoundError, match="pandas is left out"):
            find_spec("pandas")
