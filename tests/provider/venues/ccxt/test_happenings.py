"""What the market and the account do by themselves, F5 to F40, as the venue tells it through the library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import anyio
import pytest

from barfinex.domain.order import OrderState, OrderType, Side
from barfinex.provider.venues.base import Accepted, Expired, Filled
from barfinex.provider.venues.ccxt.userstream import UserStream
from barfinex.provider.venues.errors import OutcomeKind, VenueError, classify
from tests.exchange.happenings import HAPPENINGS, happen, newest
from tests.provider.venues.ccxt.connected import Connected, connected, entry, order, stop, target

D = Decimal
HEARD = {
    "F5": "0.01",
    "F8": "0.01",
    "F9": "0.05",
    "F10": "0.004",
    "F27": "0.01",
    "F28": "0.01",
    "F39": "0.01",
}
FOREIGN = {"F29": 1, "F30": 5, "F35": 1, "F40": 1}
ELSEWHERE = {"F11", "F14", "F15", "F25", "F26", "F34", "F36"}


@asynccontextmanager
async def listening(market: str) -> AsyncIterator[Connected]:
    async with connected(market) as made, anyio.create_task_group() as group:
        group.start_soon(UserStream(made.client, made.venue, lambda: None), None)
        for _ in range(300):
            if not any(one.user for one in made.server.hub.sockets):
                await anyio.sleep(0.02)
        await anyio.sleep(0.1)
        yield made
        group.cancel_scope.cancel()


def fills(made: Connected) -> list[Filled]:
    return [one for one in made.heard if isinstance(one, Filled)]


@pytest.mark.parametrize("name", HEARD)
async def test_what_was_filled_is_told_once_and_whole(name: str) -> None:
    """In whatever slices, order and fees: the sum of what is heard is what the account's own list says."""
    async with listening("spot") as made:
        happen(made.server, name)
        await made.send(entry(quantity="0.05" if name == "F9" else "0.01"))
        with anyio.move_on_after(5):
            while sum(one.fill.quantity for one in fills(made)) < D(HEARD[name]):  # noqa: ASYNC110
                await anyio.sleep(0.02)
        await anyio.sleep(0.2)
        heard = {one.fill.id: one.fill for one in fills(made)}
        listed = {one.id: one for one in await made.venue.fills()}
        assert sum(one.quantity for one in heard.values()) == D(HEARD[name])
        assert heard.keys() == listed.keys()
        for fill_id, fill in heard.items():
            assert fill == listed[fill_id]
        match name:
            case "F5":
                kinds = [type(one) for one in made.heard]
                assert Accepted not in kinds[: kinds.index(Filled)]
            case "F9":
                assert len(heard) == 50
            case "F10":
                assert [one.order_id for one in made.heard if isinstance(one, Expired)] == ["ord-1-e"]
            case "F27":
                assert all(one.price > 500_000 for one in heard.values())
            case "F28":
                assert {one.withheld for one in heard.values()} == {D(0)}


@pytest.mark.parametrize("name", FOREIGN)
async def test_what_is_not_ours_is_told_as_not_ours(name: str) -> None:
    async with listening("linear") as made:
        await made.send(entry())
        happen(made.server, name)
        await anyio.sleep(0.5)
        ours = {"ord-1-e"}
        strange = [one.fill for one in fills(made) if one.fill.order_id not in ours]
        assert len(strange) == FOREIGN[name]
        assert {one.id for one in strange} <= {one.id for one in await made.venue.fills()}


async def test_a_fill_that_beats_its_cancel_stays_a_fill() -> None:
    """F11."""
    async with connected("linear") as made:
        await made.send(order("ord-1-e", Side.BUY, OrderType.LIMIT, "0.01", price="50000"))
        happen(made.server, "F11")
        with pytest.raises(VenueError) as error:
            await made.venue.cancel("ord-1-e")
        assert classify(error.value).kind is OutcomeKind.NOT_FOUND
        found = await made.venue.order("ord-1-e")
        assert found is not None
        assert found.state is OrderState.FILLED


async def test_a_replacement_half_done_is_told_leg_by_leg() -> None:
    """F14: the stop is gone and the exit is not there; both are known, and neither is live."""
    async with connected("spot") as made:
        await made.send(entry())
        await made.send(stop(quantity="0.009"))
        happen(made.server, "F14")
        leave = order("ord-1-x", Side.SELL, OrderType.MARKET, "0.009", reduce_only=True, oco="g")
        with pytest.raises(VenueError):
            await made.send(leave)
        gone, absent = await made.venue.order("ord-1-s"), await made.venue.order("ord-1-x")
        assert gone is not None
        assert gone.state is OrderState.CANCELLED
        assert absent is None


async def test_a_stop_that_ended_in_silence_is_missing_where_it_is_looked_for() -> None:
    """F15."""
    async with listening("linear") as made:
        await made.send(entry())
        await made.send(stop())
        happen(made.server, "F15")
        assert await made.venue.conditional_orders() == []
        found = await made.venue.order("ord-1-s")
        assert found is not None
        assert not found.state.is_open


async def test_of_a_list_that_is_refused_nothing_rests() -> None:
    """F25."""
    async with connected("spot") as made:
        await made.send(entry())
        happen(made.server, "F25")
        with pytest.raises(VenueError) as error:
            await made.send(stop(), target())
        assert classify(error.value).kind is OutcomeKind.REJECTED
        assert [*await made.venue.open_orders(), *await made.venue.conditional_orders()] == []


async def test_a_stop_that_a_gap_left_behind_is_seen_to_rest() -> None:
    """F26: triggered, above the market, and not filled."""
    async with connected("spot") as made:
        await made.send(entry())
        await made.send(
            order("ord-1-s", Side.SELL, OrderType.STOP_LIMIT, "0.009", trigger="55000", price="54900")
        )
        happen(made.server, "F26")
        found = await made.venue.order("ord-1-s")
        assert found is not None
        assert (found.state, found.filled) == (OrderState.ACCEPTED, D(0))
        assert newest(made.server).armed


async def test_a_market_that_is_closed_takes_nothing_for_sure_and_keeps_its_stop() -> None:
    """F34."""
    async with connected("linear") as made:
        await made.send(entry())
        await made.send(stop())
        happen(made.server, "F34")
        with pytest.raises(VenueError) as error:
            await made.send(entry(2))
        assert classify(error.value).kind is OutcomeKind.REJECTED
        assert [one.request.id for one in await made.venue.conditional_orders()] == ["ord-1-s"]


async def test_a_trade_declared_void_is_not_told_any_more() -> None:
    """F36: what reconciliation compares with ours says so."""
    async with connected("linear") as made:
        await made.send(entry())
        before = await made.venue.fills()
        happen(made.server, "F36")
        assert len(before) == 1
        assert await made.venue.fills() == []


async def test_an_id_would_be_taken_again() -> None:
    """F31: why nothing but our own table stands between an order and its double."""
    async with connected("linear") as made:
        await made.send(entry())
        await made.send(entry())
        assert [one.client_id for one in made.server.account.orders] == ["ord-1-e"] * 2


async def test_more_than_the_exchange_allows_is_answered_in_its_words() -> None:
    """Its own bounds, not armed ones: 429, then a ban; orders in ten seconds."""
    async with connected("linear") as made:
        made.server.budget.orders_max = made.server.budget.orders + 1
        await made.send(entry())
        with pytest.raises(VenueError) as error:
            await made.send(entry(2))
        assert classify(error.value).kind is OutcomeKind.THROTTLED
        made.server.budget.weight_max = 0
        kinds = []
        for _ in range(7):
            with pytest.raises(VenueError) as error:
                await made.venue.order("ord-1-e")
            kinds.append(classify(error.value).kind)
        assert kinds[0] is OutcomeKind.THROTTLED
        assert kinds[-1] is OutcomeKind.BANNED


async def test_a_listen_key_that_ran_out_is_replaced() -> None:
    """F38, as the exchange does it by itself."""
    async with listening("linear") as made:
        made.server._key_until = made.server.now()
        await anyio.sleep(0.2)
        for _ in range(300):
            if not any(one.user for one in made.server.hub.sockets):
                await anyio.sleep(0.02)
        await anyio.sleep(0.2)
        await made.send(entry())
        await anyio.sleep(0.5)
        assert sum(one.fill.quantity for one in fills(made)) == D("0.01")


def test_every_happening_has_what_is_expected_of_it() -> None:
    assert set(HAPPENINGS) == {*HEARD, *FOREIGN, *ELSEWHERE}
