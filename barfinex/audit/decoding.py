"""From rows back to envelopes."""

from __future__ import annotations

from msgspec import DecodeError

from barfinex.audit.chain import COLUMNS, Row
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope
from barfinex.events.catalog import CATALOG

FIELDS = f"{', '.join(COLUMNS)}, took_us"  # What a decodable row is selected as.


def decode(row: tuple[int, str, str, int, str, int, int, int, int, str, int], where: str) -> Envelope:
    """An envelope from the values of `FIELDS`.

    Raises:
        BadInput: the type is unknown, of a newer version, or the body does not fit it.
    """
    seq, run_id, kind, version, source, ts, known_at, correlation, causation, body, took_us = row
    event = CATALOG.get(kind)
    if event is None or version > event.schema_version:
        reason = f"holds an event this version does not know ({kind}, version {version})"
        raise BadInput(f"{where} row {seq}", reason, "Update Barfinex to read it.")
    try:
        fact = event.read(body)
    except DecodeError as error:
        reason = f"is no {kind}: {error}"
        raise BadInput(f"{where} row {seq}", reason, "Run `barfinex audit verify`.") from error
    return Envelope(seq, run_id, source, ts, known_at, correlation, causation, fact, took_us)


def hashed(row: tuple[object, ...]) -> Row:
    """The part of a selected row that the chain commits to."""
    return row[: len(COLUMNS)]  # type: ignore[return-value]
