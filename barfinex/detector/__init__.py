"""Strategies at work: conditions become scores, scores become signals; never orders."""
