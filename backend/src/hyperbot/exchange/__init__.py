"""exchange: where candles come from and orders go."""
