"""`barfinex check` and `barfinex map`: is everything in order, and who says what to whom?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from barfinex.cli.inputs import ConfigOption, JsonOption, StrategyOption, answer, configuration, output
from barfinex.cli.strategies import strategies_of
from barfinex.config import Config
from barfinex.detector.scoring import Rule
from barfinex.domain.candles import Series
from barfinex.domain.instrument import timeframe_ms, timeframe_of
from barfinex.events.base import Event
from barfinex.events.catalog import CATALOG
from barfinex.inspector.policies import EXIT_POLICIES, POLICIES
from barfinex.inspector.policies.elsewhere import ELSEWHERE
from barfinex.inspector.policies.table import table as controls
from barfinex.provider.venues.history import load as load_file
from barfinex.provider.venues.market import SimMarket
from barfinex.runtime.kernel import consumers
from barfinex.sdk.slower import slowest_ms
from barfinex.sdk.strategy import Strategy

SAMPLE = 5_000
SLOWER_THAN = 60  # Candles of the sample to one of the slowest timeframe.


def check(
    config: ConfigOption = None,
    strategy: StrategyOption = None,
    data: Annotated[
        Path | None, typer.Option(help="Candles to check strategies on; default: a simulated market.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check the configuration and every strategy: look-ahead, determinism, cost; exit 1 on a finding."""
    settings = configuration(config, strategy)
    loaded = strategies_of(settings)
    given = None if data is None else load_file(data).series
    findings = {fault.file: [fault.reason] for fault in loaded.faults}
    for one in loaded.strategies:
        series = sample_of(settings, one.strategy) if given is None else given
        findings[one.strategy.name] = [str(finding) for finding in one.check(series)]
    if json:
        answer({"config": "ok", "strategies": findings})
    else:
        _show(findings, given)
    if any(findings.values()):
        raise typer.Exit(1)


def sample_of(settings: Config, strategy: Strategy) -> Series:
    """Candles of a simulated market, long enough for the slowest timeframe that the strategy asks for."""
    symbol, step_ms = settings.instruments[0].symbol, timeframe_ms(settings.market.timeframe)
    conditions = [one.expression for rule in Rule for one in rule.conditions(strategy)]
    slowest = max(map(slowest_ms, conditions))
    step_ms = max(step_ms, slowest // SLOWER_THAN // 1_000 * 1_000)
    wanted = strategy.timeframe or timeframe_of(step_ms)
    simulated = settings.market.model_copy(update={"timeframe": wanted})
    market = SimMarket([symbol], simulated, settings.run.seed, 1_700_000_000_000, None)
    return market.history(symbol, SAMPLE)


def _show(findings: dict[str, list[str]], series: Series | None) -> None:
    output.print("configuration: ok", style="green")
    if series is None:
        output.print(f"checked on {SAMPLE:,} candles of a simulated market", style="dim")
    else:
        moves = float(np.std(np.diff(np.log(series.close))))
        told = f"{len(series.ts):,} candles of {series.timeframe}, volatility {moves:.4%} a candle"
        output.print(f"checked on {told}", style="dim")
    for name, found in findings.items():
        output.print(f"{name}: {'ok' if not found else ''}", style="red" if found else "green")
        for finding in found:
            output.print(f"  {finding}")


def show_map(
    policies: Annotated[bool, typer.Option("--policies", help="The controls instead, as Markdown.")] = False,
    json: JsonOption = False,
) -> None:
    """Every event: who publishes it, who consumes it, whether it is journaled; or every control."""
    if policies:
        _show_policies(json)
        return
    if json:
        answer({name: {"publisher": e.publisher, "consumers": consumers(e)} for name, e in CATALOG.items()})
        return
    table = Table("event", "published by", "consumed by", "journal", "when an inbox is full")
    for event in CATALOG.values():
        table.add_row(*_row(event))
    output.print(table)


def _show_policies(json: bool) -> None:
    if not json:
        sys.stdout.write(controls())
        return
    fields = ("ids", "keys", "unit", "trips", "action", "sentence")
    judging = {one.name: {name: getattr(one, name) for name in fields} for one in POLICIES + EXIT_POLICIES}
    answer({"policies": judging, "elsewhere": [one._asdict() for one in ELSEWHERE]})


def _row(event: type[Event]) -> tuple[str, ...]:
    told = ", ".join(consumers(event)) or "the record"
    return event.__name__, event.publisher, told, event.journaled.value, event.overflow.value
