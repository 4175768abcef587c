"""How often, how well and how recently: what the counting policies read, folded from events alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from barfinex.config.limits import KEPT_MAX
from barfinex.domain.calendar import DAY_MS, week_of
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.order import OrderRequest, Purpose, Side
from barfinex.domain.position import RoundTrip

RUNAWAY = "RUNAWAY"  # The breach that locks a strategy which repeats itself.
Stream = tuple[str, str, Side]
"""Strategy, instrument, side: what a runaway strategy repeats."""


def _times() -> deque[int]:
    return deque(maxlen=KEPT_MAX)


@dataclass(slots=True)
class Counters:
    """Money in quote units, times in ms UTC. A day and a week are those of UTC, a week begins on Monday.

    `day_equity` and `week_equity`: what the account was worth when they began; None while nobody knows.
    """

    day: int = -1
    week: int = -1
    day_equity: Decimal | None = None
    week_equity: Decimal | None = None
    opened_day: int = -1
    opened: int = 0
    closed_day: int = -1
    lost: int = 0
    stops: deque[int] = field(default_factory=_times)
    stops_of: dict[str, deque[int]] = field(default_factory=dict)
    results: dict[str, deque[Decimal]] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    entries: dict[Stream, deque[int]] = field(default_factory=dict)
    asked: dict[Stream, tuple[int, Decimal, Decimal]] = field(default_factory=dict)
    runaways: dict[Stream, None] = field(default_factory=dict)

    def begin(self, day_ts: int, equity: Decimal) -> None:
        """A day has begun, and with it perhaps a week."""
        self.day, self.day_equity = day_ts // DAY_MS, equity
        if week_of(day_ts) != self.week:
            self.week, self.week_equity = week_of(day_ts), equity

    def receive(self, worth: Decimal) -> None:
        """The account was paid in or out; what the day and the week began with moves along."""
        self.day_equity = None if self.day_equity is None else self.day_equity + worth
        self.week_equity = None if self.week_equity is None else self.week_equity + worth

    def approve(self, order: OrderRequest, price: Decimal, now: int) -> None:
        """An entry was approved at a reference price."""
        stream = (order.strategy, order.instrument, order.side)
        self.entries.setdefault(stream, _times()).append(now)
        self.asked[stream] = (now, order.quantity, price)

    def open(self, ts: int) -> None:
        """An entry began to fill."""
        day = ts // DAY_MS
        self.opened = self.opened + 1 if day == self.opened_day else 1
        self.opened_day = day

    def close(self, trade: RoundTrip) -> None:
        """A round trip ended."""
        ts, instrument = trade.exit_ts, trade.instrument
        day = ts // DAY_MS
        if day != self.closed_day:
            self.closed_day, self.lost = day, 0
        self.lost += trade.net_pnl < 0
        self.results.setdefault(instrument, deque(maxlen=KEPT_MAX)).append(trade.net_pnl)
        self.ended[instrument] = ts
        if trade.reason == Purpose.STOP:
            self.stops.append(ts)
            self.stops_of.setdefault(instrument, _times()).append(ts)

    def run_away(self, intent: ExecutionIntent) -> None:
        """A strategy repeated itself too often: it stays locked until a person resumes."""
        self.runaways[intent.strategy, intent.instrument, Side.opening(intent.direction)] = None

    def resume(self, covers: Callable[[str, str], bool]) -> None:
        """A person has looked at what `covers` (strategy, instrument): what was repeated there before does
        not count any more."""
        self.runaways = {key: None for key in self.runaways if not covers(key[0], key[1])}
        self.entries = {key: times for key, times in self.entries.items() if not covers(key[0], key[1])}

    def opened_on(self, now: int) -> int:
        return self.opened if self.opened_day == now // DAY_MS else 0

    def lost_on(self, now: int) -> int:
        return self.lost if self.closed_day == now // DAY_MS else 0
