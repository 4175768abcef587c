"""The ledger: exact sums, each fact once, bounded memory."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from barfinex.domain.order import Side
from barfinex.events.provider import (
    ExternalCashFound,
    ExternalFillFound,
    ExternalOrderEnded,
    ExternalPositionFound,
    FundingSettled,
    OrderFilled,
)
from barfinex.provider.ledger import AccountLedger
from tests.events.examples import example
from tests.factories import BTC, fill

CASH = Decimal("1000.1")


def told(seed: int, count: int) -> list[OrderFilled]:
    """Fills with awkward decimals."""
    draw = Random(seed)
    events = []
    for n in range(count):
        made = fill(
            id=f"f-{n}",
            side=draw.choice(list(Side)),
            quantity=Decimal(draw.randrange(1, 10**9)).scaleb(-8),
            price=Decimal(draw.randrange(1, 10**9)).scaleb(-3),
            fee=Decimal(draw.randrange(0, 10**9)).scaleb(-11),
            ts=draw.randrange(10**6),
        )
        events.append(
            OrderFilled(
                instrument=BTC,
                order_id=made.order_id,
                fill=made,
                filled=made.quantity,
                quantity=Decimal(10**9),
            )
        )
    return events


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_told_twice_or_in_another_order_counts_once(seed: int) -> None:
    """I16, R41: the sum of fills, to the last digit."""
    events = told(seed, 60)
    once, often = AccountLedger(CASH), AccountLedger(CASH)
    for event in events:
        once.take(event)
    again = events * 3
    Random(seed).shuffle(again)
    for event in again:
        often.take(event)
    assert once.held() == often.held()
    assert once.owned() == often.owned()
    flow = sum((e.fill.quantity * e.fill.side.sign * e.fill.price + e.fill.fee for e in events), Decimal(0))
    assert once.owned() == {"cash": CASH - flow}


def test_what_is_not_ours_counts_like_what_is() -> None:
    ledger = AccountLedger(CASH)
    ledger.take(ExternalFillFound(instrument=BTC, fill=fill(id="m-1", fee=Decimal(1))))
    ledger.take(ExternalPositionFound(instrument=BTC, quantity=Decimal("0.5")))
    ledger.take(ExternalCashFound(asset="cash", amount=Decimal(-100)))
    ledger.take(ExternalCashFound(asset="BNB", amount=Decimal(3)))
    assert ledger.held() == {BTC: Decimal("1.5")}
    assert ledger.owned() == {"cash": CASH - 201, "BNB": 3}
    ledger.take(example(ExternalOrderEnded))
    assert ledger.external == {}


def test_only_the_latest_fills_are_remembered_and_since_when() -> None:
    """I10: memory has a bound; sums go on."""
    ledger = AccountLedger(CASH, kept=10)
    events = told(1, 30)
    for event in events:
        ledger.take(event)
    assert len(ledger.fills) == 10
    assert ledger.horizon == max(event.fill.ts for event in events[:20])
    held = sum(e.fill.quantity * e.fill.side.sign for e in events)
    assert ledger.held() == {BTC: held}


def test_funding_counts_once() -> None:
    ledger = AccountLedger(CASH)
    about = {"rate": Decimal("0.0001"), "mark": Decimal(100), "quantity": Decimal(1)}
    for at, amount in ((1, "-0.01"), (1, "-0.01"), (2, "0.03")):
        ledger.take(FundingSettled(instrument=BTC, at=at, amount=Decimal(amount), **about))
    assert ledger.owned() == {"cash": CASH + Decimal("0.02")}


def test_what_a_future_costs_stays_in_the_balance() -> None:
    ledger = AccountLedger(CASH, linear=[BTC])
    trades = ((Side.BUY, 10, "100", "1"), (Side.SELL, 4, "110", "0.5"), (Side.SELL, 8, "90", "0.5"))
    left = []
    for n, (side, quantity, price, fee) in enumerate(trades):
        made = fill(
            id=f"f-{n}", side=side, quantity=Decimal(quantity), price=Decimal(price), fee=Decimal(fee)
        )
        ledger.take(ExternalFillFound(instrument=BTC, fill=made))
        left.append(ledger.owned()["cash"] - CASH)
    assert left == [-1, -1 - Decimal("0.5") + 40, -2 + 40 - 60]
