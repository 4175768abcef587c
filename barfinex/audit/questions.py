"""What somebody had to answer, and whether it was lost or only cut short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

# Who answers what, and what a missing answer is called.
_ANSWERS = {
    "decide": ("advisor", "neither an intent nor a decline answers this signal"),
    "judge": ("inspector", "no verdict answers this intent"),
    "send": ("provider", "no order was sent on this approval, and none was rejected"),
    "settle": ("provider", "nothing was heard of this order"),
    "open": ("inspector", "no position was opened by this fill"),
    "close": ("inspector", "the position is flat and its trade was not closed"),
}


class Unanswered(NamedTuple):
    """A question without an answer; `cut_short`: its run ended, or who answers failed, before it was due."""

    seq: int
    kind: str
    name: str
    why: str
    cut_short: bool


class _Asked(NamedTuple):
    seq: int
    kind: str
    run: int
    until: int
    survives: bool


class Questions:
    """By kind and id. `until`: ms UTC by which the answer was due, 0 when only its order tells; `survives`:
    the next run answers it too."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Asked] = {}
        self._latest: dict[tuple[str, int], int] = {}  # By kind and run: the newest question answered.
        self._failed: dict[tuple[str, int], int] = {}  # By module and run: when it last failed.
        self._ends: dict[int, int] = {}  # By run: its last `known_at`.
        self._seq, self._run, self._run_id = 0, 0, ""

    def at(self, seq: int, run_id: str, known_at: int) -> None:
        if run_id != self._run_id:
            self._run_id, self._run = run_id, self._run + 1
        self._seq = seq
        self._ends[self._run] = max(known_at, self._ends.get(self._run, 0))

    def ask(self, kind: str, name: str, event: str, *, until: int = 0, survives: bool = False) -> None:
        self._open.setdefault((kind, name), _Asked(self._seq, event, self._run, until, survives))

    def answer(self, kind: str, name: str) -> bool:
        """Whether it was asked and open."""
        asked = self._open.pop((kind, name), None)
        if asked is None:
            return False
        for run in {asked.run, self._run}:
            self._latest[kind, run] = max(asked.seq, self._latest.get((kind, run), 0))
        return True

    def withdraw(self, kind: str, name: str) -> None:
        """It need not be answered any more."""
        self._open.pop((kind, name), None)

    def fail(self, module: str) -> None:
        """What this module was asked before may be lost with it."""
        self._failed[module, self._run] = self._seq

    def unanswered(self) -> Iterator[Unanswered]:
        for (kind, name), asked in self._open.items():
            module, why = _ANSWERS[kind]
            yield Unanswered(asked.seq, asked.kind, name, why, self._is_cut_short(kind, module, asked))

    def _is_cut_short(self, kind: str, module: str, asked: _Asked) -> bool:
        if asked.until:
            return self._ends[asked.run] <= asked.until
        if self._failed.get((module, asked.run), 0) > asked.seq:
            return True
        runs = range(asked.run, self._run + 1) if asked.survives else (asked.run,)
        return all(self._latest.get((kind, run), 0) < asked.seq for run in runs)
