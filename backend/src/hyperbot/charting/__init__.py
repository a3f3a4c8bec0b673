"""charting: candles and facts in, one self-contained page out. Pure."""
