"""What a live feed asks of an exchange's public side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from barfinex.domain.candles import Series
from barfinex.provider.streams.books import BookRule
from barfinex.provider.streams.messages import Decoder, Depth, Print

Sink = Callable[[bytes], None]


class MarketSource(Protocol):
    """Each question raises VenueError when it is not answered."""

    @property
    def decoder(self) -> Decoder: ...

    def rule_of(self, instrument: str) -> BookRule:
        """How its order book is put together."""
        ...

    def listen(self, sink: Sink) -> None:
        """From now on every frame of market data goes to `sink`."""
        ...

    def streams(self, instrument: str) -> Sequence[Callable[[], Awaitable[object]]]:
        """What subscribes the instrument's streams; each ends only with an error, when it has to be asked
        again."""
        ...

    def renew(self) -> None:
        """Open a connection beside the present one: from now on `streams` and `unsubscribe` are about it."""
        ...

    @property
    def is_heard(self) -> bool:
        """Whether the newest connection has delivered something of every instrument."""
        ...

    async def retire(self) -> None:
        """Close every connection but the newest."""
        ...

    async def unsubscribe(self, instrument: str, /) -> None:
        """Forget the instrument's subscriptions, so that asking again subscribes anew."""
        ...

    async def snapshot(self, instrument: str) -> Depth: ...

    async def trades(self, instrument: str, first: int, last: int, /) -> Sequence[Print]:
        """The public trades with these numbers, as far as the exchange still has them."""
        ...

    async def candles(self, instrument: str, timeframe: str, since: int, limit: int, /) -> Series:
        """Closed candles that start at `since` (ms UTC) or later."""
        ...
