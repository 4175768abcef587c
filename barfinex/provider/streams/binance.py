"""Binance, spot and USD-M futures: raw and combined streams, and the depth snapshot of REST."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import DecodeError, Raw, Struct, field
from msgspec.json import Decoder as JsonDecoder

from barfinex.provider.streams import sound
from barfinex.provider.streams.messages import BadFrame, Bar, Control, Depth, Levels, Message, Print, Quote


class _Event(Struct, tag_field="e"):
    s: str


class _Trade(_Event, tag="trade"):
    T: int
    t: int
    p: float
    q: float
    m: bool
    X: str = "MARKET"


class _AggTrade(_Event, tag="aggTrade"):
    T: int
    a: int
    p: float
    q: float
    m: bool


class _DepthUpdate(_Event, tag="depthUpdate"):
    E: int
    U: int
    u: int
    b: Levels
    a: Levels
    pu: int | None = None


class _BookTicker(Struct):
    """On spot it comes without a name and without a time of its own."""

    s: str
    b: float
    B: float
    a: float
    A: float
    u: int
    T: int | None = None


class _FuturesTicker(_Event, tag="bookTicker"):
    b: float
    B: float
    a: float
    A: float
    u: int
    T: int


class _Candle(Struct):
    t: int
    i: str
    o: float
    h: float
    l: float  # noqa: E741 - the venue's own name
    c: float
    v: float
    x: bool


class _Kline(_Event, tag="kline"):
    k: _Candle


class _Combined(Struct):
    stream: str
    data: Raw


class _Snapshot(Struct):
    last: int = field(name="lastUpdateId")
    bids: Levels
    asks: Levels
    E: int = 0


class _Other(Struct):
    """What is none of the above: an answer to a subscription, a notice, something new."""

    e: str = ""
    event: str = ""
    result: Raw = field(default_factory=Raw)
    error: Raw = field(default_factory=Raw)
    code: int | None = None
    id: int | str | None = None


_EVENT = JsonDecoder(_Trade | _AggTrade | _DepthUpdate | _FuturesTicker | _Kline, strict=False)
_TICKER = JsonDecoder(_BookTicker, strict=False)
_COMBINED, _OTHER = JsonDecoder(_Combined), JsonDecoder(_Other)
_SNAPSHOT = JsonDecoder(_Snapshot, strict=False)


class BinanceDecoder:
    """`symbols`: our name of each of the venue's (`{"BTCUSDT": "BTC-USDT"}`); others are not read."""

    def __init__(self, symbols: Mapping[str, str]) -> None:
        self._symbols = dict(symbols)

    def decode(self, frame: bytes) -> Sequence[Message]:
        """The messages of one frame. Raises BadFrame."""
        try:
            if frame.startswith(b'{"stream"'):
                frame = bytes(_COMBINED.decode(frame).data)
            if b'"e":' not in frame:
                return self._nameless(frame)
            return self._read(_EVENT.decode(frame))
        except (DecodeError, UnicodeDecodeError) as error:
            return self._other(frame, error)

    def snapshot(self, instrument: str, body: bytes, ts: int) -> Depth:
        """The book in a REST answer that came at `ts`. Raises BadFrame."""
        try:
            found = _SNAPSHOT.decode(body)
        except (DecodeError, UnicodeDecodeError) as error:
            raise BadFrame(f"no depth snapshot: {error}") from error
        bids, asks = sound.levels(found.bids), sound.levels(found.asks)
        return Depth(instrument, found.E or ts, bids, asks, last=found.last, snapshot=True)

    def _read(self, event: _Event) -> Sequence[Message]:
        instrument = self._symbols.get(event.s)
        if instrument is None:
            return (Control("unknown", f"symbol {event.s[:40]!r}"),)
        match event:
            case _DepthUpdate():
                bids, asks = sound.levels(event.b), sound.levels(event.a)
                return (Depth(instrument, sound.moment(event.E), bids, asks, event.U, event.u, event.pu),)
            case _Trade():
                if event.X != "MARKET":  # Futures also print what the insurance fund and liquidation settle.
                    return (Control("unknown", f"trade by {event.X[:20]}"),)
                return (_print(instrument, event.t, event),)
            case _AggTrade():
                return (_print(instrument, event.a, event),)
            case _FuturesTicker():
                return (_quote(instrument, event.T, event),)
            case _Kline(k=k):
                sound.candle(k.o, k.h, k.l, k.c)
                volume, ts = sound.quantity(k.v), sound.moment(k.t)
                return (Bar(instrument, k.i, ts, k.o, k.h, k.l, k.c, volume, k.x),)
        raise BadFrame(f"no reader for {type(event).__name__}")

    def _nameless(self, frame: bytes) -> Sequence[Message]:
        if not frame.startswith(b'{"u":'):
            return self._other(frame, None)
        ticker = _TICKER.decode(frame)
        instrument = self._symbols.get(ticker.s)
        if instrument is None:
            return (Control("unknown", f"symbol {ticker.s[:40]!r}"),)
        return (_quote(instrument, ticker.T, ticker),)

    def _other(self, frame: bytes, error: Exception | None) -> Sequence[Message]:
        """An answer or a notice; what names an event we know, and cannot be read as it, is a bad frame."""
        try:
            other = _OTHER.decode(frame)
        except (DecodeError, UnicodeDecodeError) as worse:
            raise BadFrame(f"no JSON object of Binance: {worse}") from worse
        name = other.e or other.event
        if name == "serverShutdown":
            return (Control("shutdown", name),)
        if error is not None and name in ("trade", "aggTrade", "depthUpdate", "bookTicker", "kline"):
            raise BadFrame(f"{name}: {error}") from error
        if bytes(other.error) or other.code is not None:
            return (Control("refused", frame[:200].decode(errors="replace")),)
        if other.id is not None:
            return (Control("answer", str(other.id)),)
        return (Control("unknown", name[:40]),)


def _print(instrument: str, number: int, event: _Trade | _AggTrade) -> Print:
    """`m`: the buyer rested in the book, so the taker sold."""
    price, size = sound.price(event.p), sound.size(event.q)
    return Print(instrument, number, sound.moment(event.T), price, size, "sell" if event.m else "buy")


def _quote(instrument: str, ts: int | None, event: _BookTicker | _FuturesTicker) -> Quote:
    """Time 0: the venue tells none."""
    sound.spread(event.b, event.a)
    when = 0 if ts is None else sound.moment(ts)
    return Quote(instrument, when, event.b, sound.quantity(event.B), event.a, sound.quantity(event.A))
