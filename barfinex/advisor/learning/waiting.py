"""Signals whose outcome is not known yet: watched candle by candle, admitted when their horizon has
passed."""

from __future__ import annotations

from barfinex.advisor.learning.admission import PENDING_MAX, Admission
from barfinex.advisor.learning.barriers import Watch
from barfinex.advisor.learning.watched import Result, Waiting, trip_of
from barfinex.advisor.motion import has_sessions
from barfinex.domain.candles import Candles
from barfinex.domain.instrument import timeframe_ms
from barfinex.domain.view import MarketView
from barfinex.events.advisor_response import DecisionResponded

Key = tuple[str, str]


class WaitingRoom:
    """Every decision with a stop is watched at its own barriers, whatever was decided.

    The horizon is the same for all signals of a timeframe, so that they are admitted in the order of their
    decisions; one candle after it, since another instrument's last candle may come after a decision of its
    moment. Of more than 4,096 that wait the oldest is forgotten, and counted.

    Args:
        horizon: candles.
    """

    def __init__(self, horizon: int) -> None:
        self._horizon = horizon
        self._all: dict[str, Waiting] = {}
        self._watched: dict[Key, dict[str, Waiting]] = {}
        self._rooms: dict[str, Admission[str]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def count(self, strategy: str) -> int:
        """How many decisions of one strategy wait."""
        return sum(one.decision.strategy == strategy for one in self._all.values())

    @property
    def dropped(self) -> int:
        """Decisions that nothing will be learned from: forgotten, late, or without candles."""
        return sum(one.dropped + one.late + one.unresolved for one in self._rooms.values())

    def expect(self, decision: DecisionResponded, decided_at: int, market: MarketView) -> None:
        """A decision was made; candles that have closed since are taken in at once."""
        trip = trip_of(decision, self._horizon)
        if trip is None or decision.decision_id in self._all:
            return
        step = timeframe_ms(decision.timeframe)
        room = self._rooms.get(decision.timeframe)
        if room is None:
            room = self._rooms[decision.timeframe] = Admission((self._horizon + 1) * step, PENDING_MAX)
        crowded_out = room.expect(decision.decision_id, decided_at)
        if crowded_out == decision.decision_id:
            return
        if crowded_out is not None:
            self._forget(crowded_out)
        key = decision.instrument, decision.timeframe
        held = market.get(*key)
        sessions = held is not None and has_sessions(held, decision.candle_ts)
        one = Waiting(decision, decided_at, decision.candle_ts + step, Watch(trip), sessions)
        self._all[decision.decision_id] = one
        self._watched.setdefault(key, {})[decision.decision_id] = one
        if held is not None:
            self._look(one, held)

    def due(self, key: Key) -> int | None:
        """When the first of those under watch is admitted, ms UTC: all candles that close before have to have
        come by then."""
        watched = self._watched.get(key)
        if not watched:
            return None
        first = next(iter(watched.values()))
        return first.decided_at + (self._horizon + 1) * timeframe_ms(first.decision.timeframe)

    def fold(self, candles: Candles) -> None:
        """Closed candles: what was touched is known from here on, and learned when its time has come."""
        watched = self._watched.get(candles.key)
        if not watched:
            return
        for name in [name for name, one in watched.items() if self._look(one, candles)]:
            del watched[name]

    def trade(self, decision_id: str, r_net: float, ended_at: int) -> None:
        """The decision was traded, and this is what it came to, whether or not its shadow can be followed."""
        one = self._all.get(decision_id)
        if one is not None:
            one.traded = r_net, ended_at
            self._resolve(one)

    def take(self, decision_id: str) -> Waiting | None:
        """The decision, which waits no more: what became of it was told before."""
        one = self._forget(decision_id)
        if one is not None:
            self._rooms[one.decision.timeframe].leave(decision_id)
        return one

    def admit(self, now: int) -> list[Result]:
        """All whose horizon has passed, in the order of their decisions; a real trade that has ended counts
        as it ended. Those of which nothing is known by then are forgotten."""
        found = []
        self._close(now)
        for room in self._rooms.values():
            admitted, unresolved = room.admit(now)
            for decision_id in (*(one for one, _ in admitted), *unresolved):
                waited = self._forget(decision_id)
                result = None if waited is None else waited.result(now)
                if result is not None:
                    found.append(result)
        return sorted(found, key=lambda one: (one.waiting.decided_at, one.waiting.decision.decision_id))

    def _close(self, now: int) -> None:
        """End those whose time is over while the market was closed."""
        for key, watched in self._watched.items():
            decided = now - (self._horizon + 1) * timeframe_ms(key[1])
            late = []
            for one in watched.values():  # In the order of their decisions.
                if one.decided_at > decided:
                    break
                if one.sessions:
                    late.append(one)
            for one in late:
                del watched[one.decision.decision_id]
                one.time_out()
                self._resolve(one)

    def _look(self, one: Waiting, candles: Candles) -> bool:
        """Whether there is nothing more to watch."""
        is_over = one.advance(candles)
        self._resolve(one)
        return is_over

    def _resolve(self, one: Waiting) -> None:
        if one.is_known:
            room, decision_id = self._rooms[one.decision.timeframe], one.decision.decision_id
            room.resolve(decision_id, decision_id)

    def _forget(self, decision_id: str) -> Waiting | None:
        """The decision, which is watched no more."""
        one = self._all.pop(decision_id, None)
        if one is not None:
            self._watched[one.key].pop(decision_id, None)
        return one
