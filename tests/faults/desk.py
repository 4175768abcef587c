"""The real Provider and Inspector in lockstep at a faulty venue; a test is Advisor, market and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from barfinex.audit.journal import HashJournal
from barfinex.bus.bus import Bus
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock
from barfinex.config import Config, InspectorConfig
from barfinex.detector.loader import Loaded
from barfinex.domain.candles import series_of
from barfinex.domain.order import Order, OrderRequest, OrderState, Purpose
from barfinex.domain.signal import Bracket, Direction, SignalKind
from barfinex.domain.verdict import Approved
from barfinex.events.advisor import IntentProposed
from barfinex.events.base import Event
from barfinex.events.inspector import TradingHalted
from barfinex.events.kernel import AlertFired
from barfinex.events.provider import CandlesClosed, FaultInjected
from barfinex.events.studio import HaltRequested
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.module import ProviderModule
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconciliation.checks import checks_of
from barfinex.provider.throttle import Throttle
from barfinex.provider.venues.faults.catalogue import faults_named
from barfinex.provider.venues.faults.script import Fault
from barfinex.provider.venues.faults.venue import FaultyVenue
from barfinex.runtime.kernel import Composition, attach, mode_of
from barfinex.runtime.restore import restore
from tests.factories import BTC, START, intent
from tests.faults.witness import FaultWitness, Oracle

D = Decimal
STEP_MS = 500
SETTINGS: dict[str, Any] = {
    "instruments": [{"symbol": BTC, "tick": "0.01", "lot": "0.001"}],
    "venue": {"fee": "0.001", "cash": "100000"},
    "sizing": {"method": "units", "units": "1"},
    "inspector": {
        "approval_ttl_ms": 2_000,
        "breaker_sigma": "off",
        "content_window_ms": 1,
        "stops_instrument_max": 1_000,
        "stops_total_max": 1_000,
        "low_profit_trades": 1_000,
    },
    "gateway": {"enabled": False},
}


class Wire(FaultyVenue):
    """Counts what goes over the wire: `sent` by client id, `calls` of any kind as (ms UTC, what)."""

    def __init__(self, *given: Any) -> None:
        self.sent: Counter[str] = Counter()
        self.requests: dict[str, OrderRequest] = {}
        super().__init__(*given)

    async def submit(self, approved: Sequence[Approved[OrderRequest]]) -> None:
        for permit in approved:
            self.sent[permit.order.id] += 1
            self.requests[permit.order.id] = permit.order
        await super().submit(approved)


class Desk:
    """One run. `await desk.pass_by(3)` lets three seconds of market pass, at one price unless told."""

    def __init__(self, faults: str | Sequence[Fault] = "", seed: int = 1, **changes: dict[str, Any]) -> None:
        settings = {
            name: {**section} if isinstance(section, dict) else section for name, section in SETTINGS.items()
        }
        for section, values in changes.items():
            settings[section] = {**settings.get(section, {}), **values}
        limits = settings["inspector"]  # Of the limits only those that there are.
        settings["inspector"] = {
            name: limits[name] for name in limits if name in InspectorConfig.model_fields
        }
        self.config = Config.model_validate(settings)
        self.clock, self.journal = VirtualClock(START), HashJournal(keep=True)
        self.transport = self._transport()
        self.bus = Bus(self.transport, self.journal, self.clock, "run", arriving=True)
        composition = Composition(mode_of("backtest"), self.config, [BTC], Loaded(()), self.journal)
        self.store = Oracle(Path(":memory:"))
        armed = (faults_named(faults) if faults else ()) if isinstance(faults, str) else faults
        self.venue = Wire(composition.engine(), self.clock, self.store, armed, seed)
        self.provider, self.inspector = self._provider(), composition.inspector(self.venue)
        self.ports = attach(self.bus, self.transport, (self.provider, self.inspector))
        self.provider.gateway.start(self.ports["provider"])
        self.venue.announce(self.ports["provider"])
        for scope, every_ms in self.checks._every_ms.items():
            self.checks._ask(scope, every_ms, self.ports["provider"])
        self.witness = FaultWitness(self.config.venue.cash, self.store)
        self.bus.taps.append(self.witness.tap)
        self.price, self.trades = 100.0, 0
        self._open: list[float] = []
        self._rows: list[list[float]] = []
        self.bare_since: dict[str, int] = {}
        self.bare_ms: dict[str, int] = {}

    def _transport(self) -> LockstepTransport:
        return LockstepTransport()

    def _provider(self) -> ProviderModule:
        """With all that a run in real time has, on the clock of the test."""
        config, ledger = self.config, AccountLedger(self.config.venue.cash)
        throttle = Throttle(config.orders, self._sleep)
        gateway = OrderGateway(self.venue, self.journal, durable_s=None, throttle=throttle, ledger=ledger)
        self.checks = checks_of(config.reconcile, self.venue, gateway, ledger)
        return ProviderModule(gateway, (), self.checks)

    async def _sleep(self, seconds: float) -> None:
        self.clock.move(self.clock.now() + max(1, round(seconds * 1_000)))

    async def restart(self, seconds: float) -> None:
        """The process dies and begins anew so much later; it knows what the journal holds."""
        self.clock.due(10**15)  # Nobody remembers who asked to be called.
        self.clock.move(self.clock.now() + int(seconds * 1_000))
        composition = Composition(mode_of("backtest"), self.config, [BTC], Loaded(()), self.journal)
        self.transport = self._transport()
        last = self.journal.envelopes[-1].seq
        self.bus = Bus(self.transport, self.journal, self.clock, "again", arriving=True, seq=last)
        self.bus.taps.append(self.witness.tap)
        self.provider, self.inspector = self._provider(), composition.inspector(self.venue)
        self.ports = attach(self.bus, self.transport, (self.provider, self.inspector))
        restore((self.provider, self.inspector), list(self.journal.envelopes))
        self.provider.gateway.start(self.ports["provider"])
        self.venue.announce(self.ports["provider"])
        await self.checks.start(self.ports["provider"])
        for scope, every_ms in self.checks._every_ms.items():
            self.checks._ask(scope, every_ms, self.ports["provider"])
        self.provider.gateway.settling.watch_all(self.ports["provider"])
        await self.settle()
        await self.inspector.recover(self.ports["inspector"])
        await self.settle()

    async def settle(self) -> None:
        """Until nothing is left to handle and no check is due."""
        await self.transport.settle()
        while self.checks._due:
            await self.checks.look(self.checks._due.pop(), self.ports["provider"])
            await self.transport.settle()

    async def pass_by(self, seconds: float, to: float | None = None) -> None:
        """Market time passes; the price goes to `to` at once and stays there."""
        if to is not None:
            self.price = to
        for _ in range(int(seconds * 1_000 // STEP_MS)):
            await self._until(self.clock.now() // STEP_MS * STEP_MS + STEP_MS)

    async def enter(
        self,
        direction: Direction = Direction.LONG,
        bracket: Bracket | None = None,
        strategy: str = "trend",
    ) -> str:
        """A strategy wants in; returns the trade's id."""
        self.trades += 1
        name = f"{self.trades:04d}"
        wish = intent(
            id=f"int-{name}",
            signal_id=f"sig-{name}",
            trade_id=f"trd-{name}",
            strategy=strategy,
            direction=direction,
            price=self.price,
            bracket=bracket or Bracket(0.02, 0.04),
            expires_at=self.clock.now() + 60_000,
        )
        await self.propose(wish)
        return wish.trade_id

    async def leave(self, trade_id: str) -> None:
        """The strategy wants out."""
        known = self.inspector.book.positions.get(trade_id)
        self.trades += 1
        name = f"{self.trades:04d}"
        wish = intent(
            id=f"int-{name}",
            signal_id=f"sig-{name}",
            trade_id=trade_id,
            strategy=known.strategy if known else "trend",
            kind=SignalKind.EXIT,
            price=self.price,
            bracket=None,
            reason="signal",
            expires_at=self.clock.now() + 60_000,
        )
        await self.propose(wish)

    async def propose(self, wish: Any) -> None:
        event = IntentProposed(
            instrument=wish.instrument, decision_id=f"dec-{wish.id}", authority="gate", intent=wish
        )
        self.bus.publish(event, "advisor")
        await self.settle()

    async def hold(self, **how: Any) -> str:
        """Three candles, an entry, and three seconds to get in and be protected."""
        await self.pass_by(3)
        trade = await self.enter(**how)
        await self.pass_by(3)
        return trade

    async def halt(self) -> None:
        self.bus.publish(HaltRequested(way="command", reason="test"), "studio")
        await self.settle()

    def events(self, kind: type[Event]) -> list[Any]:
        return [row.event for row in self.journal.envelopes if isinstance(row.event, kind)]

    def strikes(self) -> list[str]:
        """The faults that struck, by number."""
        return [event.fault for event in self.events(FaultInjected)]

    @property
    def halted(self) -> bool:
        return bool(self.events(TradingHalted))

    def state(self, order_id: str) -> OrderState:
        return self.provider.gateway.orders[order_id].state

    def working(self, *purposes: Purpose) -> list[Order]:
        """Orders of ours that work at the venue, by its own store."""
        ours = [order for order in self.store.working() if order.request.id in self.venue.sent]
        return [order for order in ours if not purposes or order.request.purpose in purposes]

    def held(self) -> Decimal:
        """What the venue holds, by its own store."""
        return self.store.positions().get(BTC, D(0))

    def believed(self) -> Decimal:
        """What our books hold."""
        position = self.inspector.book.portfolio.positions.get(BTC)
        return D(0) if position is None else position.quantity

    def unknown(self) -> list[str]:
        return [
            order_id
            for order_id, order in self.provider.gateway.orders.items()
            if order.state is OrderState.UNKNOWN
        ]

    async def _until(self, moment: int) -> None:
        """Alerts at their times, then a trade at the venue and, each second, a candle."""
        while (at := self.clock.next_alert()) is not None and at <= moment:
            self.clock.move(max(at, self.clock.now()))
            for alert in self.clock.due(self.clock.now()):
                self.bus.publish(AlertFired(name=alert.name, at=alert.at), "kernel")
            await self.settle()
        self.clock.move(max(moment, self.clock.now()))
        self.venue.tick(BTC, moment, self.price, 1_000_000.0)
        self._open.append(self.price)
        await self.settle()
        if moment % 1_000 == 0:
            row = [moment - 1_000, self._open[0], max(self._open), min(self._open), self.price, 1_000_000.0]
            self._open, self._rows = [], [*self._rows[-9:], row]
            block = series_of(BTC, "1s", self._rows).block(len(self._rows) - 1)
            self.ports["provider"].emit(CandlesClosed(candles=block), ts=block.last_ts)
            await self.settle()
        self.watch()

    def watch(self) -> None:
        """For how long each trade has been without a stop or an exit over all of it, at the venue itself."""
        now, cover, leaving = self.clock.now(), Counter[str](), set()
        for order in self.working(Purpose.STOP, Purpose.EXIT):
            trade = order.request.trade_id
            if order.request.purpose is Purpose.EXIT:
                leaving.add(trade)
            cover[trade] += order.remaining  # type: ignore[assignment]
        for trade, left in self.store.left.items():
            if left <= 0 or cover[trade] >= left or trade in leaving:
                self.bare_since.pop(trade, None)
            else:
                since = self.bare_since.setdefault(trade, now)
                self.bare_ms[trade] = max(self.bare_ms.get(trade, 0), now - since)
