"""Every event type there is, by wire type."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from barfinex.events import (
    advisor,
    advisor_learning,
    advisor_response,
    advisor_review,
    advisor_upkeep,
    detector,
    inspector,
    kernel,
    provider,
    provider_market,
    studio,
)
from barfinex.events.base import Event

PUBLISHERS = (
    provider,
    provider_market,
    detector,
    advisor,
    advisor_learning,
    advisor_response,
    advisor_review,
    advisor_upkeep,
    inspector,
    studio,
    kernel,
)


def _events(module: ModuleType) -> Iterator[type[Event]]:
    for name, value in vars(module).items():
        own = isinstance(value, type) and issubclass(value, Event) and value.__module__ == module.__name__
        if own and not name.startswith("_"):
            yield value


CATALOG: dict[str, type[Event]] = {
    event.wire_type: event for module in PUBLISHERS for event in _events(module)
}
