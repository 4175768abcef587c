"""Closed candles of any exchange of ccxt, by REST."""

from __future__ import annotations

from typing import Any

from barfinex.domain.candles import Series, series_of
from barfinex.domain.instrument import timeframe_ms
from barfinex.provider.streams import sound
from barfinex.provider.streams.messages import BadFrame
from barfinex.provider.venues.ccxt.instruments import Market
from barfinex.provider.venues.ccxt.opening import ask
from barfinex.provider.venues.errors import VenueError


async def fetch_candles(exchange: Any, market: Market, timeframe: str, since: int, limit: int) -> Series:
    """At most `limit` candles that start at `since` (ms UTC) or later and have ended.

    Raises:
        VenueError: no answer, or one that contradicts itself.
    """
    rows = await ask(exchange.fetch_ohlcv(market.unified, timeframe, since or None, limit))
    step, now = timeframe_ms(timeframe), exchange.milliseconds()
    try:
        closed = [row for row in rows if int(row[0]) + step <= now and int(row[0]) >= since]
        for ts, first, high, low, last, volume in closed:
            sound.moment(int(ts))
            sound.candle(first, high, low, last)
            sound.quantity(volume)
    except (BadFrame, TypeError, ValueError, LookupError) as error:
        raise VenueError(f"candles of {market.symbol}: {error}") from None
    unique = {int(row[0]): list(row) for row in closed}
    return series_of(market.symbol, timeframe, [unique[ts] for ts in sorted(unique)], exchange.id)
