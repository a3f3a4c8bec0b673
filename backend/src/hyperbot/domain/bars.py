"""A candle as a simulated exchange trades it."""

from __future__ import annotations

from typing import NamedTuple

from hyperbot.domain.costs import Liquidity


class Bar(NamedTuple):
    """Prices of a candle, and how liquid the market was before it opened."""

    ts: int
    """open time, ms UTC"""
    open: float
    high: float
    low: float
    close: float
    liquidity: Liquidity


class Reach(NamedTuple):
    """What must happen in a market before its simulated orders can do anything.

    A candle with a low at or below `below`, or a high at or above `above`; or the next one.
    """

    below: float
    above: float
    at_next: bool = False
    """an order waits for the next open"""


NOTHING_WAITS = Reach(float("-inf"), float("inf"))
