"""Composition: which parts make a run, and how they start, fail and stop."""
