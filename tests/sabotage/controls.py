"""The controls that are no policies: how each is broken, and the tests that must notice (controls.txt)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

Broken = Callable[[Any], Any]


def gives(value: Any) -> Broken:
    """A function that answers the same whatever it is asked."""
    return lambda _original: lambda *_args, **_names: value


def gives_later(value: Any) -> Broken:
    async def answer(*_args: Any, **_names: Any) -> Any:
        return value

    return lambda _original: answer


def nothing(_original: Any) -> Any:
    """A step that is left out."""
    return lambda *_args, **_names: None


def any_publisher(publish: Any) -> Any:
    return lambda bus, event, _source, *rest, **names: publish(
        bus, event, type(event).publisher, *rest, **names
    )


def swallowed(offer: Any) -> Any:
    """A full inbox that loses what does not fit, and says nothing."""

    def quietly(inbox: Any, envelope: Any) -> bool:
        from barfinex.bus.inbox import InboxOverflow

        try:
            return bool(offer(inbox, envelope))
        except InboxOverflow:
            return True

    return quietly


def all_rejected(_classify: Any) -> Any:
    from barfinex.provider.venues.errors import Outcome, OutcomeKind

    return lambda _error: Outcome(OutcomeKind.REJECTED, "SABOTAGED")


def as_sound(_walk: Any) -> Any:
    from barfinex.audit.verification import Verification

    return lambda *_args, **_names: Verification(True, 0, None, "", "", None)


def of_entries(reserved: Any) -> Any:
    """Cancels and exits wait in the queue of entries."""
    return lambda throttle, now, count: throttle.entries(now, count)


def forgetful(fill: Any) -> Any:
    """Every fill is taken for a new one."""

    def again(memory: Any, order: Any, trail: Any, told: Any) -> Any:
        trail.fills.discard(told.id)
        return fill(memory, order, trail, told)

    return again


WAYS: dict[str, Broken] = {
    "none": gives(None),
    "false": gives(False),
    "true": gives(True),
    "zero": gives(0),
    "silence": gives(""),
    "empty": gives([]),
    "empty_tuple": gives(()),
    "none_later": gives_later(None),
    "true_later": gives_later(True),
    "nothing": nothing,
    "forgetful": forgetful,
    "all_rejected": all_rejected,
    "of_entries": of_entries,
    "any_publisher": any_publisher,
    "swallowed": swallowed,
    "as_sound": as_sound,
}


class Control(NamedTuple):
    """`place`: what is replaced, as module:attribute; `tests`: the files of which one must turn red."""

    name: str
    place: str
    broken: Broken
    tests: tuple[str, ...]


def _read(line: str) -> Control:
    name, place, way, tests = line.split(" | ")
    return Control(name, f"barfinex.{place}", WAYS[way], tuple(f"tests/{one}.py" for one in tests.split()))


CONTROLS = tuple(map(_read, Path(__file__).with_name("controls.txt").read_text("utf-8").splitlines()))


@contextmanager
def sabotaged(control: Control) -> Iterator[None]:
    """The control broken, for so long."""
    module, _, path = control.place.partition(":")
    owner: Any = import_module(module)
    *steps, name = path.split(".")
    for step in steps:
        owner = getattr(owner, step)
    original = vars(owner)[name]
    setattr(owner, name, control.broken(original))
    try:
        yield
    finally:
        setattr(owner, name, original)
