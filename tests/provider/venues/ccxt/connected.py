"""A venue of the unmodified client library, connected to the exchange on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from barfinex.config import ExchangeConfig
from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.inspector.approvals import approve
from barfinex.provider.venues.base import Report
from barfinex.provider.venues.ccxt.instruments import Market, markets_of
from barfinex.provider.venues.ccxt.keys import Keys
from barfinex.provider.venues.ccxt.opening import ask, open_exchange
from barfinex.provider.venues.ccxt.venue import CcxtVenue
from tests.exchange.listing import Listed
from tests.exchange.server import Exchange, exchange
from tests.exchange.signing import KEY, SECRET

PURPOSES = {"e": Purpose.ENTRY, "s": Purpose.STOP, "t": Purpose.TARGET, "x": Purpose.EXIT}


@dataclass
class Connected:
    server: Exchange
    client: Any
    venue: CcxtVenue
    markets: dict[str, Market]
    config: ExchangeConfig
    heard: list[Report] = field(default_factory=list)

    async def send(self, *orders: OrderRequest) -> None:
        await self.venue.submit([approve(order, 0, 1_000) for order in orders])


@asynccontextmanager
async def connected(
    market: str,
    listings: Sequence[Listed] | None = None,
    symbols: Sequence[str] = ("BTC-USDT", "ETH-USDT"),
    **more: Any,
) -> AsyncIterator[Connected]:
    async with exchange(listings, futures=market == "linear", **more) as server:
        settings = {"id": "binance", "market": market, "environment": "local", "endpoint": server.url}
        config = ExchangeConfig.model_validate({**settings, "timeout_ms": 2_000, "rate_share": 1})
        client = open_exchange(config, Keys(KEY, SECRET))
        try:
            await ask(client.load_markets())
            markets = markets_of(client, symbols, market, {})
            made = Connected(server, client, CcxtVenue(client, markets, config), markets, config)
            made.venue.listen(made.heard.append)
            yield made
        finally:
            await client.close()


def order(order_id: str, side: Side, kind: OrderType, quantity: str, **more: Any) -> OrderRequest:
    """An order for BTC-USDT; prices as text."""
    prices: dict[str, Any] = {name: Decimal(more.pop(name)) for name in ("price", "trigger") if name in more}
    return OrderRequest(
        id=order_id,
        instrument=more.pop("instrument", "BTC-USDT"),
        side=side,
        type=kind,
        quantity=Decimal(quantity),
        purpose=PURPOSES[order_id[-1]],
        trade_id="trd-1",
        strategy="test",
        intent_id="int-1",
        **prices,
        **more,
    )


def entry(number: int = 1, quantity: str = "0.01") -> OrderRequest:
    return order(f"ord-{number}-e", Side.BUY, OrderType.MARKET, quantity)


def stop(number: int = 1, quantity: str = "0.005", trigger: str = "55000") -> OrderRequest:
    return order(
        f"ord-{number}-s", Side.SELL, OrderType.STOP, quantity, trigger=trigger, reduce_only=True, oco="g"
    )


def target(number: int = 1, quantity: str = "0.005", price: str = "65000") -> OrderRequest:
    return order(
        f"ord-{number}-t", Side.SELL, OrderType.LIMIT, quantity, price=price, reduce_only=True, oco="g"
    )
