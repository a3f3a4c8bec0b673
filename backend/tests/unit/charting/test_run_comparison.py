import copy

import numpy as np

from hyperbot.charting.compare_page import compare_page
from hyperbot.charting.run_comparison import (
    NamedRun,
    aligned_curves,
    comparison,
    different_settings,
)
from report_builders import HOSTILE, Run, evidence, rule_evidence, stored_run
from result_builders import BEGIN, DAY, HOUR, trade


def changed(**settings):
    summary = copy.deepcopy(stored_run().summary)
    summary["settings"] |= settings
    return summary


def named(*runs):
    return [NamedRun(f"run-{place}", run) for place, run in enumerate(runs, 1)]


def test_equal_runs_differ_in_nothing():
    assert different_settings([stored_run().summary, stored_run().summary]) == []


def test_only_what_differs_is_told():
    told = different_settings([changed(), changed(equity="5000", until=BEGIN + DAY)])
    assert told == [
        {"name": "equity", "values": ["10000", "5000"]},
        {"name": "until", "values": ["2025-01-03 00:00", "2025-01-02 00:00"]},
    ]


def test_nested_settings_rules_and_candles_are_compared():
    other = changed(rules=[{"id": "x", "name": "X", "version": 2, "sha256": "b" * 64}])
    other["settings"]["costs"]["taker"] = "0"
    other["data"]["coins"][0]["sha256"] = "c" * 64
    names = [row["name"] for row in different_settings([changed(), other])]
    assert names == ["costs.taker", "rule le-15m", "candles BTC", "rule x"]


def test_differences_are_to_the_first_run_in_points():
    better = stored_run(trades=[trade(5, opened=1, hours=3)])
    rows = {row["name"]: row for row in comparison(named(stored_run(), better))["numbers"]}
    assert rows["Net return"]["differences"] == ["", "+0.4 points"]
    assert rows["Trades"]["differences"] == ["", "\N{MINUS SIGN}1"]
    assert rows["Exposure"]["values"][0] is not None
    assert rows["CAGR"]["differences"] == ["", ""]  # nobody knows either


def test_rules_that_one_run_lacks_are_empty_there():
    first = stored_run(evidence(rule_evidence("a")))
    second = stored_run(evidence(rule_evidence("b", verdict="edge")))
    rows = {row["rule"]: row["runs"] for row in comparison(named(first, second))["rules"]}
    assert rows["a"][1] is None
    assert rows["b"][0] is None
    assert rows["b"][1]["verdict"] == "edge"


def test_the_mean_of_a_rule_is_the_one_of_its_verdict():
    undated = rule_evidence(embargo=None, in_sample=None, out_of_sample=None)
    runs = named(stored_run(evidence(rule_evidence())), stored_run(evidence(undated)))
    told = comparison(runs)["rules"][0]["runs"]
    assert [(each["trades"], each["mean"]) for each in told] == [(1, -1.0), (2, 0.5)]


def test_curves_share_their_moments_and_start_at_a_hundred():
    early = Run({}, equity={"at": BEGIN + HOUR * np.arange(10), "equity": np.full(10, 50.0)})
    late = Run(
        {}, equity={"at": BEGIN + HOUR * np.arange(5, 15), "equity": np.linspace(10, 20, 10)}
    )
    told = aligned_curves(named(early, late), points=15)
    assert told["at"] == [(BEGIN + HOUR * hour) // 1000 for hour in range(15)]
    first, second = told["curves"]
    assert first == [100.0] * 10 + [None] * 5
    assert second[:5] == [None] * 5
    assert (second[5], second[14]) == (100.0, 200.0)


def test_hostile_names_never_leave_their_script():
    page = compare_page([NamedRun(HOSTILE, stored_run()), NamedRun("b", stored_run())])
    assert HOSTILE not in page
    assert page.count("</script>") == 3
