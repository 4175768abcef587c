"""The journal's reading side: read-only, beside the writer, never holding a snapshot for long."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from barfinex.audit.chain import COLUMNS, GENESIS, link
from barfinex.audit.complete import EXTERNAL, KINDS, Completeness, prove
from barfinex.audit.decoding import FIELDS, decode, hashed
from barfinex.audit.guard import ask
from barfinex.audit.kinship import family
from barfinex.audit.migrations import check
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope, Event

PAGE = 2_000  # Rows fetched at a time: a long read transaction would keep the writer from truncating its log.


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds, or the first row that does not fit and why; `head` is the last good hash."""

    ok: bool
    rows: int
    broken_seq: int | None
    reason: str
    head: str


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
        try:
            check(self._db, path)
        except BadInput:
            self.close()
            raise
        except sqlite3.Error as error:
            self.close()
            reason = f"is not a Barfinex journal, or is damaged ({error})"
            raise BadInput(str(path), reason, "Name another with --journal.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def envelopes(
        self, *, after: int = 0, until: int | None = None, types: Iterable[type[Event]] | None = None
    ) -> Iterator[Envelope]:
        """Rows with after < seq <= until, of these types, in order: what a module's state is folded from."""
        kinds = None if types is None else sorted(kind.wire_type for kind in types)
        for row in self._rows(FIELDS, after, until, kinds):
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
        return [self.at(seq) for seq in family(self._db, any_id)]

    def runs(self) -> list[dict[str, Any]]:
        """The rows of `v_runs`, oldest first."""
        return self.query("select * from v_runs order by first_seq")

    def span(self, run: str) -> tuple[int, int]:
        """First and last row of a run, by its id (the latest of that id) or `last`. Raises BadInput."""
        for one in reversed(self.runs()):
            if run in ("last", one["run_id"]):
                return int(one["first_seq"]), int(one["last_seq"])
        remedy = "See `barfinex audit query 'select * from v_runs'`."
        raise BadInput(f"run {run}", f"is not in {self.path}", remedy)

    def notes(self, run_id: str) -> dict[str, Any]:
        """What was noted of a run's inputs; empty when nothing was."""
        row = self._db.execute("select body from notes where run_id = ?", (run_id,)).fetchone()
        return {} if row is None else dict(json.loads(row[0]))

    def seq_of_latest(self, wire_type: str, count: int, until: int | None = None) -> int:
        """Where the newest `count` rows of a type up to `until` begin; 0 when there are not so many."""
        sql = "select seq from events where type = ? and seq <= ? order by seq desc limit 1 offset ?"
        last = 2**63 - 1 if until is None else until
        row = self._db.execute(sql, (wire_type, last, count - 1)).fetchone()
        return 0 if row is None else int(row[0])

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The answer to one SELECT; whatever else it tries is refused. Raises BadInput."""
        db = self._connect()
        try:
            return ask(db, sql)
        finally:
            db.close()

    def verify(self) -> Verification:
        """Recompute the chain. A change of any hashed column, a missing, added or moved row breaks it."""
        head, rows = GENESIS, 0
        last, last_hash = self._db.execute("select seq, hash from head").fetchone() or (rows + 1, b"")

        def broken(reason: str) -> Verification:
            return Verification(False, rows, rows + 1, reason, head.hex())

        for row in self._rows(f"{', '.join(COLUMNS)}, hash", -(2**63), None, None):
            if row[0] != rows + 1:
                return broken("the row is missing")
            found = link(head, hashed(row))
            if found != row[-1] or (row[0] == last and found != last_hash):
                return broken("its content does not fit its hash")
            head, rows = found, rows + 1
        return broken("the row is missing") if rows < last else Verification(True, rows, None, "", head.hex())

    def complete(self) -> Completeness:
        """Follow every fill back to its signal and every signal to its end."""
        kinds = f"(type in ({', '.join('?' * len(KINDS))}) or type glob '{EXTERNAL}*')"
        fields = "seq, run_id, type, known_at, body"
        sql = f"select {fields} from events where seq > ? and {kinds} order by seq limit {PAGE}"
        return prove(self._paged(sql, 0, KINDS))

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
                for row in self._rows(FIELDS, 0, None, None):
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

    def _rows(
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
        except sqlite3.DatabaseError as error:
            raise BadInput(str(self.path), f"is damaged ({error})", "Restore it from a copy.") from error
