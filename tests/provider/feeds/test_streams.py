"""The live feed on the unmodified client's connections: what an exchange does to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from barfinex.clock import SystemClock, VirtualClock
from barfinex.events.provider import CandlesClosed, FeedRecovered, FeedStalled, TradePrinted
from barfinex.provider.feeds.live import LiveFeed
from barfinex.provider.streams.binance import BinanceDecoder
from barfinex.provider.venues.ccxt.opening import open_exchange
from barfinex.provider.venues.ccxt.sockets import is_hot
from barfinex.provider.venues.ccxt.source import CcxtSource
from tests.exchange.server import Exchange
from tests.exchange.sockets import replay
from tests.fakes import FakeJournal, FakePort
from tests.provider.streams import captures
from tests.provider.venues.ccxt.connected import connected

NAME = "BTC-USDT"


@dataclass
class Running:
    server: Exchange
    feed: LiveFeed
    journal: FakeJournal

    @property
    def is_live(self) -> bool:
        return self.feed.feeds[NAME].stale is None

    async def until(self, said: Callable[[], bool]) -> None:
        with anyio.fail_after(15):
            for _ in range(750):
                if said():
                    return
                await anyio.sleep(0.02)
        raise AssertionError(f"it never came: {self.feed.counts}, {self.feed.feeds[NAME].cause}")


@asynccontextmanager
async def running(market: str, **more: Any) -> AsyncIterator[Running]:
    """A feed of one-second candles that is live."""
    async with (
        connected(market, symbols=(NAME,), hertz=20, **more) as made,
        anyio.create_task_group() as group,
    ):
        source = CcxtSource(made.client, made.markets, market, lambda: open_exchange(made.config, None))
        feed = LiveFeed(source, [NAME], "1s", SystemClock(1.0, 0), anyio.sleep, backfill=20)
        one = Running(made.server, feed, FakeJournal())
        group.start_soon(feed, FakePort(one.journal, VirtualClock()))
        await one.until(lambda: one.is_live)
        try:
            yield one
        finally:
            with anyio.CancelScope(shield=True):
                await source.close()
            group.cancel_scope.cancel()


@pytest.mark.parametrize("market", ["spot", "linear"])
async def test_candles_trades_and_books_stream(market: str) -> None:
    async with running(market) as one:
        await one.until(lambda: len(one.journal.of(CandlesClosed)) >= 3)
        printed = one.journal.of(TradePrinted)
        assert len(printed) > 20
        starts = [int(ts) for event in one.journal.of(CandlesClosed) for ts in event.candles.ts]
        assert starts == list(range(starts[0], starts[-1] + 1_000, 1_000))
        bids, asks = one.feed.feeds[NAME].book.top(5)
        ticker = one.server.tickers["BTCUSDT"]
        assert len(bids) == len(asks) == 5
        assert abs(bids[0][0] - float(max(ticker.bids))) < 20


async def test_a_cut_line_is_dialled_again_and_no_trade_is_lost() -> None:
    """F42, F43, F72: what was missed is fetched by number."""
    async with running("spot") as one:
        await one.until(lambda: one.feed.feeds[NAME].tape.last is not None)
        for socket in list(one.server.hub.sockets):
            socket.abort()
        await one.until(lambda: one.feed.counts["reconnect"] > 0)
        await one.until(lambda: len(one.journal.of(FeedRecovered)) >= 1 and one.is_live)
        reached = len(one.server.tickers["BTCUSDT"].trades)
        await one.until(lambda: (one.feed.feeds[NAME].tape.last or 0) > reached + 5)
        await one.until(lambda: not one.feed.feeds[NAME].tape.missing)
        assert one.feed.counts["trades lost"] == 0
        heard = one.journal.of(TradePrinted)
        first = one.server.tickers["BTCUSDT"].trades.index(
            next(t for t in one.server.tickers["BTCUSDT"].trades if float(t["price"]) == heard[0].price)
        )
        assert len(heard) >= (one.feed.feeds[NAME].tape.last or 0) - first - 1


async def test_a_gap_in_the_numbers_resyncs_this_book_alone() -> None:
    """F47, on the wire."""
    dropped = [0]

    def bend(stream: str, _message: dict[str, Any]) -> list[Any] | None:
        if stream == "btcusdt@depth" and dropped[0] == 0:
            dropped[0] = 1
            return []
        return None

    async with running("spot") as one:
        one.server.faults.on_streams(bend)
        await one.until(lambda: one.feed.feeds[NAME].book.resyncs == 1)
        await one.until(lambda: one.is_live)


async def test_bad_messages_on_the_wire_harm_nothing() -> None:
    """F51, F55, F56, F57."""
    odd: list[dict[str, Any] | str | bytes] = [
        {"e": "trade", "s": "BTCUSDT", "t": 1, "p": "NaN", "q": "1", "T": 1_700_000_000_000, "m": True},
        {"e": "trade", "s": "BTCUSDT", "t": 1, "p": "1", "q": "1e30", "T": 1_700_000_000_000, "m": True},
        {"e": "trade", "s": "BTCUSDT", "t": 1, "p": "1", "q": "1", "T": 1_700_000_000_000_000, "m": True},
        {
            "e": "trade",
            "s": "\u5e01\u5b89USDT",
            "t": 1,
            "p": "1",
            "q": "1",
            "T": 1_700_000_000_000,
            "m": True,
        },
        {"e": "somethingNew", "s": "BTCUSDT"},
        '{"e":"depthUpdate","s":"BTCUSDT"' + " " * 2_000_000,
        b'{"e":"trade"\xff\xfe',
    ]
    async with running("spot") as one:
        for message in odd:
            for socket in one.server.hub.sockets:
                socket.put(message)
        await one.until(lambda: one.feed.counts["bad frame"] >= 4)
        await anyio.sleep(0.3)
        await one.until(lambda: one.is_live)
        assert max(event.price for event in one.journal.of(TradePrinted)) < 100_000


async def test_a_shutdown_notice_moves_the_streams_to_a_new_connection_and_loses_no_trade() -> None:
    """F44, R70: make before break."""
    async with running("linear") as one:
        old = list(one.server.hub.sockets)
        began = len(one.journal.of(TradePrinted))
        first = len(one.server.tickers["BTCUSDT"].trades)
        for socket in old:
            socket.put({"e": "serverShutdown", "E": one.server.now()})
        await one.until(lambda: one.feed.counts["renewed"] == 1)
        assert not any(socket in old for socket in one.server.hub.sockets)  # We left; nobody was cut off.
        await anyio.sleep(0.5)
        assert one.is_live
        await one.until(
            lambda: (
                len(one.journal.of(TradePrinted)) - began
                >= len(one.server.tickers["BTCUSDT"].trades) - first - 2
            )
        )
        assert one.feed.counts["reconnect"] == 0
        assert one.journal.of(FeedStalled) == [
            one.journal.of(FeedStalled)[0]
        ]  # Before it began, and never since.
        assert one.feed.counts["trades lost"] == 0


@captures.needs_captures
@pytest.mark.parametrize(("market", "name"), [("spot", captures.SPOT), ("linear", captures.FUTURES)])
async def test_a_recording_served_byte_for_byte_arrives_as_it_was(market: str, name: str) -> None:
    """Through the client's own connection: every frame of market data, in order, and each can be read."""
    recorded = (frame for _, frame in captures.binance(name) if is_hot(frame))
    frames = [frame for _, frame in zip(range(4_000), recorded, strict=False)]
    heard: list[bytes] = []
    async with running(market) as one:
        one.server.faults.on_streams(lambda _stream, _message: [])  # Only the recording speaks.
        await anyio.sleep(0.1)
        one.feed._source._sink = heard.append  # type: ignore[attr-defined]
        await replay(one.server.hub.sockets, frames)
        connections = sum(not socket.user for socket in one.server.hub.sockets)
        await one.until(lambda: len(heard) >= len(frames) * connections)
    decoder = BinanceDecoder({"BTCUSDT": NAME})
    assert sorted(heard) == sorted(frames * connections)
    assert all(decoder.decode(frame) for frame in frames)
