"""cli: words on a command line in, the rest of hyperbot to work, readable answers out."""

from hyperbot.cli.main import main

__all__ = ["main"]
