"""An order book kept by its venue's own rule: what it shows is whole and in order, or it shows nothing.

The book is pure: it says what it wants (a snapshot, a new subscription), whoever feeds it fetches that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite
from zlib import crc32

from barfinex.provider.streams.ladder import Ladder
from barfinex.provider.streams.messages import Depth, Levels

BUFFERED_MAX = (
    2_000  # Changes held while a snapshot is fetched; with more, the oldest go and it is fetched anew.
)
CROSSED_MS = 1_000
KNOWN_MIN = 20  # Levels that must be left inside what the snapshot covered.


class Numbering(StrEnum):
    """How a venue numbers the changes of a book."""

    SPOT = "spot"  # Binance spot: `first` is the `last` before plus one
    PREVIOUS = "previous"  # Binance futures: `previous` is the `last` before
    CONSECUTIVE = "consecutive"  # Bybit: `last` is the one before plus one; the stream begins with a snapshot
    CHECKSUM = "checksum"  # Kraken: a CRC32 over the best ten levels; the stream begins with a snapshot


@dataclass(frozen=True, slots=True)
class BookRule:
    """`most`: levels kept a side, and asked for in a snapshot. `decimals`: of price and quantity, as the
    venue's checksum writes them."""

    numbering: Numbering
    most: int = 1_000
    decimals: tuple[int, int] = (1, 8)

    @property
    def depth(self) -> int | None:
        """What a subscription has to ask for: a checksum is told of as many levels as were asked for."""
        return self.most if self.numbering is Numbering.CHECKSUM else None

    @property
    def from_rest(self) -> bool:
        """Whether the snapshot is fetched; otherwise the stream begins with one."""
        return self.numbering in (Numbering.SPOT, Numbering.PREVIOUS)


BINANCE_SPOT, BINANCE_FUTURES = BookRule(Numbering.SPOT), BookRule(Numbering.PREVIOUS)
BYBIT = BookRule(Numbering.CONSECUTIVE)
KRAKEN = BookRule(Numbering.CHECKSUM, most=100)


class Book:
    """The book of one instrument. `live` means whole, in order and not crossed; `cause` says why it is not.

    `resyncs` counts how often it was lost. Bids and asks are empty while it is not live.
    """

    def __init__(self, instrument: str, rule: BookRule) -> None:
        self.instrument, self._rule = instrument, rule
        self._bids, self._asks = Ladder(-1, rule.most), Ladder(1, rule.most)
        self._recent: deque[Depth] = deque(maxlen=BUFFERED_MAX)
        self._last: int | None = None
        self._edges = -inf, inf
        self._crossed_at: int | None = None
        self.live, self.cause, self.ts, self.resyncs = False, "it has just begun", 0, 0

    def wants_snapshot(self) -> bool:
        """Whether one has to be fetched: the book is lost, or the market has moved away from what the last
        one covered. Before the first change there is nothing it could be joined to."""
        return self._rule.from_rest and bool(self._recent) and (not self.live or self._is_thin())

    def wants_subscription(self) -> bool:
        """Whether only a new subscription, which begins with a snapshot, helps."""
        return not self.live and not self._rule.from_rest

    def lose(self, cause: str) -> None:
        """What it shows is not believed any more: begin anew."""
        if self.live:
            self.resyncs += 1
        self.live, self.cause, self._last, self._crossed_at = False, cause, None, None
        self._bids.clear()
        self._asks.clear()
        self._recent.clear()

    def take(self, change: Depth) -> bool:
        """Take in what the stream or the fetched snapshot says; whether the book is live and changed."""
        if change.snapshot:
            return self._begin(change)
        if self._rule.from_rest:
            self._recent.append(change)
        return self.live and self._apply(change)

    def check(self, now: int) -> bool:
        """Lose a book that has been crossed for a second, `now` in ms UTC; whether that was so."""
        bid, ask = self._bids.best, self._asks.best
        if not self.live or bid is None or ask is None or bid < ask:
            self._crossed_at = None
        elif self._crossed_at is None:
            self._crossed_at = now
        elif now - self._crossed_at >= CROSSED_MS:
            self.lose(f"crossed: bid {bid}, ask {ask}")
            return True
        return False

    def top(self, count: int) -> tuple[Levels, Levels]:
        """The best `count` bids and asks, best first; empty unless the book can be believed."""
        bid, ask = self._bids.best, self._asks.best
        if not self.live or bid is None or ask is None or bid >= ask:
            return (), ()
        known = self._known
        return self._bids.top(min(count, known[0])), self._asks.top(min(count, known[1]))

    def _begin(self, snapshot: Depth) -> bool:
        waiting = list(self._recent)
        first_after = next((one for one in waiting if not self._is_old(one, snapshot)), None)
        if self._rule.from_rest and first_after is not None and not self._joins(first_after, snapshot):
            self.cause = self.cause if self.live else "the snapshot is older than the changes"
            return False
        self._bids.clear()
        self._asks.clear()
        self._edges = self._reach(snapshot) if self._rule.from_rest else (-inf, inf)
        self._set(snapshot)
        self._last, self.ts = snapshot.last, snapshot.ts
        self.live, self.cause = True, ""
        if not self._agrees(snapshot):
            self.lose("the checksum does not fit")
            return False
        for change in waiting:
            if self.live and not self._is_old(change, snapshot):
                self._apply(change, joined=change is first_after)
        return self.live

    def _is_old(self, change: Depth, snapshot: Depth) -> bool:
        if change.last is None or snapshot.last is None:
            return False
        if self._rule.numbering is Numbering.PREVIOUS:
            return change.last < snapshot.last
        return change.last <= snapshot.last

    def _joins(self, change: Depth, snapshot: Depth) -> bool:
        """Whether the first change after the snapshot leaves no gap behind it."""
        if change.first is None or change.last is None or snapshot.last is None:
            return False
        reach = snapshot.last + (self._rule.numbering is Numbering.SPOT)
        return change.first <= reach <= change.last

    def _apply(self, change: Depth, *, joined: bool = False) -> bool:
        if self._rule.numbering is not Numbering.CHECKSUM and not joined:
            if change.last is not None and self._last is not None and change.last <= self._last:
                return False  # It came before, once more.
            if not self._follows(change):
                self.lose(f"a gap: {change.first or change.last} after {self._last}")
                if self._rule.from_rest:
                    self._recent.append(change)
                return False
        self._set(change)
        self._last, self.ts = change.last, change.ts
        if not self._agrees(change):
            self.lose("the checksum does not fit")
            return False
        return True

    def _set(self, change: Depth) -> None:
        """Take in levels; where the furthest had to go, the book reaches no further than the rest."""
        low, high = self._edges
        if self._bids.set(change.bids):
            low = max(low, self._bids.worst or low)
        if self._asks.set(change.asks):
            high = min(high, self._asks.worst or high)
        self._edges = low, high

    def _follows(self, change: Depth) -> bool:
        if self._last is None:  # The change that joins the snapshot was not there yet when it came.
            return False
        match self._rule.numbering:
            case Numbering.PREVIOUS:
                covers = change.first is not None and change.last is not None
                joins = covers and change.first <= self._last <= change.last  # type: ignore[operator]
                return change.previous == self._last or bool(joins)
            case Numbering.SPOT:
                return change.first is not None and change.first <= self._last + 1
            case _:
                return change.last == self._last + 1

    @property
    def _known(self) -> tuple[int, int]:
        """How many bids and asks the snapshot reached: what lies beyond is unknown until it changes."""
        return self._bids.inside(self._edges[0]), self._asks.inside(self._edges[1])

    def _is_thin(self) -> bool:
        """Whether a side with an end to what is known has little left of it."""
        sides = zip(self._known, self._edges, strict=True)
        return any(known < KNOWN_MIN and isfinite(edge) for known, edge in sides)

    def _reach(self, snapshot: Depth) -> tuple[float, float]:
        """The worst bid and ask that the snapshot covers; it covers a side whole that it did not fill."""
        most, bids, asks = self._rule.most, snapshot.bids, snapshot.asks
        low = min(price for price, _ in bids) if len(bids) >= most else -inf
        return low, max(price for price, _ in asks) if len(asks) >= most else inf

    def _agrees(self, change: Depth) -> bool:
        if change.checksum is None:
            return change.snapshot or self._rule.numbering is not Numbering.CHECKSUM
        return change.checksum == checksum(self._asks.top(10), self._bids.top(10), self._rule.decimals)


def checksum(asks: Levels, bids: Levels, decimals: tuple[int, int]) -> int:
    """Kraken's CRC32 over the best ten asks, then bids: digits of price and quantity without point and
    leading zeros (docs.kraken.com, Spot WebSocket book checksum)."""
    price, quantity = decimals
    digits = (
        f"{value:.{places}f}".replace(".", "").lstrip("0")
        for level in (*asks, *bids)
        for value, places in zip(level, (price, quantity), strict=True)
    )
    return crc32("".join(digits).encode())
