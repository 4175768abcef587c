"""A live feed of the unmodified client on an exchange of another dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

import anyio

from barfinex.clock import SystemClock, VirtualClock
from barfinex.config import ExchangeConfig
from barfinex.provider.feeds.live import LiveFeed
from barfinex.provider.venues.ccxt.instruments import Market, markets_of
from barfinex.provider.venues.ccxt.opening import ask, open_exchange
from barfinex.provider.venues.ccxt.source import CcxtSource
from tests.exchange.dialect import Dialect
from tests.fakes import FakeJournal, FakePort

BTC = "BTC-USDT"
Server = TypeVar("Server", bound=Dialect)


async def until(said: object, seconds: float = 15) -> None:
    for _ in range(round(seconds / 0.05)):
        if said():  # type: ignore[operator]
            return
        await anyio.sleep(0.05)
    raise AssertionError("it never came")


@asynccontextmanager
async def feeding(
    name: str, market: str, serving: AbstractAsyncContextManager[Server]
) -> AsyncIterator[tuple[Server, LiveFeed, FakeJournal, CcxtSource]]:
    async with serving as server, anyio.create_task_group() as group:
        settings = {"id": name, "market": market, "environment": "local", "endpoint": server.url}
        config = ExchangeConfig.model_validate({**settings, "rate_share": 1})
        client = open_exchange(config, None)
        await ask(client.load_markets())
        markets: dict[str, Market] = markets_of(client, [BTC], market, {})
        source = CcxtSource(client, markets, market, lambda: open_exchange(config, None))
        journal = FakeJournal()
        feed = LiveFeed(source, [BTC], "1m", SystemClock(1.0, 0), anyio.sleep, backfill=20)
        group.start_soon(feed, FakePort(journal, VirtualClock()))
        try:
            yield server, feed, journal, source
        finally:
            with anyio.CancelScope(shield=True):
                await source.close()
                await client.close()
            group.cancel_scope.cancel()
