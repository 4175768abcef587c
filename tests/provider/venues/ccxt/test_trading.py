"""Trading through the unmodified client library on the exchange on loopback, spot and linear futures."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, getcontext

import anyio
import pytest

from barfinex.domain.order import OrderState, OrderType, Side
from barfinex.provider.venues.base import Accepted, Cancelled, Filled
from barfinex.provider.venues.ccxt.userstream import UserStream
from barfinex.provider.venues.errors import OutcomeKind, VenueError, classify
from tests.exchange.words import No
from tests.provider.venues.ccxt.connected import connected, entry, order, stop, target

MARKETS = ("spot", "linear")


@pytest.mark.parametrize("market", MARKETS)
async def test_an_order_is_placed_filled_found_and_told(market: str) -> None:
    async with connected(market) as made:
        await made.send(entry())
        assert [type(one) for one in made.heard] == [Accepted]
        found = await made.venue.order("ord-1-e")
        assert found is not None
        assert (found.state, found.filled) == (OrderState.FILLED, Decimal("0.01"))
        (fill,) = await made.venue.fills()
        assert (fill.order_id, fill.side, fill.quantity) == ("ord-1-e", Side.BUY, Decimal("0.01"))
        assert fill.fee > 0
        held = Decimal("0.01") if market == "linear" else Decimal("0.00999")  # Spot takes the fee in kind.
        assert await made.venue.positions() == {"BTC-USDT": held}
        assert (await made.venue.balances())["cash"] == made.server.account.free["USDT"]
        assert await made.venue.order("ord-9-e") is None


@pytest.mark.parametrize("market", MARKETS)
async def test_what_happened_before_the_user_stream_held_is_looked_for(market: str) -> None:
    """An order that filled between the start and the first subscription is told by nobody: it is doubted."""
    async with connected(market) as made, anyio.create_task_group() as group:
        doubts: list[int] = []
        await made.send(entry())
        group.start_soon(UserStream(made.client, made.venue, lambda: doubts.append(1)), None)
        await until(lambda: any(one.user for one in made.server.hub.sockets))
        assert not any(isinstance(one, Filled) for one in made.heard)
        await until(lambda: len(doubts) == 1)
        group.cancel_scope.cancel()


@pytest.mark.parametrize("market", MARKETS)
async def test_a_message_of_the_account_that_cannot_be_read_is_a_doubt_and_not_the_end(market: str) -> None:
    """ccxt stops reading a connection whose message it trips over, and says nothing."""
    async with connected(market) as made, anyio.create_task_group() as group:
        doubts: list[int] = []
        group.start_soon(UserStream(made.client, made.venue, lambda: doubts.append(1)), None)
        await until(lambda: any(one.user for one in made.server.hub.sockets))
        for socket in made.server.hub.sockets:
            socket.put("[" * 5_000)
        await until(lambda: len(doubts) >= 1)
        await made.send(entry())
        await until(lambda: any(isinstance(one, Filled) for one in made.heard))
        group.cancel_scope.cancel()


async def test_reduce_only_never_turns_a_position() -> None:
    async with connected("linear") as made:
        await made.send(entry())
        await made.send(order("ord-1-x", Side.SELL, OrderType.MARKET, "0.05", reduce_only=True))
        assert await made.venue.positions() == {}


async def test_our_decimals_are_rounded_as_before() -> None:
    """ccxt sets the rounding of the thread it runs in: sums of money would change by a last digit."""
    before = getcontext().rounding, getcontext().prec
    async with connected("linear") as made, anyio.create_task_group() as group:
        group.start_soon(UserStream(made.client, made.venue, lambda: None), None)
        await until(lambda: any(one.user for one in made.server.hub.sockets))
        await made.send(entry(), order("ord-2-e", Side.BUY, OrderType.LIMIT, "0.01", price="50000.1"))
        await until(lambda: any(isinstance(one, Filled) for one in made.heard))
        found: list[tuple[str, int]] = []

        async def look() -> None:
            found.append((getcontext().rounding, getcontext().prec))

        group.start_soon(look)
        await until(lambda: bool(found))
        assert found == [before]
        group.cancel_scope.cancel()
    assert (getcontext().rounding, getcontext().prec) == before


@pytest.mark.parametrize("market", MARKETS)
async def test_what_protects_rests_and_is_taken_back(market: str) -> None:
    """As an OCO list on spot, side by side on futures; in either case every order is in one of the lists."""
    async with connected(market) as made:
        await made.send(entry())
        await made.send(stop(), target())
        listed = [*await made.venue.open_orders(), *await made.venue.conditional_orders()]
        assert {one.request.id for one in listed} == {"ord-1-s", "ord-1-t"}
        assert {one.request.trigger for one in listed} == {None, Decimal(55000)}
        await made.venue.cancel("ord-1-s")
        gone = await made.venue.order("ord-1-s")
        assert gone is not None
        assert gone.state is OrderState.CANCELLED
        with pytest.raises(VenueError) as error:
            await made.venue.cancel("ord-1-s")
        assert classify(error.value).kind is OutcomeKind.NOT_FOUND


async def test_one_leg_of_a_list_ends_the_other() -> None:
    async with connected("spot") as made:
        await made.send(entry())
        await made.send(stop(), target())
        made.server.move("BTCUSDT", "54000")
        states = [await made.venue.order(name) for name in ("ord-1-s", "ord-1-t")]
        assert [one and one.state for one in states] == [OrderState.FILLED, OrderState.EXPIRED]


async def test_on_spot_an_exit_takes_the_place_of_its_stop() -> None:
    """What the stop offers is locked: both in one request, and never both at work (F14)."""
    async with connected("spot") as made:
        await made.send(entry())
        await made.send(stop(quantity="0.009"))
        leave = order("ord-1-x", Side.SELL, OrderType.MARKET, "0.009", reduce_only=True, oco="g")
        await made.send(leave)
        states = [await made.venue.order(name) for name in ("ord-1-s", "ord-1-x")]
        assert [one and one.state for one in states] == [OrderState.CANCELLED, OrderState.FILLED]


async def test_an_exit_beside_a_stop_that_just_filled_sells_nothing() -> None:
    async with connected("spot") as made:
        await made.send(entry())
        await made.send(stop(quantity="0.009"))
        made.server.move("BTCUSDT", "54000")
        leave = order("ord-1-x", Side.SELL, OrderType.MARKET, "0.009", reduce_only=True, oco="g")
        with pytest.raises(VenueError):
            await made.send(leave)
        assert await made.venue.order("ord-1-x") is None


@pytest.mark.parametrize("market", MARKETS)
async def test_the_user_stream_tells_fills_and_ends(market: str) -> None:
    async with connected(market) as made, anyio.create_task_group() as group:
        doubts: list[int] = []
        group.start_soon(UserStream(made.client, made.venue, lambda: doubts.append(1)), None)
        await until(lambda: any(one.user for one in made.server.hub.sockets))
        await anyio.sleep(0.1)
        made.server.account.parts = 2
        await made.send(entry())
        await until(lambda: sum(isinstance(one, Filled) for one in made.heard) == 2)
        fills = [one.fill for one in made.heard if isinstance(one, Filled)]
        assert sum(one.quantity for one in fills) == Decimal("0.01")
        assert {one.order_id for one in fills} == {"ord-1-e"}
        await made.send(order("ord-2-e", Side.BUY, OrderType.LIMIT, "0.01", price="50000"))
        await made.venue.cancel("ord-2-e")
        await until(lambda: any(isinstance(one, Cancelled) for one in made.heard))
        before = len(doubts)
        for socket in [one for one in made.server.hub.sockets if one.user]:
            socket.abort()
        await until(lambda: len(doubts) > before)
        await until(lambda: any(one.user for one in made.server.hub.sockets))
        group.cancel_scope.cancel()


async def until(said: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        for _ in range(500):
            if said():
                return
            await anyio.sleep(0.02)
    raise AssertionError("it was never said")


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("fault", ["unanswered", "busy", "timeout", "page", "late"])
async def test_an_answer_that_is_lost_is_no_answer_and_the_order_is_found(market: str, fault: str) -> None:
    """F2, F3, F4, F73: done, and not said so. The exchange is asked once."""
    async with connected(market) as made:
        made.server.faults.arm(fault, "POST order", seconds=2.5)
        with pytest.raises(VenueError) as error:
            await made.send(entry())
        assert classify(error.value).kind is OutcomeKind.UNKNOWN
        found = await made.venue.order("ord-1-e")
        assert found is not None
        assert found.state is OrderState.FILLED
        assert made.server.asked["POST order"] == 1


async def test_a_request_that_is_lost_leaves_nothing_and_proves_nothing() -> None:
    """F1."""
    async with connected("linear") as made:
        made.server.faults.arm("lost", "POST order")
        with pytest.raises(VenueError) as error:
            await made.send(entry())
        assert classify(error.value).kind is OutcomeKind.UNKNOWN
        assert await made.venue.order("ord-1-e") is None


async def test_a_connection_that_was_refused_is_proof_that_nothing_was_sent() -> None:
    async with connected("linear") as made:
        address = made.client.urls["api"]["fapiPrivate"]
        made.client.urls["api"]["fapiPrivate"] = "http://127.0.0.1:9/fapi/v1"
        with pytest.raises(VenueError) as error:
            await made.send(entry())
        assert (error.value.sent, classify(error.value).code) == (False, "NOT_SENT")
        made.client.urls["api"]["fapiPrivate"] = address
        await made.send(entry(2))


NOES = [
    (No(-2010, "Account has insufficient balance for requested action."), OutcomeKind.REJECTED),
    (No(-2019, "Margin is insufficient."), OutcomeKind.REJECTED),
    (No(-1013, "Filter failure: LOT_SIZE"), OutcomeKind.REJECTED),
    (No(-1021, "Timestamp for this request is outside of the recvWindow."), OutcomeKind.REJECTED),
    (No(-2015, "Invalid API-key, IP, or permissions for action.", 401), OutcomeKind.REJECTED),
    (No(-1015, "Too many new orders.", 429), OutcomeKind.THROTTLED),
    (No(-1003, "Too many requests.", 429, {"Retry-After": "7"}), OutcomeKind.THROTTLED),
    (No(-1003, "Way too many requests; IP banned until 1795683600000.", 418), OutcomeKind.BANNED),
    (No(-1006, "An unexpected response was received."), OutcomeKind.UNKNOWN),
    (No(-1000, "An unknown error occurred."), OutcomeKind.UNKNOWN),
]


@pytest.mark.parametrize(("no", "kind"), NOES, ids=lambda one: getattr(one, "text", one))
async def test_noes_are_what_the_exchange_wrote_whatever_the_library_calls_them(
    no: No, kind: OutcomeKind
) -> None:
    """F16 to F22, F33: ccxt's classes depend on the host's name; a wrong clock is a network error to it."""
    async with connected("linear") as made:
        made.server.faults.arm("refused", "POST order", no=no)
        with pytest.raises(VenueError) as error:
            await made.send(entry())
        assert classify(error.value).kind is kind
        assert "127.0.0.1" not in str(error.value)


async def test_questions_without_an_answer_are_never_read_as_nothing() -> None:
    """I15, R45."""
    async with connected("linear") as made:
        await made.send(entry())
        for route, question in (
            ("GET openOrders", made.venue.open_orders),
            ("GET openAlgoOrders", made.venue.conditional_orders),
            ("GET userTrades", made.venue.fills),
            ("GET order", lambda: made.venue.order("ord-1-e")),
        ):
            made.server.faults.arm("page", route)
            with pytest.raises(VenueError):
                await question()
