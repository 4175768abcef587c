"""An exchange asked for candles only: no key, no account, no order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio

from barfinex.clock import SystemClock
from barfinex.config import Config
from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput
from barfinex.provider.filling import Ask, Filler
from barfinex.provider.gaps import Runs
from barfinex.provider.store.candles import CandleStore
from barfinex.provider.venues.ccxt.candles import fetch_candles
from barfinex.provider.venues.ccxt.instruments import markets_of
from barfinex.provider.venues.ccxt.opening import ask, open_exchange
from barfinex.provider.venues.errors import VenueError

Told = Callable[[int], None]


async def fetch_runs(
    config: Config, kept: CandleStore, timeframe: str, runs: Mapping[str, Runs], told: Told
) -> dict[str, dict[str, Any]]:
    """Fetch runs of candles by instrument; how many came, or why no more did."""
    found: dict[str, dict[str, Any]] = {}
    async with candle_source(config, list(runs), timeframe) as source:
        filler = Filler(kept, source, SystemClock().now, anyio.sleep, told)
        for name, wanted in runs.items():
            try:
                found[name] = {"added": await filler.fetch(name, timeframe, wanted)}
            except VenueError as error:
                found[name] = {"error": f"{error}: run it again, it goes on where it ended"}
    return found


async def repair_gaps(
    config: Config, kept: CandleStore, timeframe: str, names: Sequence[str], told: Told
) -> dict[str, dict[str, int]]:
    """Ask for the gaps of these instruments; how many incidents are in which state now."""
    found: dict[str, dict[str, int]] = {}
    async with candle_source(config, names, timeframe) as source:
        filler = Filler(kept, source, SystemClock().now, anyio.sleep, told)
        for name in names:
            gaps = len(kept.gaps(name, timeframe).counts)
            states = [one.state for one in await filler.repair(name, timeframe)]
            found[name] = {state: states.count(state) for state in ("repaired", "open", "lost")}
            found[name]["waiting"] = gaps - len(states)
    return found


@asynccontextmanager
async def candle_source(config: Config, symbols: Sequence[str], timeframe: str) -> AsyncIterator[Ask]:
    """The configured exchange's closed candles of these instruments.

    Raises:
        BadInput: it does not answer, does not list one of them, or has no candles of that length.
    """
    settings = config.exchange
    exchange = open_exchange(settings, None)
    try:
        try:
            await ask(exchange.load_markets())
        except VenueError as error:
            reason = f"did not answer as it has to: {error}"
            raise BadInput(f"exchange {settings.id}", reason, "See its status, and your network.") from None
        if exchange.timeframes and timeframe not in exchange.timeframes:
            some = ", ".join(list(exchange.timeframes)[:8])
            raise BadInput(f"timeframe {timeframe}", f"is none of {settings.id}", f"Name one of {some}.")
        markets = markets_of(exchange, symbols, settings.market, {})

        async def candles(instrument: str, timeframe: str, since: int, limit: int) -> Series:
            return await fetch_candles(exchange, markets[instrument], timeframe, since, limit)

        yield candles
    finally:
        await exchange.close()
