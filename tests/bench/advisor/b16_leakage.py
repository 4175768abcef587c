"""B16: does each leakage trap spring, and would its probe see a leak?"""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.advisor.figure import Figure
from tests.bench.advisor.traps import TRAPS


def figures() -> Iterator[Figure]:
    for trap in TRAPS:
        what = (trap.__doc__ or "").rstrip(".")
        yield Figure("B16", what, float(trap(True)), "== 1")
        yield Figure("B16", f"{trap.__name__}, without its guard", float(trap(False)), "== 1", control=True)
