"""What hyperbot is told by its environment."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from hyperbot.domain.errors import InvalidInput

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
