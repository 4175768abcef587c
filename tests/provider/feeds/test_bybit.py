"""The live feed on a second dialect, by the unmodified client: Bybit's linear futures."""

from __future__ import annotations

from barfinex.events.provider import BookChanged, CandlesClosed, FeedStalled, TradePrinted
from barfinex.provider.streams.books import BYBIT, Book
from barfinex.provider.streams.bybit import BybitDecoder
from barfinex.provider.streams.messages import Depth
from tests.exchange.bybit import bybit
from tests.exchange.sockets import replay
from tests.provider.feeds.dialects import BTC, feeding, until
from tests.provider.streams import captures


async def test_candles_trades_and_books_stream_and_a_gap_in_the_numbers_is_left_behind() -> None:
    async with feeding("bybit", "linear", bybit(hertz=20)) as (server, feed, journal, _):
        await until(lambda: feed.feeds[BTC].stale is None)
        assert len(journal.of(CandlesClosed)[0].candles) == 20
        await until(lambda: len(journal.of(TradePrinted)) > 20)
        best = journal.of(BookChanged)[-1]
        assert abs(best.bids[0][0] - float(server.listings["BTCUSDT"].price)) < 50
        before = server.subscriptions
        server.drop = 1  # Only a new subscription, which begins with a snapshot, helps.
        await until(lambda: any("a gap" in one.reason for one in journal.of(FeedStalled)))
        await until(lambda: feed.feeds[BTC].stale is None)
        assert server.subscriptions > before


@captures.needs_captures
async def test_a_recording_served_byte_for_byte_gives_the_book_that_the_oracle_has() -> None:
    """The recorded frames, through the client's connection and ours, end in the same book."""
    frames = [frame for _, frame in zip(range(3_000), captures.bybit(), strict=False)]
    oracle, decoder = Book("X", BYBIT), BybitDecoder({"XRPUSDT": "X"})
    for frame in frames:
        for message in decoder.decode(frame):
            assert isinstance(message, Depth)
            oracle.take(message)
    heard: list[bytes] = []
    async with feeding("bybit", "linear", bybit()) as (server, _, _, source):
        await until(lambda: server.subscriptions >= 2)
        source._sink = heard.append
        await replay(server.sockets, frames)
        await until(lambda: sum(b"XRPUSDT" in one for one in heard) == len(frames))
    arrived = [one for one in heard if b"XRPUSDT" in one]
    assert arrived == frames
    book = Book("X", BYBIT)
    for frame in arrived:
        for message in decoder.decode(frame):
            assert isinstance(message, Depth)
            book.take(message)
    assert book.top(500) == oracle.top(500) != ((), ())
