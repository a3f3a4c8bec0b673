import numpy as np
import pytest

from hyperbot.charting.equity_points import equity_points
from report_builders import evidence, plain, rule_evidence
from result_builders import BEGIN, DAY, HOUR


def columns(rows, **others):
    at = BEGIN + HOUR * np.arange(rows, dtype=np.int64)
    equity = 100.0 + np.arange(rows) % 17
    peaks = np.maximum.accumulate(equity)
    return {"at": at, "equity": equity, "drawdown": 1 - equity / peaks, **others}


def test_a_short_curve_is_kept_whole():
    told = equity_points(columns(50), None)
    assert len(told["at"]) == 50
    assert told["at"][0] == BEGIN // 1000
    assert told["equity"] == [100.0 + row % 17 for row in range(50)]
    assert told["hold"] is None
    assert told["every"] == 3600


@pytest.mark.parametrize("rows", [1, 2, 101, 999, 10_007])
def test_a_long_curve_keeps_its_first_and_last_moment_and_its_deepest_fall(rows):
    full = columns(rows)
    told = equity_points(full, None, most=100)
    assert len(told["at"]) <= 101
    assert told["at"][0] == full["at"][0] // 1000
    assert told["at"][-1] == full["at"][-1] // 1000
    assert told["equity"][-1] == full["equity"][-1]
    assert max(told["drawdown"]) == round(1e4 * full["drawdown"].max())


def test_hold_is_drawn_where_it_is_known():
    known = equity_points(columns(5, hold=np.full(5, 99.999)), None)
    assert known["hold"] == [100.0] * 5
    unknown = equity_points(columns(5, hold=np.full(5, np.nan)), None)
    assert unknown["hold"] is None


def test_embargoes_gather_the_rules_that_share_them():
    rules = (
        rule_evidence("b", embargo=BEGIN + DAY),
        rule_evidence("a", embargo=BEGIN),
        rule_evidence("c", embargo=BEGIN + DAY),
        rule_evidence("d", embargo=None),
    )
    told = equity_points(columns(5), {"rules": [vars_of(each) for each in rules]})
    assert [each["rules"] for each in told["embargoes"]] == [["a"], ["b", "c"]]
    assert told["embargoes"][0]["at"] == BEGIN // 1000


def vars_of(rule):
    return {"rule": rule.rule, "embargo": rule.embargo, "embargo_reason": rule.embargo_reason}


def test_hold_outs_are_in_seconds():
    kept = {"coin": "BTC", "since": BEGIN, "until": None, "opened_for": ""}
    told = equity_points(columns(5), {"rules": [], "hold_outs": [plain(kept)]})
    assert told["hold_outs"] == [kept | {"since": BEGIN // 1000}]
    assert evidence().hold_outs[0].until is None
