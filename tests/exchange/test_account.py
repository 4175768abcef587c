"""The exchange of the tests keeps the real one's rules where ours would be fooled otherwise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.exchange.account import Account
from tests.exchange.listing import usual
from tests.exchange.orders import Held
from tests.exchange.words import No

D = Decimal


def account(*, futures: bool = True) -> Account:
    return Account({one.symbol: one for one in usual()}, lambda: 1_700_000_000_000, futures)


def order(kind: str, side: str = "BUY", **more: Any) -> Held:
    return Held("BTCUSDT", 1, f"c-{kind}", side, kind, D("0.01"), 1_700_000_000_000, **more)


def test_a_post_only_order_that_would_take_is_refused() -> None:
    with pytest.raises(No, match="Post Only"):
        account().place(order("LIMIT", price=D(61_000), time_in_force="GTX"))
    made = account().place(order("LIMIT", price=D(59_000), time_in_force="GTX"))
    assert made.is_open


def test_a_limit_order_that_crosses_takes_and_one_that_waited_makes() -> None:
    book = account()
    crossing = book.place(order("LIMIT", price=D(61_000)))
    assert [one.maker for one in crossing.trades] == [False]
    assert crossing.trades[0].price < 61_000
    waiting = book.place(order("LIMIT", "SELL", price=D(60_500)))
    assert waiting.is_open
    book.listings["BTCUSDT"].price = D(60_600)
    book.match("BTCUSDT")
    assert [(one.maker, one.price) for one in waiting.trades] == [(True, D(60_500))]


@pytest.mark.parametrize(("kind", "lacks"), [("LIMIT", "price"), ("STOP_MARKET", "stopPrice")])
def test_an_order_without_what_it_needs_is_refused(kind: str, lacks: str) -> None:
    with pytest.raises(No, match=lacks):
        account().place(order(kind))


def test_a_duplicate_of_an_open_order_is_refused() -> None:
    book = account()
    book.place(order("LIMIT", price=D(59_000)))
    with pytest.raises(No, match="Duplicate"):
        book.place(order("LIMIT", price=D(59_000)))


def test_money_is_conserved_on_spot() -> None:
    """What is bought and sold changes hands, and a fee is all that goes."""
    book = account(futures=False)
    for number in range(6):
        made = order("MARKET", "BUY" if number % 2 == 0 else "SELL")
        made.client_id, made.quantity = f"c-{number}", D("0.01") if number % 2 == 0 else D("0.00999")
        book.place(made)
    fees = sum((one.fee for each in book.orders for one in each.trades if one.fee_asset == "BTC"), D(0))
    bought = sum((each.filled if each.side == "BUY" else -each.filled for each in book.orders), D(0))
    assert book.free["BTC"] == bought - fees
    assert all(not amount for amount in book.locked.values())
