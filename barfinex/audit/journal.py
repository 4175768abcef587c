"""The journal's writing side: append without waiting, commit in groups, fail closed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from barfinex.audit import unwritten
from barfinex.audit.chain import GENESIS, chained, linked
from barfinex.audit.endurance import Endurance
from barfinex.audit.ledger import Ledger
from barfinex.audit.lock import WriterLock
from barfinex.audit.rotation import NotFlat, recover, rotate
from barfinex.audit.seal import SealFile
from barfinex.audit.writers import GROUP, Writer
from barfinex.bus.port import JournalFailed
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope


class SqliteJournal:
    """The one writer of a journal file.

    One statement that fails fails its whole group, everybody who waits, and every later append: a chain with
    a hole is worse than none. `sync="full"` writes each row down as it is appended and commits at once.
    `"batch"` writes them down and commits by the group, and never waits for the disk: for a venue simulated
    in this process, which dies with it. Past `bytes_max` the file counts as full.

    With `ballast` bytes in reserve (0 is a reserve too) a disk that is full or locked is endured: rows are
    taken, and written when it gives way; meanwhile `trouble` says why, and nothing counts as durable.

    A file of more than `segment_bytes` is closed at a start when it is flat, and a new one continues it.
    `seal` keeps heads of the chain elsewhere: the file must agree with the last one, and its end is sealed
    when it is closed.

    Raises:
        BadInput: the file is no journal, is damaged, from a newer version, or written by another process; or
            there is no room for the ballast.
    """

    def __init__(
        self,
        path: Path,
        *,
        sync: Literal["full", "batch"],
        bytes_max: int | None = None,
        ballast: int | None = None,
        seal: SealFile | None = None,
        segment_bytes: int | None = None,
        ledger: Callable[..., Ledger] = Ledger,
    ) -> None:
        self.path, self._seal = path, seal
        is_full = sync == "full"
        self._lock = WriterLock(path)
        self._group = 1 if is_full else GROUP
        self._fresh: list[Envelope] = []  # Appended, but not yet written down; fewer than a group.
        try:
            sealed = None if seal is None else seal.read().last
            recover(path)
            if segment_bytes and path.exists() and path.stat().st_size > segment_bytes:
                with suppress(NotFlat):  # Then at a later start.
                    rotate(path, sealed)
            endurance = None if ballast is None or not is_full else Endurance(path, ballast)
            reserved = 0 if endurance is None else endurance.reserved
            opener = partial(
                ledger, path, fsync=is_full, bytes_max=bytes_max, reserved=reserved, sealed=sealed
            )
            save = partial(unwritten.save, path)
            self._writer = Writer(opener, prompt=is_full, endurance=endurance, save=save)
        except BaseException:
            self._lock.release()
            raise
        self._lock.mark(is_open=True)
        self.last_seq: int = self._writer.last
        self._head: bytes = self._writer.head

    @property
    def head(self) -> str:
        """Hash of the last row appended, in hex. Raises JournalFailed."""
        self._write_down()
        return self._head.hex()

    @property
    def seal_s(self) -> float:
        """Seconds between two seals of a run."""
        return 60.0 if self._seal is None else self._seal.every_s

    @property
    def trouble(self) -> str | None:
        """Why nothing counts as durable at the moment; None when all is well."""
        failure = self._writer.failure
        return self._writer.trouble if failure is None else str(failure)

    def append(self, envelope: Envelope) -> None:
        """Raises JournalFailed when the row is not the next, cannot be encoded, or will never be written."""
        seq = envelope.seq
        if seq != self.last_seq + 1 or self._writer.failure is not None:
            self.check()
            self._writer.fail(ValueError(f"row {seq} does not follow row {self.last_seq}"))
            self.check()
        self._fresh.append(envelope)
        self.last_seq = seq
        if not seq % self._group:
            self._write_down()

    def _write_down(self) -> None:
        """Encode and chain what is fresh: here and not in the writer's thread, as two that run Python pay for
        taking turns; the thread hands groups to SQLite, which then works beside us."""
        if not self._fresh:
            return
        fresh, self._fresh = self._fresh, []
        try:
            head, values = chained(self._head, fresh)
        except Exception as error:
            head = self._head
            self._writer.fail(error)
        else:
            self._writer.put(fresh[-1].seq, values)
        if self._writer.failure is not None:
            self.last_seq = self._writer.last  # What was refused was never taken.
            self.check()
        self._head = head

    def note(self, run_id: str, facts: Mapping[str, Any]) -> None:
        """Remember where a run's inputs lay; outside the chain.

        Raises:
            JournalFailed: it could not be written.
        """
        self._writer.notes = {**self._writer.notes, run_id: json.dumps(facts)}
        self.flush()

    async def durable(self, seq: int) -> None:
        """Return once the row is on disk. Raises JournalFailed when it never will be, or not soon."""
        if seq > self.last_seq:
            raise JournalFailed(f"row {seq} was never appended")
        await self._writer.durable(seq)
        if not self._writer.has(seq):
            self.check(or_trouble=True)

    def flush(self) -> None:
        """Return when everything appended is written. Raises JournalFailed."""
        self._write_down()
        self._writer.flush()
        self.check(or_trouble=True)

    def seal(self) -> None:
        """Record the newest row that is on the disk outside the journal.

        Raises:
            OSError: the seal file cannot be written.
            BadInput: somebody changed it.
        """
        seq, head = self._writer.written
        if self._seal is not None and seq:
            self._seal.add(seq, head.hex())

    def close(self) -> None:
        """Write what waits, then let the file go. Raises JournalFailed when anything was not written."""
        if self._lock.is_held:
            try:
                self._write_down()
            finally:
                self._lock.mark(is_open=False)
                self._writer.close()
                self._lock.release()
            self.check()
            try:
                self.seal()
            except (OSError, BadInput) as error:
                raise JournalFailed(f"its end cannot be sealed: {error}") from error
            self._writer.fail(RuntimeError("it is closed"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except JournalFailed:
            if error is None or isinstance(error, JournalFailed):  # Otherwise what ended the run says more.
                raise

    def check(self, *, or_trouble: bool = False) -> None:
        """Raises JournalFailed when it has failed, or is in trouble."""
        failure, trouble = self._writer.failure, self._writer.trouble
        if failure is not None:
            raise JournalFailed(f"the journal cannot be written: {failure}") from failure
        if or_trouble and trouble is not None:
            raise JournalFailed(f"the journal cannot be written: {trouble}")


class HashJournal:
    """No file: only the head of the chain and, with `keep`, the envelopes. For tests and comparing runs."""

    def __init__(self, *, keep: bool = False) -> None:
        self._keep, self._head = keep, GENESIS
        self.last_seq = 0
        self.envelopes: list[Envelope] = []

    @property
    def head(self) -> str:
        return self._head.hex()

    def append(self, envelope: Envelope) -> None:
        self._head = linked(self._head, envelope)
        self.last_seq = envelope.seq
        if self._keep:
            self.envelopes.append(envelope)

    async def durable(self, seq: int) -> None:
        """There is no disk to wait for."""

    def flush(self) -> None:
        """Nothing waits."""
