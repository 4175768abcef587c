"""`barfinex check` and `barfinex map`: is everything in order, and who says what to whom?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from barfinex.cli.inputs import ConfigOption, JsonOption, StrategyOption, answer, configuration, output
from barfinex.detector.checks import check as check_strategy
from barfinex.detector.loader import load as load_strategies
from barfinex.domain.candles import Series
from barfinex.events.base import Event
from barfinex.events.catalog import CATALOG
from barfinex.inspector.policies import EXIT_POLICIES, POLICIES
from barfinex.inspector.policies.elsewhere import ELSEWHERE
from barfinex.inspector.policies.table import table as controls
from barfinex.provider.venues.history import load as load_file
from barfinex.provider.venues.market import SimMarket
from barfinex.runtime.kernel import consumers

SAMPLE = 5_000


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
    loaded = load_strategies(settings.run.strategies_dir, settings.strategies.names)
    if data is not None:
        series = load_file(data).series
    else:
        symbol = settings.instruments[0].symbol
        market = SimMarket([symbol], settings.market, settings.run.seed, 1_700_000_000_000, None)
        series = market.history(symbol, SAMPLE)
    findings = {fault.file: [fault.reason] for fault in loaded.faults}
    for one in loaded.strategies:
        findings[one.strategy.name] = [str(finding) for finding in check_strategy(one.strategy, series)]
    if json:
        answer({"config": "ok", "strategies": findings})
    else:
        _show(findings, series)
    if any(findings.values()):
        raise typer.Exit(1)


def _show(findings: dict[str, list[str]], series: Series) -> None:
    output.print("configuration: ok", style="green")
    moves = float(np.std(np.diff(np.log(series.close))))
    output.print(
        f"checked on {len(series.ts):,} candles of {series.timeframe}, volatility {moves:.4%} a candle",
        style="dim",
    )
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
