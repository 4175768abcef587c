"""Signals whose outcome is not known yet: watched candle by candle, admitted when their horizon has
passed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from barfinex.advisor.learning.admission import PENDING_MAX, Admission
from barfinex.advisor.learning.barriers import Barrier, Touch, Trip, Watch
from barfinex.advisor.learning.labels import unpaid
from barfinex.advisor.motion import has_sessions
from barfinex.domain.candles import Candles, Ints, Series
from barfinex.domain.instrument import timeframe_ms
from barfinex.domain.view import MarketView
from barfinex.events.advisor_response import DecisionResponded

COST_R_MAX = 10.0
"""Costs, in R, from which a stop is no stop: what it came to would drown all else that is learned."""

Key = tuple[str, str]


@dataclass(slots=True)
class Waiting:
    """A decision under watch: `next_ts` is the candle to come (ms UTC), `at` the watch or what ended it
    (None: candles were missing, so nothing is known), `ended_at` when, `traded` the net R and the end of a
    real trade. With `sessions` the market closes at times: a candle that is missing is none that anybody has,
    and the horizon is one of time, at which the last `close` counts."""

    decision: DecisionResponded
    decided_at: int
    next_ts: int
    at: Watch | Touch | None
    sessions: bool = False
    close: float = 0.0
    ended_at: int = 0
    traded: tuple[float, int] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a decision, from which its label is made."""

    waiting: Waiting
    r_net: float
    barrier: str
    touched_at: int
    ambiguous: bool
    source: str
    shadow_r: float | None = None


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
        trip = _trip(decision, self._horizon)
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
            self._advance(one, held)

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
        for name in [name for name, one in watched.items() if self._advance(one, candles)]:
            del watched[name]

    def _advance(self, one: Waiting, candles: Candles) -> bool:
        """Whether there is nothing more to watch."""
        series, step = candles.series, candles.series.step_ms
        begin = candles.start + candles.after(one.next_ts - 1)
        if begin >= candles.stop or not isinstance(one.at, Watch):
            return not isinstance(one.at, Watch)
        if one.sessions:
            stop = candles.start + candles.after(_ends_at(one, step) - 1)
        else:
            stop = _whole(series.ts, begin, candles.stop, one.next_ts, step)
        seen, at = one.at.seen, self._looked(one.at, series, begin, stop)
        if isinstance(at, Touch):
            one.at, one.ended_at = at, series.ts.item(begin + at.index - seen) + step
            self._resolve(one)
            return True
        one.at = at
        if stop > begin:
            one.close, one.next_ts = series.close.item(stop - 1), series.ts.item(stop - 1) + step
        if at is None or stop == candles.stop:
            return at is None
        if one.sessions:
            self._time_out(one, step)
        else:
            one.at = None  # A candle is missing: what happened in it is not known.
        return True

    def _looked(self, watch: Watch, series: Series, begin: int, stop: int) -> Watch | Touch | None:
        """The watch after these candles; None when a price is none."""
        columns = (series.open, series.high, series.low, series.close)
        try:
            return watch.advance(*(column[begin:stop] for column in columns)) if stop > begin else watch
        except ValueError:
            return None

    def _time_out(self, one: Waiting, step: int) -> None:
        """The horizon has passed without a touch: the last close counts, where there was one."""
        watch = one.at
        if isinstance(watch, Watch) and one.close > 0.0:
            trip = watch.trip
            net_r = (trip.move(one.close) - trip.cost) / trip.stop
            one.at, one.ended_at = Touch(Barrier.HORIZON, max(0, watch.seen - 1), net_r), _ends_at(one, step)
            self._resolve(one)
        else:
            one.at = None

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
                result = None if waited is None else _result(waited, now)
                if result is not None:
                    found.append(result)
        return sorted(found, key=lambda one: (one.waiting.decided_at, one.waiting.decision.decision_id))

    def _close(self, now: int) -> None:
        """End those whose time is over while the market was closed."""
        for key, watched in self._watched.items():
            step = timeframe_ms(key[1])
            late = [
                name
                for name, one in watched.items()
                if one.sessions and one.decided_at + (self._horizon + 1) * step <= now
            ]
            for name in late:
                self._time_out(watched.pop(name), step)

    def _resolve(self, one: Waiting) -> None:
        self._rooms[one.decision.timeframe].resolve(one.decision.decision_id, one.decision.decision_id)

    def _forget(self, decision_id: str) -> Waiting | None:
        """The decision, which is watched no more."""
        one = self._all.pop(decision_id, None)
        if one is not None:
            self._watched[one.decision.instrument, one.decision.timeframe].pop(decision_id, None)
        return one


def _trip(decision: DecisionResponded, horizon: int) -> Trip | None:
    """The way to watch; None where there is none: without a stop, with one that costs drown, or at a price at
    which nothing is traded."""
    if not decision.mid > 0.0:
        return None
    sign, target, cost = decision.direction.sign, decision.target or None, unpaid(decision)
    if not cost <= COST_R_MAX * decision.stop:
        return None
    horizon = min(decision.horizon, horizon)
    try:
        return Trip(decision.entry, sign, decision.stop, target, horizon, cost)
    except ValueError:
        return None


def _result(one: Waiting, now: int) -> Result | None:
    """None when nothing is known. A trade whose end is later than `now` by its venue's clock has not ended,
    while there is a shadow to go by."""
    touch = one.at if isinstance(one.at, Touch) else None
    if one.traded is not None and (touch is None or one.traded[1] <= now):
        r_net, ended_at = one.traded
        return Result(
            one,
            r_net,
            "exit",
            max(min(ended_at, now), one.decided_at),
            ambiguous=False,
            source="traded",
            shadow_r=None if touch is None else touch.net_r,
        )
    if touch is None:
        return None
    return Result(one, touch.net_r, touch.barrier, one.ended_at, touch.ambiguous, "shadow")


def _ends_at(one: Waiting, step: int) -> int:
    """When the horizon of a decision has passed, ms UTC."""
    horizon = one.at.trip.horizon if isinstance(one.at, Watch) else one.decision.horizon
    return one.decision.candle_ts + (1 + horizon) * step


def _whole(ts: Ints, begin: int, stop: int, next_ts: int, step: int) -> int:
    """Where the candles that follow one another without a gap end, from `begin`, which should start at
    `next_ts`."""
    if ts.item(begin) == next_ts and ts.item(stop - 1) == next_ts + (stop - 1 - begin) * step:
        return stop
    follows = ts[begin:stop] == next_ts + step * np.arange(stop - begin)
    return begin + int(np.argmin(follows))
