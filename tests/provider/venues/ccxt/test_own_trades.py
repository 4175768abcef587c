"""Every own trade is told, however many there are and however long ago they were; none is asked for twice."""

from __future__ import annotations

import pytest

from barfinex.domain.order import Side
from barfinex.provider.venues.ccxt.trades import DAY_MS, HISTORY_MS
from barfinex.provider.venues.ccxt.venue import CcxtVenue
from barfinex.provider.venues.errors import VenueError
from tests.exchange.orders import Held, Trade
from tests.exchange.server import Exchange
from tests.provider.venues.ccxt.connected import Connected, connected, entry

MARKETS = ("spot", "linear")


def trade(server: Exchange, number: int, ts: int, parts: int = 1) -> None:
    """An order of that number, filled at `ts` in so many trades."""
    one = server.account.listings["BTCUSDT"]
    made = Held("BTCUSDT", number, f"ord-{number}-e", "BUY", "MARKET", parts * one.lot, ts, status="FILLED")
    for _ in range(parts):
        server.account.last_trade += 1
        fill = Trade(server.account.last_trade, ts, one.price, one.lot, one.lot, "USDT", False, one.lot * 0)
        made.trades.append(fill)
    server.account.orders.append(made)


def restarted(made: Connected, begun: int = 0) -> CcxtVenue:
    """The venue of a process that has sent nothing yet."""
    return CcxtVenue(made.client, made.markets, made.config, begun)


@pytest.mark.parametrize("market", MARKETS)
async def test_more_trades_than_a_page_holds_are_all_told(market: str) -> None:
    async with connected(market) as made:
        now = made.server.now()
        for number in range(1_200):
            trade(made.server, 2_000 + number, now - (1_200 - number) * 100)
        fills = await restarted(made).fills(now - DAY_MS)
        assert [one.order_id for one in fills] == [f"ord-{2_000 + number}-e" for number in range(1_200)]
        routes = made.server.asked
        assert sum(count for route, count in routes.items() if "rades" in route) < 25
        assert routes["GET order"] == 0  # Orders are learnt in pages, too.


@pytest.mark.parametrize("market", MARKETS)
async def test_trades_of_many_weeks_are_told(market: str) -> None:
    async with connected(market) as made:
        now = made.server.now()
        for number, day in enumerate(range(75, -1, -5)):
            trade(made.server, 2_000 + number, now - day * DAY_MS, parts=2)
        assert len(await restarted(made).fills()) == 32
        assert len(await restarted(made).fills(now - 20 * DAY_MS - 1)) == 10
        venue = restarted(made, begun=now - 11 * DAY_MS)  # What was before the journal is none of ours.
        assert {one.order_id for one in await venue.fills()} == {"ord-2013-e", "ord-2014-e", "ord-2015-e"}


async def test_the_venue_says_how_far_back_it_can_be_asked() -> None:
    async with connected("linear") as made:
        assert made.venue.capabilities.history_ms == HISTORY_MS
    async with connected("spot") as made:
        assert made.venue.capabilities.history_ms == 0


@pytest.mark.parametrize("market", MARKETS)
async def test_many_trades_of_one_millisecond_are_all_told(market: str) -> None:
    async with connected(market) as made:
        await made.send(entry())
        trade(made.server, 2_000, made.server.now(), parts=900)
        fills = await restarted(made, begun=made.server.now() - DAY_MS).fills()
        assert len(fills) == 901
        assert {one.side for one in fills} == {Side.BUY}


@pytest.mark.parametrize("answer", ["<html>please wait</html>", '{"msg": "maintenance"}', '"soon"', ""])
@pytest.mark.parametrize("market", MARKETS)
async def test_a_page_is_not_an_account_without_trades(market: str, answer: str) -> None:
    """With a time to begin at, ccxt reads each of these as no trades at all."""
    async with connected(market) as made:
        await made.send(entry())
        route = "GET userTrades" if market == "linear" else "GET myTrades"
        made.server.faults.arm("page", route, text=answer)
        with pytest.raises(VenueError):
            await made.venue.fills(made.server.now() - 60_000)
