"""Who decides what strikes: counts matches, watches windows of time, and draws from one seeded generator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from numpy.random import PCG64, Generator

from barfinex.domain.order import OrderRequest
from barfinex.provider.venues.faults.script import At, Do, Fault, Step, When


class Struck(NamedTuple):
    """A fault's step that applies now. `told`: it is worth an event; of one without end only the first is."""

    fault: Fault
    do: Do
    told: bool


class _Armed:
    """One step and how often it has matched and struck."""

    def __init__(self, fault: Fault, step: Step) -> None:
        self.fault, self.step = fault, step
        self.matched = self.struck = self.since = 0


def _matches(when: When, at: At, request: OrderRequest | None, report: str | None) -> bool:
    if when.at is not at or when.report not in (None, report):
        return False
    if request is None:
        return when.purpose is None and when.type is None
    return when.purpose in (None, request.purpose) and when.type in (None, request.type)


class Director:
    """The same seed and the same calls give the same faults."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self.faults = tuple(faults)
        self.chance = Generator(PCG64(seed))
        self._armed = [_Armed(fault, step) for fault in faults for step in fault.script]
        self._began: int | None = None

    def strikes(
        self, at: At, request: OrderRequest | None, now: int, report: str | None = None
    ) -> Iterator[Struck]:
        """What strikes at this point, in the order of the scripts; `request` is the order it is about."""
        if self._began is None:
            self._began = now
        for armed in self._armed:
            if _matches(armed.step.when, at, request, report) and self._applies(armed, now):
                armed.struck += 1
                if armed.struck == 1:
                    armed.since = now
                yield Struck(armed.fault, armed.step.do, bool(armed.step.when.times) or armed.struck == 1)

    def _applies(self, armed: _Armed, now: int) -> bool:
        assert self._began is not None
        when, passed = armed.step.when, now - self._began
        if passed < when.from_ms or (when.until_ms is not None and passed > when.until_ms):
            return False
        armed.matched += 1
        if armed.matched < when.nth or (when.times and armed.struck >= when.times):
            return False
        if armed.struck and when.lasts_ms is not None and now - armed.since > when.lasts_ms:
            return False
        return when.chance >= 1.0 or float(self.chance.random()) < when.chance

    def upto(self, most: int) -> int:
        """A whole number from 0 to `most`."""
        return int(self.chance.integers(0, most, endpoint=True))

    def shuffled(self, count: int) -> list[int]:
        return [int(at) for at in self.chance.permutation(count)]

    def heal(self) -> None:
        """Nothing strikes any more."""
        self._armed.clear()
