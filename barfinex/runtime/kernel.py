"""The mode table and the composition of the modules: nothing else knows what a mode means (I12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import anyio

from barfinex.advisor.learning import libraries
from barfinex.advisor.learning.training import Challenge
from barfinex.advisor.module import AdvisorModule, Training, at_once
from barfinex.bus.bus import Bus
from barfinex.bus.port import Journal, Module, Port, Transport
from barfinex.clock import Clock
from barfinex.config import Config
from barfinex.detector.loader import Loaded
from barfinex.detector.module import DetectorModule
from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import Instrument
from barfinex.events.advisor_learning import ModelTrained
from barfinex.events.base import Event
from barfinex.inspector.ladder import Facilities
from barfinex.inspector.module import InspectorModule
from barfinex.provider.funding import Funding
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.module import ProviderModule, Service
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconciliation.checks import checks_of
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.throttle import Throttle
from barfinex.provider.venues.base import Capabilities, Venue
from barfinex.provider.venues.faults.script import Fault
from barfinex.provider.venues.faults.venue import FaultyVenue
from barfinex.provider.venues.matching import MatchingEngine
from barfinex.provider.venues.rates import Listed, Rates, Steady
from barfinex.provider.venues.sim import SimVenue
from barfinex.studio.module import StudioModule

ANSWER_S = 15.0
OVER_HISTORY = "backtest"


@dataclass(frozen=True, slots=True)
class Mode:
    """What a mode is made of. `sync`: what `durable` waits for; a venue that dies with us needs no disk."""

    feed: Literal["ccxt", "sim", "history", "journal"]
    venue: Literal["ccxt", "sim", "none"]
    clock: Literal["system", "virtual"]
    transport: Literal["memory", "lockstep"]
    llm: Literal["client", "rules", "recorded"]
    sync: Literal["full", "batch"]
    journals_candles: bool

    @property
    def is_outside(self) -> bool:
        """Whether orders leave this machine for an exchange."""
        return self.venue == "ccxt"


MODES: dict[str, Mode] = {
    "live": Mode("ccxt", "ccxt", "system", "memory", "client", "full", True),
    "paper": Mode("sim", "sim", "system", "memory", "rules", "full", True),
    "backtest": Mode("history", "sim", "virtual", "lockstep", "rules", "batch", False),
    "replay": Mode("journal", "none", "virtual", "lockstep", "recorded", "batch", False),
}


def mode_for(exchange: str) -> str:
    """The mode of a run in real time that names none: on the exchange of this name, or, empty, on none."""
    return "live" if exchange else "paper"


def mode_of(name: str) -> Mode:
    """Raises BadInput for a mode that is unknown."""
    mode = MODES.get(name)
    if mode is None:
        raise BadInput(f"mode {name}", "is not known", f"Choose one of {', '.join(MODES)}.")
    return mode


@dataclass(frozen=True, slots=True)
class Parts:
    """The five modules of one run, and the venue behind the Provider."""

    provider: ProviderModule
    inspector: InspectorModule
    advisor: AdvisorModule
    detector: DetectorModule
    studio: StudioModule
    venue: Venue

    @property
    def modules(self) -> tuple[Module, ...]:
        """In the order in which they are given an event: who holds the risk before who seeks it."""
        return self.provider, self.inspector, self.advisor, self.detector, self.studio


async def beside(work: Training, given: Challenge) -> ModelTrained:
    """Train in a thread: the event loop goes on."""
    return await anyio.to_thread.run_sync(work, given)


class Composition:
    """Builds modules from one configuration; a restart asks for another instance of one."""

    def __init__(
        self,
        mode: Mode,
        config: Config,
        symbols: Sequence[str],
        loaded: Loaded,
        journal: Journal,
        rates: Sequence[Listed] = (),
    ) -> None:
        self._mode, self._config, self.loaded, self._journal = mode, config, loaded, journal
        self.instruments, self._rates = instruments_of(config, symbols), rates
        for one in rates:
            known = self.instruments.get(one.instrument)
            if known is not None and known.linear is None:
                reason = f"funds {one.instrument}, which is not held on margin"
                raise BadInput(one.name, reason, 'Set market = "linear" for that instrument.')

    def engine(self) -> MatchingEngine:
        return MatchingEngine(self.instruments.values(), self._config.venue)

    def venue(self, clock: Clock, store: VenueStore, faults: Sequence[Fault] = ()) -> SimVenue:
        """The simulated exchange with a file of its own; with faults, one that misbehaves by their script."""
        if faults:
            return FaultyVenue(self.engine(), clock, store, faults, self._config.run.seed)
        return SimVenue(self.engine(), clock, store)

    def provider(self, venue: Venue, services: Sequence[Service] = ()) -> ProviderModule:
        """An account that outlives the process is compared with our books."""
        waits = 1.0 if self._mode.sync == "full" else None
        if self._mode.clock == "virtual":
            gateway = OrderGateway(venue, self._journal, durable_s=waits)
            return ProviderModule(gateway, services, funding=self._funding(venue))
        config = self._config
        linear = [name for name, one in self.instruments.items() if one.linear]
        ledger = AccountLedger(config.venue.cash, linear=linear)
        throttle = Throttle(config.orders, anyio.sleep)
        gateway = OrderGateway(
            venue, self._journal, durable_s=waits, answer_s=ANSWER_S, throttle=throttle, ledger=ledger
        )
        lots = {one.symbol: one.lot for one in config.instruments}
        checks = checks_of(config.reconcile, venue, gateway, ledger, lots)
        return ProviderModule(gateway, [*services, checks.run], checks, self._funding(venue, ledger))

    def _funding(self, venue: Venue, ledger: AccountLedger | None = None) -> Funding | None:
        """What settles funding at a venue of our own: by the series given, else at the configured rate."""
        if not isinstance(venue, SimVenue):
            return None
        terms, given = self._config.venue, {one.instrument: one for one in self._rates}
        steady = Steady(terms.funding_rate, terms.funding_every_ms) if terms.funding_rate else None
        rates: dict[str, Rates | None] = {
            name: given.get(name, steady) for name, one in self.instruments.items() if one.linear
        }
        return Funding(venue, {name: one for name, one in rates.items() if one is not None}, ledger)

    def inspector(self, venue: Venue | None = None) -> InspectorModule:
        """The Inspector for what this venue can do; without one, for the simulated venue as configured."""
        config = self._config
        has = Capabilities(oco=config.venue.oco) if venue is None else venue.capabilities
        targets = has.take_profit and (has.oco or has.reduce_only)
        can = Facilities(oco=has.oco, targets=targets, stop=has.stop, stop_limit=has.stop_limit)
        return InspectorModule(
            config.inspector,
            config.sizing,
            self.instruments,
            config.venue.cash,
            can,
            governor=config.governor,
        )

    def advisor(self) -> AdvisorModule:
        venue, is_virtual = self._config.venue, self._mode.clock == "virtual"
        if not is_virtual:
            libraries.load(self._config.advisor.boosted)
        return AdvisorModule(
            self._config.advisor,
            fee=float(venue.fee),
            spread_bps=venue.spread_bps,
            slippage_bps=venue.slippage_bps,
            instruments=frozenset(self.instruments),
            compute=at_once if is_virtual else beside,
        )

    def detector(self) -> DetectorModule:
        return DetectorModule(self.loaded, renewable=self._mode.clock == "system")

    def studio(self) -> StudioModule:
        return StudioModule()

    def parts(self, venue: Venue, services: Sequence[Service] = ()) -> Parts:
        return Parts(
            self.provider(venue, services),
            self.inspector(venue),
            self.advisor(),
            self.detector(),
            self.studio(),
            venue,
        )


def instruments_of(config: Config, symbols: Sequence[str]) -> dict[str, Instrument]:
    """The configured rules of each symbol; one that is not configured is traded without rounding."""
    configured = {instrument.symbol: instrument.build("sim") for instrument in config.instruments}
    return {symbol: configured.get(symbol) or Instrument(symbol) for symbol in symbols}


def attach(bus: Bus, transport: Transport, modules: Sequence[Module]) -> dict[str, Port]:
    """Seat the modules at the bus; returns each one's port for what it does on its own account."""
    ports: dict[str, Port] = {}
    for module in modules:
        spawner = transport.spawner(module.name)
        transport.attach(module, bus.answers(module.name, spawner))
        ports[module.name] = bus.port(module.name, spawner)
    return ports


def consumers(event: type[Event]) -> list[str]:
    """The names of the modules that are given this event."""
    modules = (ProviderModule, InspectorModule, AdvisorModule, DetectorModule, StudioModule)
    return [module.name for module in modules if event in module.consumes]
