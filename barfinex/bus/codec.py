"""An envelope as JSON and back: what crosses the border of the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import DecodeError

from barfinex.events.base import Envelope
from barfinex.events.catalog import CATALOG

STAMP = ("seq", "run_id", "source", "ts", "known_at", "correlation", "causation", "took_us")


class Undecodable(ValueError):
    """A text is no envelope, or of a type or version this build does not know."""


def encode(envelope: Envelope) -> bytes:
    """One line of JSON: the stamp, `type`, and the event as `body`."""
    stamp = {name: getattr(envelope, name) for name in STAMP}
    return joined(stamp, envelope.event.wire_type, envelope.event.body())


def joined(stamp: Mapping[str, Any], wire_type: str, body: bytes | str) -> bytes:
    """The same line from parts, such as a row of the journal: the body is JSON already and is not read."""
    return orjson.dumps({**stamp, "type": wire_type, "body": orjson.Fragment(body)})


def plain(envelope: Envelope) -> dict[str, Any]:
    """The same as a dictionary of plain data."""
    document: dict[str, Any] = orjson.loads(encode(envelope))
    return document


def decode(line: bytes | str) -> Envelope:
    """Raises Undecodable."""
    try:
        document = orjson.loads(line)
        event = CATALOG[document["type"]].read(orjson.dumps(document["body"]))
        return Envelope(event=event, **{name: document[name] for name in STAMP})
    except (KeyError, TypeError, DecodeError, orjson.JSONDecodeError) as error:
        raise Undecodable(f"{type(error).__name__}: {error}") from error
