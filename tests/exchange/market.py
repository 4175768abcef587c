"""The exchange's market: a seeded walk of prices, and what its public streams say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from tests.exchange.listing import Listed
from tests.exchange.words import text

LEVELS = 40
FIRST_TRADE = 7_000_000
STEPS_MS = {"1s": 1_000, "1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "1d": 86_400_000}
Say = Callable[[str, dict[str, Any]], None]


@dataclass
class Candle:
    start: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = Decimal(0)
    count: int = 0

    def row(self, step: int) -> list[Any]:
        prices = [text(one) for one in (self.open, self.high, self.low, self.close)]
        return [self.start, *prices, text(self.volume), self.start + step - 1, "0", self.count, "0", "0", "0"]


@dataclass
class Ticker:
    """One symbol's market. `say(stream, message)` publishes; ids and update numbers ascend without a gap."""

    listed: Listed
    now: Callable[[], int]
    say: Say
    seed: int
    futures: bool = False
    bids: dict[Decimal, Decimal] = field(default_factory=dict)
    asks: dict[Decimal, Decimal] = field(default_factory=dict)
    update: int = 1_000
    snapshot_lag: int = 0
    trades: list[dict[str, Any]] = field(default_factory=list)
    candles: dict[str, dict[int, Candle]] = field(default_factory=lambda: {step: {} for step in STEPS_MS})

    def __post_init__(self) -> None:
        self.draw = np.random.Generator(np.random.PCG64(self.seed))
        self._rebuild()

    @property
    def name(self) -> str:
        return self.listed.symbol.lower()

    def step(self) -> None:
        """The price walks on, the book follows, and somebody trades."""
        moved = float(self.listed.price) * (1 + float(self.draw.normal(0, 5e-5)))
        self.move(self.listed.on_tick(moved), Decimal(f"{self.draw.uniform(0.001, 0.05):.3f}"))

    def move(self, price: Decimal, quantity: Decimal = Decimal("0.01")) -> None:
        """Trade so much at this price."""
        self.listed.price = price
        self.say_depth(*self._rebuild())
        self.print(price, quantity, buyer_rested=bool(self.draw.integers(0, 2)))

    def print(self, price: Decimal, quantity: Decimal, *, buyer_rested: bool) -> None:
        number, now = len(self.trades) + 1, self.now()
        trade = {
            "id": FIRST_TRADE + number,
            "a": number,
            "price": text(price),
            "qty": text(quantity),
            "time": now,
            "isBuyerMaker": buyer_rested,
        }
        self.trades.append(trade)
        common = {
            "E": now,
            "s": self.listed.symbol,
            "p": text(price),
            "q": text(quantity),
            "T": now,
            "m": buyer_rested,
        }
        kind = {"X": "MARKET"} if self.futures else {"M": True}
        ids = {"f": FIRST_TRADE + number, "l": FIRST_TRADE + number}  # Aggregates have numbers of their own.
        self.say(f"{self.name}@trade", {"e": "trade", "t": ids["l"], **common, **kind})
        self.say(f"{self.name}@aggTrade", {"e": "aggTrade", "a": number, **ids, **common})
        for interval, step in STEPS_MS.items():
            self._add(interval, step, now, price, quantity)

    def _add(self, interval: str, step: int, now: int, price: Decimal, quantity: Decimal) -> None:
        start = now // step * step
        known = self.candles[interval]
        last = max(known, default=None)
        if last is not None and last < start:
            self.say_candle(interval, step, known[last], closed=True)
        one = known.setdefault(start, Candle(start, price, price, price, price))
        one.high, one.low, one.close = max(one.high, price), min(one.low, price), price
        one.volume += quantity
        one.count += 1
        self.say_candle(interval, step, one, closed=False)

    def say_candle(self, interval: str, step: int, one: Candle, *, closed: bool) -> None:
        prices = {
            key: text(value)
            for key, value in zip("ohlc", (one.open, one.high, one.low, one.close), strict=True)
        }
        body = {"t": one.start, "T": one.start + step - 1, "s": self.listed.symbol, "i": interval, **prices}
        body |= {"f": 1, "L": one.count, "v": text(one.volume), "n": one.count, "x": closed}
        body |= {"q": "0", "V": "0", "Q": "0", "B": "0"}
        message = {"e": "kline", "E": self.now(), "s": self.listed.symbol, "k": body}
        self.say(f"{self.name}@kline_{interval}", message)

    def say_depth(self, bids: list[list[str]], asks: list[list[str]]) -> None:
        """Changed levels, as one update."""
        before, now = self.update, self.now()
        self.update += int(self.draw.integers(1, 5))
        message = {"e": "depthUpdate", "E": now, "s": self.listed.symbol, "U": before + 1, "u": self.update}
        message |= {"T": now, "pu": before} if self.futures else {}
        message |= {"b": bids, "a": asks}
        self.say(f"{self.name}@depth", message)
        best = {"s": self.listed.symbol, "u": self.update}
        best |= {"b": text(max(self.bids)), "B": text(self.bids[max(self.bids)])}
        best |= {"a": text(min(self.asks)), "A": text(self.asks[min(self.asks)])}
        named = {"e": "bookTicker", "T": now, "E": now, **best} if self.futures else best
        self.say(f"{self.name}@bookTicker", named)

    def _rebuild(self) -> tuple[list[list[str]], list[list[str]]]:
        """Move the book around the price; returns the levels that changed."""
        changes = []
        for side, sign in ((self.bids, -1), (self.asks, 1)):
            before = dict(side)
            side.clear()
            for level in range(LEVELS):
                price = self.listed.price + sign * (5 + 50 * level) * self.listed.tick
                near = level < 3 or price not in before
                side[price] = Decimal(f"{self.draw.uniform(0.1, 3):.3f}") if near else before[price]
            gone = [[text(price), "0.00000000"] for price in before if price not in side]
            new = [[text(price), text(size)] for price, size in side.items() if before.get(price) != size]
            changes.append(gone + new)
        return changes[0], changes[1]

    def depth(self, limit: int) -> dict[str, Any]:
        bids = [[text(p), text(q)] for p, q in sorted(self.bids.items(), reverse=True)[:limit]]
        asks = [[text(p), text(q)] for p, q in sorted(self.asks.items())[:limit]]
        times = {"E": self.now(), "T": self.now()} if self.futures else {}
        return {"lastUpdateId": self.update - self.snapshot_lag, **times, "bids": bids, "asks": asks}

    def klines(self, interval: str, start: int | None, end: int | None, limit: int) -> list[list[Any]]:
        """What was traded, and before the first trade a history that depends on nothing but seed and time."""
        step, now = STEPS_MS[interval], self.now()
        last = min(now, end if end is not None else now) // step * step
        first = last - (limit - 1) * step if start is None else -(-start // step) * step
        times = range(first, last + 1, step)[:limit] if start is not None else range(first, last + 1, step)
        known = self.candles[interval]
        return [(known.get(ts) or self._invented(ts, step)).row(step) for ts in times]

    def _invented(self, ts: int, step: int) -> Candle:
        draw = np.random.Generator(np.random.PCG64([self.seed, ts // step]))
        around = float(self.listed.price)
        prices = sorted(self.listed.on_tick(around * (1 + float(one))) for one in draw.normal(0, 5e-4, 4))
        first, last = (prices[1], prices[2]) if draw.integers(0, 2) else (prices[2], prices[1])
        return Candle(ts, first, prices[3], prices[0], last, Decimal(f"{draw.uniform(1, 20):.3f}"), 10)
