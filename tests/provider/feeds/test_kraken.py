"""The live feed on a third dialect, by the unmodified client: Kraken's spot market."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from barfinex.clock import SystemClock, VirtualClock
from barfinex.config import ExchangeConfig
from barfinex.events.provider import BookChanged, CandlesClosed, FeedStalled, TradePrinted
from barfinex.provider.feeds.live import LiveFeed
from barfinex.provider.venues.ccxt.instruments import Market, markets_of
from barfinex.provider.venues.ccxt.opening import ask, open_exchange
from barfinex.provider.venues.ccxt.source import CcxtSource
from tests.exchange.kraken import KrakenExchange, kraken
from tests.fakes import FakeJournal, FakePort
from tests.provider.feeds.test_bybit import until

BTC = "BTC-USDT"


@asynccontextmanager
async def running(hertz: float) -> AsyncIterator[tuple[KrakenExchange, LiveFeed, FakeJournal, CcxtSource]]:
    async with kraken(hertz=hertz) as server, anyio.create_task_group() as group:
        settings = {"id": "kraken", "market": "spot", "environment": "local", "endpoint": server.url}
        config = ExchangeConfig.model_validate({**settings, "rate_share": 1})
        client = open_exchange(config, None)
        await ask(client.load_markets())
        markets: dict[str, Market] = markets_of(client, [BTC], "spot", {})
        source = CcxtSource(client, markets, "spot", lambda: open_exchange(config, None))
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


async def test_candles_trades_and_books_stream_and_a_checksum_that_does_not_fit_is_left_behind() -> None:
    async with running(20) as (server, feed, journal, source):
        await until(lambda: feed.feeds[BTC].stale is None)
        assert source.rule_of(BTC).decimals == (2, 8)
        assert len(journal.of(CandlesClosed)[0].candles) >= 19
        await until(lambda: len(journal.of(TradePrinted)) > 20)
        best = journal.of(BookChanged)[-1]
        assert abs(best.bids[0][0] - float(server.listings["BTCUSDT"].price)) < 50
        before = server.subscriptions
        server.drop = 1  # Only a new subscription, which begins with a snapshot, helps.
        await until(lambda: any("checksum" in one.reason for one in journal.of(FeedStalled)))
        await until(lambda: feed.feeds[BTC].stale is None)
        assert server.subscriptions > before


async def test_trades_that_were_missed_are_asked_for() -> None:
    async with running(0) as (server, _, _, source):
        await until(lambda: server.subscriptions >= 2)
        for _ in range(5):
            server.tickers["BTCUSDT"].step()
        numbers = [row["id"] for row in server.tickers["BTCUSDT"].trades]
        found = await source.trades(BTC, numbers[1], numbers[3])
        assert [one.id for one in found] == numbers[1:4]
