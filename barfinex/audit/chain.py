"""The hash chain: what of an envelope is a row, and how each row commits to all rows before it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from operator import attrgetter

from msgspec.json import encode

from barfinex.events.base import Envelope, body_of

GENESIS = bytes(32)
_stamp = attrgetter(
    "seq", "run_id", "event.wire_type", "event.schema_version",
    "source", "ts", "known_at", "correlation", "causation",
)  # fmt: skip

Row = tuple[int, str, str, int, str, int, int, int, int, str]
COLUMNS = (
    "seq", "run_id", "type", "version", "source", "ts", "known_at", "correlation", "causation", "body",
)  # fmt: skip


def row_of(envelope: Envelope) -> Row:
    """The hashed columns of an envelope. `took_us` is none of them: it differs between equal runs."""
    row: Row = (*_stamp(envelope), envelope.event.body().decode())
    return row


def chained(head: bytes, envelopes: Sequence[Envelope]) -> tuple[bytes, list[object]]:
    """These envelopes as the values of their rows (the columns, the hash, `took_us`), and the last hash.

    The same as `row_of` and `link` for each, in a third of the time.
    """
    values: list[object] = []
    for envelope in envelopes:
        stamp, body = _stamp(envelope), body_of(envelope.event)
        head = sha256(head + encode(stamp) + body).digest()
        values += (*stamp, body.decode(), head, envelope.took_us)
    return head, values


def linked(head: bytes, envelope: Envelope) -> bytes:
    """`link` of `row_of`, without the row."""
    return sha256(head + encode(_stamp(envelope)) + body_of(envelope.event)).digest()


def link(previous: bytes, row: Row) -> bytes:
    """SHA-256 over the hash before (32 bytes) and this row.

    What is hashed is a JSON array of the columns before the body, and then the body: where the array ends is
    beyond doubt, so two different rows never give one text.
    """
    return sha256(previous + encode(row[:-1]) + row[-1].encode()).digest()
