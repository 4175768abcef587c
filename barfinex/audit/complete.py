"""Is every fill somebody's decision? Fill, order, approval, intent and signal, followed in both directions.

Upwards everything must have its cause, before it and fitting it. Downwards everything must have been
answered, unless the run ended first: who answers takes questions in order, so an answer to a later one proves
that the earlier was lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from msgspec import MsgspecError

from barfinex.audit.bonds import Bonds, Orphan
from barfinex.audit.records import DECODERS

EXTERNAL = "provider.external_"
KINDS = (*DECODERS, "kernel.run_started")
LISTED_MAX = 1_000  # Of each list; the counts say how many there are.

Asked = tuple[int, str, str, int, str]  # seq, run_id, type, known_at, body: what of a row this reads.


@dataclass(slots=True)
class Completeness:
    """The proof, or what it breaks on: `orphans` have no cause or no answer, `unfinished` were cut short by
    the end of their run, `external` orders and positions are not of our making."""

    counts: dict[str, int] = field(default_factory=dict)
    orphans: list[Orphan] = field(default_factory=list)
    unfinished: list[Orphan] = field(default_factory=list)
    external: list[Orphan] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.orphans

    def report(self) -> dict[str, Any]:
        """JSON-ready; each list shows its first LISTED_MAX."""
        lists = {"orphans": self.orphans, "unfinished": self.unfinished, "external": self.external}
        shown = {name: [one._asdict() for one in found[:LISTED_MAX]] for name, found in lists.items()}
        found = {f"{name}_found": len(them) for name, them in lists.items()}
        return {"ok": self.ok, **self.counts, **found, **shown}


def prove(rows: Iterable[Asked]) -> Completeness:
    """One pass over the rows of KINDS and of external things, in order."""
    bonds = Bonds()
    for seq, run_id, kind, known_at, body in rows:
        bonds.at(seq, run_id, kind, known_at)
        if kind.startswith(EXTERNAL):
            bonds.adopt(body)
        elif kind in DECODERS:
            try:
                bonds.take(DECODERS[kind].decode(body))
            except MsgspecError as error:
                bonds.orphan("", "up", f"its body cannot be read: {error}")
    bonds.close()
    found = sorted(bonds.orphans, key=lambda one: one.seq)
    return Completeness(bonds.counts, found, bonds.unfinished, bonds.external)
