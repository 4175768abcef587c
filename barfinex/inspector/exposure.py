"""What is held and what may still fill, taken at its worst: as if all of it did (UNKNOWN orders included)."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from barfinex.domain.money import ZERO
from barfinex.inspector.book import RiskBook
from barfinex.inspector.proposal import MissingFact


def symbols(book: RiskBook) -> set[str]:
    """Every instrument of which something is held or may soon be."""
    return {*book.account.worths, *(order.request.instrument for order in book.opening.values())}


def worst(book: RiskBook, instruments: Collection[str]) -> Decimal:
    """The value of these instruments, in quote units.

    Raises:
        MissingFact: something is held whose price is not known.
    """
    if book.account.equity is None:
        raise MissingFact("mark")
    worths = book.account.worths
    value = ZERO
    for name in instruments:
        if name in worths:
            value += abs(worths[name])
    for order in book.opening.values():
        if order.request.instrument in instruments:
            value += order.remaining * order.price
    return value


def others(book: RiskBook, instrument: str) -> Decimal:
    """The signed quantity of an instrument that the account holds and no trade of ours does, base units."""
    held = book.portfolio.positions.get(instrument)
    rest = ZERO if held is None else held.quantity
    for position in book.positions.values():
        if position.instrument == instrument:
            rest -= position.left * position.direction.sign
    return rest
