"""detection: closed candles in, named facts out. Pure."""
