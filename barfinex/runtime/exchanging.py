"""An exchange as the side of a run: its account, its streams, its rules of trading."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import anyio

from barfinex.bus.port import Port
from barfinex.clock import SystemClock
from barfinex.config import Config, InstrumentConfig
from barfinex.domain.candles import Candles
from barfinex.domain.errors import BadInput
from barfinex.provider.feeds.live import Around, LiveFeed
from barfinex.provider.feeds.recorder import Recorder
from barfinex.provider.feeds.source import MarketSource
from barfinex.provider.module import Service
from barfinex.provider.settling import LAG_MS
from barfinex.provider.store.candles import CandleStore
from barfinex.provider.store.hot import StoreTrouble
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Venue
from barfinex.provider.venues.ccxt.instruments import Market, markets_of
from barfinex.provider.venues.ccxt.keys import keys_of, system_vault
from barfinex.provider.venues.ccxt.opening import ask, open_exchange
from barfinex.provider.venues.ccxt.rights import refuse_withdrawals
from barfinex.provider.venues.ccxt.source import CcxtSource
from barfinex.provider.venues.ccxt.userstream import UserStream
from barfinex.provider.venues.ccxt.venue import CcxtVenue
from barfinex.provider.venues.ccxt.watching import ExchangeWatch
from barfinex.provider.venues.errors import VenueError
from barfinex.provider.venues.market import Tick
from barfinex.provider.venues.sim import SimVenue
from barfinex.runtime.kernel import Composition
from barfinex.runtime.recorded import header_of
from barfinex.runtime.sides import Start

CENT = Decimal("0.01")
STORE_WAIT_S = 0.1  # Nobody waits longer for candles that can be fetched again.
LOG = logging.getLogger(__name__)


class Begun(NamedTuple):
    """The cash a journal began with, and when (ms UTC)."""

    cash: Decimal
    ts: int


class ExchangeSide:
    """An exchange's streams, and its account or, on paper, the simulated venue that sees the same trades.
    Instruments have the exchange's own steps, an account its own cash."""

    speed, begins = 1.0, 0

    def __init__(
        self,
        config: Config,
        exchange: Any,
        markets: Mapping[str, Market],
        source: CcxtSource,
        account: CcxtVenue | VenueStore,
        record: Path | None = None,
    ) -> None:
        self.config, self._exchange, self._markets, self._account = config, exchange, markets, account
        self.source, self._record = source, record
        self._recorder: Recorder | None = None
        self._paper: SimVenue | None = None
        shelf = config.shelf(keyed=isinstance(account, CcxtVenue))
        self._candles = CandleStore(shelf, config.store.hot_days, STORE_WAIT_S)

    def venue(self, composition: Composition, clock: SystemClock) -> Venue:
        self._clock = clock
        if isinstance(self._account, CcxtVenue):
            return self._account
        self._paper = composition.venue(clock, self._account)
        return self._paper

    def begin(self, _port: Port) -> None:
        """Candles that are not new any more move to their months while nothing is traded yet."""
        self._candles.settle(self._clock.now(), self.config.store.keep_days)

    def services(self, start: Start) -> Sequence[Service]:
        exchange, account = self.config.exchange, self._account
        source: MarketSource = self.source
        if self._record is not None:
            header = header_of(self.config, self.source.names)
            source = self._recorder = Recorder(source, self._record, header, self._clock)
        known = {name: block.last_ts for name, block in start.last.items()}
        own = account if isinstance(account, CcxtVenue) else None
        if own is not None:
            own.remember(start.orders)
        watch = ExchangeWatch(self._exchange, self._markets, own, exchange.market, self._clock)
        around = Around(lambda name: known.get(name, 0), watch.fault, self._tick, self._show, self._keep)
        names, timeframe, backfill = tuple(self._markets), exchange.timeframe, exchange.backfill
        feed = LiveFeed(source, names, timeframe, self._clock, anyio.sleep, backfill, around)
        stream = [] if own is None else [UserStream(self._exchange, own, start.doubt)]
        return [feed, watch, *stream]

    def _tick(self, tick: Tick) -> None:
        if self._paper is not None:
            self._paper.tick(tick.instrument, tick.ts, tick.price, tick.quantity)

    def _keep(self, block: Candles) -> None:
        """A store in trouble does not stop trading: `data repair` and `data fetch` make up for it."""
        try:
            self._candles.put(block, self._clock.now())
        except StoreTrouble as trouble:
            LOG.warning("%s candles of %s are not kept: %s", len(block), block.instrument, trouble)

    def _show(self, block: Candles) -> None:
        if self._paper is not None:
            self._paper.show(block)
        self._keep(block)

    def close(self) -> None:
        """The connection is closed by whoever opened it."""
        if self._recorder is not None:
            self._recorder.close()
        self._candles.settle(self._clock.now(), self.config.store.keep_days)
        self._candles.close()
        if isinstance(self._account, VenueStore):
            self._account.close()


@asynccontextmanager
async def exchange_side(
    config: Config, begun: Begun | None, record: Path | None = None, paper: Path | None = None
) -> AsyncIterator[ExchangeSide]:
    """Connect to the configured exchange.

    `begun`: the beginning of the journal; None begins now, with the account's cash. `record`: the folder of a
    new recording. `paper`: the simulated venue's file; no account is used then, and no key needed.

    Raises:
        BadInput: keys, rights, instruments or the exchange itself are not as they have to be.
    """
    settings = config.exchange
    keys = None
    if paper is None:
        keys = keys_of(settings.id, settings.environment, settings.keys_file, os.environ, system_vault)
    exchange = open_exchange(settings, keys)
    try:
        try:
            await ask(exchange.load_markets())
            symbols = [one.symbol for one in config.instruments]
            linear = {one.symbol: one.build(settings.id).linear for one in config.instruments}
            markets = markets_of(exchange, symbols, settings.market, linear)
            config, account = _listed(config, markets), None
            if paper is None:
                await refuse_withdrawals(exchange, settings.environment)
                account = CcxtVenue(exchange, markets, settings, _first_ts(exchange, begun))
                config = _owned(config, begun.cash if begun else (await account.balances())["cash"])
        except VenueError as error:
            reason = f"did not answer as it has to: {error}"
            raise BadInput(f"exchange {settings.id}", reason, "See its status, and your keys.") from None
        at = account if account is not None or paper is None else VenueStore(paper)
        assert at is not None, "there is an account or a file of paper"
        source = CcxtSource(exchange, markets, settings.market, lambda: open_exchange(settings, keys))
        try:
            yield ExchangeSide(config, exchange, markets, source, at, record)
        finally:
            await source.close()
    finally:
        await exchange.close()


def _first_ts(exchange: Any, begun: Begun | None) -> int:
    """From when on (ms UTC) trades of the account can be ours, however far the clocks are apart."""
    return int((exchange.milliseconds() if begun is None else begun.ts) - LAG_MS)


def _listed(config: Config, markets: Mapping[str, Market]) -> Config:
    """The configuration with the exchange's own steps and bounds."""
    instruments = []
    for one in config.instruments:
        told = markets[one.symbol].instrument
        steps = {"tick": told.tick, "lot": told.lot, "quantity_min": told.quantity_min}
        bounds = {"quantity_max": told.quantity_max, "notional_min": told.notional_min}
        kind = {"market": config.exchange.market}
        instruments.append(InstrumentConfig.model_validate({**one.model_dump(), **steps, **bounds, **kind}))
    return config.model_copy(update={"instruments": tuple(instruments)})


def _owned(config: Config, cash: Decimal) -> Config:
    """The configuration with the account's cash, at an exchange without groups of orders."""
    venue = config.venue.model_copy(update={"cash": cash, "oco": False})
    reconcile = config.reconcile
    if not reconcile.fee_asset:  # The exchange rounds what it realises.
        reconcile = reconcile.model_copy(update={"fee_asset": "cash", "fee_tolerance": CENT})
    return config.model_copy(update={"venue": venue, "reconcile": reconcile})
