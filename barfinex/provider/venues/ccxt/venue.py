"""An exchange behind the Venue contract: orders out, and questions answered or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from barfinex.config.exchange import ExchangeConfig
from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill, Order, OrderRequest, OrderState, OrderType, Purpose
from barfinex.domain.verdict import Approved
from barfinex.provider.venues.base import (
    Accepted,
    Cancelled,
    Capabilities,
    Expired,
    Filled,
    Report,
    is_conditional,
)
from barfinex.provider.venues.ccxt.funding import OwnFunding
from barfinex.provider.venues.ccxt.instruments import Market
from barfinex.provider.venues.ccxt.opening import ask
from barfinex.provider.venues.ccxt.trades import OwnTrades
from barfinex.provider.venues.ccxt.wire import exact, fill_of, order_of, words_of
from barfinex.provider.venues.errors import OutcomeKind, VenueError, classify
from barfinex.provider.venues.rejects import FILTER, NO_CLOCK, NO_MARKET

SENT_MAX = 50_000


class CcxtVenue:
    """One account at one exchange. `markets` by our symbol. The exchange is asked, never believed to have
    done what it did not say: whatever is no success raises VenueError, once, and nothing is sent again.

    Spot pays in full and locks what is offered, so a stop and a target cannot rest side by side there, nor an
    exit beside a stop: what joins a group that rests takes its place in one request.

    Trades before `begun` (ms UTC) are none of ours.
    """

    def __init__(
        self, exchange: Any, markets: Mapping[str, Market], config: ExchangeConfig, begun: int = 0
    ) -> None:
        self._exchange, self._markets, self._config = exchange, markets, config
        self._linear = config.market == "linear"
        self._unified = {one.unified: one for one in markets.values()}
        self._trades = OwnTrades(exchange, config.market, begun)
        self._funding = OwnFunding(exchange, markets, begun)
        self.capabilities = Capabilities(
            oco=False,
            reduce_only=self._linear,
            recv_window_ms=config.recv_window_ms,
            history_ms=self._trades.history_ms,
        )
        self._heard: Callable[[Report], None] = lambda _: None
        self.doubts_rules = False
        self._sent: dict[str, OrderRequest] = {}

    def listen(self, heard: Callable[[Report], None]) -> None:
        self._heard = heard

    async def submit(self, approved: Sequence[Approved[OrderRequest]]) -> None:
        requests = [permit.order for permit in approved]
        is_list = len(requests) == 2 and not self._linear and requests[0].oco
        for batch in [requests] if is_list else [[one] for one in requests]:
            self.remember(batch)
            try:
                await self._send(batch)
            except VenueError as error:
                outcome = classify(error)
                self.doubts_rules = self.doubts_rules or outcome.code in (FILTER, NO_MARKET, NO_CLOCK)
                for request in batch if outcome.is_definite else ():
                    del self._sent[request.id]
                raise

    def remember(self, requests: Sequence[OrderRequest]) -> None:
        """What an exit has to take the place of: orders of this process, or of the one before it."""
        self._sent.update((request.id, request) for request in requests)
        while len(self._sent) > SENT_MAX:
            del self._sent[next(iter(self._sent))]

    async def _send(self, requests: Sequence[OrderRequest]) -> None:
        first = requests[0]
        if len(requests) == 2:
            await self._submit_list(requests)
        elif not self._linear and first.reduce_only and (resting := self._resting(first)):
            await self._replace(resting, first)
        else:
            await self._submit_one(first)

    async def _submit_one(self, request: OrderRequest) -> None:
        market = self._markets[request.instrument]
        kind, side, amount, price, params = words_of(request, reduces=self._linear)
        raw = await ask(self._exchange.create_order(market.unified, kind, side, amount, price, params))
        self._accepted(request, raw.get("clientOrderId"), raw)

    async def _submit_list(self, requests: Sequence[OrderRequest]) -> None:
        """A stop and a target of which one cancels the other, as Binance's spot takes them."""
        market = self._markets[requests[0].instrument]
        stop, target = sorted(requests, key=lambda one: one.type is not OrderType.STOP)
        selling = stop.side.sign < 0
        below, above = ("below", "above") if selling else ("above", "below")
        params = {
            "symbol": market.native,
            "side": stop.side.value.upper(),
            "quantity": f"{stop.quantity:f}",
            f"{below}Type": "STOP_LOSS",
            f"{below}StopPrice": f"{stop.trigger:f}",
            f"{below}ClientOrderId": stop.id,
            f"{above}Type": "LIMIT_MAKER",
            f"{above}Price": f"{target.price:f}",
            f"{above}ClientOrderId": target.id,
        }
        raw = await ask(self._exchange.private_post_orderlist_oco(params))
        reports = raw.get("orderReports", ()) if isinstance(raw, dict) else ()
        placed = {str(one["clientOrderId"]): one for one in reports}
        for request in requests:
            one = placed.get(request.id, {})
            words = {"id": one.get("orderId"), "timestamp": one.get("transactTime")}
            self._accepted(request, one.get("clientOrderId"), words)

    def _resting(self, request: OrderRequest) -> str | None:
        """The stop whose place an order of the same group takes; nothing, when it stands in no group."""
        group = [one for one in self._sent.values() if request.oco and one.oco == request.oco]
        stops = [one.id for one in group if one.purpose is Purpose.STOP and one.id != request.id]
        return stops[-1] if stops else None

    async def _replace(self, resting: str, request: OrderRequest) -> None:
        """Take the resting order back and place this one, in one request that stops when the first fails."""
        market = self._markets[request.instrument]
        words = {OrderType.MARKET: "MARKET", OrderType.STOP: "STOP_LOSS", OrderType.LIMIT: "LIMIT"}
        params = {
            "symbol": market.native,
            "side": request.side.value.upper(),
            "type": words.get(request.type, "STOP_LOSS_LIMIT"),
            "cancelReplaceMode": "STOP_ON_FAILURE",
            "cancelOrigClientOrderId": resting,
            "newClientOrderId": request.id,
            "quantity": f"{request.quantity:f}",
        }
        if request.trigger is not None:
            params["stopPrice"] = f"{request.trigger:f}"
        if request.price is not None and request.type is not OrderType.MARKET:
            params |= {"price": f"{request.price:f}", "timeInForce": "GTC"}
        raw = await ask(self._exchange.private_post_order_cancelreplace(params))
        placed = raw.get("newOrderResponse") or {} if isinstance(raw, dict) else {}
        told = {"id": placed.get("orderId"), "timestamp": placed.get("transactTime")}
        self._accepted(request, placed.get("clientOrderId"), told)

    def _accepted(self, request: OrderRequest, named: Any, raw: Mapping[str, Any]) -> None:
        """An answer that does not name the order is none: a page of a proxy comes with status 200 too."""
        if named != request.id:
            raise VenueError(f"the answer does not name order {request.id}")
        self._trades.learn(raw.get("id"), request.id)
        self._heard(Accepted(request.id, int(raw.get("timestamp") or self._exchange.milliseconds())))

    async def cancel(self, order_id: str) -> None:
        request = self._sent.get(order_id)
        last: VenueError | None = None
        for market in self._places(order_id):
            for trigger in self._shelves(request):
                try:
                    await ask(self._exchange.cancel_order(None, market.unified, _by(order_id, trigger)))
                    return
                except VenueError as error:
                    if classify(error).kind is not OutcomeKind.NOT_FOUND:
                        raise
                    last = error
        assert last is not None, "there is always a place to look"
        raise last

    async def order(self, order_id: str) -> Order | None:
        request = self._sent.get(order_id)
        for market in self._places(order_id):
            for trigger in self._shelves(request):
                try:
                    raw = await ask(self._exchange.fetch_order(None, market.unified, _by(order_id, trigger)))
                except VenueError as error:
                    if classify(error).kind is not OutcomeKind.NOT_FOUND:
                        raise
                    continue
                return self._known(order_of(raw, market))
        return None

    def _places(self, order_id: str) -> Sequence[Market]:
        """Where the order can be; after a restart anywhere."""
        request = self._sent.get(order_id)
        return list(self._markets.values()) if request is None else [self._markets[request.instrument]]

    def _shelves(self, request: OrderRequest | None) -> Sequence[bool]:
        """Futures keep orders with a trigger apart; a triggered one is found among the others."""
        if not self._linear:
            return (False,)
        if request is None:
            return (False, True)
        return (True, False) if request.trigger is not None else (False,)

    def _known(self, order: Order) -> Order:
        """With what we know of an order that this process has sent."""
        request = self._sent.get(order.request.id)
        return order if request is None else Order(request, order.state, order.filled)

    async def open_orders(self) -> Sequence[Order]:
        found = await self._open(trigger=False)
        return found if self._linear else [one for one in found if not is_conditional(one.request)]

    async def conditional_orders(self) -> Sequence[Order]:
        found = await self._open(trigger=self._linear)
        return found if self._linear else [one for one in found if is_conditional(one.request)]

    async def _open(self, *, trigger: bool) -> list[Order]:
        params = {"trigger": True} if trigger else {}
        found: list[Order] = []
        for market in self._markets.values():
            rows = await ask(self._exchange.fetch_open_orders(market.unified, None, None, params))
            for raw in rows:
                self._trades.learn(raw.get("id"), str(raw.get("clientOrderId")))
                found.append(self._known(order_of(raw, market)))
        return found

    async def fills(self, since: int = 0) -> Sequence[Fill]:
        found = [fill for one in self._markets.values() for fill in await self._trades.since(one, since)]
        return sorted(found, key=lambda one: (one.ts, one.instrument, len(one.id), one.id))

    async def hear(self, trades: Sequence[Mapping[str, Any]]) -> None:
        """Own trades out of the user stream."""
        for raw in trades:
            market = self._unified.get(str(raw["symbol"]))
            if market is None:
                continue
            fill = fill_of(raw, market, await self._trades.order_of(raw, market))
            request = self._sent.get(fill.order_id)
            quantity = fill.quantity if request is None else request.quantity
            self._heard(Filled(fill, fill.quantity, quantity))

    async def follow(self, orders: Sequence[Mapping[str, Any]]) -> None:
        """Ends of orders out of the user stream; what filled is told by its trades."""
        for raw in orders:
            market = self._unified.get(str(raw["symbol"]))
            if market is None or not raw.get("clientOrderId"):
                continue
            self._trades.learn(raw.get("id"), str(raw["clientOrderId"]))
            order = order_of(raw, market)
            ts = int(raw.get("lastTradeTimestamp") or raw.get("timestamp") or 0)
            order_id = order.request.id
            if order.state is OrderState.CANCELLED:
                self._heard(Cancelled(order_id, ts, "the exchange cancelled it"))
            elif order.state is OrderState.EXPIRED:
                self._heard(Expired(order_id, ts, "the exchange ended it"))

    async def positions(self) -> Mapping[str, Decimal]:
        if not self._linear:
            owned = await self._owned()
            held = {symbol: owned.get(one.base, ZERO) for symbol, one in self._markets.items()}
            return {symbol: quantity for symbol, quantity in held.items() if quantity}
        rows = await ask(self._exchange.fetch_positions([one.unified for one in self._markets.values()]))
        found = {}
        for raw in rows:
            market = self._unified.get(str(raw["symbol"]))
            if market is not None:
                sign = -1 if raw.get("side") == "short" else 1
                quantity = exact(raw.get("contracts") or 0) * exact(raw.get("contractSize") or 1) * sign
                found[market.symbol] = quantity
        return {symbol: quantity for symbol, quantity in found.items() if quantity}

    async def _owned(self) -> dict[str, Decimal]:
        raw = await ask(self._exchange.fetch_balance())
        return {asset: exact(amount) for asset, amount in raw["total"].items() if amount is not None}

    async def balances(self) -> Mapping[str, Decimal]:
        """Each asset; "cash" is the quote asset, of futures what is realised and paid. Funding that explains
        it is told first."""
        for funded in await self._funding.news() if self._linear else ():
            self._heard(funded)
        owned = await self._owned()
        quotes = {one.quote for one in self._markets.values()}
        return {**owned, "cash": sum((owned.get(quote, ZERO) for quote in quotes), ZERO)}


def _by(order_id: str, trigger: bool) -> dict[str, Any]:
    named = {"clientOrderId": order_id}
    return {**named, "clientAlgoId": order_id, "trigger": True} if trigger else named
