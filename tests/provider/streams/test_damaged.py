"""Damaged frames: whatever a wire delivers, a decoder answers with messages that hold, or with BadFrame."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

import numpy as np
import pytest

from barfinex.provider.streams.binance import BinanceDecoder
from barfinex.provider.streams.books import BYBIT, Book
from barfinex.provider.streams.bybit import BybitDecoder
from barfinex.provider.streams.kraken import KrakenDecoder
from barfinex.provider.streams.messages import BadFrame, Bar, Decoder, Depth, Message, Print, Quote

T = 1_700_000_000_000
TRADE = {"e": "aggTrade", "E": T, "s": "BTCUSDT", "a": 7, "p": "60000.1", "q": "0.5", "T": T, "m": True}
DEPTH = {"e": "depthUpdate", "E": T, "s": "BTCUSDT", "U": 5, "u": 9, "b": [["1.0", "2"]], "a": [["3", "4"]]}
TICKER = {"u": 4, "s": "BTCUSDT", "b": "59999.9", "B": "1", "a": "60000.1", "A": "2"}
BAR = {"t": T, "i": "1m", "o": "1", "h": "3", "l": "0.5", "c": "2", "v": "9", "x": True}
BINANCE = [TRADE, DEPTH, TICKER, {"e": "kline", "E": T, "s": "BTCUSDT", "k": BAR}]
BYBIT_TRADE = {"T": T, "s": "BTCUSDT", "S": "Buy", "v": "0.5", "p": "60000.1", "i": "a-1"}
BYBIT_BOOK = {"s": "BTCUSDT", "b": [["1", "2"]], "a": [["3", "4"]], "u": 9, "seq": 1}
BYBIT_BAR = {"start": T, "open": "1", "high": "3", "low": "0.5", "close": "2", "volume": "9", "confirm": True}
BYBITS = [
    {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": T, "data": [BYBIT_TRADE]},
    {"topic": "orderbook.50.BTCUSDT", "type": "delta", "ts": T, "data": BYBIT_BOOK},
    {"topic": "kline.1.BTCUSDT", "type": "snapshot", "ts": T, "data": [BYBIT_BAR]},
]
WHEN = "2024-08-08T10:00:00.123456Z"
KRAKEN_TRADE = {"symbol": "BTC/USD", "side": "buy", "price": 1.5, "qty": 2.0, "trade_id": 7}
KRAKEN_TRADE["timestamp"] = WHEN
KRAKEN_BOOK = {"symbol": "BTC/USD", "bids": [{"price": 1.0, "qty": 2.0}], "asks": [], "checksum": 1}
KRAKENS: list[Any] = [
    {"channel": "trade", "type": "update", "data": [KRAKEN_TRADE]},
    {"channel": "book", "type": "update", "data": [{**KRAKEN_BOOK, "timestamp": WHEN}]},
    [1, [["1.5", "2.0", "1700000000.123", "b", "m", ""]], "trade", "BTC/USD"],
    [1, {"b": [["1.0", "2.0", "1700000000.1"]], "c": "123"}, "book-10", "BTC/USD"],
]
DECODERS: dict[str, tuple[Decoder, list[Any]]] = {
    "binance": (BinanceDecoder({"BTCUSDT": "BTC-USDT"}), BINANCE),
    "bybit": (BybitDecoder({"BTCUSDT": "BTC-USDT"}), BYBITS),
    "kraken": (KrakenDecoder({"BTC/USD": "BTC-USD"}), KRAKENS),
}
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    "",
    "NaN",
    "-5",
    "1e400",
    "0",
    [],
    {},
    [[]],
    "kline.0.BTCUSDT",
    "\ud83d",
    1.5,
]


@pytest.mark.parametrize("name", DECODERS)
def test_a_damaged_frame_is_a_bad_frame_or_holds(name: str) -> None:
    decoder, good = DECODERS[name]
    draw = np.random.Generator(np.random.PCG64(1))
    read = refused = 0
    for _ in range(6_000):
        frame = damaged(good[int(draw.integers(0, len(good)))], draw)
        try:
            messages = decoder.decode(frame)
        except BadFrame:
            refused += 1
            continue
        read += 1
        for message in messages:
            assert holds(message), (frame, message)
    assert read > 500
    assert refused > 500


@pytest.mark.parametrize("name", DECODERS)
def test_the_frames_are_good_before_they_are_damaged(name: str) -> None:
    decoder, good = DECODERS[name]
    read = [one for each in good for one in decoder.decode(dump(each))]
    assert len(read) == len(good)
    assert all(isinstance(one, Print | Depth | Quote | Bar) for one in read)


def test_frames_nested_without_end_are_refused() -> None:
    for decoder, _ in DECODERS.values():
        with pytest.raises(BadFrame):
            decoder.decode(b"[" * 100_000)


def test_a_book_knows_no_further_than_the_levels_it_kept() -> None:
    """What fell off the end is not known any more, also when the levels before it go."""
    book = Book("X", BYBIT)
    bids = tuple((1_000.0 - k, 1.0) for k in range(1_000))
    book.take(Depth("X", T, bids, ((2_000.0, 1.0),), last=1, snapshot=True))
    book.take(Depth("X", T, ((1_001.0, 1.0), (1_002.0, 1.0)), (), last=2))
    gone = tuple((price, 0.0) for price, _ in bids[:900])
    book.take(Depth("X", T, gone, (), last=3))
    book.take(Depth("X", T, ((0.5, 9.0),), (), last=4))
    best, _ = book.top(1_000)
    assert best[-1][0] == 3.0


def dump(message: Any) -> bytes:
    return json.dumps(message).encode()


def damaged(message: Any, draw: np.random.Generator) -> bytes:
    """The frame with one value replaced, and maybe one byte changed, or cut off."""
    copy = json.loads(json.dumps(message))
    owner, key = leaf(copy, draw)
    owner[key] = ODD[int(draw.integers(0, len(ODD)))]
    frame = bytearray(dump(copy))
    if draw.random() < 0.5:
        frame[int(draw.integers(0, len(frame)))] = int(draw.integers(0, 256))
    return bytes(frame[: int(draw.integers(0, len(frame)))] if draw.random() < 0.1 else frame)


def leaf(found: Any, draw: np.random.Generator) -> tuple[Any, Any]:
    keys = list(found) if isinstance(found, dict) else list(range(len(found)))
    key = keys[int(draw.integers(0, len(keys)))]
    inner = found[key]
    deeper = isinstance(inner, dict | list) and inner and draw.random() < 0.9
    return leaf(inner, draw) if deeper else (found, key)


def holds(message: Message) -> bool:
    match message:
        case Print():
            sized = 0 < message.price < 1e15 and 0 < message.quantity < 1e15
            return sized and message.side in ("buy", "sell")
        case Depth():
            return all(p > 0 and q >= 0 and isfinite(p + q) for p, q in (*message.bids, *message.asks))
        case Quote():
            return 0 < message.bid < message.ask
        case Bar():
            return 0 < message.low <= min(message.open, message.close) <= message.high < 1e15
    return bool(message.kind)
