"""`barfinex run`: trade, on the embedded market unless configured otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import anyio
import typer

from barfinex.cli.check import sample_of
from barfinex.cli.exchanges import (
    ArmOption,
    EndpointOption,
    RecordOption,
    ReplayOption,
    SpeedOption,
    Taping,
    VenueOption,
    begun_with,
    refuse_unarmed,
    with_exchange,
)
from barfinex.cli.inputs import (
    ConfigOption,
    JournalOption,
    JsonOption,
    StrategyOption,
    answer,
    configuration,
    errors,
    folder,
    output,
)
from barfinex.cli.strategies import refuse_unsound, reread, strategies_of
from barfinex.config import Config
from barfinex.detector.loader import Loaded
from barfinex.domain.errors import BadInput
from barfinex.provider.venues.faults.catalogue import FAULTS, faults_named
from barfinex.provider.venues.faults.script import Fault
from barfinex.runtime.exchanging import exchange_side
from barfinex.runtime.kernel import mode_for, mode_of
from barfinex.runtime.places import NO_SEAMS, Places, Seams
from barfinex.runtime.realtime import run_real_time
from barfinex.runtime.recorded import RecordedSide
from barfinex.runtime.sides import EmbeddedSide, Side
from barfinex.studio.tail import Printer

FaultOption = Annotated[
    str | None, typer.Option(help="What the venue does wrong: NAME[,NAME...]; list prints them.")
]
ModeOption = Annotated[
    str | None, typer.Option(help="live: an account of the exchange; paper: simulated orders.")
]
SeedOption = Annotated[
    int | None, typer.Option(min=0, help="Of the market and the faults; default run.seed.")
]


def run(
    duration: Annotated[float | None, typer.Option(min=0.1, help="Stop after so many seconds.")] = None,
    config: ConfigOption = None,
    strategy: StrategyOption = None,
    journal: JournalOption = None,
    mode: ModeOption = None,
    venue: VenueOption = None,
    endpoint: EndpointOption = None,
    arm: ArmOption = False,
    record: RecordOption = None,
    replay: ReplayOption = None,
    speed: SpeedOption = None,
    fault: FaultOption = None,
    seed: SeedOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No log lines.")] = False,
    json: JsonOption = False,
) -> None:
    """Trade until stopped. Ctrl-C stops in order; the next start goes on from the journal."""
    if fault == "list":
        _list_faults(json=json)
        return
    faults = () if fault is None else faults_named(fault)
    settings, loaded = _warmed(with_exchange(configuration(config, strategy, seed), venue, endpoint))
    kind = _kind(settings, mode, faults, arm=arm)
    taping = Taping(record, replay, speed or 1.0)
    taping.check(settings.exchange)
    places = Places(journal or settings.run.data_dir / taping.journal)
    folder(places.journal.parent)
    printer = None if quiet else Printer(errors)
    seams = Seams(read=partial(reread, settings)) if settings.strategies.reload else NO_SEAMS

    def started(status: dict[str, Any]) -> None:
        if not quiet:
            where = f"journal {places.journal}" + (f", API on {status['url']}" if status["url"] else "")
            errors.print(f"{status['run_id']} starts: {where}. Ctrl-C stops.", style="bold")

    async def trade() -> dict[str, Any]:
        async with _side(settings, places, kind, faults, taping) as side:
            taps = [printer.tap] if printer else []
            lasts = duration or (side.duration_s if isinstance(side, RecordedSide) else None)
            return await run_real_time(
                side, loaded, places, mode=kind, duration_s=lasts, taps=taps, started=started, seams=seams
            )

    try:
        report = anyio.run(trade)
    finally:
        if printer:
            printer.close()
    _tell(report, places.journal, json=json, quiet=quiet)


def _tell(report: dict[str, Any], journal: Path, *, json: bool, quiet: bool) -> None:
    if json:
        answer(report)
    elif not quiet:
        _show(report, journal)
    if report["chain"] != "ok":
        raise typer.Exit(1)


def _kind(settings: Config, mode: str | None, faults: Sequence[Fault], *, arm: bool) -> str:
    """The mode that was asked for, or follows from the configuration."""
    kind = mode or mode_for(settings.exchange.id)
    if mode_of(kind).clock != "system":
        raise BadInput(f"--mode {kind}", "does not run in real time", "Use the command of that name.")
    if mode_of(kind).is_outside:
        refuse_unarmed(settings.exchange, arm=arm)
    if settings.exchange.id and faults:
        raise BadInput("--fault", "is for the embedded market", "An exchange has faults of its own.")
    return kind


@asynccontextmanager
async def _side(
    settings: Config, places: Places, mode: str, faults: Sequence[Fault], taping: Taping
) -> AsyncIterator[Side]:
    """The embedded market, a recorded one, or the exchange, connected for so long."""
    if taping.replay is not None:
        taping.refuse_old(places.journal)
        yield RecordedSide(settings, places, taping.replay, taping.speed)
        return
    begun = begun_with(places.journal, settings.exchange)
    if settings.exchange.id:
        paper = None if mode_of(mode).is_outside else places.venue
        async with exchange_side(settings, begun, taping.record, paper) as side:
            yield side
    else:
        yield EmbeddedSide(settings, places, faults)


def _strategies(settings: Config) -> Loaded:
    if not settings.instruments:
        raise BadInput("instruments", "is empty", "Name at least one instrument in the configuration.")
    symbols = [instrument.symbol for instrument in settings.instruments]
    loaded = strategies_of(settings, symbols=symbols)
    for one in loaded.strategies:
        if one.host is not None:  # What only describes cannot see the future.
            refuse_unsound(one, sample_of(settings, one.strategy))
    return loaded


def _warmed(settings: Config) -> tuple[Config, Loaded]:
    """The strategies, and the configuration with as many candles before the first as they ask for."""
    loaded = _strategies(settings)
    wanted = max(one.strategy.warmup for one in loaded.strategies)
    market, exchange = settings.market, settings.exchange
    more = {
        "market": market.model_copy(update={"warmup": max(market.warmup, wanted)}),
        "exchange": exchange.model_copy(update={"backfill": max(exchange.backfill, wanted)}),
    }
    return settings.model_copy(update=more), loaded


def _list_faults(*, json: bool) -> None:
    """Every fault with its sentence, one a line."""
    if json:
        answer({one.name: {"id": one.id, "does": one.sentence, "expects": one.expects} for one in FAULTS})
        return
    for one in FAULTS:
        output.print(f"{one.id:<4} {one.name:<20} {one.sentence}", soft_wrap=True)


def _show(report: dict[str, Any], journal: Path) -> None:
    errors.print(
        f"{report['signals']} signals, {report['intents']} intents, {report['refused']} refused, "
        f"{report['trades']} trades closed, net {report['net_pnl']:+.2f}, chain {report['chain']}",
        style="bold",
    )
    errors.print(f"explain the last trade: barfinex trace --journal {journal} last", style="dim")
