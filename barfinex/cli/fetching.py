"""`barfinex data fetch` and `repair`: candles of an exchange into the store."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
import typer

from barfinex.cli.exchanges import EndpointOption, VenueOption, with_exchange
from barfinex.cli.inputs import ConfigOption, JsonOption, configuration
from barfinex.cli.storing import DryOption, From, StoreOption, Timeframe, To, bar, ms_of, opened, say
from barfinex.clock import SystemClock
from barfinex.config import Config
from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import timeframe_ms
from barfinex.provider.filling import absent
from barfinex.provider.store.candles import FIRST
from barfinex.runtime.fetching import fetch_runs, repair_gaps

Instruments = Annotated[list[str] | None, typer.Argument(help="Instruments, e.g. BTC-USDT; default all.")]


def fetch(
    instruments: Annotated[list[str], typer.Argument(help="Instruments, e.g. BTC-USDT.")],
    since: From = None,
    until: To = None,
    timeframe: Timeframe = "1m",
    venue: VenueOption = None,
    endpoint: EndpointOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    dry_run: DryOption = False,
    json: JsonOption = False,
) -> None:
    """Fetch candles of an exchange that the store lacks; interrupted, it goes on where it ended."""
    settings, step = with_exchange(configuration(config), venue, endpoint), timeframe_ms(timeframe)
    _need_exchange(settings)
    if since is None:
        raise BadInput("--from", "is missing", "Say from which day on, e.g. --from 2025-01-01.")
    now = SystemClock().now()
    start, end = ms_of(since, FIRST), min(ms_of(until, now), now // step * step)
    if end <= start:
        raise BadInput("--from", "is not before --to, or in the future", "Give a range that has ended.")
    with opened(settings, store) as kept:
        runs = {name: absent(kept, name, timeframe, start, end) for name in instruments}
        rows: list[dict[str, Any]] = [
            {"instrument": name, "timeframe": timeframe, "lacks": one.total} for name, one in runs.items()
        ]
        total = sum(one.total for one in runs.values())
        if not dry_run and total:
            with bar("fetching", total, json=json) as told:
                found = anyio.run(fetch_runs, settings, kept, timeframe, runs, told)
            rows = [{**row, **found[row["instrument"]]} for row in rows]
    say({"fetched": rows, "dry_run": dry_run}, rows, json=json)
    if any("error" in row for row in rows):
        raise typer.Exit(1)


def repair(
    instruments: Instruments = None,
    timeframe: Timeframe = "1m",
    venue: VenueOption = None,
    endpoint: EndpointOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    dry_run: DryOption = False,
    json: JsonOption = False,
) -> None:
    """Ask the exchange again for the gaps of the store: each three times at most, later and later."""
    settings = with_exchange(configuration(config), venue, endpoint)
    timeframe_ms(timeframe)
    with opened(settings, store) as kept:
        names = instruments or [name for name, length in kept.names() if length == timeframe]
        runs = {name: kept.gaps(name, timeframe) for name in names}
        rows: list[dict[str, Any]] = [
            {"instrument": name, "timeframe": timeframe, "gaps": len(one.counts), "lacks": one.total}
            for name, one in runs.items()
        ]
        total = sum(one.total for one in runs.values())
        if not dry_run and total:
            _need_exchange(settings)
            with bar("repairing", total, json=json) as told:
                found = anyio.run(repair_gaps, settings, kept, timeframe, names, told)
            rows = [{**row, **found[row["instrument"]]} for row in rows]
    say({"repaired": rows, "dry_run": dry_run}, rows, json=json)


def _need_exchange(config: Config) -> None:
    if not config.exchange.id:
        raise BadInput("--venue", "names no exchange", "Say which, e.g. --venue binance, or set exchange.id.")
