"""What locked hold-outs leave of a span of time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from hyperbot.backtesting.trials import HoldOut
from hyperbot.domain.errors import InvalidInput


def overlap(one: HoldOut, other: HoldOut) -> bool:
    """Whether there is time of one venue and coin that lies in both."""
    return (
        (one.venue, one.coin) == (other.venue, other.coin)
        and (other.until is None or one.since < other.until)
        and (one.until is None or other.since < one.until)
    )


def allowed_until(
    hold_outs: Iterable[HoldOut], coins: Collection[str], venue: str, since: int, until: int
) -> tuple[int, tuple[HoldOut, ...]]:
    """The end of [since, until) that no locked hold-out of the coins is looked into, and by which
    of them it was moved.

    Time after a hold-out is not played either: what happens there tells of what happened in it.
    Raises InvalidInput when nothing is left.
    """
    clipping = tuple(
        each
        for each in hold_outs
        if each.venue == venue
        and each.coin in coins
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


def written(what: HoldOut | int) -> str:
    """As sentences name a hold-out, or a moment in ms (UTC)."""
    if isinstance(what, int):
        return datetime.fromtimestamp(what / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    until = "" if what.until is None else f" to {written(what.until)}"
    return f"{what.coin} ({what.venue}) from {written(what.since)}{until}"
