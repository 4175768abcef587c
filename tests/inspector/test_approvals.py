"""An approval is bound to one order, and to a moment."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import fields, replace

from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.inspector.approvals import approve
from tests.inspector.story import BTC, NOON, D

ORDER = OrderRequest(
    "ord-1-e", BTC, Side.BUY, OrderType.MARKET, D(1), Purpose.ENTRY, "trd-1", "trend", "int-1"
)


def other(name: str) -> Any:
    """Another value for a field of an order."""
    special: dict[str, Any] = {
        "side": Side.SELL,
        "type": OrderType.LIMIT,
        "quantity": D("1.0"),
        "purpose": Purpose.EXIT,
        "price": D(1),
        "trigger": D(1),
        "reduce_only": True,
    }
    return special.get(name, "another")


@pytest.mark.parametrize("name", [field.name for field in fields(OrderRequest)])
def test_an_approval_is_bound_to_every_field_of_its_order(name: str) -> None:
    """I1: change anything, and the hash no longer fits."""
    approval = approve(ORDER, NOON, 2_000)
    assert approval.order_hash == ORDER.fingerprint()
    assert replace(ORDER, **{name: other(name)}).fingerprint() != approval.order_hash


def test_an_approval_expires_and_has_one_identity() -> None:
    """I3: single use needs an id that follows from the order; the end follows from the moment."""
    approval = approve(ORDER, NOON, 2_000)
    assert approval.expires_at == NOON + 2_000
    assert approval.id == "apr-1-e" == approve(ORDER, NOON + 1, 2_000).id
