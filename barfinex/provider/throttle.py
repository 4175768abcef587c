"""How much may be sent: entries have one budget, what reduces risk another that entries cannot touch."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from barfinex.config import OrdersConfig
from barfinex.provider.venues.errors import Outcome, OutcomeKind

TRIPS_MAX = 3
TRIPS_MS = 60_000
QUESTIONS_PER_SECOND = 5


class Budget:
    """At most `count` in any window of `window_ms`, wherever the window begins."""

    def __init__(self, count: int, window_ms: int) -> None:
        self._window_ms = window_ms
        self._times: deque[int] = deque([-window_ms] * count, maxlen=count)

    def wait_ms(self, now: int, count: int) -> int:
        """How long until `count` more fit, ms; more than the whole budget at once go when it is all there."""
        last = self._times[min(count, len(self._times)) - 1]
        return max(0, last + self._window_ms - now)

    def take(self, now: int, count: int) -> None:
        self._times.extend([now] * count)


class Throttle:
    """The budgets of one venue, and for how long it wants to be left alone; `sleep` waits for seconds."""

    def __init__(self, limits: OrdersConfig, sleep: Callable[[float], Awaitable[object]]) -> None:
        self.sleep = sleep
        self.wait_ms_max = limits.wait_ms_max
        self._entries = (
            Budget(limits.entries_per_second_max, 1_000),
            Budget(limits.entries_per_minute_max, 60_000),
        )
        self._reserved = (Budget(limits.reserved_per_second_max, 1_000),)
        self._questions = (Budget(QUESTIONS_PER_SECOND, 1_000),)
        self._quiet_until = self._banned_until = 0
        self._trips: deque[int] = deque(maxlen=TRIPS_MAX)

    def entries(self, now: int, count: int) -> int:
        """Take room for `count` entries and return 0, or return for how many ms there is none."""
        return _take(self._entries, now, count, max(self._quiet_until, self._banned_until))

    def reserved(self, now: int, count: int) -> int:
        """The same for cancels and what only reduces: these go on unless the venue has banned us."""
        return _take(self._reserved, now, count, self._banned_until)

    def lacks(self, now: int, count: int) -> int:
        """For how many ms there is no room for `count` of these; takes none."""
        return max(0, self._banned_until - now, *(one.wait_ms(now, count) for one in self._reserved))

    def questions(self, now: int) -> int:
        """The same for looking after one order in doubt: however many there are, a venue is not stormed."""
        return _take(self._questions, now, 1, self._banned_until)

    def is_banned(self, now: int) -> bool:
        """Whether the venue takes nothing at all; each further call would make it last longer."""
        return now < self._banned_until

    def banned_ms(self, now: int) -> int:
        """For how long the venue takes nothing."""
        return max(0, self._banned_until - now)

    def restrain(self, outcome: Outcome, now: int) -> int:
        """Take in that the venue wants quiet; returns until when, ms UTC."""
        until = max(now + outcome.quiet_ms, outcome.quiet_until)
        self._questions = (Budget(QUESTIONS_PER_SECOND, 1_000),)
        self._quiet_until = max(self._quiet_until, until)
        if outcome.kind is OutcomeKind.BANNED:
            self._banned_until = max(self._banned_until, until)
        return until

    def remember(self, code: str, until: int) -> None:
        """Before a restart the venue wanted quiet until then (ms UTC): it does not know of the restart."""
        self._quiet_until = max(self._quiet_until, until)
        if code == OutcomeKind.BANNED.upper():
            self._banned_until = max(self._banned_until, until)

    def trip(self, now: int) -> bool:
        """An entry found no room; returns whether that is once too often in a minute."""
        self._trips.append(now)
        many = len(self._trips) == TRIPS_MAX and now - self._trips[0] <= TRIPS_MS
        if many:
            self._trips.clear()
        return many


def _take(budgets: tuple[Budget, ...], now: int, count: int, until: int) -> int:
    wait = max(until - now, *(budget.wait_ms(now, count) for budget in budgets))
    if wait > 0:
        return wait
    for budget in budgets:
        budget.take(now, count)
    return 0
