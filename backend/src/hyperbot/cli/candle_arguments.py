"""How coins, moments and lengths are written on a command line, and read strictly."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hyperbot.domain.errors import InvalidInput

_COIN = re.compile(r"[A-Za-z0-9@#][A-Za-z0-9:/_.-]{0,39}")


def read_coins(text: str) -> list[str]:
    """`BTC,ETH` → [`BTC`, `ETH`], each once, in the order given. Raises InvalidInput."""
    coins = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not coins:
        raise InvalidInput("--coins names no coin: write for example --coins BTC,ETH")
    for coin in coins:
        if not _COIN.fullmatch(coin):
            raise InvalidInput(f"--coins holds {coin[:40]!r}, which is not a coin such as BTC")
    return coins


def read_moment(option: str, text: str) -> int:
    """`2025-01-01` or `2025-01-01T12:30` (UTC unless it says otherwise) → ms since the epoch.

    Raises InvalidInput, naming the option.
    """
    from hyperbot.domain.market import LATEST_TS  # noqa: PLC0415 - numpy

    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInput(
            f"{option} {text[:40]!r} is not a date such as 2025-01-01 or 2025-01-01T12:30"
        ) from error
    try:
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        moment_ms = int(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        moment_ms = -1
    if not 0 <= moment_ms < LATEST_TS:
        raise InvalidInput(f"{option} {text[:40]} must lie between the years 1970 and 2200")
    return moment_ms


def write_moment(moment_ms: int | None) -> str:
    """Milliseconds since the epoch → `2025-01-01 00:00`, UTC; nothing → `-`."""
    if moment_ms is None:
        return "-"
    return datetime.fromtimestamp(moment_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
