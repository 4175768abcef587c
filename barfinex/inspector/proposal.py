"""What the policies judge, and what they answer."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple, TypeVar

from barfinex.domain.instrument import Instrument
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.money import exact
from barfinex.domain.order import Side
from barfinex.domain.value import Value

T = TypeVar("T")


class MissingFact(Exception):
    """A policy cannot judge without this; it refuses (I4)."""


class Proposal(NamedTuple):
    """An intent with a size: `quantity` in base units, `price` the intent's in quote units, `mark` the last
    (close, close time in ms) of the instrument, `now` in ms UTC. None is not known."""

    intent: ExecutionIntent
    instrument: Instrument | None
    quantity: Decimal
    price: Decimal | None
    mark: tuple[float, int] | None
    now: int

    @property
    def side(self) -> Side:
        """Of the order that opens the position."""
        return Side.opening(self.intent.direction)

    def notional(self) -> Decimal:
        """Worth of the order in quote units. Raises MissingFact without a price."""
        return self.quantity * known(self.price, "price")


class Finding(Value, frozen=True):
    """One policy's answer. `code` names the breach when it is not simply the policy's name."""

    passed: bool
    value: object
    limit: object
    code: str = ""


OFF = Finding(True, "off", "off")
"""The configuration says in so many words that this control is not wanted."""


def known(value: T | None, what: str) -> T:
    """Raises MissingFact when the value is None."""
    if value is None:
        raise MissingFact(what)
    return value


def finite(price: float) -> Decimal | None:
    """The price as money, or None when it is not a finite number."""
    try:
        return exact(price)
    except ValueError:
        return None
