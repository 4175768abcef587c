"""I6: events are facts in the past tense; each has one publisher and one place in the catalog."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator

import pytest

from barfinex.events.base import Event
from barfinex.events.catalog import CATALOG
from tests.architecture.tree import report, sources

PUBLISHERS = [
    name
    for s in sources("barfinex/events")
    if (name := s.path.split("/")[-1][:-3]) not in {"__init__", "base", "catalog"}
]
IRREGULAR = {
    "Begun",
    "Broken",
    "Found",
    "Frozen",
    "Lost",
    "Run",
    "Sent",
    "Set",
    "Shut",
    "Split",
    "Stood",
    "Withdrawn",
}
PARTICLES = {"Back", "Down", "In", "Off", "On", "Out", "Up"}


def events_of(publisher: str) -> Iterator[type[Event]]:
    """The classes a publisher's file defines; a leading underscore marks a base, never published."""
    module = importlib.import_module(f"barfinex.events.{publisher}")
    for name, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield value


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_every_class_in_a_publishers_file_is_its_own_frozen_event(publisher: str) -> None:
    """I6: one publisher an event, and no event changes after it was published. A publisher may have further
    files, named after it: `provider_market` is the Provider's."""
    owner = publisher.partition("_")[0]
    faults = [
        f"barfinex/events/{publisher}.py: {event.__name__}"
        for event in events_of(publisher)
        if Event not in event.__mro__ or event.publisher != owner or not event.__struct_config__.frozen
    ]
    report(
        faults,
        f'derive it from Event, with `publisher: ClassVar[str] = "{owner}"`, frozen; '
        "a type that is no event belongs in barfinex/domain.",
    )


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_events_are_named_as_things_that_happened(publisher: str) -> None:
    faults = [
        f"barfinex/events/{publisher}.py: {e.__name__}"
        for e in events_of(publisher)
        if not _happened(e.__name__)
    ]
    report(
        faults,
        "end it in a past participle (OrderFilled), or in Requested when it is a wish; "
        "a new irregular participle goes into IRREGULAR in this test.",
    )


def _happened(name: str) -> bool:
    words = "".join(f" {c}" if c.isupper() else c for c in name).split()
    last = words[-2] if words[-1] in PARTICLES else words[-1]
    return last.endswith("ed") or last in IRREGULAR


def test_the_catalog_holds_every_event_exactly_once() -> None:
    """I6: the catalog is what the codec, the map and the docs are made from."""
    defined = Counter(event for publisher in PUBLISHERS for event in events_of(publisher))
    listed = Counter(CATALOG.values())
    faults = [
        f"{event.__name__}: {defined[event]} defined, {listed[event]} listed"
        for event in defined | listed
        if defined[event] != 1 or listed[event] != 1
    ]
    faults += [f"{key} is {event.wire_type}" for key, event in CATALOG.items() if key != event.wire_type]
    report(faults, "list it in barfinex/events/catalog.py under its wire type, once.")
