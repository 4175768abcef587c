"""A decision under watch, candle by candle, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from barfinex.advisor.learning.barriers import Barrier, Touch, Trip, Watch
from barfinex.advisor.learning.labels import unpaid
from barfinex.domain.candles import Candles, Ints, Series
from barfinex.domain.instrument import timeframe_ms
from barfinex.events.advisor_response import DecisionResponded

COST_R_MAX = 10.0
"""Costs, in R, from which a stop is no stop: what it came to would drown all else that is learned."""


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

    @property
    def key(self) -> tuple[str, str]:
        return self.decision.instrument, self.decision.timeframe

    @property
    def is_known(self) -> bool:
        """Whether there is an outcome to learn from."""
        return isinstance(self.at, Touch) or self.traded is not None

    def advance(self, candles: Candles) -> bool:
        """Take closed candles in; whether there is nothing more to watch."""
        series, step = candles.series, candles.series.step_ms
        begin = candles.start + candles.after(self.next_ts - 1)
        if begin >= candles.stop or not isinstance(self.at, Watch):
            return not isinstance(self.at, Watch)
        if self.sessions:
            stop = candles.start + candles.after(self._ends_at(step) - 1)
        else:
            stop = _whole(series.ts, begin, candles.stop, self.next_ts, step)
        seen, at = self.at.seen, _looked(self.at, series, begin, stop)
        self.at = at
        if isinstance(at, Touch):
            self.ended_at = series.ts.item(begin + at.index - seen) + step
            return True
        if stop > begin:
            self.close, self.next_ts = series.close.item(stop - 1), series.ts.item(stop - 1) + step
        if at is None or stop == candles.stop:
            return at is None
        if self.sessions:
            self.time_out()
        else:
            self.at = None  # A candle is missing: what happened in it is not known.
        return True

    def time_out(self) -> None:
        """The horizon has passed without a touch: the last close counts, where there was one."""
        watch = self.at
        if isinstance(watch, Watch) and self.close > 0.0:
            trip = watch.trip
            net_r = (trip.move(self.close) - trip.cost) / trip.stop
            self.ended_at = self._ends_at(timeframe_ms(self.decision.timeframe))
            self.at = Touch(Barrier.HORIZON, max(0, watch.seen - 1), net_r)
        else:
            self.at = None

    def result(self, now: int) -> Result | None:
        """None when nothing is known. A trade whose end is later than `now` by its venue's clock has not
        ended, while there is a shadow to go by."""
        touch = self.at if isinstance(self.at, Touch) else None
        if self.traded is not None and (touch is None or self.traded[1] <= now):
            r_net, ended_at = self.traded
            return Result(
                self,
                r_net,
                "exit",
                max(min(ended_at, now), self.decided_at),
                ambiguous=False,
                source="traded",
                shadow_r=None if touch is None else touch.net_r,
            )
        if touch is None:
            return None
        return Result(self, touch.net_r, touch.barrier, self.ended_at, touch.ambiguous, "shadow")

    def _ends_at(self, step: int) -> int:
        """When the horizon has passed, ms UTC."""
        horizon = self.at.trip.horizon if isinstance(self.at, Watch) else self.decision.horizon
        return self.decision.candle_ts + (1 + horizon) * step


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


def trip_of(decision: DecisionResponded, horizon: int) -> Trip | None:
    """The way to watch; None where there is none: without a stop, with one that costs drown, or at a price at
    which nothing is traded."""
    if not decision.mid > 0.0:
        return None
    sign, target, cost = decision.direction.sign, decision.target or None, unpaid(decision)
    if not cost <= COST_R_MAX * decision.stop:
        return None
    horizon = min(decision.horizon, horizon)
    try:
        filled = decision.entry * (1.0 + sign * decision.slippage)
        return Trip(filled, sign, decision.stop, target, horizon, cost)
    except ValueError:
        return None


def _looked(watch: Watch, series: Series, begin: int, stop: int) -> Watch | Touch | None:
    """The watch after these candles; None when a price is none."""
    columns = (series.open, series.high, series.low, series.close)
    try:
        return watch.advance(*(column[begin:stop] for column in columns)) if stop > begin else watch
    except ValueError:
        return None


def _whole(ts: Ints, begin: int, stop: int, next_ts: int, step: int) -> int:
    """Where the candles that follow one another without a gap end, from `begin`, which should start at
    `next_ts`."""
    if ts.item(begin) == next_ts and ts.item(stop - 1) == next_ts + (stop - 1 - begin) * step:
        return stop
    follows = ts[begin:stop] == next_ts + step * np.arange(stop - begin)
    return begin + int(np.argmin(follows))
