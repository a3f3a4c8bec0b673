"""Where the account stands when a signal is judged: plain values, so judging needs no state."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.events import CandleClosed
from hyperbot.domain.money import ZERO


class Situation(NamedTuple):
    """All that the risk manager knows beside the signal. Money in quote units, times in ms UTC."""

    at: int
    equity: Decimal
    free_cash: Decimal
    """not yet collateral of a position or of a waiting entry"""
    newest: CandleClosed | None
    """of the signal's coin"""
    halt: str = ""
    """why trading is halted; empty: it is not"""
    is_coin_free: bool = True
    rule_trades: int = 0
    """positions and waiting entries of the signal's rule, over all coins"""
    cooled_at: int = 0
    """from when on the rule may trade the coin again"""
    engagements: int = 0
    """positions and waiting entries, over all coins"""
    day_loss_percent: Decimal = ZERO
    """the largest loss of this UTC day that was seen at a signal, in percent of its first equity"""
    coin_value: Decimal = ZERO
    total_value: Decimal = ZERO
    """value of all positions and waiting entries"""
    room_at_stops: Decimal = ZERO
    """account value less maintenance margin if all others were at their stops"""
