"""Own trades of an account: all of a time, in however many pages and windows the exchange deals them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from barfinex.domain.order import Fill
from barfinex.provider.venues.ccxt.instruments import Market
from barfinex.provider.venues.ccxt.opening import ask
from barfinex.provider.venues.ccxt.wire import fill_of
from barfinex.provider.venues.errors import VenueError

DAY_MS = 86_400_000
WINDOW_MS = 7 * DAY_MS  # What exchanges answer in one question, where they bound it.
HISTORY_MS = 80 * DAY_MS  # Binance's futures forget after 90.
PAGES = {"binance": 1_000, "binanceusdm": 1_000, "bybit": 100}
PAGE = 50  # The smallest that is known.
REQUESTS_MAX = 400
NUMBERS_MAX = 50_000
ONE_BY_ONE_MAX = 5
LISTS_FROM = ("binance", "binanceusdm")

Rows = list[Mapping[str, Any]]


class OwnTrades:
    """Asks for trades, and remembers our ids by the exchange's own order numbers, which are all that its
    trades tell. Nothing before `begun` (ms UTC) is asked for: that is no history of ours. `history_ms`: how
    far back the exchange is asked, 0 for all it has."""

    def __init__(self, exchange: Any, market: str, begun: int = 0) -> None:
        self._exchange, self._begun = exchange, begun
        self._page = PAGES.get(exchange.id, PAGE)
        self._is_forward = (exchange.id, market) == ("binance", "spot")
        self.history_ms = 0 if self._is_forward else HISTORY_MS
        self._numbers: dict[str, str] = {}

    def learn(self, number: object, order_id: str) -> None:
        """The exchange calls our order by this number. Bounded: of the oldest it is asked again."""
        self._numbers[str(number)] = order_id
        while len(self._numbers) > NUMBERS_MAX:
            del self._numbers[next(iter(self._numbers))]

    async def since(self, market: Market, since: int) -> list[Fill]:
        """Fills from `since` (ms UTC) on, each once.

        Raises:
            VenueError: the exchange did not answer, or cannot tell all of them.
        """
        start, now = max(since, self._begun), int(self._exchange.milliseconds()) + DAY_MS
        rows = await (self._forward(market, start) if self._is_forward else self._windows(market, start, now))
        await self._learn_many(market, rows)
        named = [fill_of(raw, market, await self.order_of(raw, market)) for raw in rows]
        return list({one.id: one for one in named if one.ts >= start}.values())

    async def order_of(self, raw: Mapping[str, Any], market: Market) -> str:
        """The client id of a trade's order."""
        number = str(raw["order"])
        if number not in self._numbers:
            order = await ask(self._exchange.fetch_order(number, market.unified))
            self.learn(number, str(order.get("clientOrderId") or f"venue-{number}"))
        return self._numbers[number]

    async def _forward(self, market: Market, start: int) -> Rows:
        """Page by page, oldest first; a page begins where the last one ended, in the same millisecond."""
        found: Rows = []
        for _ in range(REQUESTS_MAX):
            rows = await ask(self._exchange.fetch_my_trades(market.unified, start or 1, self._page))
            found += rows
            if len(rows) < self._page:
                return found
            start = int(rows[-1]["timestamp"])
        raise _too_many(market)

    async def _windows(self, market: Market, start: int, until: int) -> Rows:
        """Window by window, and where an answer may have been cut off, by halves of it: in whichever order an
        exchange tells, what is not full is whole."""
        # A day more than is promised: who asks for all that is promised has reckoned it a moment before.
        start = max(start, until - 2 * DAY_MS - HISTORY_MS)
        todo = [(at, min(at + WINDOW_MS, until) - 1) for at in range(start, until, WINDOW_MS)]
        found: Rows = []
        for _ in range(REQUESTS_MAX):
            if not todo:
                return found
            first, last = todo.pop()
            question = self._exchange.fetch_my_trades(market.unified, first, self._page, {"until": last})
            rows = await ask(question)
            if len(rows) < self._page:
                found += rows
            elif first == last:
                break
            else:
                middle = (first + last) // 2
                todo += [(first, middle), (middle + 1, last)]
        raise _too_many(market)

    async def _learn_many(self, market: Market, rows: Sequence[Mapping[str, Any]]) -> None:
        """The orders of many trades at once, where an exchange lists them by number from one on."""
        unknown = {str(raw["order"]) for raw in rows} - self._numbers.keys()
        if self._exchange.id not in LISTS_FROM or len(unknown) <= ONE_BY_ONE_MAX:
            return
        first, last = (pick(int(one) for one in unknown) for pick in (min, max))
        for _ in range(REQUESTS_MAX):
            orders = await ask(
                self._exchange.fetch_orders(market.unified, None, self._page, {"orderId": first})
            )
            for order in orders:
                self.learn(order["id"], str(order.get("clientOrderId") or f"venue-{order['id']}"))
            highest = max((int(order["id"]) for order in orders), default=last)
            if highest >= last or len(orders) < self._page:
                return
            first = highest + 1


def _too_many(market: Market) -> VenueError:
    return VenueError(f"{market.symbol}: not all own trades could be asked for in {REQUESTS_MAX} questions")
