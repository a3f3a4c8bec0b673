"""A position and its plan in, the slices of its targets out: legal orders that add up exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.instruments import MINIMUM_NOTIONAL, PRICE_DECIMALS, Instrument
from hyperbot.domain.money import ZERO
from hyperbot.domain.rule_trades import Then
from hyperbot.domain.signals import Signal

_BY_STRENGTH: tuple[Then, ...] = ("none", "breakeven", "trail")


class Opened(NamedTuple):
    """A position whose entry is done."""

    size: Decimal
    price: Decimal
    """mean of the entry fills"""
    stop: Decimal
    """the first stop"""


class Slice(NamedTuple):
    """A part of the position that is closed at a target."""

    number: int
    """of the target in the plan, from 1"""
    size: Decimal
    price: Decimal
    then: Then


class _Rung(NamedTuple):
    number: int
    price: Decimal
    share: Decimal
    then: Then


def slices(signal: Signal, instrument: Instrument, opened: Opened) -> tuple[Slice, ...]:
    """The slices by distance from the entry; none if no target lies beyond the entry.

    A slice that is too small to be an order goes to the next one, the last to the one before. What
    is merged has the number of the target whose price it has.
    """
    rungs = _merged_rungs(_rungs(signal, instrument, opened))
    if not rungs:
        return ()
    found: list[Slice] = []
    size, left = ZERO, opened.size
    for rung in rungs[:-1]:
        size += instrument.round_size(opened.size * rung.share)
        if size * rung.price >= MINIMUM_NOTIONAL:
            found.append(Slice(rung.number, size, rung.price, rung.then))
            left -= size
            size = ZERO
    last = rungs[-1]
    if found and left * last.price < MINIMUM_NOTIONAL:
        found[-1] = found[-1]._replace(size=found[-1].size + left)
    else:
        found.append(Slice(last.number, left, last.price, last.then))
    return tuple(found)


def _rungs(signal: Signal, instrument: Instrument, opened: Opened) -> list[_Rung]:
    """One for each target. One that is at a level only, when price has gapped over the level, joins
    the one before it.
    """
    level = _level(signal, instrument, opened.price)
    rungs: list[_Rung] = []
    share = ZERO
    for number, target in enumerate(signal.plan.targets, 1):
        share += target.share
        price = level
        if target.r is not None:
            distance = target.r * abs(opened.price - opened.stop)
            price = _price(signal.side, instrument, opened.price, distance)
            if level is not None and signal.side * (price - level) > 0:
                price = level
        if price is not None:
            rungs.append(_Rung(number, price, share, target.then))
            share = ZERO
    if rungs and share:
        rungs[-1] = rungs[-1]._replace(share=rungs[-1].share + share)
    return rungs


def _level(signal: Signal, instrument: Instrument, entry: Decimal) -> Decimal | None:
    level = signal.last_level
    if level is None or level <= 0:
        return None
    level = instrument.round_price(level, -signal.side)
    return level if signal.side * (level - entry) > 0 else None


def _price(side: int, instrument: Instrument, entry: Decimal, distance: Decimal) -> Decimal:
    """The legal price at or before the distance, but always beyond the entry and above 0."""
    exact = entry + side * distance
    lowest = Decimal(1).scaleb(instrument.size_decimals - PRICE_DECIMALS)
    if exact < lowest:  # a short whose target is below zero: as far as prices go
        return lowest
    price = instrument.round_price(exact, -side)
    if side * (price - entry) > 0:
        return price
    return max(lowest, instrument.round_price(entry + side * instrument.tick(entry), side))


def _merged_rungs(rungs: list[_Rung]) -> list[_Rung]:
    merged: list[_Rung] = []
    for rung in rungs:
        if merged and merged[-1].price == rung.price:
            before = merged.pop()
            then = max(before.then, rung.then, key=_BY_STRENGTH.index)
            merged.append(rung._replace(share=before.share + rung.share, then=then))
        else:
            merged.append(rung)
    return merged
