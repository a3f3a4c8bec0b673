"""The books of an account: every amount that ever changed its cash."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple, get_args

from hyperbot.domain.money import ZERO

LineKind = Literal["start", "realised", "fee", "funding", "liquidation"]


class LedgerLine(NamedTuple):
    """One change of the cash, in quote units: positive was received."""

    at: int
    """ms UTC; 0 for the start"""
    coin: str
    """empty for the start"""
    kind: LineKind
    """realised: result of a fill before its fee; liquidation: collateral forfeited"""
    amount: Decimal


class Ledger:
    """Lines in the order in which they were booked. The cash is their sum."""

    def __init__(self, cash: Decimal) -> None:
        self.lines: list[LedgerLine] = [LedgerLine(0, "", "start", cash)]
        self.cash = cash
        self.totals: dict[LineKind, Decimal] = dict.fromkeys(get_args(LineKind), ZERO)
        self.totals["start"] = cash

    def book(self, line: LedgerLine) -> None:
        """Add a line; one of nothing is left out."""
        if line.amount:
            self.lines.append(line)
            self.totals[line.kind] += line.amount
            self.cash += line.amount
