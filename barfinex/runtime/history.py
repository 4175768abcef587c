"""A run over history: candle files through the whole system, in virtual time, in lockstep."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from barfinex import __version__
from barfinex.audit.journal import HashJournal, SqliteJournal
from barfinex.bus.bus import Bus
from barfinex.bus.port import Tap
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock, stopwatch_ns
from barfinex.config import Config
from barfinex.detector.loader import Loaded
from barfinex.domain.candles import Floats, Ints, Series
from barfinex.domain.errors import BadInput
from barfinex.domain.ids import ident
from barfinex.events.kernel import AlertFired, RunEnded, RunStarted
from barfinex.events.provider import DataChecked
from barfinex.provider.feed import HistoryMarket
from barfinex.provider.quality import MarketQuality
from barfinex.provider.venues.rates import Listed
from barfinex.provider.venues.sim import SimVenue
from barfinex.runtime.kernel import Composition, attach, mode_of
from barfinex.runtime.replay import UPSETTING, LockstepDriver
from barfinex.runtime.results import TAPPED, Collector, equity_curve, max_drawdown, sharpe

AnyJournal = SqliteJournal | HashJournal
COLLECT_AFTER = 100_000  # objects more made than freed


@dataclass(frozen=True, slots=True)
class Input:
    """A checked candle file: its series (and what was resampled from it), its hash, the rows left out by
    defect, and what else was found: candles missing, flat runs, outliers. `rates` are of its funding."""

    series: tuple[Series, ...]
    name: str
    sha256: str
    quarantined: dict[str, int]
    findings: dict[str, int] = field(default_factory=dict)
    rates: Listed | None = None

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file by its name."""
        candles = {self.name: self.sha256}
        return candles if self.rates is None else {**candles, self.rates.name: self.rates.sha256}


def hashes_of(inputs: Sequence[Input]) -> dict[str, str]:
    """SHA-256 of every file of a run by its name, by which a replay finds it.

    Raises:
        BadInput: two files that differ have the same name.
    """
    found: dict[str, str] = {}
    for name, sha256 in [pair for source in inputs for pair in source.hashes.items()]:
        if found.setdefault(name, sha256) != sha256:
            remedy = "Rename one of them: a replay finds the files of a run by their names."
            raise BadInput(name, "is the name of two files that differ", remedy)
    return found


def must_be_of(started: RunStarted, inputs: Sequence[Input]) -> None:
    """Raises BadInput when a file is not the one that the run was made from, or is missing."""
    given = hashes_of(inputs)
    for name in (*given, *started.data):
        if name not in given:
            raise BadInput(name, "is missing: the run was made from it", "Name that file, too, with --data.")
        if started.data.get(name) != given[name]:
            raise BadInput(name, "is not the file this run was made from", "Name that file with --data.")


@dataclass(frozen=True, slots=True, repr=False)  # asyncio writes the result of a finished task as text.
class Outcome:
    run_id: str
    collector: Collector
    series: tuple[Series, ...]
    candles: int
    wall_s: float

    def equity(self, cash: Decimal) -> tuple[Ints, Floats]:
        """(times, equity) at each close, in ms UTC and quote units."""
        return equity_curve(self.series, self.collector.fills, cash, self.collector.paid)

    def report(self, config: Config) -> dict[str, Any]:
        """Everything a person asks of a run, JSON-ready; the equity curve marks every candle."""
        times, equity = self.equity(config.venue.cash)
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
    taps: Sequence[Tap] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Trade the inputs from the first candle to the last; equal inputs give an equal journal hash (I8).

    Raises:
        BadInput: funding rates are given for an instrument that is not held on margin, or two files that
            differ have the same name.
    """
    run = _HistoryRun(config, inputs, loaded, journal, mode, block)
    run.bus.taps.extend(taps)
    began = stopwatch_ns()
    with _few_collections():
        await run.begin()
        await run.driver.run(progress)
        await run.end()
        journal.flush()
    wall_s = (stopwatch_ns() - began) / 1e9
    candles = sum(len(source.series[0].ts) for source in inputs)
    return Outcome(run.run_id, run.collector, run.series, candles, wall_s)


@contextmanager
def _few_collections() -> Iterator[None]:
    """A run makes millions of short-lived facts and hardly a cycle: looking for them seldom saves a tenth."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class _HistoryRun:
    """The parts of one run, put together."""

    def __init__(
        self,
        config: Config,
        inputs: Sequence[Input],
        loaded: Loaded,
        journal: AnyJournal,
        mode: str,
        block: int,
    ) -> None:
        self._inputs = inputs
        self.series = tuple(one for source in inputs for one in source.series)
        self._started = _started(config, inputs, loaded, mode)
        what = self._started
        self.run_id = ident("run", __version__, what.config_hash, what.strategies, what.data)
        clock = VirtualClock(min(int(one.ts[0]) for one in self.series))
        self._transport = LockstepTransport()
        arriving = mode_of(mode).journals_candles
        self.bus = Bus(self._transport, journal, clock, self.run_id, arriving=arriving, seq=journal.last_seq)
        symbols = tuple(dict.fromkeys(one.instrument for one in self.series))
        rates = [source.rates for source in inputs if source.rates is not None]
        composition = Composition(mode_of(mode), config, symbols, loaded, journal, rates)
        venue = SimVenue(composition.engine(), clock)
        self._parts = parts = composition.parts(venue)
        for one in self.series:
            parts.detector.others.know(one)
        self._ports = attach(self.bus, self._transport, parts.modules)
        market = HistoryMarket(venue, self._ports["provider"])
        quiet = (parts.detector, parts.inspector, parts.advisor)
        self.driver = LockstepDriver(self.series, market, quiet, clock, self._transport, self._fire, block)
        self.collector = Collector(lambda: self.bus.counts)
        self._quality = MarketQuality()
        self.bus.tap(self._quality.see, DataChecked)
        self.bus.tap(self.collector.tap, *TAPPED)
        self.bus.tap(self.driver.heard.append, *UPSETTING)

    async def begin(self) -> None:
        """Say what runs on what, and what of it was left out."""
        self.bus.publish(self._started, "kernel")
        for source in self._inputs:
            base = source.series[0]
            checked = DataChecked(
                instrument=base.instrument,
                source=source.name,
                candles=len(base.ts),
                findings=source.findings,
                quarantined=source.quarantined,
            )
            self._ports["provider"].emit(checked)
        self._quality.tell(self._ports["provider"])
        self._parts.provider.start(self._ports["provider"])
        self._parts.detector.start(self._ports["detector"])
        await self._transport.settle()

    async def end(self) -> None:
        self.bus.publish(RunEnded(reason="the data ended"), "kernel")
        await self._transport.settle()

    def _fire(self, at: int, name: str) -> None:
        self.bus.publish(AlertFired(name=name, at=at), "kernel")


def _started(config: Config, inputs: Sequence[Input], loaded: Loaded, mode: str) -> RunStarted:
    return RunStarted(
        mode=mode,
        version=__version__,
        config=config.model_dump(mode="json"),
        config_hash=config.fingerprint(),
        strategies={one.strategy.name: one.source_hash for one in loaded.strategies},
        data=hashes_of(inputs),
    )
