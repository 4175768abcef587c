"""The state of the market, filtered from closed candles: never smoothed, the same whatever the blocks."""
