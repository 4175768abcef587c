"""Funding that an account received and paid: asked for before its balance, so that no cash is a riddle."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from barfinex.domain.money import ZERO
from barfinex.provider.venues.base import Funded
from barfinex.provider.venues.ccxt.instruments import Market
from barfinex.provider.venues.ccxt.opening import ask
from barfinex.provider.venues.ccxt.trades import HISTORY_MS
from barfinex.provider.venues.ccxt.wire import exact
from barfinex.provider.venues.errors import VenueError

HOUR_MS, PAGE, PAGES_MAX = 3_600_000, 1_000, 200
SETTLING_MS = 600_000  # After a whole hour funding may still be on its way.
OVERLAP_MS = 60_000


class OwnFunding:
    """Remembers what has been told. Nothing before `begun` (ms UTC) is ours."""

    def __init__(self, exchange: Any, markets: Mapping[str, Market], begun: int) -> None:
        self._exchange, self._begun = exchange, begun
        self._markets = {one.unified: one for one in markets.values()}
        self._told: dict[str, None] = {}
        self._until = 0

    async def news(self) -> list[Funded]:
        """What was settled since the last question, oldest first.

        Raises:
            VenueError: the exchange did not answer.
        """
        now = int(self._exchange.milliseconds())
        if not self._exchange.has.get("fetchFundingHistory"):
            return []  # Its funding shows as cash that no trade explains.
        if self._until and now % HOUR_MS > SETTLING_MS and now - self._until < SETTLING_MS:
            return []
        start = max(self._begun, self._until - OVERLAP_MS if self._until else now - HISTORY_MS)
        found: list[Funded] = []
        for _ in range(PAGES_MAX):
            rows = await ask(self._exchange.fetch_funding_history(None, start, PAGE))
            for raw in rows:
                key, market = f"{raw['symbol']} {raw['timestamp']}", self._markets.get(str(raw["symbol"]))
                if market is not None and key not in self._told:
                    found.append(await self._funded(raw, market))
                    self._told[key] = None
            if len(rows) < PAGE:
                self._until = now
                return found
            start = int(rows[-1]["timestamp"])
        raise VenueError("there is more funding than can be asked for")

    async def _funded(self, raw: Mapping[str, Any], market: Market) -> Funded:
        """The payment with the rate and the price it was reckoned by, which tell what was held."""
        ts, amount = int(raw["timestamp"]), exact(raw["info"].get("income") or raw["amount"])
        around = ts - ts % HOUR_MS
        rates = await ask(self._exchange.fetch_funding_rate_history(market.unified, around - OVERLAP_MS, 5))
        near = [one for one in rates if abs(int(one["timestamp"]) - ts) <= OVERLAP_MS]
        rate = exact(near[0]["fundingRate"]) if near else ZERO
        mark = exact((near[0].get("info") or {}).get("markPrice") or 0) if near else ZERO
        held = -amount / (rate * mark) if rate * mark else ZERO
        return Funded(market.symbol, ts, rate, mark, _rounded(held, market), amount)


def _rounded(held: Decimal, market: Market) -> Decimal:
    """On lots: the payment was rounded."""
    lot = market.instrument.lot
    return held if lot is None else round(held / lot) * lot
