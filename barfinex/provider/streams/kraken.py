"""Kraken spot, both versions of its public streams: order books with checksums, and trades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder as JsonDecoder

from barfinex.provider.streams import sound
from barfinex.provider.streams.messages import BadFrame, Control, Depth, Levels, Message, Print

UNREADABLE: tuple[type[Exception], ...] = (DecodeError, ValueError, TypeError, LookupError)
UNREADABLE += (AttributeError, ArithmeticError, RecursionError)


class _Level(Struct):
    price: float
    qty: float


class _Book(Struct):
    symbol: str
    bids: list[_Level]
    asks: list[_Level]
    checksum: int
    timestamp: str = ""


class _Trade(Struct):
    symbol: str
    side: Literal["buy", "sell"]
    price: float
    qty: float
    trade_id: int
    timestamp: str


class _Frame(Struct):
    channel: str = ""
    type: str = ""
    data: Raw = Raw()
    method: str = ""
    success: bool | None = None
    error: str = ""
    event: str = ""


_FRAME, _LIST = JsonDecoder(_Frame), JsonDecoder(list[Any])
_BOOKS, _TRADES = JsonDecoder(list[_Book]), JsonDecoder(list[_Trade])


class KrakenDecoder:
    """`symbols`: our name of each of the venue's (`{"BTC/USD": "BTC-USD"}`); others are not read."""

    def __init__(self, symbols: Mapping[str, str]) -> None:
        self._symbols = dict(symbols)

    def decode(self, frame: bytes) -> Sequence[Message]:
        """The messages of one frame of version 2, or 1, whose frames are lists. Raises BadFrame."""
        try:
            if frame.startswith(b"["):
                return self._old(_LIST.decode(frame))
            found = _FRAME.decode(frame)
            match found.channel:
                case "book":
                    return [self._book(found, one) for one in _BOOKS.decode(found.data)]
                case "trade":
                    return [self._trade(one) for one in _TRADES.decode(found.data)]
                case "heartbeat":
                    return (Control("heartbeat"),)
        except UNREADABLE as error:
            raise BadFrame(f"no frame of Kraken: {error}") from error
        if found.event == "heartbeat":
            return (Control("heartbeat"),)
        if found.success is not None:
            return (Control("answer" if found.success else "refused", found.error[:200]),)
        return (Control("unknown", (found.channel or found.event or found.method)[:40]),)

    def _book(self, frame: _Frame, book: _Book) -> Message:
        instrument = self._symbols.get(book.symbol)
        if instrument is None:
            return Control("unknown", f"symbol {book.symbol[:40]!r}")
        bids, asks = (
            sound.levels(tuple((one.price, one.qty) for one in side)) for side in (book.bids, book.asks)
        )
        ts = _instant(book.timestamp) if book.timestamp else 0
        whole = frame.type == "snapshot"
        return Depth(instrument, ts, bids, asks, snapshot=whole, checksum=book.checksum)

    def _trade(self, trade: _Trade) -> Message:
        instrument = self._symbols.get(trade.symbol)
        if instrument is None:
            return Control("unknown", f"symbol {trade.symbol[:40]!r}")
        price, size = sound.price(trade.price), sound.size(trade.qty)
        return Print(instrument, trade.trade_id, _instant(trade.timestamp), price, size, trade.side)

    def _old(self, frame: list[Any]) -> Sequence[Message]:
        """[channel, data…, name, pair]; a change of both sides of a book comes in two parts."""
        _, *parts, name, pair = frame
        instrument = self._symbols.get(pair)
        if instrument is None:
            return (Control("unknown", f"symbol {str(pair)[:40]!r}"),)
        if name.startswith("book"):
            return (_old_book(instrument, {key: side for part in parts for key, side in part.items()}),)
        if name == "trade":
            return [_old_trade(instrument, *row[:4]) for row in parts[0]]
        return (Control("unknown", str(name)[:40]),)


def _old_book(instrument: str, found: Mapping[str, Any]) -> Depth:
    whole = "as" in found
    bids, asks = (_rows(found.get(key, ())) for key in (("bs", "as") if whole else ("b", "a")))
    times = [float(row[2]) for key in ("a", "b", "as", "bs") for row in found.get(key, ())]
    ts = sound.moment(int(max(times) * 1000)) if times else 0
    told = found.get("c")
    check = None if told is None else int(told)
    return Depth(instrument, ts, bids, asks, snapshot=whole, checksum=check)


def _old_trade(instrument: str, price: str, quantity: str, time: str, side: str) -> Print:
    """Version 1 numbers no trades: the time, to the microsecond, has to tell them apart."""
    at, size = sound.price(float(price)), sound.size(float(quantity))
    ts = sound.moment(int(float(time) * 1000))
    return Print(instrument, f"{time}-{price}-{quantity}", ts, at, size, "buy" if side == "b" else "sell")


def _rows(rows: Sequence[Sequence[str]]) -> Levels:
    return sound.levels(tuple((float(row[0]), float(row[1])) for row in rows))


def _instant(text: str) -> int:
    return sound.moment(int(datetime.fromisoformat(text).timestamp() * 1000))
