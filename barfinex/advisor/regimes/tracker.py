"""The regime of one instrument and timeframe, filtered forward candle by candle, whatever the blocks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from barfinex.advisor.learning.mixture import Fitted, fit_mixture
from barfinex.advisor.regimes.course import Rotation, follow, fresh
from barfinex.advisor.regimes.mixture import Mixture, Reader
from barfinex.advisor.regimes.states import STATES, State
from barfinex.domain.candles import Candles, Floats, Series
from barfinex.domain.value import Value

COLD = 500
"""Candles before the first mixture."""
REFIT_EVERY = 1_440
"""Candles between two fits: a day of minutes."""

Trainer = Callable[[Floats, int, Mixture | None], Fitted | None]


class Standing(Value, frozen=True):
    """The regime after the last candle: the `label` held and its `age` in candles; the candle's `own` state,
    which the label may yet follow; the `posterior` over TREND_UP, TREND_DOWN, RANGE, BREAKOUT and STRESS,
    which adds up to 1; whether a change is hinted at; and the mixture that says so, empty while there is
    none."""

    label: State
    own: State
    posterior: tuple[float, ...]
    age: int
    change_hint: bool
    model_id: str


class RegimeTracker:
    """Folds the candles of one series; what it then says rests on them alone.

    After `COLD` candles, and every `refit_every` from then on, a mixture is fitted between two candles,
    wherever a block ends.
    """

    def __init__(self, seed: int = 0, refit_every: int = REFIT_EVERY, trainer: Trainer = fit_mixture) -> None:
        if not refit_every >= 1:
            raise ValueError(
                f"refit_every {refit_every} is below 1 candle: give the candles between two fits"
            )
        self._seed, self._every, self._trainer = seed, refit_every, trainer
        self._course = fresh()
        self._reader: Reader | None = None
        self._due_at = COLD
        self._plan: _Plan | None = None
        self._said_by = ""
        self.fitted: Fitted | None = None

    @property
    def state(self) -> Standing:
        course = self._course
        return Standing(
            label=STATES[course.held.label],
            own=STATES[course.own],
            posterior=tuple(course.posterior.tolist()),
            age=course.held.age,
            change_hint=course.hint,
            model_id=self._said_by,
        )

    @property
    def due(self) -> int:
        """How many candles there are until the next fit, at least 1."""
        return self._due_at - self._course.seen

    def expected_dwell(self, state: State) -> float:
        """Candles that a stay in `state` lasts: the mean of those completed, shrunk towards a prior."""
        return self._course.dwells.expected(STATES.index(state))

    def advance(self, candles: Candles) -> list[Rotation]:
        """Take closed candles in, fit where it is due, and tell every change of the label."""
        found: list[Rotation] = []
        series, start = candles.series, candles.start
        while start < candles.stop:
            stop = min(candles.stop, start + self.due)
            rotations, self._course = follow(self._course, self._reader, Candles(series, start, stop))
            self._said_by = "" if self._reader is None else self._reader.model_id
            skipped = start - candles.start
            found += [_later(one, skipped) if skipped else one for one in rotations]
            start = stop
            if self.due == 0:
                self.refit()
        if self._plan is not None and not self._plan.reaches(series, start, self._course.seen):
            self._plan = None
        return found

    def refit(self) -> Fitted | None:
        """Fit a mixture on the rows kept and serve it from the next candle on; the next fit is due in
        `refit_every` candles. None: the rows are too few or all alike, and what served goes on."""
        before = None if self._reader is None else self._reader.mixture
        fitted = self._trainer(self._course.sample.T, self._seed, before)
        self._due_at = self._course.seen + self._every
        self._plan = None
        if fitted is not None:
            self.fitted, self._reader = fitted, Reader(fitted.mixture)
        return fitted

    def peek(self, candles: Candles) -> int:
        """How many of the coming candles may be taken in at once: up to the first that changes the label, or
        after which a fit is due, at least 1. It reads no candle after them and remembers what it found."""
        plan = self._plan
        if plan is None or not plan.covers(candles, self._course.seen):
            plan = self._plan = self._foresee(candles)
        return min(plan.next(candles.start), candles.stop) - candles.start

    def _foresee(self, candles: Candles) -> _Plan:
        coming = candles.head(self.due)
        rotations, _ = follow(self._course, self._reader, coming)
        stops = [coming.start + one.index + 1 for one in rotations]
        return _Plan(candles.series, coming.start, coming.stop, self._course.seen, stops)


class _Plan(NamedTuple):
    """Where the candles [start, stop) of `series` have to be parted, `seen` having been taken before them."""

    series: Series
    start: int
    stop: int
    seen: int
    stops: list[int]

    def covers(self, candles: Candles, seen: int) -> bool:
        """Whether `candles`, `seen` having been taken before them, begin inside the plan."""
        return candles.start < self.stop and self.reaches(candles.series, candles.start, seen)

    def reaches(self, series: Series, place: int, seen: int) -> bool:
        """Whether a tracker that stands at `place` of `series`, `seen` candles taken, is on the plan."""
        return series is self.series and place - self.start == seen - self.seen

    def next(self, place: int) -> int:
        """Where the block that begins at `place` must end."""
        after = bisect_right(self.stops, place)
        return self.stops[after] if after < len(self.stops) else self.stop


def _later(one: Rotation, candles: int) -> Rotation:
    return replace(one, index=one.index + candles)
