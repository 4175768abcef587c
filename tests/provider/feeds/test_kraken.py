"""The live feed on a third dialect, by the unmodified client: Kraken's spot market."""

from __future__ import annotations

from barfinex.events.provider import BookChanged, CandlesClosed, FeedStalled, TradePrinted
from tests.exchange.kraken import kraken
from tests.provider.feeds.dialects import BTC, feeding, until


async def test_candles_trades_and_books_stream_and_a_checksum_that_does_not_fit_is_left_behind() -> None:
    async with feeding("kraken", "spot", kraken(hertz=20)) as (server, feed, journal, source):
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
    async with feeding("kraken", "spot", kraken()) as (server, _, _, source):
        await until(lambda: server.subscriptions >= 2)
        for _ in range(5):
            server.tickers["BTCUSDT"].step()
        numbers = [row["id"] for row in server.tickers["BTCUSDT"].trades]
        found = await source.trades(BTC, numbers[1], numbers[3])
        assert [one.id for one in found] == numbers[1:4]
