"""hyperbot: a trader's teaching material in, tested, explained and protected trades out."""

__version__ = "0.1.0"
