"""What crosses the border of the process comes back equal."""

from __future__ import annotations

import pytest

from barfinex.bus.codec import Undecodable, decode, encode, plain
from barfinex.events.base import Envelope, Event
from barfinex.events.catalog import CATALOG
from barfinex.events.kernel import RunEnded
from tests.events.examples import example


def envelope(event: Event) -> Envelope:
    return Envelope(7, "run-1", event.publisher, 1_000, 1_001, 3, 6, event, 12)


@pytest.mark.parametrize("event", CATALOG.values(), ids=CATALOG)
def test_every_event_comes_back_as_it_was(event: type[Event]) -> None:
    one = envelope(example(event))
    line = encode(one)
    assert decode(line) == one
    assert b"\n" not in line


def test_the_plain_form_names_the_type_and_holds_the_stamp() -> None:
    document = plain(envelope(RunEnded(reason="done")))
    assert document["type"] == "kernel.run_ended"
    assert (document["seq"], document["known_at"], document["took_us"]) == (7, 1_001, 12)
    assert document["body"] == {"reason": "done"}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b"not json",
        encode(envelope(RunEnded(reason="done"))).replace(b"kernel.run_ended", b"kernel.unheard"),
        encode(envelope(RunEnded(reason="done"))).replace(b'"reason"', b'"season"'),
    ],
)
def test_what_is_no_envelope_is_refused(line: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(line)
