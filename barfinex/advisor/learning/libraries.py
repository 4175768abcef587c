"""The libraries that take a second to import: at the start of a run in real time, not in the middle of a
decision."""

from __future__ import annotations

from importlib import import_module

HEAVY = ("scipy.signal", "scipy.optimize", "scipy.stats", "scipy.special", "sklearn.mixture")


def load() -> None:
    """Import them now."""
    for name in HEAVY:
        import_module(name)
