"""What an exchange's rules and clock are now: asked again and again, and at once when it refused for them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import anyio

from barfinex.clock import Clock
from barfinex.domain.errors import BadInput
from barfinex.provider.venues.ccxt.instruments import Market, markets_of
from barfinex.provider.venues.ccxt.opening import ask
from barfinex.provider.venues.ccxt.venue import CcxtVenue
from barfinex.provider.venues.errors import VenueError

CLOCK_EVERY_MS, RULES_EVERY_MS = 60_000, 3_600_000
OFFSET_MS_WARNED, OFFSET_MS_MAX = 250, 500
LOOK_S = 0.5

logger = logging.getLogger(__name__)


class ExchangeWatch:
    """A service of the Provider. `fault(instrument)` says why it cannot be traded now, or an empty text.

    Our clock may be off by half a second, less what the answer's way leaves in doubt; past a quarter it is
    told. An instrument that the exchange does not trade now waits; one whose steps or
    bounds have changed waits for a restart, since orders would be rounded by the old ones.
    """

    def __init__(
        self, exchange: Any, markets: Mapping[str, Market], venue: CcxtVenue | None, market: str, clock: Clock
    ) -> None:
        self._exchange, self._markets, self._venue = exchange, markets, venue
        self._market, self._clock = market, clock
        self._rules: dict[str, str] = {}
        self._off = ""
        self.offset_ms = 0

    def fault(self, instrument: str) -> str:
        return self._off or self._rules.get(instrument, "")

    async def __call__(self, _port: object) -> None:
        due = {"clock": 0, "rules": self._clock.now() + RULES_EVERY_MS}
        while True:  # bound: the task's cancellation; each turn waits
            now = self._clock.now()
            if now >= due["clock"]:
                due["clock"] = now + CLOCK_EVERY_MS
                await self._measure()
            if now >= due["rules"] or self._is_doubted():
                due["rules"] = now + RULES_EVERY_MS
                if not await self._compare():
                    due["rules"] = now + CLOCK_EVERY_MS
            await anyio.sleep(LOOK_S)

    def _is_doubted(self) -> bool:
        """Whether an order was refused for a rule since the last look."""
        if self._venue is None or not self._venue.doubts_rules:
            return False
        self._venue.doubts_rules = False
        return True

    async def _measure(self) -> None:
        """An answer that does not come proves nothing about the clock; orders would fail, too."""
        sent = self._clock.now()
        try:
            there = int(await ask(self._exchange.fetch_time()))
            await ask(self._exchange.load_time_difference())
        except VenueError:
            return
        way = self._clock.now() - sent
        self.offset_ms = there - (sent + way // 2)
        surely = abs(self.offset_ms) - way // 2
        off = f"our clock is {abs(self.offset_ms)} ms {'behind' if self.offset_ms > 0 else 'ahead'}"
        if surely > OFFSET_MS_WARNED:
            logger.warning("%s; entries stop past %d ms: keep it by a time service", off, OFFSET_MS_MAX)
        self._off = off if surely > OFFSET_MS_MAX else ""

    async def _compare(self) -> bool:
        """Whether the exchange told its rules."""
        try:
            await ask(self._exchange.load_markets(True))
        except VenueError:
            return False
        for symbol, before in self._markets.items():
            linear = {symbol: before.instrument.linear}
            try:
                now = markets_of(self._exchange, (symbol,), self._market, linear)[symbol]
            except BadInput:
                self._rules[symbol] = "it is not listed any more"
                continue
            if now.instrument != before.instrument:
                self._rules[symbol] = "its steps or bounds have changed: start again to trade by the new ones"
            else:
                self._rules[symbol] = "" if now.trades else "the exchange does not trade it now"
        return True
