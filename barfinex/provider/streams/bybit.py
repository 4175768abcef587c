"""Bybit, version 5 of its public streams: order books, trades and candles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder as JsonDecoder

from barfinex.provider.streams import sound
from barfinex.provider.streams.messages import BadFrame, Bar, Control, Depth, Levels, Message, Print

INTERVALS = {"1": "1m", "3": "3m", "5": "5m", "15": "15m", "30": "30m"}
INTERVALS |= {"60": "1h", "120": "2h", "240": "4h", "360": "6h", "720": "12h", "D": "1d"}


class _Frame(Struct):
    topic: str = ""
    type: str = ""
    ts: int = 0
    data: Raw = Raw()
    success: bool | None = None
    op: str = ""
    ret_msg: str = ""


class _Book(Struct):
    s: str
    b: Levels
    a: Levels
    u: int


class _Trade(Struct):
    T: int
    s: str
    S: Literal["Buy", "Sell"]
    v: float
    p: float
    i: str


class _Candle(Struct):
    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    confirm: bool


_FRAME = JsonDecoder(_Frame)
_BOOK = JsonDecoder(_Book, strict=False)
_TRADES = JsonDecoder(list[_Trade], strict=False)
_CANDLES = JsonDecoder(list[_Candle], strict=False)


class BybitDecoder:
    """`symbols`: our name of each of the venue's; others are not read."""

    def __init__(self, symbols: Mapping[str, str]) -> None:
        self._symbols = dict(symbols)

    def decode(self, frame: bytes) -> Sequence[Message]:
        """The messages of one frame. Raises BadFrame."""
        try:
            found = _FRAME.decode(frame)
            kind, *rest = found.topic.split(".")
            match kind:
                case "orderbook":
                    return self._book(found, _BOOK.decode(found.data))
                case "publicTrade":
                    return self._trades(_TRADES.decode(found.data))
                case "kline" if len(rest) == 2:
                    return self._candles(rest[0], rest[1], _CANDLES.decode(found.data))
        except (DecodeError, UnicodeDecodeError) as error:
            raise BadFrame(f"no frame of Bybit: {error}") from error
        return (self._control(found),)

    def _book(self, frame: _Frame, book: _Book) -> Sequence[Message]:
        """`u` of 1 is a snapshot too: the service was restarted."""
        instrument = self._symbols.get(book.s)
        if instrument is None:
            return (Control("unknown", f"symbol {book.s[:40]!r}"),)
        whole = frame.type == "snapshot" or book.u == 1
        bids, asks = sound.levels(book.b), sound.levels(book.a)
        return (Depth(instrument, sound.moment(frame.ts), bids, asks, last=book.u, snapshot=whole),)

    def _trades(self, trades: Sequence[_Trade]) -> Sequence[Message]:
        return [
            Print(
                self._symbols[one.s],
                one.i,
                sound.moment(one.T),
                sound.price(one.p),
                sound.size(one.v),
                "buy" if one.S == "Buy" else "sell",
            )
            if one.s in self._symbols
            else Control("unknown", f"symbol {one.s[:40]!r}")
            for one in trades
        ]

    def _candles(self, interval: str, symbol: str, candles: Sequence[_Candle]) -> Sequence[Message]:
        instrument = self._symbols.get(symbol)
        timeframe = INTERVALS.get(interval)
        if instrument is None or timeframe is None:
            return (Control("unknown", f"candles of {interval[:10]} {symbol[:40]!r}"),)
        bars = []
        for one in candles:
            sound.candle(one.open, one.high, one.low, one.close)
            ts, volume = sound.moment(one.start), sound.quantity(one.volume)
            row = (one.open, one.high, one.low, one.close, volume)
            bars.append(Bar(instrument, timeframe, ts, *row, one.confirm))
        return bars

    def _control(self, frame: _Frame) -> Control:
        if frame.op in ("pong", "ping") or frame.ret_msg == "pong":
            return Control("heartbeat")
        if frame.success is not None:
            return Control("answer" if frame.success else "refused", frame.ret_msg[:200])
        return Control("unknown", frame.topic[:40])
