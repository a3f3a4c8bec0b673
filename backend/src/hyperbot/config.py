"""What hyperbot is told by its environment."""

from __future__ import annotations

import os
from pathlib import Path


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
