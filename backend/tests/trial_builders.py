"""Trials and ledgers for tests."""

import hashlib
from pathlib import Path

from hyperbot.backtesting.trials import HoldOut, Trial
from hyperbot.storage.trial_ledger import TrialLedger

DAY = 86_400_000
NOW = 1_764_000_000_000


def trial(number=1, *, sharpe=None, terms="one", coins=("BTC",), **changes):
    """The trial of rule `number`, with a Sharpe ratio of its own."""
    said = {
        "rule": f"rule-{number}",
        "rule_sha256": hashlib.sha256(str(number).encode()).hexdigest(),
        "terms_sha256": hashlib.sha256(terms.encode()).hexdigest(),
        "coins": coins,
        "since": NOW - 400 * DAY,
        "until": NOW - 100 * DAY,
        "origin": "backtest",
        "trades": 12,
        "mean_r": 0.25,
        "days": 300,
        "sharpe": number / 100 if sharpe is None else sharpe,
    }
    return Trial(**(said | changes))


def hold_out(coin="BTC", since=NOW - 90 * DAY, until=None):
    """A stretch of time of one coin."""
    return HoldOut(coin, since, until)


def ledger_with(folder: Path, trials: int) -> TrialLedger:
    """A ledger of as many different trials, recorded one by one."""
    ledger = TrialLedger(folder)
    for number in range(trials):
        ledger.record([trial(number)], NOW + number)
    return ledger
