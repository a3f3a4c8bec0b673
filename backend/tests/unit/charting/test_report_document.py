"""What a report's page is told: complete, escaped, the same for the same folder."""

import json
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from hyperbot.charting.compact import script_json
from hyperbot.charting.report_document import command_of, report_document, title_of
from hyperbot.charting.report_page import report_page
from hyperbot.statistics.chance import seeded
from report_builders import HOSTILE, chart_of, evidence, rule_evidence, stored_run
from result_builders import BEGIN, DAY, HOUR, default_trades, trade


def with_chart(**fields):
    first = default_trades()[0]
    return stored_run(evidence(), (chart_of(first.signal.id),), **fields)


def test_the_same_run_gives_the_same_page():
    assert report_page(with_chart()) == report_page(with_chart())


def test_everything_is_plain_json():
    document = report_document(with_chart())
    assert json.loads(script_json(document)) == json.loads(json.dumps(document))


@pytest.mark.parametrize("told", [None, evidence()])
@pytest.mark.parametrize("trades", [None, []])
def test_missing_parts_are_no_error(told, trades):
    document = report_document(stored_run(told, trades=trades))
    assert document["evidence"] is None or document["evidence"]["alpha"] == 0.05
    assert document["order"] is None
    assert "<title>BTC, ETH" in report_page(stored_run(told, trades=trades))


def test_trades_are_columns_with_names_told_once():
    columns = report_document(with_chart())["trades"]
    assert columns["rules"] == ["le-15m"]
    assert columns["coins"] == ["BTC", "ETH"]
    rows = columns["columns"]
    assert rows["rule"] == [0, 0, 0]
    assert rows["coin"] == [0, 1, 0]
    assert rows["side"] == [1, -1, 1]
    assert rows["closed"] == [BEGIN // 1000 + 4 * 3600, BEGIN // 1000 + 6 * 3600, None]
    assert rows["leaving"][0] == [[(BEGIN + 4 * HOUR) // 1000, 120.0, 1.0, "tp1", 0]]
    assert rows["leaving"][2] == []


def test_a_chart_belongs_to_its_trade():
    charts = report_document(with_chart())["trades"]["columns"]["chart"]
    assert charts[0]["stops"] == [
        [(BEGIN + HOUR) // 1000, 90.0],
        [(BEGIN + 2 * HOUR) // 1000, 100.0],
    ]
    assert charts[0]["needed"] == 0.6
    assert charts[1:] == [None, None]


def test_prices_have_the_decimals_of_the_candles_of_their_coin():
    told = report_document(with_chart())["trades"]
    assert told["decimals"] == [1, 0]  # candles of BTC have tenths; ETH was entered at 100


def test_rules_come_with_what_they_made_alone_and_in_the_account():
    row = report_document(with_chart())["rules"][0]
    assert row["name"] == "Liquidity engulf"
    assert row["account"]["trades"] == 2
    assert row["evidence"]["max_drawdown_r"] == 1.0


def test_a_rule_that_only_the_evidence_knows_has_its_row_too():
    rows = report_document(stored_run(evidence(rule_evidence("other"))))["rules"]
    assert [row["id"] for row in rows] == ["le-15m", "other"]
    assert rows[0]["evidence"] is None
    assert rows[1]["account"] is None


def test_the_order_of_many_trades_is_drawn_again():
    many = tuple(trade(1 if place % 3 else -1, opened=place, hours=1) for place in range(40))
    order = report_document(stored_run(trades=many))["order"]
    assert order["trades"][-1] == 40
    assert order["shares"][2] == 0.5


def test_hostile_names_never_leave_their_script():
    page = report_page(stored_run(evidence(rule_evidence(HOSTILE)), trades=[trade(rule=HOSTILE)]))
    assert HOSTILE not in page
    assert page.count("</script>") == 3


def test_the_title_tells_coins_and_span():
    assert title_of(stored_run().summary) == "BTC, ETH \N{MIDDLE DOT} 2025-01-01 to 2025-01-03"


def test_many_coins_are_counted():
    summary = stored_run().summary
    summary["settings"]["coins"] = ["A", "B", "C", "D", "E", "F"]
    assert title_of(summary).startswith("A, B, C, D and 2 more")


def test_the_command_says_what_differs_from_the_usual():
    settings = stored_run().summary["settings"]
    assert command_of(settings) == (
        "hyperbot backtest --coins BTC,ETH --from 2025-01-01 --to 2025-01-03 --equity 10000"
        " --out FOLDER"
    )
    settings["fills"] = "touch"
    settings["limits"]["is_isolated"] = False
    settings["until"] += 5 * HOUR
    settings["rules"] = [{"id": "signals", "name": "mine.csv", "version": 1, "sha256": "a" * 64}]
    settings["costs"] = dict.fromkeys(settings["costs"], "0")
    assert command_of(settings) == (
        "hyperbot backtest --signals FILE.csv --coins BTC,ETH --from 2025-01-01"
        " --to 2025-01-03T05:00 --equity 10000 --no-costs --fills touch --margin cross --out FOLDER"
    )


def test_money_is_rounded_and_not_lost():
    run = stored_run(trades=[trade(2, fees=Decimal("0.12345678"))])
    assert report_document(run)["trades"]["columns"]["fees"] == [0.1235]
    assert run.trades[0]["closed_at"] < BEGIN + DAY


def test_two_thousand_trades_with_candles_stay_a_small_page():
    made = [trade(2 if place % 3 else -1, opened=place % 40, hours=2) for place in range(200)]
    run = stored_run(evidence(), trades=made)
    rows = [row | {"id": f"{row['id']}-{n}"} for n in range(10) for row in run.trades]
    charts = [wandering(row["id"]) for row in rows]
    page = report_page(replace(run, trades=rows, charts=charts))
    assert len(rows) == 2_000
    assert len(page.encode()) < 6_000_000


def wandering(name, candles=80):
    """Candles of BTC in tenths, each moving by about a third of a percent."""
    chance = seeded(name)
    close = np.round(60_000 + 180 * chance.standard_normal(candles).cumsum(), 1)
    opened = np.concatenate([[60_000.0], close[:-1]])
    wicks = np.round(90 * chance.random((2, candles)), 1)
    high, low = np.maximum(opened, close) + wicks[0], np.minimum(opened, close) - wicks[1]
    columns = {"open": opened, "high": high, "low": low, "close": close}
    return chart_of(name, candles, **{key: tuple(each.tolist()) for key, each in columns.items()})
