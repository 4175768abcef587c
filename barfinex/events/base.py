"""Event and Envelope: what happened, and the stamp that makes it traceable."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from enum import Enum
from math import fsum, isfinite
from operator import attrgetter
from typing import Any, ClassVar, Self, dataclass_transform, get_args, get_origin, get_type_hints

from msgspec import field
from msgspec.json import Decoder, Encoder, decode

from barfinex.domain.errors import BadInput
from barfinex.domain.value import Value


def _plain(value: Any) -> Any:
    return value.plain()


def _from_plain(kind: Any, raw: Any) -> Any:
    try:
        return kind.from_plain(raw)
    except (LookupError, AttributeError, BadInput) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


_NUMBERS = (float, Decimal)
body_of = Encoder(enc_hook=_plain).encode
"""What `Event.body` gives."""


class Overflow(Enum):
    """What a full inbox does with an event: keep only the newest per key, or halt the system."""

    CONFLATE = "conflate"
    HALT = "halt"


class Journaled(Enum):
    """ALWAYS: a row of the audit journal. ON_ARRIVAL: a row when it arrives as it happens, by reference
    when it comes from files that can be read again. NEVER: a price that moves on."""

    ALWAYS = "always"
    ON_ARRIVAL = "on_arrival"
    NEVER = "never"


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Event(Value, frozen=True):
    """A fact. Frozen; published by exactly one module, named by `publisher` (I6).

    Whatever is read back is checked against the types of its fields; what this process makes has been by
    mypy. Numbers must be finite either way.
    """

    publisher: ClassVar[str] = ""
    overflow: ClassVar[Overflow] = Overflow.HALT
    journaled: ClassVar[Journaled] = Journaled.ALWAYS
    schema_version: ClassVar[int] = 1
    wire_type: ClassVar[str] = ""
    numbers_of: ClassVar[Any] = None
    reader: ClassVar[Any] = None

    def __init_subclass__(cls, **config: Any) -> None:
        super().__init_subclass__(**config)
        cls.wire_type = f"{cls.publisher}.{re.sub(r'(?<!^)(?=[A-Z])', '_', cls.__name__).lower()}"
        if "numbers_of" not in vars(cls):
            numbers = [name for name, kind in get_type_hints(cls).items() if _holds_number(kind)]
            cls.numbers_of = attrgetter(*numbers, *numbers[:1]) if numbers else None  # Two names: a tuple.
        cls.reader = None
        if "instrument" in vars(cls) and "subject" not in vars(cls):
            # The field under another name: no call to read it.
            cls.subject = vars(cls)["instrument"]  # type: ignore[method-assign]

    def __post_init__(self) -> None:
        numbers = self.numbers_of
        if numbers is not None and not _are_finite(numbers(self)):
            raise ValueError(f"{self.wire_type} has a number that is not finite")

    def body(self) -> bytes:
        """All fields as JSON."""
        return body_of(self)

    @classmethod
    def read(cls, body: bytes | str) -> Self:
        """The event of this type with this `body`; every field is checked.

        Raises:
            msgspec.DecodeError: the text is no JSON, lacks a field, has one too many or one of another type.
        """
        if cls.reader is None:
            cls.reader = Decoder(cls, dec_hook=_from_plain)
        event: Self = cls.reader.decode(body)
        return event

    def plain(self, without: Collection[str] = ()) -> dict[str, Any]:
        """The fields as plain data, ready for JSON."""
        document: dict[str, Any] = decode(self.body())
        return {name: value for name, value in document.items() if name not in without}

    @property
    def conflation_key(self) -> object:
        """Two waiting events of one type and equal key are one: the newer."""
        return type(self)

    @property
    def subject(self) -> str | None:
        """The instrument this is about; None is about all of them, and an empty text about none."""
        return None


def _holds_number(kind: Any) -> bool:
    if get_origin(kind) is ClassVar:
        return False
    return kind in _NUMBERS or any(_holds_number(part) for part in get_args(kind))


def _are_finite(values: Iterable[Any]) -> bool:
    """Whether no number among these, or in what they hold, is NaN or infinite."""
    try:
        return isfinite(fsum(values))  # One call; where the sum is finite, each number is.
    except (OverflowError, ValueError):
        return False
    except TypeError:  # They are not all numbers.
        return all(map(_is_finite, values))


def _is_finite(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_finite, value))
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return not isinstance(value, _NUMBERS) or isfinite(value)


class Envelope(Value, frozen=True):
    """An event and its stamp. (run_id, seq) is its identity; seq is 0 for what is not journaled.

    `ts`: when it happened at the source; `known_at`: when we could know; both ms UTC. `correlation` is the
    seq that began this decision, `causation` the seq that this answers (0: nothing journaled). `took_us` is
    a measured duration: recorded beside the row, outside its hash, since equal runs differ in it.
    """

    seq: int
    run_id: str
    source: str
    ts: int
    known_at: int
    correlation: int
    causation: int
    event: Event
    took_us: int = 0
