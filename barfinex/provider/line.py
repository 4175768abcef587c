"""What reduces risk waits for room and is not turned away: exits first, stops and cancels, then targets."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from enum import IntEnum
from itertools import count

from barfinex.clock import Clock
from barfinex.domain.order import Purpose
from barfinex.provider.permits import Permits
from barfinex.provider.throttle import Throttle

LINE_MAX = 1_000
LOOK_AGAIN_MS = 10


class Rank(IntEnum):
    """Who goes first; of one rank who came first."""

    EXIT = 0
    GUARD = 1
    TARGET = 2


RANKS: Mapping[Purpose, Rank] = {Purpose.EXIT: Rank.EXIT, Purpose.TARGET: Rank.TARGET}


class Line:
    """Those who wait for the budget that is reserved for what reduces risk, at most LINE_MAX (I10)."""

    def __init__(self, throttle: Throttle) -> None:
        self.throttle = throttle
        self._waiting: list[tuple[Rank, int]] = []
        self._tickets = count()
        self._asking: set[str] = set()

    def parts(self, permits: Permits, now: int) -> tuple[Permits, Permits]:
        """What goes now, and what goes after it: where there is no room for both, a stop leaves its target
        behind. The room is not taken."""
        if len(permits) == 1 or not (self._waiting or self.throttle.lacks(now, len(permits))):
            return permits, ()
        targets = [permit for permit in permits if permit.order.purpose is Purpose.TARGET]
        first = [permit for permit in permits if permit.order.purpose is not Purpose.TARGET]
        return (first, targets) if first else (permits, ())

    async def orders(self, permits: Permits, clock: Clock, until: int) -> int:
        """Wait for the turn of orders that only reduce; returns 0, or for how many ms there is no room: when
        the venue has banned us past `until` (ms UTC), or that is over."""
        rank = min(RANKS.get(permit.order.purpose, Rank.GUARD) for permit in permits)
        return await self._turn(rank, len(permits), clock, until)

    async def cancel(self, order_id: str, clock: Clock) -> bool:
        """Wait for the turn of a cancel; False: the venue has banned us, or it is waited for already."""
        if order_id in self._asking:
            return False
        self._asking.add(order_id)
        try:
            return await self._turn(Rank.GUARD, 1, clock, until=0) == 0
        finally:
            self._asking.discard(order_id)

    async def _turn(self, rank: Rank, size: int, clock: Clock, until: int) -> int:
        if len(self._waiting) >= LINE_MAX:
            return LOOK_AGAIN_MS
        place = rank, next(self._tickets)
        insort(self._waiting, place)
        try:
            while True:  # bound: the budget of a second and the length of the line
                now = clock.now()
                banned = self.throttle.banned_ms(now)
                if banned and now + banned > until:
                    return banned
                if 0 < until < now:
                    return LOOK_AGAIN_MS  # Its approval is over, and nothing may leave without one (I3).
                is_first = self._waiting[0] == place
                wait = self.throttle.reserved(now, size) if is_first else self.throttle.lacks(now, size)
                if is_first and not wait:
                    return 0
                await self.throttle.sleep(max(wait, LOOK_AGAIN_MS) / 1_000)
        finally:
            self._waiting.remove(place)
