"""The why-not ledger: every signal that was stopped, by what, how narrowly, and what came of it."""

from __future__ import annotations

from collections import OrderedDict
from math import isfinite

from msgspec.structs import replace

from barfinex.advisor.value.gates import GateValue, Stopped, gate_value, margin, number
from barfinex.domain.value import Value

ENTRIES_MAX = 100_000
NAMES_MAX = 512
REASONS_MAX = 64
"""Codes of one decision; the Inspector names every breach."""


class Entry(Value, frozen=True):
    """One reason for one signal; `margin` is relative and below zero under the limit, `r` the outcome it
    would have had, None until it is known."""

    decision_id: str
    stage: str
    code: str
    value: float | None
    limit: float | None
    margin: float | None
    r: float | None = None


class Ledger:
    """Folds refusals and, later, their outcomes in the shadow.

    Of more than `entries_max` entries those of the oldest decision are forgotten: they leave the list, and an
    outcome that comes later is not counted (`forgotten` counts those decisions). Sums are running sums, so
    what was counted stays counted. A signal counts once per code and once per stage, whatever the number of
    reasons. Telling it the same twice changes nothing.
    """

    def __init__(self, entries_max: int = ENTRIES_MAX) -> None:
        if entries_max < REASONS_MAX:
            raise ValueError(f"entries_max {entries_max}: a single decision may have {REASONS_MAX}")
        self._max, self._count = entries_max, 0
        self._decisions = OrderedDict[str, tuple[Entry, ...]]()  # A dict looks long for its oldest.
        self._codes: dict[str, Stopped] = {}
        self._stages: dict[str, Stopped] = {}
        self._all = Stopped()
        self.forgotten = 0

    def refuse(self, decision_id: str, stage: str, code: str, value: object, limit: object) -> Entry | None:
        """A signal was declined, or refused; the entry, or None when it is in already.

        `value` and `limit` are as the event says them, numbers or words.

        Raises:
            ValueError: one code or stage too many: they come from a closed list.
        """
        entries = self._decisions.get(decision_id, ())
        settled = bool(entries) and entries[0].r is not None
        if settled or len(entries) >= REASONS_MAX or any(code == one.code for one in entries):
            return None
        for names, name in ((self._codes, code), (self._stages, stage)):
            if name not in names and len(names) >= NAMES_MAX:
                raise ValueError(f"{name}: more than {NAMES_MAX} names; give a code, not a sentence")
        seen, bound = number(value), number(limit)
        entry = Entry(decision_id, stage, code, seen, bound, margin(seen, bound))
        self._codes[code] = self._codes.get(code, Stopped()).refuse()
        if all(stage != one.stage for one in entries):
            self._stages[stage] = self._stages.get(stage, Stopped()).refuse()
        if not entries:
            self._all = self._all.refuse()
        self._decisions[decision_id] = (*entries, entry)
        self._count += 1
        if self._count > self._max:
            self._forget()
        return entry

    def settle(self, decision_id: str, r: float, weight: float = 1.0) -> tuple[Entry, ...]:
        """What a stopped signal would have made, in R net, and how unique that is among what overlaps it; its
        entries, none when it is unknown or settled.

        Raises:
            ValueError: `r` is not finite, or the weight is not in [0, 1].
        """
        if not isfinite(r):
            raise ValueError(f"r {r} of {decision_id}: settle with a finite outcome, or leave it open")
        if not 0.0 <= weight <= 1.0:
            raise ValueError(f"weight {weight} of {decision_id}: give the outcome's uniqueness, in [0, 1]")
        entries = self._decisions.get(decision_id, ())
        if not entries or entries[0].r is not None:
            return ()
        for code in {one.code for one in entries}:
            self._codes[code] = self._codes[code].settle(r, weight)
        for stage in {one.stage for one in entries}:
            self._stages[stage] = self._stages[stage].settle(r, weight)
        self._all = self._all.settle(r, weight)
        self._decisions[decision_id] = done = tuple(replace(one, r=r) for one in entries)
        return done

    def why(self, decision_id: str) -> tuple[Entry, ...]:
        """Every reason a signal was stopped for."""
        return self._decisions.get(decision_id, ())

    def by_code(self) -> tuple[GateValue, ...]:
        """What each code saved, in the order of their names."""
        return tuple(gate_value(name, self._codes[name]) for name in sorted(self._codes))

    def by_stage(self) -> tuple[GateValue, ...]:
        """What each stage is worth against none: without it, what it stopped would have been traded."""
        return tuple(gate_value(name, self._stages[name]) for name in sorted(self._stages))

    def overall(self) -> GateValue:
        """Every stopped signal once, whatever stopped it."""
        return gate_value("all", self._all)

    def _forget(self) -> None:
        _, entries = self._decisions.popitem(last=False)
        self._count -= len(entries)
        self.forgotten += entries[0].r is None
