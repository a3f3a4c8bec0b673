"""backtesting: candles and rules in, trades and what they say out."""
