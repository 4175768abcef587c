"""F1 to F38 at the door of the exchange, each by its name: what the venue makes of it through the library."""

from __future__ import annotations

import anyio
import pytest

from barfinex.domain.order import OrderState, OrderType, Side
from barfinex.provider.venues.base import Accepted, Filled
from barfinex.provider.venues.ccxt.userstream import UserStream
from barfinex.provider.venues.errors import OutcomeKind, VenueError, classify
from tests.exchange.doors import DOORS, begin
from tests.provider.venues.ccxt.connected import connected, entry, order, stop

UNKNOWN, REJECTED = OutcomeKind.UNKNOWN, OutcomeKind.REJECTED
THROTTLED, BANNED, NOT_FOUND = OutcomeKind.THROTTLED, OutcomeKind.BANNED, OutcomeKind.NOT_FOUND
SENDING = {  # What sending comes to, and whether the order is at the exchange then.
    "F1": (UNKNOWN, False),
    "F2": (UNKNOWN, True),
    "F3": (UNKNOWN, True),
    "F3 -1007": (UNKNOWN, True),
    "F16": (REJECTED, False),
    "F17": (REJECTED, False),
    "F18": (REJECTED, False),
    "F19": (THROTTLED, False),
    "F20": (BANNED, False),
    "F21": (THROTTLED, True),
    "F22": (THROTTLED, False),
    "F33": (REJECTED, False),
}
STOPPING = {"F23": REJECTED, "F24": REJECTED}
ASKING = {"F6": None, "F32": REJECTED}
# A cut line makes the HTTP library ask again what may be asked twice: a cancel, never an order.
CANCELLING = {"F12": NOT_FOUND, "F13": NOT_FOUND}
STREAMING = {"F4", "F7", "F37", "F38"}


@pytest.mark.parametrize("name", SENDING)
async def test_an_order_is_sent_once_whatever_comes_back(name: str) -> None:
    kind, is_there = SENDING[name]
    async with connected("linear") as made:
        begin(made.server, name)
        with pytest.raises(VenueError) as error:
            await made.send(entry())
        assert classify(error.value).kind is kind
        assert made.server.asked["POST order"] == 1
        assert [one.client_id for one in made.server.account.orders] == ["ord-1-e"] * is_there
        found = await made.venue.order("ord-1-e")
        assert (found is not None) == is_there


@pytest.mark.parametrize("name", STOPPING)
async def test_a_stop_that_is_refused_is_refused_for_sure(name: str) -> None:
    async with connected("linear") as made:
        await made.send(entry())
        begin(made.server, name)
        with pytest.raises(VenueError) as error:
            await made.send(stop())
        assert classify(error.value).kind is STOPPING[name]
        assert await made.venue.conditional_orders() == []


async def test_an_order_that_is_not_found_at_first_is_no_absence() -> None:
    """F6: not found twice, and then it is there."""
    async with connected("linear") as made:
        await made.send(entry())
        begin(made.server, "F6")
        answers = [await made.venue.order("ord-1-e") for _ in range(3)]
        assert [one is not None for one in answers] == [False, False, True]


async def test_an_order_too_old_to_be_asked_for_proves_nothing() -> None:
    """F32."""
    async with connected("linear") as made:
        await made.send(entry())
        begin(made.server, "F32")
        with pytest.raises(VenueError) as error:
            await made.venue.order("ord-1-e")
        assert classify(error.value).kind is not NOT_FOUND


@pytest.mark.parametrize("name", CANCELLING)
async def test_a_cancel_that_failed_is_asked_about(name: str) -> None:
    async with connected("linear") as made:
        await made.send(order("ord-1-e", Side.BUY, OrderType.LIMIT, "0.01", price="50000"))
        begin(made.server, name)
        with pytest.raises(VenueError) as error:
            await made.venue.cancel("ord-1-e")
        assert classify(error.value).kind is CANCELLING[name]
        found = await made.venue.order("ord-1-e")
        assert found is not None
        assert found.state is (OrderState.CANCELLED if name == "F12" else OrderState.ACCEPTED)


@pytest.mark.parametrize("name", sorted(STREAMING))
async def test_the_stream_of_the_account_is_never_all_there_is(name: str) -> None:
    """Late, three times or not at all: the fill is told once by its number, or found when asked for."""
    async with connected("linear") as made, anyio.create_task_group() as group:
        group.start_soon(UserStream(made.client, made.venue, lambda: None), None)
        for _ in range(300):
            if not any(one.user for one in made.server.hub.sockets):
                await anyio.sleep(0.02)
        begin(made.server, name)
        await made.send(entry())
        await anyio.sleep(0.5)
        fills = {one.fill.id for one in made.heard if isinstance(one, Filled)}
        assert len(fills) == (0 if name in ("F37", "F38") else 1)
        assert sum(isinstance(one, Accepted) for one in made.heard) == 1
        assert len(await made.venue.fills()) == 1
        group.cancel_scope.cancel()


def test_every_door_has_what_is_expected_of_it() -> None:
    assert set(DOORS) == {*SENDING, *STOPPING, *ASKING, *CANCELLING, *STREAMING}
