"""The public side of an exchange of ccxt: subscriptions, snapshots and what REST can fill in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput
from barfinex.provider.feeds.source import Sink
from barfinex.provider.streams import sound
from barfinex.provider.streams.books import BookRule
from barfinex.provider.streams.messages import BadFrame, Decoder, Depth, Levels, Print
from barfinex.provider.venues.ccxt.candles import fetch_candles
from barfinex.provider.venues.ccxt.dialects import DIALECTS
from barfinex.provider.venues.ccxt.instruments import Market
from barfinex.provider.venues.ccxt.opening import ask
from barfinex.provider.venues.ccxt.sockets import tap
from barfinex.provider.venues.errors import VenueError

TRADES_MAX = 1_000


class CcxtSource:
    """`exchange` answers questions; streams come by connections of their own, each dialled by `dial`.

    Raises:
        BadInput: an exchange whose streams we cannot read (`DIALECTS`).
    """

    def __init__(
        self, exchange: Any, markets: Mapping[str, Market], market: str, dial: Callable[[], Any]
    ) -> None:
        self._exchange, self._markets, self._dial = exchange, markets, dial
        self._wires: list[Any] = []
        self._unheard: set[bytes] = set()
        self._sink: Sink = lambda _: None
        known = DIALECTS.get((exchange.id, market))
        if known is None:
            names = ", ".join(f"{name} {kind}" for name, kind in DIALECTS)
            raise BadInput(
                f"exchange {exchange.id} {market}", "streams in no dialect we read", f"Use {names}."
            )
        self._dialect = known
        self.names = {name: one.unified if known.unified else one.native for name, one in markets.items()}
        """What the streams call each instrument."""
        self.decoder: Decoder = known.decoder({own: name for name, own in self.names.items()})

    def rule_of(self, instrument: str) -> BookRule:
        steps = self._markets[instrument].instrument
        return self._dialect.rule_of(steps.tick, steps.lot)

    def listen(self, sink: Sink) -> None:
        self._sink = sink
        self.renew()

    def renew(self) -> None:
        wire = self._dial()
        wire.set_markets_from_exchange(self._exchange)
        tap(wire, lambda frame: self._hear(wire, frame))
        self._wires.append(wire)
        self._unheard = {own.encode() for own in self.names.values()}

    def _hear(self, wire: Any, frame: bytes) -> None:
        if not self._wires:
            return  # It is being closed.
        if self._unheard and wire is self._wires[-1]:
            self._unheard = {name for name in self._unheard if name not in frame}
        self._sink(frame)

    @property
    def is_heard(self) -> bool:
        return not self._unheard

    async def retire(self) -> None:
        while len(self._wires) > 1:  # bound: the wires there are
            await self._wires.pop(0).close()

    async def close(self) -> None:
        """Close all connections of streams; `exchange` belongs to whoever opened it."""
        while self._wires:  # bound: the wires there are
            await self._wires.pop().close()

    def streams(self, instrument: str) -> Sequence[Callable[[], Awaitable[object]]]:
        unified, wire = self._markets[instrument].unified, self._wires[-1]
        return (
            lambda: ask(wire.watch_trades(unified)),
            lambda: ask(wire.watch_order_book(unified, self._dialect.book.depth)),
        )

    async def unsubscribe(self, instrument: str) -> None:
        """ccxt remembers by hash what it has subscribed, on each of its connections."""
        market = self._markets[instrument]
        names = (market.unified, market.native.lower())
        for client in list(self._wires[-1].clients.values()):
            for table in (client.subscriptions, client.futures):
                for key in [key for key in table if any(name in str(key) for name in names)]:
                    gone = table.pop(key)
                    if table is client.futures and not gone.done():
                        gone.reject(ConnectionError("subscribed anew"))

    async def snapshot(self, instrument: str) -> Depth:
        unified = self._markets[instrument].unified
        raw = await ask(self._exchange.fetch_order_book(unified, self._dialect.levels))
        try:
            bids, asks = (_levels(raw[side]) for side in ("bids", "asks"))
            ts = int(raw.get("timestamp") or self._exchange.milliseconds())
            last = None if raw.get("nonce") is None else int(raw["nonce"])
            return Depth(instrument, ts, bids, asks, last=last, snapshot=True)
        except (BadFrame, TypeError, ValueError, LookupError) as error:
            raise VenueError(f"no order book of {instrument}: {error}") from None

    async def trades(self, instrument: str, first: int, last: int) -> Sequence[Print]:
        unified = self._markets[instrument].unified
        params, most = {"fromId": first, "fetchTradesMethod": "publicGetAggTrades"}, last - first + 1
        if not self._dialect.by_number:
            params, most = {}, TRADES_MAX  # The newest there are: what is older is not told any more.
        rows = await ask(self._exchange.fetch_trades(unified, None, min(most, TRADES_MAX), params))
        try:
            found = [_print(instrument, row) for row in rows]
        except (BadFrame, TypeError, ValueError, LookupError) as error:
            raise VenueError(f"no trades of {instrument}: {error}") from None
        return [one for one in found if isinstance(one.id, int) and first <= one.id <= last]

    async def candles(self, instrument: str, timeframe: str, since: int, limit: int) -> Series:
        return await fetch_candles(self._exchange, self._markets[instrument], timeframe, since, limit)


def _levels(rows: Sequence[Sequence[float]]) -> Levels:
    return sound.levels(tuple((float(row[0]), float(row[1])) for row in rows))


def _print(instrument: str, row: Mapping[str, Any]) -> Print:
    price, quantity = sound.price(float(row["price"])), sound.quantity(float(row["amount"]))
    return Print(
        instrument, int(row["id"]), sound.moment(int(row["timestamp"])), price, quantity, row["side"]
    )
