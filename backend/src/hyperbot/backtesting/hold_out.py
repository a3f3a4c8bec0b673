"""What locked hold-outs leave of a span of time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from hyperbot.backtesting.trials import HoldOut
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import Timeframe


def same_coin(one: str, other: str) -> bool:
    """Whether two names are one coin's, however files spell them."""
    return one.casefold() == other.casefold()


def overlap(one: HoldOut, other: HoldOut) -> bool:
    """Whether there is time of one coin that lies in both."""
    return (
        same_coin(one.coin, other.coin)
        and (other.until is None or one.since < other.until)
        and (one.until is None or other.since < one.until)
    )


def allowed_until(
    hold_outs: Iterable[HoldOut], coins: Collection[str], since: int, until: int
) -> tuple[int, tuple[HoldOut, ...]]:
    """The end of [since, until) that no locked hold-out of the coins is looked into, and by which
    of them it was moved.

    Time after a hold-out is not played either: what happens there tells of what happened in it.
    Raises InvalidInput when nothing is left.
    """
    clipping = tuple(
        each
        for each in hold_outs
        if any(same_coin(each.coin, coin) for coin in coins)
        and each.since < until
        and (each.until is None or since < each.until)
    )
    end = min((each.since for each in clipping), default=until)
    if end <= since and clipping:
        first = min(clipping, key=lambda each: each.since)
        raise InvalidInput(
            f"nothing may be played from {written(since)} on: {written(first)} is a locked "
            f"hold-out. Begin before it, or open it once for the rules that are final"
        )
    return end, clipping


def ends_before(
    hold_outs: Sequence[HoldOut], coins: Collection[str], span: tuple[int, int], base: Timeframe
) -> tuple[int, tuple[HoldOut, ...]]:
    """The same for candles of a timeframe: none that is played ends within a locked hold-out."""
    until, clipping = allowed_until(hold_outs, coins, *span)
    if clipping:
        until -= (until - base.origin_ms) % base.ms
    if until <= span[0]:
        raise InvalidInput(
            f"nothing may be played from {written(span[0])} on: no {base} candle ends before the"
            " locked hold-out. Begin earlier, or open it once for the rules that are final"
        )
    return until, clipping


def written(what: HoldOut | int) -> str:
    """As sentences name a hold-out, or a moment in ms (UTC)."""
    if isinstance(what, int):
        return datetime.fromtimestamp(what / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    until = "" if what.until is None else f" to {written(what.until)}"
    return f"{what.coin} from {written(what.since)}{until}"
