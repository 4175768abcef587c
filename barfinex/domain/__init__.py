"""Nouns: pure, synchronous, total; no I/O."""
