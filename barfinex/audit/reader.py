"""The journal's reading side: read-only, beside the writer, never holding a snapshot for long."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from barfinex.audit.chain import COLUMNS
from barfinex.audit.complete import EXTERNAL, KINDS, Completeness, prove
from barfinex.audit.decoding import FIELDS, decode
from barfinex.audit.guard import ask
from barfinex.audit.kinship import family
from barfinex.audit.migrations import check, copy
from barfinex.audit.verification import Verification, soundness, walk
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope, Event

OWN_S = 30.0
PAGE = 2_000  # Rows fetched at a time: a long read transaction would keep the writer from truncating its log.


class Reader:
    """A journal file open for reading, in the thread that opened it.

    Raises:
        BadInput: there is no such file, or it is no journal, is damaged, or comes from a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise BadInput(
                str(path), "does not exist", "Name a journal with --journal; barfinex run makes one."
            )
        self._db = self._connect()
        self._earlier: Reader | None = None
        try:
            check(self._db, path)
            self.first, self._previous, self._file = self._db.execute(
                "select first, previous, file from segment"
            ).fetchone()
        except BadInput:
            self.close()
            raise
        except (sqlite3.Error, UnicodeError) as error:
            self.close()
            reason = f"is not a Barfinex journal, or is damaged ({error})"
            raise BadInput(str(path), reason, "Name another with --journal.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()
        if self._earlier is not None:
            self._earlier.close()

    @property
    def earlier(self) -> Reader | None:
        """The segment before this one; None when this is the first. Raises BadInput when it is not there."""
        if self._earlier is None and self._file:
            place = self.path.with_name(self._file)
            if not place.is_file():
                reason = f"continues {place.name}, which is not beside it"
                raise BadInput(str(self.path), reason, "Put that segment back.")
            self._earlier = Reader(place)
        return self._earlier

    def segments(self) -> list[Reader]:
        """This file and all before it, oldest first."""
        earlier = self.earlier
        return [*(earlier.segments() if earlier else ()), self]

    def envelopes(
        self, *, after: int = 0, until: int | None = None, types: Iterable[type[Event]] | None = None
    ) -> Iterator[Envelope]:
        """Rows with after < seq <= until, of these types, in order: what a module's state is folded from."""
        kinds = None if types is None else sorted(kind.wire_type for kind in types)
        for row in self.rows(FIELDS, after, until, kinds):
            yield decode(row, str(self.path))

    def tail(self, after_seq: int, limit: int) -> list[Envelope]:
        """The next rows, at most `limit`."""
        return [envelope for envelope, _ in zip(self.envelopes(after=after_seq), range(limit), strict=False)]

    def at(self, seq: int) -> Envelope:
        """Raises BadInput when there is no such row."""
        for envelope in self.envelopes(after=seq - 1, until=seq):
            return envelope
        raise BadInput(f"{self.path} row {seq}", "does not exist", "See v_events for the rows there are.")

    def related(self, any_id: str) -> list[Envelope]:
        """All about one trade, fill, order, approval, intent, decision or signal; empty when unknown."""
        rows = {seq for segment in self.segments() for seq in segment.kin(any_id)}
        return [self.at(seq) for seq in sorted(rows)]

    def kin(self, any_id: str) -> list[int]:
        """The rows about this id in this file, and those of earlier ones that they answered."""
        return family(self._db, any_id)

    def beginning(self) -> bytes:
        """The hash of the chain's first row, by which journals are told apart; empty when there is none."""
        if self.earlier:
            return self.earlier.beginning()
        row = self._db.execute("select hash from events where seq = 1").fetchone()
        return b"" if row is None else bytes(row[0])

    def last(self) -> int:
        """The number of the newest row."""
        return int(self._db.execute("select seq from head").fetchone()[0])

    def copy(self, place: Path) -> None:
        """This file as it is now, closed and on the disk.

        Raises:
            sqlite3.Error: there is no room, or the file is damaged.
        """
        copy(self._db, place)

    def runs(self) -> list[dict[str, Any]]:
        """The rows of `v_runs`, oldest first."""
        return self.query("select * from v_runs order by first_seq", OWN_S)

    def span(self, run: str) -> tuple[int, int]:
        """First and last row of a run, by its id (the latest of that id) or `last`. Raises BadInput."""
        for one in reversed(self.runs()):
            if run in ("last", one["run_id"]):
                return int(one["first_seq"]), int(one["last_seq"])
        if self.earlier:
            return self.earlier.span(run)
        if run == "last":
            raise BadInput(str(self.path), "holds no run yet", "Name another journal with --journal.")
        remedy = "See `barfinex audit query 'select * from v_runs'`."
        raise BadInput(f"run {run}", f"is not in {self.path}", remedy)

    def notes(self, run_id: str) -> dict[str, Any]:
        """What was noted of a run's inputs; empty when nothing was."""
        row = self._db.execute("select body from notes where run_id = ?", (run_id,)).fetchone()
        if row is None:
            return self.earlier.notes(run_id) if self.earlier else {}
        return dict(json.loads(row[0]))

    def seq_of_latest(self, wire_type: str, count: int, until: int | None = None) -> int:
        """Where the newest `count` rows of a type up to `until` begin; 0 when there are not so many."""
        sql = "select seq from events where type = ? and seq <= ? order by seq desc limit 1 offset ?"
        last = 2**63 - 1 if until is None else until
        row = self._db.execute(sql, (wire_type, last, count - 1)).fetchone()
        if row is None and self.earlier:
            (here,) = self._db.execute(
                "select count(*) from events where type = ? and seq <= ?", (wire_type, last)
            ).fetchone()
            return self.earlier.seq_of_latest(wire_type, count - here, until)
        return 0 if row is None else int(row[0])

    def query(self, sql: str, seconds: float | None = None) -> list[dict[str, Any]]:
        """The answer to one SELECT over this file; whatever else it tries is refused. Raises BadInput.

        `seconds`: more time than anybody may take, for a question of our own.
        """
        db = self._connect()
        try:
            return ask(db, sql, seconds)
        finally:
            db.close()

    def verify(
        self,
        seals: Mapping[int, str] | None = None,
        *,
        newest_only: bool = False,
        told: Callable[[int], None] = lambda _: None,
    ) -> Verification:
        """Recompute the chain, across all segments or over the newest file alone, and check the file itself.

        `seals`: the sealed heads by row; `told` hears now and then how far it is.

        Raises:
            BadInput: an earlier segment is not where it should be.
        """
        seals = seals or {}
        earlier = None if newest_only else self.earlier
        before = None
        if earlier is not None:
            before = earlier.verify({seq: head for seq, head in seals.items() if seq < self.first}, told=told)
            if not before.ok:
                return before
        own = {seq: head for seq, head in seals.items() if seq >= self.first - 1}
        last = self._db.execute("select seq, hash from head").fetchone() or (self.first, b"")
        rows = self._own(f"{', '.join(COLUMNS)}, hash", -(2**63), None, None)
        found = walk(rows, self.first, self._previous, last, own, told)
        if found.ok and before is not None:
            if before.head != self._previous.hex():
                return replace(
                    found, ok=False, broken_seq=self.first, reason="it does not follow the segment before"
                )
            found = replace(found, rows=found.rows + before.rows, sealed=found.sealed or before.sealed)
        if found.ok:
            reason = self._sound()
            if reason is not None:
                return replace(found, ok=False, broken_seq=None, reason=reason)
        return found

    def _sound(self) -> str | None:
        try:
            return soundness(self._db)
        except (sqlite3.DatabaseError, UnicodeError) as error:
            return f"the file is damaged: {error}"

    def complete(self) -> Completeness:
        """Follow every fill back to its signal and every signal to its end."""
        return prove(row for segment in self.segments() for row in segment.bonds())

    def bonds(self) -> Iterator[tuple[Any, ...]]:
        """What the proof of completeness is made of: seq, run_id, type, known_at and body, of this file."""
        kinds = f"(type in ({', '.join('?' * len(KINDS))}) or type glob '{EXTERNAL}*')"
        fields = "seq, run_id, type, known_at, body"
        sql = f"select {fields} from events where seq > ? and {kinds} order by seq limit {PAGE}"
        return self._paged(sql, 0, KINDS)

    def export(self, out: Path) -> int:
        """Write every row to a `.jsonl` or `.csv` file; returns how many. Raises BadInput."""
        if out.suffix not in (".jsonl", ".csv"):
            raise BadInput(str(out), "is neither .jsonl nor .csv", "Name the file so.")
        count, names = 0, [*COLUMNS, "took_us"]
        try:
            with out.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                if out.suffix == ".csv":
                    writer.writerow(names)
                for row in self.rows(FIELDS, 0, None, None):
                    count += 1
                    if out.suffix == ".csv":
                        writer.writerow(row)
                    else:
                        record = dict(zip(names, row, strict=True)) | {"body": json.loads(row[9])}
                        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            raise BadInput(str(out), f"cannot be written ({error.strerror})", "Name another file.") from error
        return count

    def _connect(self) -> sqlite3.Connection:
        address = f"file:{quote(str(self.path.resolve()))}?mode=ro"
        return sqlite3.connect(address, uri=True, isolation_level=None)

    def rows(
        self, fields: str, after: int, until: int | None, kinds: list[str] | None
    ) -> Iterator[tuple[Any, ...]]:
        """The `fields` of rows with after < seq <= until, of these kinds, from all segments that hold any."""
        if after + 1 < self.first and self.earlier:
            yield from self.earlier.rows(fields, after, until, kinds)
        yield from self._own(fields, after, until, kinds)

    def _own(
        self, fields: str, after: int, until: int | None, kinds: list[str] | None
    ) -> Iterator[tuple[Any, ...]]:
        where = "" if kinds is None else f"and type in ({', '.join('?' * len(kinds))})"
        end = 2**63 - 1 if until is None else until
        sql = f"select {fields} from events where seq > ? and seq <= ? {where} order by seq limit {PAGE}"
        return self._paged(sql, after, (end, *(kinds or ())))

    def _paged(self, sql: str, after: int, values: tuple[object, ...]) -> Iterator[tuple[Any, ...]]:
        """A statement's whole answer; its first value is the seq to go on after, its first column the seq."""
        while page := self._fetch(sql, (after, *values)):
            yield from page
            after = page[-1][0]

    def _fetch(self, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except (sqlite3.DatabaseError, UnicodeError) as error:
            raise BadInput(str(self.path), f"is damaged ({error})", "Restore it from a copy.") from error
