"""A run over history: candle files through the whole system, in virtual time, in lockstep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from barfinex import __version__
from barfinex.audit.journal import HashJournal, SqliteJournal
from barfinex.bus.bus import Bus
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock, stopwatch_ns
from barfinex.config import Config
from barfinex.detector.loader import Loaded
from barfinex.domain.candles import Series
from barfinex.domain.ids import ident
from barfinex.events.kernel import AlertFired, RunEnded, RunStarted
from barfinex.events.provider import DataQuarantined
from barfinex.provider.feed import HistoryMarket
from barfinex.provider.venues.sim import SimVenue
from barfinex.runtime.kernel import Composition, attach
from barfinex.runtime.replay import LockstepDriver
from barfinex.runtime.results import Collector, equity_curve, max_drawdown, sharpe

AnyJournal = SqliteJournal | HashJournal


@dataclass(frozen=True, slots=True)
class Input:
    """One checked candle file: its series (and what was resampled from it), its hash, and what was left out."""

    series: tuple[Series, ...]
    name: str
    sha256: str
    quarantined: dict[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    run_id: str
    collector: Collector
    series: tuple[Series, ...]
    candles: int
    wall_s: float

    def report(self, config: Config) -> dict[str, Any]:
        """Everything a person asks of a run, JSON-ready; the equity curve marks every candle."""
        times, equity = equity_curve(self.series, self.collector.fills, config.venue.cash)
        ratio = sharpe(times, equity)
        return {
            "run_id": self.run_id,
            "bars": self.candles,
            "wall_s": round(self.wall_s, 4),
            "bars_per_s": round(self.candles / self.wall_s),
            **self.collector.report(),
            "final_equity": round(float(equity[-1]), 8),
            "max_drawdown": round(max_drawdown(equity), 6),
            "sharpe": None if ratio is None else round(ratio, 4),
        }


async def run_history(
    config: Config,
    inputs: Sequence[Input],
    loaded: Loaded,
    journal: AnyJournal,
    *,
    mode: str,
    block: int = 0,
    progress: Callable[[int], None] = lambda now: None,
) -> Outcome:
    """Trade the inputs from the first candle to the last; equal inputs give an equal journal hash (I8)."""
    series = tuple(one for source in inputs for one in source.series)
    symbols = tuple(dict.fromkeys(one.instrument for one in series))
    clock = VirtualClock(min(int(one.ts[0]) for one in series))
    transport = LockstepTransport()
    data = {source.name: source.sha256 for source in inputs}
    strategies = {one.strategy.name: one.source_hash for one in loaded.strategies}
    run_id = ident("run", __version__, config.fingerprint(), sorted(strategies.items()), sorted(data.items()))
    bus = Bus(transport, journal, clock, run_id, arriving=False, seq=journal.last_seq)
    parts = Composition(config, symbols, loaded, journal, clock)
    venue = SimVenue(parts.engine(), clock)
    modules = parts.parts(venue)
    ports = attach(bus, transport, modules.modules)
    collector = Collector()
    bus.taps.append(collector.tap)

    def fire(at: int, name: str) -> None:
        bus.publish(AlertFired(name=name, at=at), "kernel")

    market = HistoryMarket(venue, ports["provider"])
    quiet = (modules.detector, modules.inspector, modules.advisor)
    driver = LockstepDriver(series, market, quiet, clock, transport, fire, block)
    bus.taps.append(driver.tap)
    began = stopwatch_ns()
    started = RunStarted(
        mode=mode,
        version=__version__,
        config=config.model_dump(mode="json"),
        config_hash=config.fingerprint(),
        strategies=strategies,
        data=data,
    )
    bus.publish(started, "kernel")
    for source in inputs:
        if source.quarantined:
            noted = DataQuarantined(
                instrument=source.series[0].instrument, source=source.name, defects=source.quarantined
            )
            ports["provider"].emit(noted)
    modules.provider.gateway.start(ports["provider"])
    modules.detector.start(ports["detector"])
    await transport.settle()
    await driver.run(progress)
    bus.publish(RunEnded(reason="the data ended"), "kernel")
    await transport.settle()
    journal.flush()
    wall_s = (stopwatch_ns() - began) / 1e9
    return Outcome(run_id, collector, series, sum(len(one.ts) for one in series), wall_s)
