"""What the Provider keeps on disk: the simulated exchange, and candles."""
