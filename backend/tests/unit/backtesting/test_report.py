"""A result cannot be had without the hash of its data; its document is plain JSON."""

import json
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from hyperbot.backtesting.report import CandleLineage, LedgerTotals, candles_sha256
from hyperbot.backtesting.summary import summary_document
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries
from result_builders import BEGIN, HOUR, candles, refusal, result, trade


@pytest.mark.parametrize("sha256", ["", "unknown", "A" * 64, "a" * 63])
def test_a_result_needs_the_hash_of_its_data(sha256):
    made = result()
    bad = (made.lineage[0], replace(made.lineage[1], sha256=sha256))
    with pytest.raises(InvalidInput, match="sha256 of the candles of ETH"):
        replace(made, lineage=bad)


def test_a_result_needs_the_lineage_of_every_coin():
    made = result()
    with pytest.raises(InvalidInput, match="which candles of ETH it was made from"):
        replace(made, lineage=made.lineage[:1])
    bare = replace(made.settings, coins=())
    with pytest.raises(InvalidInput, match="which candles it was made from"):
        replace(made, lineage=(), settings=bare, trades=(), excursions=())


def test_excursions_are_as_many_as_trades():
    with pytest.raises(InvalidInput, match="3 trades need as many excursions, not 0"):
        replace(result(), excursions=())


def test_the_hash_is_of_times_and_prices_alone():
    one = candles(closes=[10.0, 20.0])
    same = CandleSeries("ETH", "1h", one.ts.tolist(), *one.columns.tolist())
    assert candles_sha256(one) == candles_sha256(same)
    assert candles_sha256(one[:1]) == candles_sha256(candles(closes=[10.0]))  # a view
    assert candles_sha256(one) != candles_sha256(candles(closes=[10.0, 25.0]))
    moved = CandleSeries("BTC", "1h", one.ts + HOUR, *one.columns)
    assert candles_sha256(one) != candles_sha256(moved)


def test_the_lineage_of_candles_with_a_gap():
    whole = candles(closes=[10.0, 20.0, 30.0, 40.0])
    kept = np.array([0, 2, 3])
    told = CandleLineage.of(CandleSeries("BTC", "1h", whole.ts[kept], *whole.columns[:, kept]), "x")
    assert (told.first, told.last) == (BEGIN, BEGIN + 3 * HOUR)
    assert (told.candles, told.gaps, told.is_proxy, told.is_synthetic) == (3, 1, True, False)
    assert not CandleLineage.of(whole, "hyperliquid").is_proxy


def test_the_share_of_proxies_is_by_candles():
    made = result()
    assert made.proxy_share == 0.5
    assert made.synthetic_share == 0
    three_of_four = (replace(made.lineage[0], candles=16), made.lineage[1])
    assert replace(made, lineage=three_of_four).proxy_share == 0.75


def test_the_hash_of_all_data_does_not_depend_on_the_order_of_coins():
    made = result()
    assert replace(made, lineage=made.lineage[::-1]).data_sha256 == made.data_sha256
    other = replace(made.lineage[0], venue="binance")
    assert replace(made, lineage=(other, made.lineage[1])).data_sha256 != made.data_sha256


def test_refusals_are_counted_most_first():
    refused = (refusal("size"), refusal("daily_loss"), refusal("size"))
    assert list(result(refused=refused).refusals.items()) == [
        ("size", 2),
        ("daily_loss", 1),
        ("expired", 1),
    ]


def test_the_ledger_adds_up():
    told = LedgerTotals(Decimal(100), Decimal(10), Decimal(2), Decimal(1), Decimal(4), Decimal(-5))
    assert (told.cash, told.equity) == (105, 100)


def test_the_end_of_the_curve_is_compared_with_the_exact_account():
    made = result()
    assert made.curve_error < 1e-9
    wrong = replace(made.ledger, fees=Decimal("0.05"))
    assert replace(made, ledger=wrong).curve_error == pytest.approx(0.05)


def test_the_document_is_json_without_nan_and_with_exact_money():
    made = result([trade(1, fees=Decimal("0.000001"))])
    document = json.loads(json.dumps(summary_document(made), allow_nan=False))
    assert document["settings"]["equity"] == "10000"
    assert document["results"] == {
        "pessimistic": "9.999999",
        "optimistic": "14.999999",
        "resolved": None,
        "doubtful_candles": 1,
    }
    assert document["data"]["sha256"] == made.data_sha256
    assert [coin["is_proxy"] for coin in document["data"]["coins"]] == [False, True]
    assert document["performance"]["account"]["sharpe"] is None
    assert document["performance"]["by_rule"]["le-15m"]["trades"] == 1
    assert document["signals"] == {
        "traded": 1,
        "refused": 1,
        "missed": 1,
        "reasons": {"daily_loss": 1, "expired": 1},
    }
