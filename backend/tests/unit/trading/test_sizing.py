from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hyperbot.domain.costs import CostModel, Liquidity
from hyperbot.trading.risk_manager import Approved, RiskLimits, RiskManager
from hyperbot.trading.situation import Situation
from trade_builders import NOON, closed, instrument, plan, signal

COSTS = CostModel()


def lost_at_the_stop(approved, liquidity):
    """Slowly and obviously: fill by fill, fees not cut off."""
    side, size = approved.entry.side, approved.entry.size
    is_limit = approved.entry.kind == "limit"
    paid = approved.price
    if not is_limit:
        paid += side * COSTS.slippage(paid, size, liquidity)
    got = approved.stop.price - side * COSTS.slippage(approved.stop.price, size, liquidity)
    fees = size * paid * (COSTS.maker if is_limit else COSTS.taker) + size * got * COSTS.taker
    return side * size * (paid - got) + fees


@given(
    st.sampled_from([1, -1]),
    st.sampled_from(["market", "limit", "stop"]),
    st.decimals("0.01", "90000", places=3),
    st.integers(5, 1999),
    st.integers(0, 900),
    st.decimals("0", "100000", places=2),
    st.decimals("0.1", "2", places=2),
    st.decimals("20", "1000000", places=2),
    st.decimals("0", "12", places=1),
)
def test_loss_is_never_above_and_exposure_within_its_limits(
    side, kind, price, stop_basis, atr_basis, volume, percent, equity, exposure
):
    limits = RiskLimits(max_leverage=40)
    liquidity = Liquidity(price * atr_basis / 10_000, volume)
    stop = price - side * price * stop_basis / 10_000
    asked = signal(
        side=side,
        entry=kind,
        price=price,
        stop=stop,
        liquidity=liquidity,
        plan=plan(risk_percent=percent),
    )
    newest = closed(close=float(price))
    taken = exposure * equity
    free = max(Decimal(0), equity - taken / 10)
    manager = RiskManager(limits, COSTS, {"BTC": instrument()})
    verdict = manager.review(asked, Situation(NOON, equity, free, newest, total_value=taken))
    assume(isinstance(verdict, Approved))
    size = verdict.entry.size
    assert size == instrument().round_size(size) > 0
    assert verdict.risk == pytest.approx(lost_at_the_stop(verdict, liquidity), rel=Decimal("1e-20"))
    assert verdict.risk <= equity * percent / 100
    assert size * verdict.price <= min(limits.coin_exposure * equity, 10 * equity - taken)
    assert verdict.margin <= free
    rate = Decimal(1) / 80
    spare = verdict.price / verdict.leverage - verdict.price * rate
    liquidation = verdict.price - side * spare / (1 - rate * side)
    assert side * (verdict.stop.price - liquidation) > 0
