"""One instrument's live data: its book, its trades, and whether both can be believed."""

from __future__ import annotations

from barfinex.provider.feeds.liveness import Liveness
from barfinex.provider.feeds.tape import Tape
from barfinex.provider.streams.books import Book, BookRule
from barfinex.provider.streams.messages import Depth, Print

REFRESH_MS = 10_000
AWAY_MAX = 0.05  # Of the price: further from the book nobody trades who can see it.
DOUBT_MS = 5_000
PAUSES_MS = (500, 1_000, 2_000, 5_000, 10_000, 30_000)


class InstrumentFeed:
    """`stale` says since when (ms UTC) nothing may be decided on it, and `cause` why; it begins stale.

    It is live when trades and book are: the streams are not silent and the book is whole. A resubscription
    is due when a stream is stale, later and later while it does not help.
    """

    def __init__(self, instrument: str, rule: BookRule, now: int) -> None:
        self.instrument = instrument
        self.book, self.tape = Book(instrument, rule), Tape()
        self.trades, self.depth = Liveness(now), Liveness(now)
        self.stale: int | None = now
        self.cause = "it has just begun"
        self.tried, self._due, self._fetched = 0, now + PAUSES_MS[-1], 0
        self._doubt, self._doubted_until = "", 0

    def hear_trade(self, trade: Print, now: int) -> bool:
        """Whether it is new and can be believed. One far from the book may be true: nothing is built on it,
        and nothing decided for a while; the exchange's own candle will say."""
        self.trades.hear(trade.ts, now)
        if not self.tape.take(trade):
            return False
        bids, asks = self.book.top(1)
        if not bids or bids[0][0] * (1 - AWAY_MAX) <= trade.price <= asks[0][0] * (1 + AWAY_MAX):
            return True
        self._doubt = f"a trade at {trade.price:g}, far from the book ({bids[0][0]:g} to {asks[0][0]:g})"
        self._doubted_until = now + DOUBT_MS
        self.tape.lost += 1
        return False

    def hear_depth(self, change: Depth, now: int) -> bool:
        """Whether the book is live and changed."""
        self.depth.hear(change.ts, now)
        return self.book.take(change)

    def fault(self, now: int) -> str:
        """Why it is not live now, or an empty text. Trades may be rare: while the book moves, silence of the
        trades is no fault."""
        if self.book.check(now):  # A new snapshot alone does not show that it will not cross again.
            self._doubt, self._doubted_until = f"book: {self.book.cause}", now + DOUBT_MS
        if now < self._doubted_until:
            return self._doubt
        if not self.book.live:
            return f"book: {self.book.cause}"
        depth = self.depth.fault(now)
        if depth or not self.depth.is_heard:
            return f"book: {depth or 'nothing came yet'}"
        trades = self.trades.fault(now)
        return f"trades: {trades}" if "behind" in trades or "ahead" in trades else ""

    def look(self, now: int, outside: str = "") -> tuple[str, int]:
        """What has changed: ("stalled" or "recovered" or "", ms it was blind)."""
        fault = outside or self.fault(now)
        if fault and self.stale is None:
            self.stale, self.cause = now, fault
            self.tried, self._due = 0, now
            return "stalled", 0
        if fault:
            self.cause = fault
            return "", 0
        if self.stale is not None:
            blind, self.stale, self.cause = now - self.stale, None, ""
            return "recovered", blind
        return "", 0

    def wants_snapshot(self, now: int) -> bool:
        """Whether one should be fetched now; now and then for a live book that runs out of levels."""
        if not self.book.wants_snapshot() or (self.book.live and now - self._fetched < REFRESH_MS):
            return False
        self._fetched = now
        return True

    def wants_subscription(self, now: int) -> bool:
        """Whether its streams should be subscribed anew, now; asking counts as having tried."""
        silent = self.depth.fault(now) or self.trades.fault(now) or self.book.wants_subscription()
        if self.stale is None or not silent or now < self._due:
            return False
        self._due = now + PAUSES_MS[min(self.tried, len(PAUSES_MS) - 1)]
        self.tried += 1
        return True

    def restart(self, now: int) -> None:
        """Its streams were subscribed anew."""
        self.trades.restart(now)
        self.depth.restart(now)
        self.book.lose("it was subscribed anew")
