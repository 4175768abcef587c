"""Heads of the chain outside the journal: whoever rewrites all of it, or cuts its end, needs this file too.

One JSON line a seal, append-only. Each line's `mac` covers the line before, by HMAC when there is a key:
without one the file must lie where whoever might change the journal cannot write.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from msgspec import MsgspecError, Struct
from msgspec.json import Decoder, encode

from barfinex.domain.errors import BadInput

KEY_BYTES_MIN = 16
_TAIL = 4_096  # Bytes; a line is a twentieth of it.


class Seal(Struct, frozen=True):
    """The journal's row `seq` had this hash (`head`, hex) at `at`, ms UTC."""

    seq: int
    head: str
    at: int
    mac: str = ""


class Sealed(NamedTuple):
    """What a seal file says: the head at each sealed row, and the last of them."""

    heads: Mapping[int, str]
    last: Seal | None


_LINE = Decoder(Seal)


def beside(journal: Path) -> Path:
    """Where a journal's seals lie unless told otherwise."""
    return journal.with_name(f"{journal.name}.seal")


def key_in(place: Path | None) -> bytes | None:
    """Raises BadInput when the file cannot be read or is too short to be a key."""
    if place is None:
        return None
    try:
        key = place.read_bytes().strip()
    except OSError as error:
        raise BadInput(str(place), f"cannot be read ({error.strerror})", "Name the key's file.") from error
    if len(key) < KEY_BYTES_MIN:
        remedy = "Make one: head -c 32 /dev/urandom | base64 > FILE, readable by you alone."
        raise BadInput(str(place), f"is no key: it has fewer than {KEY_BYTES_MIN} bytes", remedy)
    return key


class SealFile:
    """Reads and continues a seal file, keyed or not; `every_s`: between two seals of a run."""

    def __init__(self, place: Path, key: bytes | None = None, every_s: float = 60.0) -> None:
        self.place, self._key, self.every_s = place, key, every_s

    def read(self) -> Sealed:
        """All seals, each checked against the one before; none when there is no such file.

        Raises:
            BadInput: it cannot be read, was changed, or another key made it.
        """
        try:
            text = self.place.read_bytes() if self.place.exists() else b""
        except OSError as error:
            raise BadInput(str(self.place), f"cannot be read ({error.strerror})", "Name another.") from error
        heads: dict[int, str] = {}
        last: Seal | None = None
        for number, line in enumerate(text.split(b"\n")[:-1], 1):  # What has no end was never written whole.
            try:
                seal = _LINE.decode(line)
            except MsgspecError as error:
                raise self._bad(number, f"is no seal ({error})") from error
            if not hmac.compare_digest(seal.mac, self._mac(last, seal)):
                raise self._bad(number, "was changed, or made with another key")
            if last is not None and seal.seq < last.seq:
                raise self._bad(number, f"seals row {seal.seq} after row {last.seq}")
            heads[seal.seq] = seal.head
            last = seal
        return Sealed(heads, last)

    def add(self, seq: int, head: str) -> Seal:
        """Seal a row; the newest seal there is, which is another when a later row has one already.

        Raises:
            BadInput: what is there cannot be continued.
            OSError: it cannot be written.
        """
        with self.place.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # A run and a person may seal at one time.
            last = self._tail(file)
            if last is not None and last.seq >= seq:
                return last
            bare = Seal(seq, head, time.time_ns() // 1_000_000)
            seal = Seal(seq, head, bare.at, self._mac(last, bare))
            file.write(encode(seal) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return seal

    def _tail(self, file: BinaryIO) -> Seal | None:
        """The last whole line; what a crash left behind it is cut off."""
        begin = max(0, file.seek(0, os.SEEK_END) - _TAIL)
        file.seek(begin)
        *lines, rest = file.read().split(b"\n")
        if rest:
            file.truncate(file.tell() - len(rest))
        try:
            return _LINE.decode(lines[-1]) if lines else None
        except MsgspecError as error:
            raise self._bad(0, f"is no seal ({error})") from error

    def _mac(self, last: Seal | None, seal: Seal) -> str:
        text = encode(["" if last is None else last.mac, seal.seq, seal.head, seal.at])
        return sha256(text).hexdigest() if self._key is None else hmac.digest(self._key, text, "sha256").hex()

    def _bad(self, number: int, reason: str) -> BadInput:
        remedy = "Name the right --key, or look for whoever wrote to it."
        return BadInput(f"{self.place} line {number or 'last'}", reason, remedy)


def fault(last: Seal, seq: int, head_at: str | None) -> str | None:
    """What is wrong with a journal that ends at row `seq` and has the hash `head_at` where `last` is."""
    if last.seq > seq:
        return f"ends at row {seq}, and row {last.seq} was sealed: its end was cut off"
    if head_at is not None and head_at != last.head:
        return f"has another row {last.seq} than the one that was sealed: it was rewritten"
    return None
