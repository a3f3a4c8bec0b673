"""`hyperbot candles`: candles into the store, and what lies there."""

from __future__ import annotations

import click

from hyperbot.cli.main import LazyGroup

COMMANDS = {
    "import": (
        "hyperbot.cli.candles_import:import_candles",
        "Check candle files and take them into the store.",
    ),
    "download": (
        "hyperbot.cli.candles_download:download",
        "Download candles from Hyperliquid's public API.",
    ),
    "list": ("hyperbot.cli.candles_list:list_candles", "List what the store holds."),
    "synthesize": (
        "hyperbot.cli.candles_synthesize:synthesize",
        "Make seeded, synthetic candles for a machine without network.",
    ),
}


@click.group(cls=LazyGroup, commands_in=COMMANDS)
def candles() -> None:
    """Import, download, list and synthesize candles."""
