"""Barfinex: an operating system for AI-driven trading, in one process, on your own machine."""

__version__ = "0.1.0"
