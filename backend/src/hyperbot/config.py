"""What hyperbot is told by its environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:
    from hyperbot.storage.database_address import DatabaseAddress

DATABASE_URL, REDIS_URL = "HYPERBOT_DATABASE_URL", "HYPERBOT_REDIS_URL"
HYPERLIQUID_URLS = {
    "mainnet": "https://api.hyperliquid.xyz",
    "testnet": "https://api.hyperliquid-testnet.xyz",
}


def data_directory() -> Path:
    """Where candles and results live: HYPERBOT_DATA_DIR, or the platform's place for user data."""
    if chosen := os.environ.get("HYPERBOT_DATA_DIR"):
        return Path(chosen).expanduser()
    import platformdirs  # noqa: PLC0415 - only needed when nothing was chosen

    return Path(platformdirs.user_data_dir("hyperbot", appauthor=False))


def cache_directory() -> Path:
    """Where what can be made again lives: HYPERBOT_CACHE_DIR, or the platform's cache folder."""
    if chosen := os.environ.get("HYPERBOT_CACHE_DIR"):
        return Path(chosen).expanduser()
    import platformdirs  # noqa: PLC0415 - only needed when nothing was chosen

    return Path(platformdirs.user_cache_dir("hyperbot", appauthor=False))


def system_directory() -> Path:
    """Where root's servers keep what an unprivileged user must reach: HYPERBOT_SYSTEM_DIR."""
    return Path(os.environ.get("HYPERBOT_SYSTEM_DIR") or "/var/lib/hyperbot")


def database_address() -> DatabaseAddress | None:
    """HYPERBOT_DATABASE_URL: the PostgreSQL to use instead of our own.

    Raises InvalidInput when the variable holds no such address; a password is not repeated.
    """
    chosen = os.environ.get(DATABASE_URL)
    if not chosen:
        return None
    from hyperbot.storage.database_address import DatabaseAddress  # noqa: PLC0415 - seldom needed

    address = DatabaseAddress.parse(chosen)
    if address is None:
        raise InvalidInput(
            f"{DATABASE_URL} must be an address such as postgresql://user:password@host:5432/name"
        )
    return address


def redis_url() -> str | None:
    """HYPERBOT_REDIS_URL: the Redis or Valkey to use instead of our own.

    Raises InvalidInput when the variable holds no such address; a password is not repeated.
    """
    chosen = os.environ.get(REDIS_URL)
    if not chosen:
        return None
    try:
        parts = urlsplit(chosen)
        is_usable = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise InvalidInput(f"{REDIS_URL} must be an address such as redis://:password@host:6379/0")
    return chosen


def hyperliquid_url(network: str) -> str:
    """Where Hyperliquid's API is: HYPERBOT_HYPERLIQUID_URL, or the address of `network`.

    Raises InvalidInput when the variable holds no http or https address.
    """
    chosen = os.environ.get("HYPERBOT_HYPERLIQUID_URL")
    if not chosen:
        return HYPERLIQUID_URLS[network]
    try:
        parts = urlsplit(chosen)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise InvalidInput(
            f"HYPERBOT_HYPERLIQUID_URL is {chosen!r}: it must be an address such as "
            f"{HYPERLIQUID_URLS['mainnet']}"
        )
    return chosen
