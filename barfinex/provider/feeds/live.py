"""The live feed: raw frames in, market facts out; what cannot be believed is told and held back."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import anyio

from barfinex.bus.port import Port
from barfinex.clock import Clock
from barfinex.domain.candles import Candles, Provenance
from barfinex.domain.instrument import timeframe_ms
from barfinex.events.provider import (
    BookChanged,
    BookSampled,
    CandlesClosed,
    DataChecked,
    FeedRecovered,
    FeedStalled,
    TradePrinted,
)
from barfinex.provider.candles import CandleBuilder
from barfinex.provider.feeds.crosscheck import CANDLES, CrossCheck
from barfinex.provider.feeds.instrument import InstrumentFeed
from barfinex.provider.feeds.keeper import StreamKeeper
from barfinex.provider.feeds.source import MarketSource
from barfinex.provider.feeds.tape import tick_of
from barfinex.provider.flow import FlowMeter
from barfinex.provider.streams.messages import BadFrame, Control, Depth, Print
from barfinex.provider.venues.errors import VenueError
from barfinex.provider.venues.market import Tick

PAGE = 1_000  # Candles that an exchange tells at once.
FRAMES_MAX = 100_000
PULSE_S = 0.05
SAMPLE_MS = 5_000
LATE_MS = 250  # How long a candle waits for its last trades.
TOP = 20
PAUSE_S = 1.0


class Around(NamedTuple):
    """What a feed is told by, and tells, others. `known(instrument)`: the start of the last candle that is
    known, ms UTC, or 0; `outside(instrument)`: what else speaks against trading it; `ticked(tick)` sees each
    trade, and `closed(block)` each closed candle, before anybody else does; `corrected(block)` are those that
    the exchange tells otherwise than they were."""

    known: Callable[[str], int] = lambda _instrument: 0
    outside: Callable[[str], str] = lambda _instrument: ""
    ticked: Callable[[Tick], None] = lambda _tick: None
    closed: Callable[[Candles], None] = lambda _block: None
    corrected: Callable[[Candles], None] = lambda _block: None


ALONE = Around()


class LiveFeed:
    """A service of the Provider. First `backfill` candles of each instrument by REST, then the streams.

    While an instrument is not live no candle of it closes: what it missed is fetched when it is live again.
    Frames wait in a queue of at most `FRAMES_MAX`; when it runs over all books are lost and begin anew.
    """

    def __init__(
        self,
        source: MarketSource,
        instruments: Sequence[str],
        timeframe: str,
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]],
        backfill: int = 400,
        around: Around = ALONE,
    ) -> None:
        self._source, self._clock, self._sleep = source, clock, sleep
        self._timeframe, self._backfill = timeframe, backfill
        self._step, self._around = timeframe_ms(timeframe), around
        self._frames: deque[bytes] = deque(maxlen=FRAMES_MAX + 1)  # `_arrive` empties it before it runs over
        now = clock.now()
        self.feeds = {name: InstrumentFeed(name, source.rule_of(name), now) for name in instruments}
        self._checks = {name: CrossCheck(now) for name in instruments}
        self._builder, self._flow = CandleBuilder(timeframe), FlowMeter(timeframe)
        self._closed: dict[str, int] = {}
        self._blind: dict[str, int] = {}  # Candles up to here lack trades of ours: the exchange's own count.
        self._sampled: dict[str, int] = {}
        self._busy: set[str] = set()
        self.counts: Counter[str] = Counter()
        self._keeper = StreamKeeper(source, instruments, clock, sleep, self.counts)

    async def __call__(self, port: Port) -> None:
        self._source.listen(self._arrive)
        for name, feed in self.feeds.items():
            port.emit(FeedStalled(instrument=name, reason=feed.cause))
        for name in self.feeds:
            await self._fetch_candles(name, port)
        async with anyio.create_task_group() as group:
            group.start_soon(self._keeper)
            while True:  # bound: the task's cancellation; each turn handles what has arrived
                self._pulse(port, self._clock.now(), group.start_soon)
                await self._sleep(PULSE_S)

    def _arrive(self, frame: bytes) -> None:
        if len(self._frames) >= FRAMES_MAX:
            self._frames.clear()
            self.counts["overflow"] += 1
            for feed in self.feeds.values():
                feed.book.lose("frames came faster than they could be read")
        self._frames.append(frame)

    def _pulse(self, port: Port, now: int, start: Callable[..., object]) -> None:
        changed: dict[str, None] = {}
        while self._frames:  # bound: FRAMES_MAX; nothing is awaited, so nothing arrives meanwhile
            self._read(self._frames.popleft(), now, changed, port)
        for name, feed in self.feeds.items():
            if name in changed:
                self._show(feed, now, port)
            self._look(feed, now, port, start)
        self._close(now, port, start)

    def _read(self, frame: bytes, now: int, changed: dict[str, None], port: Port) -> None:
        try:
            messages = self._source.decoder.decode(frame)
        except BadFrame:
            self.counts["bad frame"] += 1
            return
        for message in messages:
            match message:
                case Print() if message.instrument in self.feeds:
                    if self.feeds[message.instrument].hear_trade(message, now):
                        self._trade(message, port)
                case Depth() if message.instrument in self.feeds:
                    if self.feeds[message.instrument].hear_depth(message, now):
                        changed[message.instrument] = None
                case Control():
                    self.counts[message.kind] += 1
                    self._keeper.due |= message.kind == "shutdown"

    def _trade(self, trade: Print, port: Port) -> None:
        tick = tick_of(trade)
        self._around.ticked(tick)
        self._builder.add(tick)
        self._flow.trade(tick)
        event = TradePrinted(
            instrument=trade.instrument, price=trade.price, quantity=trade.quantity, side=trade.side
        )
        port.emit(event, ts=trade.ts)

    def _show(self, feed: InstrumentFeed, now: int, port: Port) -> None:
        bids, asks = feed.book.top(TOP)
        if not bids or not asks:
            return
        self._flow.book(feed.instrument, now, bids, asks)
        port.emit(BookChanged(instrument=feed.instrument, bids=bids, asks=asks))
        if now - self._sampled.get(feed.instrument, -SAMPLE_MS) >= SAMPLE_MS:
            self._sampled[feed.instrument] = now
            port.emit(BookSampled(instrument=feed.instrument, bids=bids, asks=asks))

    def _look(self, feed: InstrumentFeed, now: int, port: Port, start: Callable[..., object]) -> None:
        what, blind = feed.look(now, self._around.outside(feed.instrument))
        if what == "stalled":
            port.emit(FeedStalled(instrument=feed.instrument, reason=feed.cause))
        elif what == "recovered":
            port.emit(FeedRecovered(instrument=feed.instrument, blind_ms=blind))
            self._blind[feed.instrument] = now // self._step * self._step
            self._once("candles", feed.instrument, self._fetch_candles, port, start)
        if feed.wants_snapshot(now):
            self._once("snapshot", feed.instrument, self._fetch_snapshot, port, start)
        if feed.tape.missing:
            self._once("trades", feed.instrument, self._fetch_trades, port, start)
        if feed.tape.lost:
            self.counts["trades lost"] += feed.tape.lost
            feed.tape.lost, self._blind[feed.instrument] = 0, now // self._step * self._step
        if feed.stale is None:
            if self._checks[feed.instrument].is_due(now):
                self._once("candle check", feed.instrument, self._check_candles, port, start)
            if self._checks[feed.instrument].is_book_due(now):
                self._once("book check", feed.instrument, self._check_book, port, start)
        if feed.wants_subscription(now):
            self._once("streams", feed.instrument, self._subscribe, port, start)

    def _once(
        self,
        what: str,
        name: str,
        work: Callable[[str, Port], Awaitable[None]],
        port: Port,
        start: Callable[..., object],
    ) -> None:
        """Begin a piece of work about an instrument, unless it is under way."""
        key = f"{what} {name}"
        if key not in self._busy:
            self._busy.add(key)
            start(self._try, key, work, name, port)

    async def _try(
        self, key: str, work: Callable[[str, Port], Awaitable[None]], name: str, port: Port
    ) -> None:
        try:
            await work(name, port)
        except VenueError:
            self.counts["no answer"] += 1
            await self._sleep(PAUSE_S)
        finally:
            self._busy.discard(key)

    async def _subscribe(self, name: str, _port: Port) -> None:
        """On the present connection; when that has not helped, that connection may be dead without a word."""
        self.counts["resubscribed"] += 1
        if self.feeds[name].tried > 1:
            self._keeper.due = True
        else:
            await self._source.unsubscribe(name)
        self.feeds[name].restart(self._clock.now())

    async def _fetch_snapshot(self, name: str, _port: Port) -> None:
        self.feeds[name].book.take(await self._source.snapshot(name))

    async def _fetch_trades(self, name: str, port: Port) -> None:
        """What is missing now is asked for, page by page while that helps: what is not had then is lost."""
        tape = self.feeds[name].tape
        for first, last in list(tape.missing.items()):
            at = first
            while at <= last:  # bound: each turn comes further, or is the last
                found = [one for one in await self._source.trades(name, at, last) if tape.take(one)]
                for trade in found:
                    self._trade(trade, port)
                numbers = [one.id for one in found if isinstance(one.id, int)]
                at = max(numbers, default=last) + 1
            tape.give_up(first, last)

    async def _fetch_candles(self, name: str, port: Port) -> None:
        """Closed candles that are not known yet, as one block."""
        now = self._clock.now()
        since = self._closed.get(name, self._around.known(name))
        since = since + self._step if since else now // self._step * self._step - self._backfill * self._step
        if since + self._step > now:
            return
        # What came before the run is history; what we should have seen ourselves is a repair.
        kind = Provenance.REPAIRED if name in self._closed else Provenance.FINAL
        pages = []
        while since + self._step <= now:  # bound: each page comes further, or is the last
            series = await self._source.candles(name, self._timeframe, since, min(self._backfill, PAGE))
            if not len(series.ts) or int(series.ts[-1]) < since:
                break
            pages.append(series)
            since = int(series.ts[-1]) + self._step
        for series in pages:
            self._publish(replace(series, provenance=kind).block(), port)

    async def _check_candles(self, name: str, port: Port) -> None:
        """Candles of ours that the exchange tells otherwise: said aloud, and its own kept beside them."""
        check = self._checks[name]
        wrong = check.differing(await self._source.candles(name, self._timeframe, check.since, CANDLES))
        if wrong is not None:
            self._around.corrected(wrong)
            event = DataChecked(
                instrument=name,
                source="exchange",
                candles=CANDLES,
                findings={"candles_differ": len(wrong)},
                quarantined={},
            )
            port.emit(event)

    async def _check_book(self, name: str, _port: Port) -> None:
        """A book that is far from what the exchange answers begins anew."""
        feed, told = self.feeds[name], await self._source.snapshot(name)
        bids, asks = feed.book.top(1)
        if not (bids and asks and told.bids and told.asks):
            return
        theirs = max(price for price, _ in told.bids), min(price for price, _ in told.asks)
        if self._checks[name].disagrees((bids[0][0], asks[0][0]), theirs, self._clock.now()):
            self.counts["book differs"] += 1
            feed.book.lose(f"the exchange says {theirs[0]:g} to {theirs[1]:g}")

    def _close(self, now: int, port: Port, start: Callable[..., object]) -> None:
        """Candles close a moment late, and only of instruments that are live. One that lacks trades, or does
        not follow the last, is fetched."""
        for block in self._builder.close_until(now - LATE_MS):
            name, ts = block.instrument, block.last_ts
            if self.feeds[name].stale is not None:
                continue
            if ts > self._blind.get(name, 0) and ts == self._closed.get(name, 0) + self._step:
                port.emit(self._flow.measured(name, ts), ts=ts)
                self._checks[name].published(block)
                self._publish(block, port)
            elif ts > self._closed.get(name, 0):
                self._once("candles", name, self._fetch_candles, port, start)

    def _publish(self, block: Candles, port: Port) -> None:
        self._closed[block.instrument] = block.last_ts
        self._around.closed(block)
        port.emit(CandlesClosed(candles=block), ts=block.last_ts)
