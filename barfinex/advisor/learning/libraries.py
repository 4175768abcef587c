"""The libraries that take a second to import: at the start of a run in real time, not in the middle of a
decision."""

from __future__ import annotations

from importlib import import_module

HEAVY = ("scipy.signal", "scipy.optimize", "scipy.stats", "scipy.special", "sklearn.mixture")


BOOSTED = ("sklearn.ensemble",)


def load(boosted: bool) -> None:
    """Import them now; with those of the trees, where they are asked for."""
    for name in (*HEAVY, *(BOOSTED if boosted else ())):
        import_module(name)
