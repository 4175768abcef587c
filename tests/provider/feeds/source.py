"""A market source under a test's control, in virtual time: what it streams, and how it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import anyio

from barfinex.clock import VirtualClock
from barfinex.domain.candles import Series, series_of
from barfinex.events.base import Event
from barfinex.provider.feeds.live import ALONE, Around, LiveFeed
from barfinex.provider.streams.books import BINANCE_SPOT, BookRule
from barfinex.provider.streams.messages import BadFrame, Control, Depth, Message, Print
from barfinex.provider.venues.errors import VenueError
from tests.fakes import FakeJournal, FakePort

STEP, T0 = 60_000, 1_700_000_040_000
NAME = "BTC-USDT"


class Told:
    """Decodes by looking up: frame N is the N-th thing that the test has said."""

    def __init__(self) -> None:
        self.said: dict[bytes, Message] = {}

    def decode(self, frame: bytes) -> Sequence[Message]:
        if frame not in self.said:
            raise BadFrame("nobody said this")
        return (self.said[frame],)


class FakeSource:
    rule: BookRule = BINANCE_SPOT

    def __init__(self) -> None:
        self.decoder = Told()
        self.sink: Callable[[bytes], None] = lambda _: None
        self.subscribed = self.snapshots = self.renewals = self.retired = 0
        self.answers = True
        self.history: dict[int, Print] = {}
        self.bars: dict[int, list[float]] = {}
        self.last, self.shift = 1_000, 0.0

    def rule_of(self, instrument: str) -> BookRule:
        return self.rule

    def listen(self, sink: Callable[[bytes], None]) -> None:
        self.sink = sink

    def say(self, message: Message) -> None:
        frame = f"{len(self.decoder.said)}".encode()
        self.decoder.said[frame] = message
        self.sink(frame)

    def streams(self, instrument: str) -> Sequence[Callable[[], Awaitable[object]]]:
        async def stay() -> None:
            self.subscribed += 1
            await anyio.sleep_forever()

        return (stay,)

    def renew(self) -> None:
        self.renewals += 1

    is_heard = True

    async def retire(self) -> None:
        self.retired += 1

    async def unsubscribe(self, instrument: str) -> None:
        self.subscribed += 1

    async def snapshot(self, instrument: str) -> Depth:
        self._answer()
        self.snapshots += 1
        bids = tuple((99.0 + self.shift - k / 10, 1.0) for k in range(50))
        asks = tuple((101.0 + self.shift + k / 10, 1.0) for k in range(50))
        return Depth(instrument, T0, bids, asks, last=self.last, snapshot=True)

    async def trades(self, instrument: str, first: int, last: int) -> Sequence[Print]:
        self._answer()
        return [one for number, one in self.history.items() if first <= number <= last]

    async def candles(self, instrument: str, timeframe: str, since: int, limit: int) -> Series:
        self._answer()
        rows = [row for ts, row in sorted(self.bars.items()) if ts >= since]
        return series_of(instrument, timeframe, rows, "fake")

    def _answer(self) -> None:
        if not self.answers:
            raise VenueError("no answer")


class Watched:
    """A live feed on a fake source; a second passes when the test says so."""

    def __init__(self, around: Around = ALONE) -> None:
        self.clock, self.source, self.journal = VirtualClock(T0), FakeSource(), FakeJournal()
        self.port = FakePort(self.journal, self.clock)
        self._gate, self._number, self._wakes = anyio.Event(), 0, 0
        for k in range(5):
            ts = T0 // STEP * STEP - (5 - k) * STEP
            self.source.bars[ts] = [ts, 100, 101, 99, 100, 5]
        self.feed = LiveFeed(self.source, [NAME], "1m", self.clock, self._sleep, backfill=5, around=around)
        self.wakes: list[tuple[int, anyio.Event]] = []

    async def _sleep(self, seconds: float) -> None:
        """Until the clock was moved so far."""
        woken = anyio.Event()
        self.wakes.append((self.clock.now() + round(seconds * 1_000), woken))
        await woken.wait()

    async def pass_by(self, ms: int, each: Callable[[int], None] = lambda _: None, every: int = 100) -> None:
        """Let so many milliseconds pass; `each(now)` says what is streamed, every so many."""
        for _ in range(0, ms, every):
            self.clock.move(self.clock.now() + every)
            each(self.clock.now())
            due = [one for at, one in self.wakes if at <= self.clock.now()]
            self.wakes = [(at, one) for at, one in self.wakes if at > self.clock.now()]
            for one in due:
                one.set()
            for _ in range(5):
                await anyio.lowlevel.checkpoint()

    def depth(self, now: int, *, skip: int = 0) -> None:
        """The next change of the book; `skip` updates were lost before it."""
        first = self.source.last + 1 + skip
        self.source.last = first
        bids = ((99.0, 1.0 + first % 7),)
        self.source.say(Depth(NAME, now, bids, (), first, first))

    def trade(self, now: int, number: int | None = None, price: float = 100.0) -> Print:
        self._number = self._number + 1 if number is None else number
        one = Print(NAME, self._number, now, price, 1.0, "buy")
        self.source.history[self._number] = one
        self.source.say(one)
        return one

    def both(self, now: int) -> None:
        self.depth(now)
        self.trade(now)

    def events(self, kind: type[Event]) -> list[object]:
        return self.journal.of(kind)

    @property
    def is_live(self) -> bool:
        return self.feed.feeds[NAME].stale is None

    def shutdown(self) -> None:
        self.source.say(Control("shutdown"))
