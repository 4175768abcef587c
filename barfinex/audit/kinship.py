"""Which rows belong to one decision: those with its hash, what they answered, and what followed from them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable

# `"id":"sig-0123456789abcdef"`, `"order_id":"ord-0123456789abcdef-e"`; a venue may call a fill anything. Only
# what stands in a field for ids counts: a policy that names the position in its way is about another one.
_ID = re.compile(r'id":"(?:sig|dec|int|trd|ord|apr)-([0-9A-Za-z]+)[^"]*"')
_ROUNDS_MAX = 4  # An exit's own signal brings its hash in; nothing reaches further.
_PARAMETERS_MAX = 900


def family(db: sqlite3.Connection, any_id: str) -> list[int]:
    """The numbers of all rows that belong to this id, in order; empty when nobody knows it."""
    rows = _containing(db, [f'id":{json.dumps(any_id, ensure_ascii=False)}'])
    hashes = _hashes(rows.values())
    for _ in range(_ROUNDS_MAX):
        named = _containing(db, [f"-{part}" for part in sorted(hashes)])
        rows |= {seq: body for seq, body in named.items() if _hashes([body]) & hashes}
        found = _hashes(rows.values())
        if found == hashes:
            break
        hashes = found
    return sorted(_causes(db, rows.keys()) | _consequences(db, rows.keys(), hashes))


def _containing(db: sqlite3.Connection, texts: list[str]) -> dict[int, str]:
    if not texts:
        return {}
    where = " or ".join("instr(body, ?)" for _ in texts)
    where = f"type not in ('provider.candles_closed', 'provider.account_reconciled') and ({where})"
    return dict(db.execute(f"select seq, body from events where {where}", texts))


def _hashes(bodies: Iterable[str]) -> set[str]:
    return {part for body in bodies for part in _ID.findall(body)}


def _causes(db: sqlite3.Connection, seqs: Iterable[int]) -> set[int]:
    """These rows and what they answered, back to the beginning."""
    known, fresh = set[int](), set(seqs)
    while fresh:
        known |= fresh
        fresh = {seq for seq in _select(db, "causation", "seq", fresh) if seq} - known
    return known


def _consequences(db: sqlite3.Connection, seqs: Iterable[int], hashes: set[str]) -> set[int]:
    """What followed from these rows and names no other decision, such as the account's new equity."""
    known = set(seqs)
    groups = set(_select(db, "correlation", "seq", known))
    for group in sorted(groups):
        sql = "select seq, causation, body from events where correlation = ? order by seq"
        members = db.execute(sql, (group,))
        for seq, causation, body in members:
            if causation in known and _hashes([body]) <= hashes:
                known.add(seq)
    return known


def _select(db: sqlite3.Connection, column: str, key: str, values: Iterable[int]) -> list[int]:
    given = sorted(values)
    found: list[int] = []
    for at in range(0, len(given), _PARAMETERS_MAX):
        part = given[at : at + _PARAMETERS_MAX]
        marks = ", ".join("?" * len(part))
        found += [row[0] for row in db.execute(f"select {column} from events where {key} in ({marks})", part)]
    return found
