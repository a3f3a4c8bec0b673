"""What an account may risk. Nothing here can be switched off, only be set within its bounds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.errors import InvalidInput


class _Bounds(NamedTuple):
    least: Decimal
    most: Decimal
    is_whole: bool = False


_HUNDRED = Decimal(100)
_SMALL = Decimal("0.0001")
_BOUNDS = {
    "max_risk_percent": _Bounds(_SMALL, Decimal(2)),
    "daily_loss_percent": _Bounds(_SMALL, _HUNDRED),
    "max_positions": _Bounds(Decimal(1), Decimal(1000), is_whole=True),
    "max_leverage": _Bounds(Decimal(1), _HUNDRED, is_whole=True),
    "coin_exposure": _Bounds(_SMALL, _HUNDRED),
    "total_exposure": _Bounds(_SMALL, _HUNDRED),
    "least_stop_percent": _Bounds(_SMALL, Decimal(50)),
    "most_stop_percent": _Bounds(_SMALL, Decimal(50)),
    "most_atr_percent": _Bounds(_SMALL, _HUNDRED),
    "most_cost_share": _Bounds(_SMALL, _HUNDRED),
    "most_volume_share": _Bounds(_SMALL, _HUNDRED),
    "stale_after_ms": _Bounds(Decimal(0), Decimal(7 * 86_400_000), is_whole=True),
    "liquidation_buffer": _Bounds(Decimal(1), _HUNDRED),
}


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """Limits that every entry must keep. Raises InvalidInput for one that makes no sense."""

    max_risk_percent: Decimal = Decimal(2)
    """what a trade may lose at its stop, costs included, in percent of equity; never above 2"""
    daily_loss_percent: Decimal = Decimal(5)
    """loss since the begin of the UTC day, in percent of equity, from which nothing is opened"""
    max_positions: int = 5
    """positions and waiting entries at once"""
    max_leverage: int = 10
    """of a position; the exchange's limit for the coin holds as well"""
    coin_exposure: Decimal = Decimal(5)
    """value of the position in one coin, as a multiple of equity"""
    total_exposure: Decimal = Decimal(10)
    """value of all positions and waiting entries, as a multiple of equity"""
    least_stop_percent: Decimal = Decimal("0.05")
    """distance from entry to stop, in percent of the entry price"""
    most_stop_percent: Decimal = Decimal(20)
    """distance from entry to stop, in percent of the entry price"""
    most_atr_percent: Decimal = Decimal(10)
    """average true range in percent of the price above which a market is too wild"""
    most_cost_share: Decimal = Decimal("0.33")
    """costs of entry and stop as a share of 1R: a stop nearer than that feeds the exchange"""
    most_volume_share: Decimal | None = Decimal(1)
    """largest order in mean volumes of a candle: more moves a market in ways nobody can foresee;
    None: whoever asks for the size knows"""
    stale_after_ms: int = 15 * 60_000
    """age of a signal, or of the newest candle of its coin, at the decision"""
    liquidation_buffer: Decimal = Decimal("1.5")
    """liquidation is at least so many times as far from the entry as the stop is"""
    is_isolated: bool = True
    """each position has its own collateral; otherwise all share the account's"""

    def __post_init__(self) -> None:
        for name, bounds in _BOUNDS.items():
            if name != "most_volume_share" or self.most_volume_share is not None:
                _require(name, getattr(self, name), bounds)
        if self.least_stop_percent >= self.most_stop_percent:
            raise InvalidInput(
                f"least_stop_percent {self.least_stop_percent} must be below most_stop_percent "
                f"{self.most_stop_percent}"
            )


def _require(name: str, value: object, bounds: _Bounds) -> None:
    is_number = isinstance(value, int if bounds.is_whole else Decimal | int)
    if is_number and not isinstance(value, bool):
        number = Decimal(value)  # type: ignore[arg-type]  # checked just above
        if number.is_finite() and bounds.least <= number <= bounds.most:
            return
    kind = "a whole number" if bounds.is_whole else "a decimal number"
    raise InvalidInput(
        f"{name} is {value!r}: it must be {kind} from {bounds.least} to {bounds.most}"
    )
