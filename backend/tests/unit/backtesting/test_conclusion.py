"""From a run to its result: the pessimistic numbers, and books that agree."""

from dataclasses import replace
from decimal import Decimal

import pytest

from backtest_builders import CASH, COSTS, synthetic_market, terms_of
from hyperbot.backtesting.backtest import play, scan_market
from hyperbot.backtesting.conclusion import conclude
from hyperbot.backtesting.report import CandleLineage, RuleRecord, Settings, ThreeResults
from hyperbot.domain.errors import Fatal
from hyperbot.storage.rule_files import read_playbook

RULES = read_playbook("default").rules
MARKET = synthetic_market(candles=900, seed=3)
RECORD = play(MARKET, scan_market(MARKET, RULES), terms_of(MARKET))
SETTINGS = Settings(
    CASH,
    *MARKET.span,
    tuple(history.coin for history in MARKET.histories),
    tuple(RuleRecord(rule.id, rule.name, rule.version, "a" * 64) for rule in RULES),
    COSTS,
    "pessimistic",
)
RESULTS = ThreeResults(RECORD.equity - CASH, RECORD.equity - CASH)
LINEAGE = [CandleLineage.of(history.base, "hyperliquid") for history in MARKET.histories]


def test_the_result_holds_what_happened_and_its_books_agree():
    result = conclude(MARKET, SETTINGS, LINEAGE, RECORD, RESULTS)
    assert result.trades == RECORD.trades
    assert len(result.trades) > 10
    assert result.ledger.start == CASH
    assert result.ledger.equity == RECORD.equity
    assert result.curve_error < 0.01
    assert set(result.performance.by_rule) == {rule.id for rule in RULES}
    notes = len(result.refused) + len(result.missed)
    assert notes == sum(result.refusals.values())


@pytest.mark.parametrize("off", ["0.02", "-0.02", "100"])
def test_a_curve_that_ends_elsewhere_than_the_account_is_fatal(off):
    wrong = replace(RECORD, equity=RECORD.equity + Decimal(off))
    with pytest.raises(Fatal, match="away from the account, which is at"):
        conclude(MARKET, SETTINGS, LINEAGE, wrong, RESULTS)


def test_less_than_a_cent_is_rounding():
    near = replace(RECORD, equity=RECORD.equity + Decimal("0.001"))
    assert conclude(MARKET, SETTINGS, LINEAGE, near, RESULTS).curve_error < 0.01
