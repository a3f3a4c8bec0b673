"""Signals that somebody else decided: at the close of their candle, as they were given."""

from decimal import Decimal
from typing import NamedTuple

import pytest

from candle_builders import random_walk, without
from hyperbot.backtesting.given_signals import RULE_ID, given_scan
from hyperbot.backtesting.market_history import CoinHistory
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.money import exact
from hyperbot.domain.signals import PlannedTarget
from hyperbot.exchange.instruments import instrument_of

SERIES = without(random_walk(50), 20)
HISTORY = CoinHistory(SERIES, instrument_of("BTC", 100.0))
FIVE_MINUTES = 300_000


class Row(NamedTuple):
    """A given signal."""

    ts: int
    side: int = 1
    stop: Decimal = Decimal(90)
    target: Decimal = Decimal(120)
    size: Decimal | None = None


def test_a_signal_is_given_at_the_close_of_its_candle():
    opened = int(SERIES.ts[30])
    found = given_scan(HISTORY, [Row(opened, size=Decimal("0.5"))], Decimal("1.5"))
    ((at, (signal,)),) = found.signals.items()
    assert at == signal.at == opened + FIVE_MINUTES
    assert (signal.coin, signal.side, signal.entry, signal.valid_until) == (
        "BTC",
        1,
        "market",
        None,
    )
    assert (signal.stop, signal.last_level, signal.size) == (
        Decimal(90),
        Decimal(120),
        Decimal("0.5"),
    )
    # The price to expect, and the liquidity, are those known at the close.
    assert signal.price == exact(SERIES.close[30])
    assert signal.liquidity == HISTORY.liquidity(31)
    assert signal.plan.risk_percent == Decimal(2)  # a given size may risk what any trade may
    assert signal.plan.targets == (PlannedTarget(None, Decimal(1)),)
    assert signal.id == f"BTC|{RULE_ID}|v1|long|{at}"
    assert found.swings == {}


def test_signals_of_both_sides_at_the_first_and_the_last_candle():
    rows = [Row(int(SERIES.ts[0]), -1), Row(int(SERIES.ts[-1]), 1)]
    found = given_scan(HISTORY, rows, Decimal(1)).signals
    assert [signal.side for (signal,) in found.values()] == [-1, 1]


@pytest.mark.parametrize(
    "ts",
    [
        int(SERIES.ts[0]) - FIVE_MINUTES,
        int(SERIES.ts[-1]) + FIVE_MINUTES,
        int(SERIES.ts[3]) + 1,
        int(SERIES.ts[19]) + FIVE_MINUTES,  # in the gap
        0,
    ],
)
def test_a_signal_without_its_candle_is_refused(ts):
    with pytest.raises(InvalidInput) as refused:
        given_scan(HISTORY, [Row(int(SERIES.ts[1])), Row(ts)], Decimal(1))
    assert str(refused.value) == (
        f"no 5m candle of BTC opens at {ts}, where a signal is given: ts must be the open time of"
        " a candle"
    )
