"""Funding of an account is told once, before the balance that it explains."""

from __future__ import annotations

from decimal import Decimal

import anyio
import pytest

from barfinex.domain.order import OrderType, Side
from barfinex.provider.venues.base import Funded
from barfinex.provider.venues.ccxt.funding import OwnFunding
from barfinex.provider.venues.errors import VenueError
from tests.exchange.futures import Futures
from tests.provider.venues.ccxt.connected import connected, entry, order


def told(heard: list[object]) -> list[Funded]:
    return [one for one in heard if isinstance(one, Funded)]


async def test_funding_is_told_with_what_it_was_reckoned_by_and_explains_the_balance() -> None:
    async with connected("linear") as made:
        assert isinstance(made.server.routes, Futures)
        await made.send(entry(quantity="0.5"))
        before = (await made.venue.balances())["cash"]
        price = made.server.account.listings["BTCUSDT"].price
        made.server.routes.fund(Decimal("0.0001"))
        made.venue._funding._until = 0  # As at a whole hour: it is asked for.
        after = (await made.venue.balances())["cash"]
        (one,) = told([*made.heard])
        assert one.amount == after - before == -Decimal("0.5") * price * Decimal("0.0001")
        assert (one.instrument, one.rate, one.mark) == ("BTC-USDT", Decimal("0.0001"), price)
        assert one.quantity == Decimal("0.5")


async def test_a_short_receives_and_each_settlement_is_told_once() -> None:
    async with connected("linear") as made:
        assert isinstance(made.server.routes, Futures)
        await made.send(order("ord-1-e", Side.SELL, OrderType.MARKET, "0.2"))
        funding = OwnFunding(made.client, made.markets, 0)
        amounts = []
        for rate in ("0.0001", "-0.0002"):
            made.server.routes.fund(Decimal(rate))
            funding._until = max(funding._until - 3_600_000, 0)  # As an hour later.
            amounts += [one.amount > 0 for one in await funding.news()]
            await anyio.sleep(0.005)
        assert amounts == [True, False]
        assert await funding.news() == []
        again = OwnFunding(made.client, made.markets, 0)
        assert len(await again.news()) == 2  # After a restart; the ledger knows them.
        later = made.server.now() + 60_000
        assert (
            await OwnFunding(made.client, made.markets, later).news() == []
        )  # Before the journal: not ours.


async def test_no_answer_about_funding_is_no_answer_about_the_balance() -> None:
    async with connected("linear") as made:
        made.server.faults.arm("page", "GET income")
        with pytest.raises(VenueError):
            await made.venue.balances()
