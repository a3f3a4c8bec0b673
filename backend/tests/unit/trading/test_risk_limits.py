from decimal import Decimal

import pytest

from hyperbot.domain.errors import InvalidInput
from hyperbot.trading.risk_manager import RiskLimits


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_risk_percent", Decimal("2.01")),
        ("max_risk_percent", Decimal(0)),
        ("max_risk_percent", Decimal("NaN")),
        ("max_risk_percent", 1.5),
        ("daily_loss_percent", Decimal(101)),
        ("max_positions", 0),
        ("max_positions", Decimal(3)),
        ("max_leverage", True),
        ("coin_exposure", Decimal(-1)),
        ("stale_after_ms", -1),
        ("liquidation_buffer", Decimal("0.9")),
        ("most_atr_percent", "10"),
    ],
)
def test_a_limit_that_makes_no_sense_is_named_with_what_is_right(name, value):
    with pytest.raises(InvalidInput, match=rf"{name} is .*it must be a .* number from .* to "):
        RiskLimits(**{name: value})


def test_stop_limits_must_leave_room_between_them():
    with pytest.raises(InvalidInput, match="least_stop_percent 5 must be below"):
        RiskLimits(least_stop_percent=Decimal(5), most_stop_percent=Decimal(5))
