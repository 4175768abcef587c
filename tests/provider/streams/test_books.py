"""R67: the books equal an oracle that keeps every level in a plain dict, over every recorded stream."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from barfinex.provider.streams.binance import BinanceDecoder
from barfinex.provider.streams.books import (
    BINANCE_FUTURES,
    BINANCE_SPOT,
    BYBIT,
    CROSSED_MS,
    Book,
    BookRule,
    Numbering,
)
from barfinex.provider.streams.bybit import BybitDecoder
from barfinex.provider.streams.kraken import KrakenDecoder
from barfinex.provider.streams.messages import Depth, Levels
from tests.provider.streams import captures

Sides = tuple[dict[float, float], dict[float, float]]


def applied(sides: Sides, change: Depth) -> None:
    """The oracle's whole rule: set what is there, remove what is zero."""
    for side, levels in zip(sides, (change.bids, change.asks), strict=True):
        for price, quantity in levels:
            if quantity:
                side[price] = quantity
            else:
                side.pop(price, None)


def top(sides: Sides, count: int) -> tuple[Levels, Levels]:
    bids = tuple(sorted(sides[0].items(), reverse=True)[:count])
    return bids, tuple(sorted(sides[1].items())[:count])


@cache
def binance_changes(name: str) -> tuple[list[tuple[int, Depth]], Depth]:
    """The changes with their arrival, and the snapshot that came among them."""
    decoder = BinanceDecoder({"BTCUSDT": "BTC-USDT"})
    changes, snapshots = [], []
    for arrived, frame in captures.binance(name):
        if b'"lastUpdateId"' in frame:
            snapshots.append(decoder.snapshot("BTC-USDT", frame, arrived))
        elif b"depthUpdate" in frame:
            found = decoder.decode(frame)[0]
            assert isinstance(found, Depth)
            changes.append((arrived, found))
    (snapshot,) = snapshots
    return changes, snapshot


@captures.needs_captures
@pytest.mark.parametrize(
    ("name", "rule"), [(captures.SPOT, BINANCE_SPOT), (captures.FUTURES, BINANCE_FUTURES)]
)
def test_binance_books_equal_the_oracle(name: str, rule: BookRule) -> None:
    changes, snapshot = binance_changes(name)
    book = Book("BTC-USDT", BookRule(rule.numbering, most=100_000))
    cut = next(k for k, (_, one) in enumerate(changes) if (one.last or 0) > (snapshot.last or 0)) + 3
    for _, change in changes[:cut]:
        assert not book.take(change)
    assert book.wants_snapshot()
    assert book.take(snapshot)
    sides: Sides = dict(snapshot.bids), dict(snapshot.asks)
    old = (snapshot.last or 0) - (rule.numbering is Numbering.PREVIOUS)
    for _, change in changes[:cut]:
        if (change.last or 0) > old:
            applied(sides, change)
    compared = 0
    for number, (_, change) in enumerate(changes[cut:]):
        assert book.take(change), book.cause
        applied(sides, change)
        if not number % 50:
            shown = book.top(1_000)
            expected = top(sides, 1_000)
            assert shown == tuple(side[: len(own)] for side, own in zip(expected, shown, strict=True))
            compared += len(shown[0]) >= 10 and len(shown[1]) >= 10
    assert book.resyncs == 0
    assert compared > 40


@captures.needs_captures
def test_bybit_book_equals_the_oracle() -> None:
    decoder, book = BybitDecoder({"XRPUSDT": "XRP-USDT"}), Book("XRP-USDT", BYBIT)
    sides: Sides = {}, {}
    for frame in captures.bybit():
        (change,) = decoder.decode(frame)
        assert isinstance(change, Depth)
        assert book.take(change), book.cause
        applied(sides, change)
        assert book.top(500) == top(sides, 500)


@captures.needs_captures
@pytest.mark.parametrize(("version", "pair", "decimals"), [(1, "XBT/USD", (5, 8)), (2, "BTC/USD", (1, 8))])
def test_kraken_books_agree_with_every_checksum(version: int, pair: str, decimals: tuple[int, int]) -> None:
    decoder = KrakenDecoder({pair: "BTC-USD"})
    book = Book("BTC-USD", BookRule(Numbering.CHECKSUM, most=10, decimals=decimals))
    taken = 0
    for frame in captures.kraken(version):
        for change in decoder.decode(frame):
            if isinstance(change, Depth):
                assert book.take(change), book.cause
                taken += 1
    assert taken > 400


def change(first: int, last: int, previous: int | None = None, price: float = 99.0) -> Depth:
    return Depth("X", last, ((price, 1.0),), ((101.0, 1.0),), first, last, previous)


def snapshot(last: int) -> Depth:
    bids = tuple((99.0 - k / 100, 1.0) for k in range(50))
    return Depth("X", last, bids, tuple((101.0 + k / 100, 1.0) for k in range(50)), last=last, snapshot=True)


def live_book(rule: BookRule = BINANCE_SPOT) -> Book:
    book = Book("X", rule)
    book.take(change(10, 12, 9))
    assert book.take(snapshot(11))
    return book


def test_an_old_snapshot_is_asked_for_again() -> None:
    """F49."""
    book = Book("X", BINANCE_SPOT)
    book.take(change(10, 12))
    assert not book.take(snapshot(8))
    assert book.wants_snapshot()
    assert "older" in book.cause
    assert book.top(5) == ((), ())
    assert book.take(snapshot(9))
    assert book.live


def test_a_gap_loses_the_book_until_a_new_snapshot() -> None:
    """F47, R68."""
    book = live_book()
    assert not book.take(change(14, 15))
    assert (book.live, book.resyncs, book.wants_snapshot()) == (False, 1, True)
    assert book.top(1) == ((), ())
    assert not book.take(change(16, 16))
    assert book.take(snapshot(15))
    assert book.take(change(17, 18))


def test_what_came_before_changes_nothing() -> None:
    """F48: duplicated and reordered changes."""
    book = live_book()
    assert book.take(change(13, 14, price=98.0))
    assert not book.take(change(13, 14, price=97.0))
    assert book.live
    assert (97.0, 1.0) not in book.top(50)[0]


def test_a_book_that_stays_crossed_is_lost() -> None:
    """F50, R73: for less than a second it only shows nothing."""
    book = live_book()
    book.take(Depth("X", 1, ((102.0, 1.0),), (), 13, 13))
    assert book.top(1) == ((), ())
    shown = []
    for now in (1_000, 1_000 + CROSSED_MS - 1, 1_000 + CROSSED_MS):
        book.check(now)
        shown.append(book.live)
    assert shown == [True, True, False]
    assert "crossed" in book.cause


def test_a_book_that_leaves_what_the_snapshot_covered_is_fetched_anew() -> None:
    book = live_book(BookRule(Numbering.SPOT, most=50))
    assert not book.wants_snapshot()
    gone = tuple((99.0 - k / 100, 0.0) for k in range(45))
    assert book.take(Depth("X", 1, (*gone, (98.0, 7.0)), (), 13, 13))
    assert book.wants_snapshot()
    assert len(book.top(50)[0]) == 5  # What lies beyond is unknown until it changes.
    assert book.take(snapshot(13))
    assert not book.wants_snapshot()


def test_a_wrong_checksum_loses_the_book() -> None:
    book = Book("X", BookRule(Numbering.CHECKSUM, most=10))
    assert not book.take(Depth("X", 1, ((99.0, 1.0),), ((101.0, 1.0),), snapshot=True, checksum=1))
    assert book.wants_subscription()


@captures.needs_captures
@pytest.mark.parametrize("per_million", [2.5, 1_000])
@pytest.mark.parametrize("name", [captures.SPOT, captures.FUTURES])
def test_injected_gaps_are_all_found(name: str, per_million: float) -> None:
    """R68: after each a snapshot is fetched, 300 ms later, and the book is live again within 3 s."""
    rule = BINANCE_SPOT if name == captures.SPOT else BINANCE_FUTURES
    changes, first = binance_changes(name)
    begin = next(k for k, (_, one) in enumerate(changes) if (one.last or 0) > (first.last or 0))
    draw = np.random.Generator(np.random.PCG64(1))
    count = max(1, round(len(changes) * per_million / 1e6))
    dropped = set(draw.choice(np.arange(begin + 20, len(changes) - 60), count, replace=False).tolist())
    book, sides = Book("BTC-USDT", rule), Sides_of(first)
    for _, change in changes[max(0, begin - 3) : begin + 1]:
        book.take(change)
    assert book.take(first)
    lost_at, blind, found = None, [], 0
    applied(sides, changes[begin][1])
    for number in range(begin + 1, len(changes)):
        arrived, change = changes[number]
        applied(sides, change)
        if number in dropped:
            continue
        book.take(change)
        if not book.live and lost_at is None:
            lost_at, found = arrived, found + 1
        if lost_at is not None and book.wants_snapshot() and arrived - lost_at >= 300:
            whole = Depth("BTC-USDT", arrived, *whole_of(sides), last=change.last, snapshot=True)
            book.take(whole)
        if book.live:
            if lost_at is not None:
                blind.append(arrived - lost_at)
                lost_at = None
            if not number % 100:
                assert book.top(5) == top(sides, 5)
    assert found == len(dropped)
    assert max(blind) <= 3_000


def Sides_of(snapshot: Depth) -> Sides:  # noqa: N802 - it makes one
    return dict(snapshot.bids), dict(snapshot.asks)


def whole_of(sides: Sides) -> tuple[Levels, Levels]:
    return tuple(sides[0].items()), tuple(sides[1].items())


def test_forty_bad_scripts_never_show_a_wrong_book() -> None:
    """R67: drops, repeats, swaps and old snapshots in random scripts; what is live equals the oracle."""
    for seed in range(40):
        draw = np.random.Generator(np.random.PCG64(seed))
        sides: Sides = Sides_of(snapshot(0))
        book, last = Book("X", BINANCE_SPOT), 0
        sent: list[Depth] = []
        for _ in range(200):
            first, last = last + 1, last + int(draw.integers(1, 4))
            price = float(99 - draw.integers(0, 40) / 100)
            one = Depth("X", last, ((price, float(draw.integers(1, 9))),), (), first, last)
            applied(sides, one)
            sent.append(one)
            fate = draw.random()
            if fate < 0.1:
                continue
            book.take(one)
            if fate > 0.9:
                book.take(sent[int(draw.integers(0, len(sent)))])
            if book.wants_snapshot():
                late = fate > 0.8
                book.take(Depth("X", last, *whole_of(sides), last=last - 5 if late else last, snapshot=True))
                if late:
                    book.lose("the script's snapshot was a lie") if book.live else None
            if book.live:
                assert book.top(60) == top(sides, 60), seed


def test_decoders_refuse_what_cannot_be_believed() -> None:
    """F51, F54, F57."""
    from barfinex.provider.streams.messages import BadFrame

    decoder = BinanceDecoder({"BTCUSDT": "BTC-USDT"})
    good = {"e": "trade", "s": "BTCUSDT", "t": 1, "p": "1.0", "q": "1.0", "T": 1_700_000_000_000, "m": True}
    for key, bad in [("p", "NaN"), ("p", "0"), ("p", "-1"), ("q", "1e20"), ("T", 1_700_000_000_000_000)]:
        with pytest.raises(BadFrame):
            decoder.decode(json.dumps({**good, key: bad}).encode())
    for frame in (b"\xff\xfe", b"<html>busy</html>", b"", b"[1]", b'{"e":"trade","s":"BTCUSDT"}'):
        with pytest.raises(BadFrame):
            decoder.decode(frame)
    for frame in (b'{"e":"newThing"}', json.dumps({**good, "s": "\u5e01\u5b89USDT"}).encode()):
        assert decoder.decode(frame)[0].kind == "unknown"  # type: ignore[union-attr]
