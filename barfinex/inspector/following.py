"""What a closing candle does to the stop and the target of a position, and at which candle that will be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from barfinex.domain.candles import Candles
from barfinex.domain.order import OrderRequest, OrderType, Purpose
from barfinex.domain.signal import Direction
from barfinex.inspector.closing import levels, moved
from barfinex.inspector.guard import Guard
from barfinex.inspector.ladder import Facilities
from barfinex.inspector.managed import ManagedPosition
from barfinex.inspector.trailing import belongs, moves

MOVES_REFUSED_MAX = 3
_CHUNK = 256


class Step(NamedTuple):
    """Put `stop` in the place of a guard's; without one, sell the guard's slice at market, or, without a
    guard, the whole position."""

    reason: str
    guard: Guard | None = None
    stop: OrderRequest | None = None


class Following:
    """Stops that follow the price, targets that no order at the venue waits for, and stop-limits that the
    price has left behind. Looks at the finest candles, from the first after the entry was known."""

    def __init__(self, ticks: Mapping[str, Decimal | None], can: Facilities) -> None:
        self._ticks = ticks
        self._kind = OrderType.STOP if can.stop else OrderType.STOP_LIMIT

    def quiet(self, position: ManagedPosition, candles: Candles, count: int) -> int:
        """How many of the first `count` candles pass, the last being the first to act on."""
        begins = candles.after(position.known_at - 1)
        for guard in position.guards:
            if guard.rests and begins < count:
                count = min(count, self._first(position, guard, candles, begins, count) + 1)
        return count

    def steps(self, position: ManagedPosition, candles: Candles) -> Iterator[Step]:
        """What to do now that the last of the candles has closed."""
        if candles.last_ts < position.known_at:
            return
        last = Candles(candles.series, candles.stop - 1, candles.stop)
        for guard in list(position.guards):
            if not guard.rests:
                continue
            if self._is_left_behind(guard, position, last.close).any():
                yield Step(Purpose.STOP.value, guard)
            elif self._is_reached(guard, position, _favourable(position, last)).any():
                yield Step(Purpose.TARGET.value, guard)
            elif position.best is not None and self._may_move(position, guard):
                step = self._move(position, guard, position.best, candles.last_close)
                if step is not None:
                    yield step

    def _first(
        self, position: ManagedPosition, guard: Guard, candles: Candles, begins: int, count: int
    ) -> int:
        """Index of the first candle at which this guard acts; `count` if none does."""
        may_move = self._may_move(position, guard)
        if may_move and position.best is not None and bool(moves(position, guard, position.best)):
            return begins
        if not may_move and guard.limit is None and self._goal(guard, position) is None:
            return count
        good, close = _favourable(position, candles), candles.close
        at, chunk = begins, _CHUNK
        while at < count:
            end = min(count, at + chunk)
            acts = self._is_left_behind(guard, position, close[at:end])
            acts = acts | self._is_reached(guard, position, good[at:end])
            if may_move:
                acts = acts | moves(position, guard, good[at:end])
            first = int(acts.argmax())
            if acts[first]:
                return at + first
            at, chunk = end, chunk * 2
        return count

    def _move(self, position: ManagedPosition, guard: Guard, best: float, close: float) -> Step | None:
        tick, sign = self._ticks.get(position.instrument), position.direction.sign
        place = belongs(position, best, tick) if bool(moves(position, guard, best)) else None
        if place is None or (place[0] - guard.level) * sign <= 0:
            return None
        level, why = place
        if (close - float(level)) * sign <= 0:
            return Step(why)  # The price is back there already.
        return Step(why, guard, moved(position, guard, level, why, self._kind, tick))

    def _may_move(self, position: ManagedPosition, guard: Guard) -> bool:
        return position.bracket.moves and guard.unmoved < MOVES_REFUSED_MAX

    def _goal(self, guard: Guard, position: ManagedPosition) -> Decimal | None:
        """The target's price, where no order at the venue waits for it."""
        if guard.target is not None:
            return None
        tick = self._ticks.get(position.instrument)
        return levels(position, guard.slice.price, tick, guard.slice.part)[1]

    def _is_reached(self, guard: Guard, position: ManagedPosition, good: Any) -> Any:
        goal, sign = self._goal(guard, position), position.direction.sign
        return np.zeros_like(good, dtype=bool) if goal is None else sign * (good - float(goal)) >= 0

    def _is_left_behind(self, guard: Guard, position: ManagedPosition, close: Any) -> Any:
        """A stop-limit whose limit the price has passed waits for a price that may not come back."""
        if guard.limit is None:
            return np.zeros_like(close, dtype=bool)
        return position.direction.sign * (close - float(guard.limit)) < 0


def _favourable(position: ManagedPosition, candles: Candles) -> Any:
    return candles.high if position.direction is Direction.LONG else candles.low
