"""storage: what survives a restart: candles on disk."""
