"""A recorded feed as the side of a run: the same path from the first frame on, to the simulated venue."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import anyio
import anyio.lowlevel

from barfinex.bus.port import Port
from barfinex.clock import SystemClock, VirtualClock
from barfinex.config import Config, InstrumentConfig
from barfinex.domain.candles import Candles
from barfinex.domain.errors import BadInput
from barfinex.provider.feeds.live import Around, LiveFeed
from barfinex.provider.feeds.recording import FORMAT, Header, Recording
from barfinex.provider.feeds.replaysource import ReplaySource
from barfinex.provider.module import Service
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.streams.books import BookRule
from barfinex.provider.venues.base import Venue
from barfinex.provider.venues.ccxt.dialects import DIALECTS
from barfinex.provider.venues.market import Tick
from barfinex.provider.venues.sim import SimVenue
from barfinex.runtime.kernel import Composition
from barfinex.runtime.places import Places
from barfinex.runtime.sides import Start

RULES = ("tick", "lot", "quantity_min", "quantity_max", "notional_min", "market")


LINGER_S = 1.0


PULSE_MS = 50
TURNS = 12  # of the event loop: more than any chain of tasks that one pulse of the feed begins


class _Sleeper:
    """Sleeps that end when the recording's time comes."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._sleeping: list[tuple[int, anyio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        woken = anyio.Event()
        self._sleeping.append((self._clock.now() + round(seconds * 1_000), woken))
        await woken.wait()

    def wake(self) -> None:
        now = self._clock.now()
        due = [woken for at, woken in self._sleeping if at <= now]
        self._sleeping = [(at, woken) for at, woken in self._sleeping if at > now]
        for woken in due:
            woken.set()


class RecordedSide:
    """`speed` recorded seconds pass in one. The instruments and their rules are the recording's.

    Raises:
        BadInput: there is no such recording, or it is damaged.
    """

    def __init__(self, config: Config, places: Places, folder: Path, speed: float) -> None:
        self._recording, self.speed = Recording(folder), speed
        header = self._recording.header
        kept = {one.symbol: one for one in config.instruments}
        instruments = tuple(
            InstrumentConfig.model_validate(
                {**kept.get(symbol, InstrumentConfig(symbol=symbol)).model_dump(), **header.rules[symbol]},
                strict=False,
            )
            for symbol in header.instruments
        )
        self.config = config.model_copy(update={"instruments": instruments})
        self.begins = self._recording.begins
        self._store = VenueStore(places.venue)

    @property
    def duration_s(self) -> float:
        """How long it takes to play, and to say the last."""
        return (self._recording.ends - self._recording.begins) / 1_000 / self.speed + LINGER_S

    def venue(self, composition: Composition, clock: SystemClock) -> Venue:
        self._clock = clock
        self._venue: SimVenue = composition.venue(clock, self._store)
        return self._venue

    def begin(self, _port: Port) -> None:
        """It has nothing to say before the run is armed."""

    def services(self, _start: Start) -> Sequence[Service]:
        header = self._recording.header
        dialect = DIALECTS.get((header.exchange, header.market))
        if dialect is None:
            name = f"{header.exchange} {header.market}"
            raise BadInput(f"recording of {name}", "is in no dialect we read", "Record another exchange.")
        decoder = dialect.decoder({native: symbol for symbol, native in header.instruments.items()})

        def rule_of(name: str) -> BookRule:
            steps = header.rules[name]
            return dialect.rule_of(Decimal(steps["tick"]), Decimal(steps["lot"]))

        virtual = VirtualClock(self.begins)
        sleeper, source = _Sleeper(virtual), ReplaySource(self._recording, decoder, rule_of, virtual)
        around = Around(ticked=self._tick, closed=self._show)
        names, timeframe = tuple(header.instruments), header.timeframe
        feed = LiveFeed(source, names, timeframe, virtual, sleeper.sleep, header.backfill, around)

        async def play(port: Port) -> None:
            """Step by step through the recording's time, as fast as the run's clock goes."""
            async with anyio.create_task_group() as group:
                group.start_soon(feed, port)
                for now in range(self.begins, self._recording.ends + PULSE_MS, PULSE_MS):
                    while (wait := now - self._clock.now()) > 0:  # noqa: ASYNC110 - bound: the recorded time
                        await anyio.sleep(wait / 1_000 / self.speed)
                    virtual.move(now)
                    source.deliver(now)
                    sleeper.wake()
                    for _ in range(TURNS):
                        await anyio.lowlevel.checkpoint()
                await anyio.sleep_forever()

        return [play]

    def _tick(self, tick: Tick) -> None:
        self._venue.tick(tick.instrument, tick.ts, tick.price, tick.quantity)

    def _show(self, block: Candles) -> None:
        self._venue.show(block)

    def close(self) -> None:
        self._store.close()


def header_of(config: Config, native: dict[str, str]) -> Header:
    """What a recording of this run is of. `native`: the exchange's name of each instrument."""
    exchange = config.exchange
    rules = {one.symbol: {name: str(getattr(one, name)) for name in RULES} for one in config.instruments}
    return Header(FORMAT, exchange.id, exchange.market, exchange.timeframe, exchange.backfill, native, rules)
