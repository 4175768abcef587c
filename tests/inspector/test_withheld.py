"""A fee taken in kind: a trade guards and sells what can be sold, in whole lots."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.domain.signal import Bracket, Direction, Scale
from barfinex.inspector.managed import ManagedPosition
from tests.factories import BTC, fill

LOT = Decimal("0.00001")
D = Decimal


def request(quantity: Decimal) -> OrderRequest:
    about = ("ord-1-e", BTC, Side.BUY, OrderType.MARKET, quantity, Purpose.ENTRY, "trd-1", "s", "int-1")
    return OrderRequest(*about)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_naked_is_on_lots_and_all_that_can_be_sold(seed: int) -> None:
    draw = np.random.Generator(np.random.PCG64(seed))
    one = ManagedPosition("trd-1", "s", BTC, Direction.LONG, "sig-1", Bracket(0.1), "ord-1-e")
    net = D(0)
    for number in range(int(draw.integers(1, 8))):
        quantity = LOT * int(draw.integers(1, 5_000))
        withheld = quantity * D("0.001")
        net += quantity - withheld
        told = fill(id=f"f-{number}", quantity=quantity, fee=withheld * 100, withheld=withheld)
        one.fill(told, request(quantity), 0, LOT)
    assert one.left == one.quantity == net // LOT * LOT
    assert sum(part.quantity for part in one.naked) == one.left
    assert all(part.quantity % LOT == 0 for part in one.naked)
    assert one.dust == net - one.left


def test_the_parts_of_a_bracket_are_of_what_came() -> None:
    bracket = Bracket(0.1, targets=(Scale(0.5, 0.02), Scale(0.5, 0.04)))
    one = ManagedPosition("trd-1", "s", BTC, Direction.LONG, "sig-1", bracket, "ord-1-e")
    one.fill(fill(quantity=D("0.01"), withheld=D("0.00001")), request(D("0.01")), 0, LOT)
    assert [part.quantity for part in one.naked] == [D("0.00499"), D("0.00500")]


def test_without_one_nothing_changes() -> None:
    one = ManagedPosition("trd-1", "s", BTC, Direction.LONG, "sig-1", Bracket(0.1), "ord-1-e")
    one.fill(fill(quantity=D("0.0123456")), request(D("0.0123456")), 0, LOT)
    assert (one.left, one.dust) == (D("0.0123456"), D(0))
