"""A run in real time: on the embedded market unless its side is an exchange."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from barfinex import __version__
from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.bus.bus import Bus
from barfinex.bus.port import JournalFailed, Module, Port, Tap
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.clock import SystemClock
from barfinex.detector.loader import Loaded, LoadedStrategy
from barfinex.domain.candles import Candles
from barfinex.domain.errors import BadInput
from barfinex.domain.ids import ident
from barfinex.events.kernel import RunStarted
from barfinex.events.provider import CandlesClosed
from barfinex.provider.gateway.app import Gateway
from barfinex.provider.gateway.auth import token_in
from barfinex.provider.quality import MarketQuality
from barfinex.runtime.guarding import keep_watchdog
from barfinex.runtime.health import Health
from barfinex.runtime.journaling import journal_of
from barfinex.runtime.kernel import Composition, Parts, attach, mode_of
from barfinex.runtime.places import NO_SEAMS, Places, Seams
from barfinex.runtime.reloading import Read, StrategyWatch, Takes
from barfinex.runtime.restore import past, restore
from barfinex.runtime.results import TAPPED, Tally
from barfinex.runtime.sides import Side, Start
from barfinex.runtime.supervisor import ModuleLost, single
from barfinex.runtime.system import System

RECALL_S = 5.0
WATCH_S = 2.0  # A file that is being read is not waited for longer.


async def run_real_time(
    side: Side,
    loaded: Loaded,
    places: Places,
    *,
    mode: str,
    duration_s: float | None = None,
    taps: Sequence[Tap] = (),
    started: Callable[[dict[str, Any]], None] = lambda _: None,
    seams: Seams = NO_SEAMS,
) -> dict[str, Any]:
    """Trade on this side until the duration ends or the run is stopped; returns the report.

    Raises:
        ModuleLost: the Provider or the Inspector failed and the run ended for safety.
        BadInput: a file of the run is unusable.
    """
    with journal_of(side.config.journal, places.journal, mode_of(mode).sync) as journal:
        latest = _latest(places.journal, journal.last_seq)
        clock = SystemClock(side.speed, latest, side.begins)
        run = _Run(side, loaded, places, mode, clock, journal, seams)
        run.bus.taps.extend(taps)
        if seams.read is not None:
            run.watch_strategies(seams.read)
        started(run.health.status())
        try:
            await run.system.run(run.arm, run.disarm, run.recall_entries, duration_s)
        except BadInput:
            raise
        except Exception as error:
            with anyio.move_on_after(RECALL_S, shield=True):
                await run.recall_entries()
            raise error if isinstance(error, ModuleLost) else ModuleLost("the kernel", error) from error
        finally:
            side.close()
        journal.flush()
        report = run.report()
    with Reader(places.journal) as reader:
        chain = reader.verify(newest_only=True)
    return {
        **report,
        "chain": "ok" if chain.ok else f"broken at {chain.broken_seq}",
        "journal_hash": chain.head,
    }


def _latest(journal: Path, seq: int) -> int:
    """When the last run was last heard of, ms UTC; 0 before the first."""
    if not seq:
        return 0
    with Reader(journal) as reader:
        return reader.at(seq).known_at


def _makers(composition: Composition) -> dict[str, Callable[[], Module]]:
    """What makes a new instance of each module that is restarted."""
    return {
        "detector": composition.detector,
        "advisor": composition.advisor,
        "studio": composition.studio,
    }


class _Run:
    """The parts of one run, put together."""

    def __init__(
        self,
        side: Side,
        loaded: Loaded,
        places: Places,
        mode: str,
        clock: SystemClock,
        journal: SqliteJournal,
        seams: Seams,
    ) -> None:
        config = side.config
        self._config, self._clock, self._journal, self._places = config, clock, journal, places
        symbols = [instrument.symbol for instrument in config.instruments]
        self._side, self._loaded, self._mode = side, loaded, mode
        run_id = ident("run", __version__, config.fingerprint(), journal.last_seq, clock.now())
        self.health = Health(run_id, mode)
        transport = MemoryTransport()
        arriving = mode_of(mode).journals_candles
        wired = seams.journal(journal)
        self.bus = Bus(transport, wired, clock, run_id, arriving=arriving, seq=journal.last_seq)
        self._transport = transport
        composition = Composition(mode_of(mode), config, symbols, loaded, wired)
        self._armed = anyio.Event()
        self._feed_scope = anyio.CancelScope()
        venue = seams.venue(side.venue(composition, clock))
        self.parts: Parts = composition.parts(venue, [self._feed_when_armed])
        assert self.parts.provider.checks is not None, "real time has an account to compare with"
        self._checks = self.parts.provider.checks
        self._ports = attach(self.bus, transport, self.parts.modules)
        self.health.watch(self.parts.inspector.book, clock)
        self.parts.provider.start(self._ports["provider"])
        self.bus.taps.append(self.parts.provider.gateway.kill.tap)
        side.begin(self._ports["provider"])
        quality = MarketQuality()
        self.bus.tap(quality.see, *MarketQuality.consumes())
        self.parts.provider.add_service(partial(quality.run, sleep=anyio.sleep))
        self._tally = Tally(lambda: self.bus.counts)
        self._last: dict[str, Candles] = {}
        self._restored = self._restore()
        self.bus.tap(self._tally.tap, *TAPPED)
        if config.gateway.enabled:
            self._add_gateway()
        self._composition, self._detector = composition, self.parts.detector
        self._watch: StrategyWatch | None = None
        makers = {**_makers(composition), "detector": self._new_detector}
        self.system = System(
            self.bus, transport, clock, self._ports, makers, self.health, journal, places.halt
        )
        self.system.add(partial(keep_watchdog, places.halt, config.governor, self._watchdog_lost))

    def _new_detector(self) -> Module:
        self._detector = self._composition.detector()
        return self._detector

    def watch_strategies(self, read: Read) -> None:
        """Before the start only."""
        takes = Takes(self._stage, self._turn_down, lambda: self._detector.past())  # noqa: PLW0108 - it changes
        self._watch = StrategyWatch(self._config.run.strategies_dir, read, takes)
        self.system.add(self._watch.run)

    def _stage(self, file: Path, found: Sequence[LoadedStrategy]) -> None:
        self._detector.stage(str(file), found, self._ports["detector"])
        others = [one for one in self._composition.loaded.strategies if one.file != str(file)]
        self._composition.loaded = Loaded((*others, *found))  # For a Detector that has to be made anew.

    def _turn_down(self, file: Path, reason: str) -> None:
        self._detector.turn_down(str(file), reason, self._ports["detector"])

    def _watchdog_lost(self, why: str) -> None:
        self.system.stood_down("watchdog", RuntimeError(why))

    def _restore(self) -> int:
        if not self._journal.last_seq:
            return 0
        with Reader(self._places.journal) as reader:
            envelopes = list(past(reader, self.parts.modules))
        for envelope in envelopes:
            if isinstance(envelope.event, CandlesClosed):
                self._last[envelope.event.candles.instrument] = envelope.event.candles
        return restore(self.parts.modules, envelopes)

    def _add_gateway(self) -> None:
        gateway = Gateway(
            self._config.gateway,
            token=token_in(self._places.token, secrets.token_urlsafe),
            journal=self._places.journal,
            command=self.parts.studio.request,
            status=self.health.status,
            person_token=token_in(self._places.person, secrets.token_urlsafe),
        )
        self.health.url = gateway.url
        self.bus.taps.append(gateway.tap)

        async def serve(port: Port) -> None:
            """What trades does not depend on who watches: an API that fails ends alone."""
            try:
                await gateway.serve(port)
            except Exception as error:
                self.system.stood_down("gateway", single(error))

        self.parts.provider.add_service(serve)

    async def arm(self) -> None:
        """Say what runs, reconcile, protect what is open, then let the market in."""
        started = RunStarted(
            mode=self._mode,
            version=__version__,
            config=self._config.model_dump(mode="json"),
            config_hash=self._config.fingerprint(),
            strategies={one.strategy.name: one.source_hash for one in self._loaded.strategies},
            data={},
            waits=True,
        )
        self.bus.publish(started, "kernel")
        self.system.look_for_halt_file()
        parts = self.parts
        parts.detector.start(self._ports["detector"])
        parts.provider.catch_up(self._ports["provider"])
        await self._checks.start(self._ports["provider"])
        parts.provider.gateway.settling.watch_all(self._ports["provider"])
        await self._transport.settle()
        await parts.inspector.recover(self._ports["inspector"])
        await self._transport.settle()
        self._armed.set()

    async def recall_entries(self) -> None:
        """Nobody will be there: take back entries that have not filled, and leave what protects."""
        gateway = self.parts.provider.gateway
        for order_id, order in list(gateway.orders.items()):
            if order.state.is_open and order.request.purpose.opens:
                try:
                    await gateway.cancel(order_id)
                except JournalFailed:
                    pass  # The venue was told; that it could not be recorded is why the run ends.
        if self._watch is not None:
            with anyio.move_on_after(WATCH_S):
                await self._watch.stop()

    def disarm(self) -> None:
        """Nothing more comes in from the market."""
        self._feed_scope.cancel()
        self._checks.stop()

    async def _feed_when_armed(self, port: Port) -> None:
        await self._armed.wait()
        orders = [one.request for one in self.parts.provider.gateway.orders.values() if one.state.is_open]
        start = Start(self._last, self._journal.last_seq, self._checks.hurry, orders)
        services = self._side.services(start)
        with self._feed_scope:
            async with anyio.create_task_group() as group:
                for service in services:
                    group.start_soon(service, port)

    def report(self) -> dict[str, Any]:
        """Counts of each event type, positions and money, JSON-ready."""
        book = self.parts.inspector.book
        positions = {
            symbol: {"quantity": str(position.quantity), "entry_price": str(position.entry_price)}
            for symbol, position in sorted(book.portfolio.positions.items())
            if not position.is_flat
        }
        return {
            "run_id": self.health.run_id,
            "restored": self._restored,
            "events": dict(sorted(self._tally.counts.items())),
            **self._tally.report(),
            "positions": positions,
            "mismatches": dict(sorted(self._checks.reconciler.kinds.items())),
            "journal": str(self._places.journal),
        }
